"""When cases come: a clock that runs at the pace of the hour and the weekday while the office is open.

Gaps are drawn in the time of that clock and mapped back, so exponential gaps give a Poisson process whose
intensity follows the pattern exactly.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from xiaoneng.core.simulation.agenda import DAY_US, MICRO, Agenda, Int64
from xiaoneng.core.simulation.chance import BLOCK, Chance, Float64
from xiaoneng.core.simulation.scenario import EPOCH, Arrivals

HOUR_US: Final = 3600 * MICRO
WEEKS: Final = 53 * 20


def arrival_times(
    arrivals: Arrivals, agenda: Agenda, start: int, zone: str, chance: Chance, cases: int
) -> Int64:
    """``int64[n]`` µs since 1970, ascending; ``n`` is ``cases``, or fewer where given times are fewer."""
    if arrivals.times:
        return np.array(arrivals.times[:cases], np.int64)
    blocks = -(-cases // BLOCK)
    gaps = np.concatenate(
        [arrivals.every.draw(chance.block("arrival", "", 0, block), BLOCK) for block in range(blocks)]
    )[:cases]
    clock = np.cumsum(gaps) * MICRO
    if not (arrivals.hours or arrivals.weekdays):
        return agenda.at_many(np.rint(clock).astype(np.int64) + agenda.spent(start))
    begin, shown, pace = _paced(arrivals, agenda, start, zone)
    if clock[-1] > shown[-1]:
        raise agenda.over()
    k = np.maximum(np.searchsorted(shown, clock, side="left") - 1, 0)
    return begin[k] + np.rint((clock - shown[k]) / pace[k]).astype(np.int64)


def _paced(arrivals: Arrivals, agenda: Agenda, start: int, zone: str) -> tuple[Int64, Float64, Float64]:
    """Stretches in which the weighted clock moves: where each begins, what the clock shows there (and at
    the end), and its pace."""
    hours = arrivals.hours or (1.0,) * 24
    weekdays = arrivals.weekdays or (1.0,) * 7
    last = min(int(agenda.ends[-1]), start + WEEKS * 7 * DAY_US)
    begin, spent, hour, weekday = stretches(agenda, start, last, zone)
    pace = np.array(hours)[hour] * np.array(weekdays)[weekday]
    moved = spent * pace
    moving = moved > 0
    shown = np.concatenate(([0.0], np.cumsum(moved[moving])))
    return begin[moving], shown, pace[moving]


def stretches(agenda: Agenda, start: int, last: int, zone: str) -> tuple[Int64, Int64, Int64, Int64]:
    """The time from ``start`` to ``last`` cut at every full hour, opening and closing: begin, open time, hour
    of the day and weekday (Monday 0) of each piece. The zone's offset is that of the start."""
    offset = (EPOCH + timedelta(microseconds=start)).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    local = offset // timedelta(microseconds=1)
    first = (start + local) // HOUR_US * HOUR_US - local
    marks = np.arange(first, last, HOUR_US, dtype=np.int64)
    edges = np.concatenate((marks, agenda.starts, agenda.ends))
    points = np.unique(np.concatenate((edges[(edges > start) & (edges < last)], [start, last])))
    weekday = ((points[:-1] + local) // DAY_US + EPOCH.weekday()) % 7
    hour = (points[:-1] + local) // HOUR_US % 24
    return points[:-1], np.diff(agenda.spent_many(points)), hour, weekday
