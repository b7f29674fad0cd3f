"""A clock that runs only in working hours, so that working time between two moments is one subtraction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xiaoneng.core.calendar.hours import DAY_SECONDS, Hours, afternoon, format_hours, morning, total
from xiaoneng.core.calendar.working import EPOCH, WorkingCalendar

MICRO = 1_000_000
DAY_US = DAY_SECONDS * MICRO
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CalendarWorkClock:
    """The work clock of one calendar with its hours; see :func:`work_clock`."""

    calendar: WorkingCalendar
    hours: Hours
    name: str
    fingerprint: str
    seconds_per_day: float
    """Working seconds of a usual day."""
    _before: Float64 = field(repr=False)
    """Working seconds before each published day began, ``float64[n]``."""
    _shift: npt.NDArray[np.int64] = field(repr=False)
    """Per day the position (µs) in the break-point table where its hours begin."""
    _x: Float64 = field(repr=False)
    _y: Float64 = field(repr=False)

    def seconds(self, local_us: npt.NDArray[np.int64]) -> Float64:
        """Working seconds from the first published day to each wall-clock time (µs since 1970-01-01 local).

        ``int64[n]`` in, ``float64[n]`` out; NaN outside the calendar and for NaT.
        """
        moments = np.asarray(local_us, dtype=np.int64)
        day, within = np.divmod(moments, DAY_US)
        day -= (self.calendar.first - EPOCH).days
        unknown = (day < 0) | (day >= len(self._before))
        day[unknown] = 0
        within += self._shift[day]
        result: Float64 = np.interp(within, self._x, self._y)
        result += self._before[day]
        result[unknown] = np.nan
        return result

    def between(self, start_us: npt.NDArray[np.int64], end_us: npt.NDArray[np.int64]) -> Float64:
        """Working seconds from start to end, negative when end is earlier; NaN where either is outside."""
        return self.seconds(end_us) - self.seconds(start_us)

    def day_number(self, days: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """Working days up to and including each day (days since 1970-01-01); -1 outside."""
        return self.calendar.day_number(days)


def work_clock(calendar: WorkingCalendar, hours: Hours | None = None) -> CalendarWorkClock:
    """The clock of ``calendar``; ``hours`` replaces its usual hours, not those of special days."""
    usual = hours or calendar.hours
    patterns: list[Hours] = [()]  # rest days first
    for pattern in calendar.patterns:
        if pattern == "morning":
            patterns.append(morning(usual))
        elif pattern == "afternoon":
            patterns.append(afternoon(usual))
        else:
            assert not isinstance(pattern, str)
            patterns.append(pattern)
    patterns[1] = usual
    working = (calendar.kinds & 1).astype(bool)
    pattern_of = np.where(working, calendar.shifts.astype(np.int64) + 1, 0)
    lengths = np.array([total(p) for p in patterns], np.float64)[pattern_of]
    before = np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
    x, y = _break_points(patterns)
    text = format_hours(usual)
    return CalendarWorkClock(
        calendar=calendar,
        hours=usual,
        name=f"{calendar.name} {text}",
        fingerprint=hashlib.sha256(f"{calendar.fingerprint}|{text}".encode()).hexdigest()[:16],
        seconds_per_day=float(total(usual)),
        _before=before,
        _shift=pattern_of * DAY_US,
        _x=x,
        _y=y,
    )


def _break_points(patterns: list[Hours]) -> tuple[Float64, Float64]:
    """One piecewise-linear table for all day patterns, laid end to end.

    x is in µs, y in working seconds of that day. A few dozen points instead of four per day keep the
    interpolation in the processor's cache.
    """
    x: list[float] = []
    y: list[float] = []
    for number, hours in enumerate(patterns):
        start = number * DAY_US
        done = 0.0
        x.append(start)
        y.append(0.0)
        for begin, end in hours:
            x.extend((start + begin * MICRO, start + min(end * MICRO, DAY_US - 1)))
            done_at_end = done + (min(end * MICRO, DAY_US - 1) - begin * MICRO) / MICRO
            y.extend((done, done_at_end))
            done += end - begin
        # the last microsecond of the day, so that nothing is interpolated into the next pattern
        if x[-1] < start + DAY_US - 1:
            x.append(start + DAY_US - 1)
            y.append(done)
    return np.array(x, np.float64), np.array(y, np.float64)
