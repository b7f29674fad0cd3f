"""Which step directly follows which, how often and after how long."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable, by_count, rounded

EDGES = """
    SELECT activity, next_activity, count(*) AS n, avg(gap_s) AS mean_s, avg(gap_work_s) AS mean_work_s
    FROM events
    WHERE activity IS NOT NULL AND next_activity IS NOT NULL
    GROUP BY activity, next_activity
"""
"""Every event counts, whatever its lifecycle; order in time, ties in file order."""

LISTED = 400


def edges(context: Context) -> list[dict[str, Any]]:
    """All edges with their counts and mean times, by count, then names."""
    names = context.activities
    found: list[dict[str, Any]] = [
        {
            "from": names[a],
            "to": names[b],
            "count": n,
            "mean_seconds": rounded(mean_s),
            "mean_work_seconds": rounded(mean_work_s),
            "ids": (a, b),
        }
        for a, b, n, mean_s, mean_work_s in context.rows(EDGES)
    ]
    return by_count(found, "count", "from", "to")


def flow(context: Context) -> dict[str, Any]:
    """The directly-follows graph; ``all`` holds its 400 most frequent edges."""
    if not context.activities:
        raise NotMeasurable("no_activity")
    found = edges(context)
    listed = found[:LISTED]
    medians = _medians(context, [edge["ids"] for edge in listed])
    return {
        "edges": len(found),
        "total": sum(edge["count"] for edge in found),
        "top": [_without(edge, "ids", "mean_work_seconds") for edge in found[: context.options.top]],
        "all": [{**_without(edge, "ids"), "median_seconds": medians[edge["ids"]]} for edge in listed],
        "activities": activities(context),
    }


def activities(context: Context) -> list[dict[str, Any]]:
    """Events and cases of each activity, and how many cases start and end with it."""
    rows = context.rows(
        """
        SELECT a.name, coalesce(e.n, 0), coalesce(e.cases, 0), coalesce(s.n, 0), coalesce(t.n, 0)
        FROM activities a
        LEFT JOIN (
            SELECT activity, count(*) AS n, count(*) FILTER (occurrence = 1) AS cases
            FROM events GROUP BY activity
        ) e ON e.activity = a.id
        LEFT JOIN (
            SELECT start_activity AS activity, count(*) AS n FROM cases GROUP BY start_activity
        ) s ON s.activity = a.id
        LEFT JOIN (
            SELECT end_activity AS activity, count(*) AS n FROM cases GROUP BY end_activity
        ) t ON t.activity = a.id
        """
    )
    keys = ("name", "events", "cases", "starts", "ends")
    return by_count([dict(zip(keys, row, strict=True)) for row in rows], "events", "name")


def _medians(context: Context, pairs: list[tuple[int, int]]) -> dict[tuple[int, int], float | None]:
    if not pairs:
        return {}
    rows = context.rows(
        """
        SELECT activity, next_activity, median(gap_s) FROM events
        WHERE list_contains($pairs, activity::BIGINT * 4294967296 + next_activity)
        GROUP BY activity, next_activity
        """,
        {"pairs": [a * 4294967296 + b for a, b in pairs]},
    )
    return {(a, b): rounded(median) for a, b, median in rows}


def _without(edge: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in edge.items() if key not in keys}
