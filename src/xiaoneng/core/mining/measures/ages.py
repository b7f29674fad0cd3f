"""How long the open cases have been waiting."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable, days
from xiaoneng.core.mining.spans import START

EDGES = (0, 7, 30, 90, 180, 365)
"""Days at which a bucket begins; the last one has no end."""


def buckets(context: Context) -> list[dict[str, Any]]:
    """Open cases by age at ``as_of``."""
    _need_open(context)
    rows = context.rows(
        f"""
        SELECT list_count(list_filter($edges, lambda edge: edge <= age_days)) - 1 AS bucket, count(*)
        FROM (
            SELECT (epoch_us($as_of::TIMESTAMP) - epoch_us({START})) / 86400e6 AS age_days FROM cases
            WHERE open AND {START} <= $as_of
        ) GROUP BY bucket
        """,  # noqa: S608 own fragment
        {"edges": list(EDGES), "as_of": context.as_of},
    )
    counts = dict(rows)
    ends = (*EDGES[1:], None)
    return [
        {
            "bucket": f"{low}+" if high is None else f"{low}-{high}",
            "from_days": low,
            "to_days": high,
            "cases": counts.get(i, 0),
        }
        for i, (low, high) in enumerate(zip(EDGES, ends, strict=True))
    ]


def oldest(context: Context) -> list[dict[str, Any]]:
    """The open cases that have waited longest, and where they are."""
    _need_open(context)
    rows = context.rows(
        f"""
        WITH old AS (
            SELECT case_no, case_id, events, end_activity,
                   epoch_us($as_of::TIMESTAMP) - epoch_us({START}) AS age_us
            FROM cases WHERE open AND {START} <= $as_of
            ORDER BY age_us DESC, case_no LIMIT $top
        )
        SELECT o.case_id, o.age_us, a.name, b.name
        FROM old o
        LEFT JOIN events e ON e.case_no = o.case_no AND e.seq = o.events - 1
        LEFT JOIN bodies b ON b.id = e.body
        LEFT JOIN activities a ON a.id = o.end_activity
        ORDER BY o.age_us DESC, o.case_no
        """,  # noqa: S608 own fragment
        {"as_of": context.as_of, "top": context.options.top},
    )
    return [
        {"case": case, "days": days(age_us / 1e6), "last_activity": activity, "body": body}
        for case, age_us, activity, body in rows
    ]


def _need_open(context: Context) -> None:
    if context.as_of is None:
        raise NotMeasurable("no_time")
    if not context.row("SELECT count(open) FROM cases")[0]:
        raise NotMeasurable("end_unknown")
