"""Variants: the different paths through the process."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.mining.context import Context, days


def number(context: Context) -> int:
    """How many different paths the log has."""
    return int(context.row("SELECT count(*) FROM variants")[0])


def listed(context: Context) -> list[dict[str, Any]]:
    """The most frequent paths; ids are ranks, so the first ones are the top."""
    rows = context.rows(
        """
        SELECT v.id, v.cases, v.path, t.median_s, t.p90_s, e.case_id
        FROM variants v
        JOIN (
            SELECT variant, median(duration_s) AS median_s, quantile_cont(duration_s, 0.9) AS p90_s,
                   min(case_no) AS example
            FROM cases WHERE variant < $top GROUP BY variant
        ) t ON t.variant = v.id
        JOIN cases e ON e.case_no = t.example
        WHERE v.id < $top
        ORDER BY v.id
        """,
        {"top": context.options.top},
    )
    total = context.store.meta["counts"]["cases"]
    names = context.activities
    return [
        {
            "id": variant,
            "cases": cases,
            "share": cases / total,
            "path": [None if activity is None else names[activity] for activity in path],
            "median_days": days(median_s),
            "p90_days": days(p90_s),
            "example": example,
        }
        for variant, cases, path, median_s, p90_s, example in rows
    ]
