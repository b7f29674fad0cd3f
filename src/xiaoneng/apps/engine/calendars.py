"""When a limit ends, by the published working-day calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from xiaoneng.core.calendar import WorkingCalendar, load_calendar
from xiaoneng.core.clock.counting import count
from xiaoneng.core.clock.limits import Limit, Unit
from xiaoneng.core.clock.moments import legal_day, start_of
from xiaoneng.core.errors import CalendarNotPublished


def due_at(limit: int, unit: str, start: datetime) -> datetime | None:
    """The last moment of a limit that starts now; None where the calendar does not reach so far.

    Hours run from the moment, days from the day after the start (民法典 201), whatever the hour.
    """
    if unit == Unit.HOUR:
        return start + timedelta(hours=limit)
    return last_moment(limit, unit, legal_day(start), load_calendar("cn"))


@lru_cache(maxsize=4096)
def last_moment(limit: int, unit: str, day: date, calendar: WorkingCalendar) -> datetime | None:
    """The end of the day on which a limit in days ends."""
    start = start_of(day)
    try:
        return count(Limit(limit, Unit(unit)), start, calendar, start).due_at
    except CalendarNotPublished:
        return None
