"""Arrivals, completions and the pile of open cases over time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable, days
from xiaoneng.core.mining.spans import START, elapsed_s, end

DAYS_UP_TO, WEEKS_UP_TO = 70, 730
"""Span of the log in days up to which the points are days, and weeks."""


def over_time(context: Context) -> dict[str, Any]:
    """Per period: cases started, cases finished, cases open at its end, median days of those finished."""
    first, last = context.row(
        f"SELECT min({START}), max(greatest({START}, coalesce({end(context)}, {START}))) FROM cases"  # noqa: S608
    )
    if first is None:
        raise NotMeasurable("no_time")
    unit = _unit(first, last)
    rows = context.rows(
        f"""
        WITH spans AS (
            SELECT {START} AS began, {end(context)} AS ended, {elapsed_s(context)} AS took_s
            FROM cases WHERE {START} IS NOT NULL
        ),
        periods AS (
            SELECT unnest(generate_series(date_trunc('{unit}', $first::TIMESTAMP), $last::TIMESTAMP,
                                          INTERVAL 1 {unit})) AS period
        ),
        arrived AS (SELECT date_trunc('{unit}', began) AS period, count(*) AS n FROM spans GROUP BY 1),
        completed AS (
            SELECT date_trunc('{unit}', greatest(ended, began)) AS period, count(*) AS n,
                   median(took_s) AS median_s
            FROM spans WHERE ended IS NOT NULL GROUP BY 1
        )
        SELECT p.period, coalesce(a.n, 0), coalesce(c.n, 0), c.median_s
        FROM periods p LEFT JOIN arrived a USING (period) LEFT JOIN completed c USING (period)
        ORDER BY p.period
        """,  # noqa: S608 own fragments
        {"first": first, "last": last},
    )
    points = []
    still_open = 0
    for period, arrived, completed, median_s in rows:
        still_open += arrived - completed
        points.append(
            {
                "period": period.date().isoformat(),
                "arrived": arrived,
                "completed": completed,
                "open": still_open,
                "median_days": days(median_s),
            }
        )
    return {"unit": unit, "points": points}


def _unit(first: datetime, last: datetime) -> str:
    span = (last - first).days
    return "day" if span <= DAYS_UP_TO else "week" if span <= WEEKS_UP_TO else "month"
