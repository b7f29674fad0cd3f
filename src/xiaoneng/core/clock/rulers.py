"""How each unit measures time. A point is a legal day, for hours a moment; stops are left out by
:func:`reach`.

The one formula (see ``docs/reference/clock.md``): the due point is the n-th countable unit after the start,
where nothing inside a stop ``(s, e]`` counts. Stops are walked in order: one that begins before the point
reached so far pushes it by exactly what it excludes.
"""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from xiaoneng.core.calendar import WorkingCalendar
from xiaoneng.core.clock.limits import Unit
from xiaoneng.core.clock.moments import SHANGHAI, legal_day
from xiaoneng.core.errors import CalendarNotPublished

Gap = tuple[date, date | None]
"""An effective stop ``(s, e]``; no end means open."""


class Ruler(Protocol):
    """One unit's way to measure."""

    def point(self, moment: datetime) -> date:
        """The day (or moment) at which a fact enters the count."""

    def add(self, start: date, n: int) -> date:
        """The n-th unit after the start, stops not considered."""

    def shift(self, point: date, length: float) -> date:
        """A point so much later."""

    def length(self, start: date, end: date) -> float:
        """Units in ``(start, end]``."""

    def finish(self, point: date, gaps: Sequence[Gap]) -> date | None:
        """The point at which the period really ends (calendar days roll); None inside an open stop."""


class WorkingDays:
    """工作日: only days of the calendar that are worked; make-up days count, the rest cannot end a period."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar

    def point(self, moment: datetime) -> date:
        return legal_day(moment)

    def add(self, start: date, n: int) -> date:
        return self.calendar.add(start, n)

    def shift(self, point: date, length: float) -> date:
        return self.calendar.add(point, int(length)) if length else point

    def length(self, start: date, end: date) -> float:
        return self.calendar.between(start, end)

    def finish(self, point: date, gaps: Sequence[Gap]) -> date | None:
        return point


class CalendarDays:
    """自然日, months and years: every day counts; a last day of rest rolls to the next working day (民法典
    203).
    """

    def __init__(self, calendar: WorkingCalendar, unit: Unit) -> None:
        self.calendar = calendar
        self.months = {Unit.CALENDAR_DAY: 0, Unit.MONTH: 1, Unit.YEAR: 12}[unit]

    def point(self, moment: datetime) -> date:
        return legal_day(moment)

    def add(self, start: date, n: int) -> date:
        try:
            return add_months(start, n * self.months) if self.months else start + timedelta(days=n)
        except (OverflowError, ValueError):
            raise CalendarNotPublished(
                "the period ends after the last day that can be written", expected="a shorter period"
            ) from None

    def shift(self, point: date, length: float) -> date:
        return self.add_days(point, int(length))

    def add_days(self, point: date, days: int) -> date:
        try:
            return point + timedelta(days=days)
        except OverflowError:
            raise CalendarNotPublished(
                "the period ends after the last day that can be written", expected="a shorter period"
            ) from None

    def length(self, start: date, end: date) -> float:
        return (end - start).days

    def finish(self, point: date, gaps: Sequence[Gap]) -> date | None:
        while True:
            day = self.calendar.on_or_after(point)
            gap = next(((s, e) for s, e in gaps if s < day and (e is None or day <= e)), None)
            if gap is None:
                return day
            if gap[1] is None:
                return None
            point = gap[1] + timedelta(days=1)


class Hours:
    """小时: run through nights and holidays from the stated moment and never roll (民法典 201)."""

    def point(self, moment: datetime) -> date:
        legal_day(moment)  # refuses a moment without offset
        return moment.astimezone(SHANGHAI)

    def add(self, start: date, n: int) -> date:
        return start + timedelta(hours=n)

    def shift(self, point: date, length: float) -> date:
        return point + timedelta(hours=length)

    def length(self, start: date, end: date) -> float:
        return (end - start) / timedelta(hours=1)

    def finish(self, point: date, gaps: Sequence[Gap]) -> date | None:
        return point


def ruler_for(unit: Unit, calendar: WorkingCalendar) -> Ruler:
    """The ruler of a unit on a calendar."""
    if unit is Unit.WORKING_DAY:
        return WorkingDays(calendar)
    if unit is Unit.HOUR:
        return Hours()
    return CalendarDays(calendar, unit)


def add_months(day: date, months: int) -> date:
    """The corresponding day so many months later, month-end where there is none (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def merge(gaps: Sequence[Gap]) -> list[Gap]:
    """The union of stops, in order: a day is excluded once, however many stops hold it."""
    merged: list[Gap] = []
    for start, end in sorted(gaps, key=lambda gap: gap[0]):
        if merged and (merged[-1][1] is None or start <= merged[-1][1]):
            before = merged[-1][1]
            if before is not None and (end is None or end > before):
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def reach(ruler: Ruler, start: date, n: int, gaps: Sequence[Gap]) -> date | None:
    """The n-th countable unit after ``start``; None when an open stop lies before it.

    ``gaps`` must be merged. Why one pass suffices: when a stop begins before the point reached without it,
    every unit inside it precedes the new point, so the point moves by the whole length; otherwise by nothing.
    """
    point = ruler.add(start, n)
    for gap_start, gap_end in gaps:
        if gap_start >= point:
            break
        if gap_end is None:
            return None
        point = ruler.shift(point, ruler.length(gap_start, gap_end))
    return ruler.finish(point, gaps)


def countable(ruler: Ruler, start: date, end: date, gaps: Sequence[Gap]) -> float:
    """Countable units in ``(start, end]``; 0 when the end is not later. Open stops last to the end."""
    if end <= start:
        return 0
    total = ruler.length(start, end)
    for gap_start, gap_end in gaps:
        low, high = max(gap_start, start), end if gap_end is None else min(gap_end, end)
        if low < high:
            total -= ruler.length(low, high)
    return total
