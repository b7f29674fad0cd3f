"""Working days: the State Council's yearly arrangement, office overrides, working hours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xiaoneng.core.calendar.builtin import china, weekdays
from xiaoneng.core.calendar.file import read_calendar
from xiaoneng.core.calendar.hours import DEFAULT_HOURS, Hours, format_hours, parse_hours
from xiaoneng.core.calendar.workclock import CalendarWorkClock, work_clock
from xiaoneng.core.calendar.working import NOT_PUBLISHED, Day, DayKind, WorkingCalendar

__all__ = [
    "DEFAULT_HOURS",
    "NOT_PUBLISHED",
    "CalendarWorkClock",
    "Day",
    "DayKind",
    "Hours",
    "WorkingCalendar",
    "format_hours",
    "load_calendar",
    "parse_hours",
    "work_clock",
]


@cache
def _builtin(name: str) -> WorkingCalendar:
    return china() if name == "cn" else weekdays()


def load_calendar(source: str | Path) -> WorkingCalendar:
    """``"cn"`` (State Council), ``"weekdays"`` (Monday to Friday), or the path of a calendar file."""
    if source in ("cn", "weekdays"):
        return _builtin(str(source))
    return read_calendar(Path(source), _builtin)
