"""The dotted chart: every dot an event, a row per case, cases by their start."""

from __future__ import annotations

import math
from typing import Any

from xiaoneng.core.mining.context import Context, NotMeasurable

POINTS = 5_000


def sample(context: Context) -> dict[str, Any]:
    """Every k-th case by start, so that at most 5,000 events are drawn; seconds since the first event."""
    origin, origin_local, timed = context.row("SELECT min(first), min(first_local), count(first) FROM cases")
    if not timed:
        raise NotMeasurable("no_time")
    events = context.store.meta["counts"]["events"]
    step = max(1, math.ceil(events / POINTS))
    rows = context.rows(
        """
        WITH ranked AS (
            SELECT case_no, case_id, row_number() OVER (ORDER BY first, case_no) - 1 AS place
            FROM cases WHERE first IS NOT NULL
        ),
        drawn AS (SELECT case_no, case_id, place // $step AS place FROM ranked WHERE place % $step = 0)
        SELECT d.place, d.case_id, (epoch_us(e.time) - epoch_us($origin::TIMESTAMP)) / 1e6, e.activity
        FROM events e JOIN drawn d USING (case_no)
        WHERE e.time IS NOT NULL
        ORDER BY d.place, e.seq
        LIMIT $points
        """,
        {"step": step, "origin": origin, "points": POINTS},
    )
    case_ids = {place: case_id for place, case_id, _, _ in rows}
    index = {place: i for i, place in enumerate(case_ids)}
    return {
        "cases": list(case_ids.values()),
        "points": [[index[place], seconds, activity] for place, _, seconds, activity in rows],
        "activities": context.activities,
        "every": step,
        "origin": origin_local.isoformat(),
    }
