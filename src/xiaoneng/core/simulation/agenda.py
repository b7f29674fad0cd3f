"""When somebody works: openings on the time line, and where work that begins now ends.

Times are whole microseconds since 1970 UTC. Work that is under way at closing time pauses and goes on at the
next opening. Outside the published years of the calendar nothing is guessed: the agenda ends, and work that
reaches its end raises CalendarNotPublished.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from xiaoneng.core.calendar import Hours, WorkingCalendar
from xiaoneng.core.calendar.hours import afternoon, morning
from xiaoneng.core.errors import CalendarNotPublished

MICRO: Final = 1_000_000
DAY_US: Final = 86_400 * MICRO
EPOCH: Final = date(1970, 1, 1)
FAR: Final = 4_000_000_000 * MICRO
"""The end of the time line of an agenda that is always open (the year 2096)."""
YEARS: Final = 20
"""An agenda reaches that far; a simulation that needs more has no steady state worth looking at."""

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Agenda:
    """Openings ``starts[i]``..``ends[i]`` (sorted, apart) and ``before[i]``, the open time before each."""

    name: str
    starts: Int64
    ends: Int64
    last: str
    """The day on which it ends, for the message."""
    before: Int64 = field(init=False)
    start_list: list[int] = field(init=False, repr=False)
    end_list: list[int] = field(init=False, repr=False)
    before_list: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lengths = self.ends - self.starts
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
        object.__setattr__(self, "before", before)
        for name, values in (("start", self.starts), ("end", self.ends), ("before", before)):
            object.__setattr__(self, f"{name}_list", values.tolist())

    def spent(self, t: int) -> int:
        """Open time up to ``t``."""
        k = bisect_right(self.start_list, t) - 1
        if k < 0:
            return 0
        return self.before_list[k] + min(t, self.end_list[k]) - self.start_list[k]

    def at(self, open_time: int) -> int:
        """The first moment by which that much open time has passed. Raises CalendarNotPublished."""
        k = max(bisect_left(self.before_list, open_time) - 1, 0)
        if k >= len(self.start_list):
            raise self.over()
        return self.start_list[k] + open_time - self.before_list[k]

    def finish(self, t: int, work: int) -> int:
        """When work that begins at ``t`` ends; at once where there is none."""
        return self.at(self.spent(t) + work) if work else t

    def opening(self, t: int) -> int:
        """``t`` where it is open, else the next opening. Raises CalendarNotPublished."""
        k = bisect_right(self.end_list, t)
        if k >= len(self.start_list):
            raise self.over()
        return max(t, self.start_list[k])

    def at_many(self, open_time: npt.NDArray[np.int64]) -> Int64:
        """:meth:`at` for ``int64[n]``."""
        k = np.maximum(np.searchsorted(self.before, open_time, side="left") - 1, 0)
        if len(k) and int(k.max()) >= len(self.starts):
            raise self.over()
        return self.starts[k] + open_time - self.before[k]

    def spent_many(self, t: Int64) -> Int64:
        """:meth:`spent` for ``int64[n]``."""
        k = np.searchsorted(self.starts, t, side="right") - 1
        inside = np.minimum(t, self.ends[k]) - self.starts[k] + self.before[k]
        return np.where(k < 0, 0, inside)

    def over(self) -> CalendarNotPublished:
        """The error for a time behind the last opening."""
        return CalendarNotPublished(
            "the simulation goes beyond the last day of the calendar {calendar!r}, {last}",
            expected="cases that end before",
            hint="Take fewer cases, more people, or a calendar file with further years",
            calendar=self.name,
            last=self.last,
        )


def always(name: str = "always") -> Agenda:
    """Open day and night."""
    return Agenda(name, np.zeros(1, np.int64), np.full(1, FAR, np.int64), "2096-10-02")


def agenda_of(
    name: str,
    calendar: WorkingCalendar,
    hours: Hours | None,
    zone: str,
    start: datetime,
    absent: Collection[tuple[date, date]] = (),
) -> Agenda:
    """The openings of an office from a week before ``start``, in UTC. ``hours`` replace the calendar's usual
    ones; ``absent`` are spans of days (both inclusive) that are not worked."""
    first = max(calendar.first, start.date() - timedelta(days=7))
    last = min(calendar.last, start.date() + timedelta(days=366 * YEARS))
    if not calendar.first <= start.date() <= calendar.last:
        calendar.day(start.date())  # raises with the published years
    usual = hours or calendar.hours
    halves = {"morning": morning(usual), "afternoon": afternoon(usual)}
    patterns = [usual, *(halves[p] if isinstance(p, str) else p for p in calendar.patterns[1:])]
    low, high = (first - calendar.first).days, (last - calendar.first).days + 1
    worked = (calendar.kinds[low:high] & 1).astype(bool)
    for begin, end in absent:
        worked[max((begin - first).days, 0) : max((end - first).days + 1, 0)] = False
    shifts = calendar.shifts[low:high]
    utc = _midnights(first, high - low, ZoneInfo(zone))
    starts: list[Int64] = []
    ends: list[Int64] = []
    for number, pattern in enumerate(patterns):
        days = utc[worked & (shifts == number)]
        for begin_s, end_s in pattern:
            starts.append(days + begin_s * MICRO)
            ends.append(days + end_s * MICRO)
    all_starts, all_ends = np.concatenate(starts), np.concatenate(ends)
    order = np.argsort(all_starts, kind="stable")
    all_starts, all_ends = all_starts[order], all_ends[order]
    # an opening that goes on without a break is one opening
    apart = np.ones(len(all_starts), bool)
    apart[1:] = all_starts[1:] > all_ends[:-1]
    last_of = np.append(apart[1:], True) if len(apart) else apart
    return Agenda(name, all_starts[apart], all_ends[last_of], last.isoformat())


def _midnights(first: date, days: int, zone: ZoneInfo) -> Int64:
    """UTC instants (µs) of the local midnights of consecutive days."""
    local = ((first - EPOCH).days + np.arange(days, dtype=np.int64)) * DAY_US
    offsets = np.empty(days, np.int64)
    # the clock changes at night: the offset at noon holds in office hours
    begin = datetime(first.year, first.month, first.day, 12, tzinfo=zone)
    for day in range(days):
        offset = (begin + timedelta(days=day)).utcoffset()
        assert offset is not None
        offsets[day] = offset // timedelta(microseconds=1)
    return local - offsets
