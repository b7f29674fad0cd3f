"""ISO 8601 durations, dates and repeating intervals of timers, as whole microseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, YearsMonths

DURATION: Final = re.compile(
    r"P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10})(?:\.(\d{1,6}))?S)?)?",
    re.ASCII,
)
CYCLE: Final = re.compile(r"R(\d{0,6})/(?:([^/P][^/]*)/)?(P[^/]+)", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICRO: Final = timedelta(microseconds=1)
ENDLESS: Final = -1
SECOND: Final = 1_000_000


def read_duration(text: str) -> tuple[int, int] | None:
    """(months, microseconds) of an ISO 8601 duration, None for another text."""
    match = DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(g or 0) for g in match.groups()[:7])
    total = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
    return years * 12 + months, total * 1_000_000 + int((match[8] or "").ljust(6, "0") or 0)


def read_instant(text: str) -> int | None:
    """Microseconds since 1970 of an ISO 8601 date and time with offset, None for another text."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo is None else micros(found)


def read_cycle(text: str) -> tuple[int, int, int, int | None] | None:
    """(repeats, months, microseconds, start or None) of ``R3/PT1H`` or ``R/2026-01-01T00:00Z/P1D``;
    endless repeats are -1. Rounds of less than a second are none."""
    match = CYCLE.fullmatch(text)
    if match is None:
        return None
    duration = read_duration(match[3])
    start = read_instant(match[2]) if match[2] else None
    if duration is None or duration < (0, SECOND) or (match[2] and start is None):
        return None
    return (int(match[1]) if match[1] else ENDLESS), *duration, start


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - EPOCH) // MICRO


def moment(value: int) -> datetime:
    """The instant of microseconds since 1970, in UTC."""
    return EPOCH + value * MICRO


def representable(value: int) -> int | None:
    """The instant, None where it lies outside the years 1 to 9999."""
    try:
        moment(value)
    except OverflowError:
        return None
    return value


def after(at: datetime, months: int, micro: int) -> int | None:
    """The instant a duration after ``at``; months are counted on the wall clock of ``at``, an absent day
    becomes the month's last. None where it lies outside the years 1 to 9999."""
    if months:
        year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
        if year > 9998:
            return None
        last = (datetime(year + (month == 11), (month + 1) % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)).day
        at = at.replace(year=year, month=month + 1, day=min(at.day, last))
    return representable(micros(at) + micro)


def of_feel(value: Any) -> tuple[str, int, int] | None:
    """A FEEL value as ("duration", months, microseconds) or ("date", 0, microseconds since 1970)."""
    if isinstance(value, DaysTime):
        return "duration", 0, value.nanos // 1000
    if isinstance(value, YearsMonths):
        return "duration", value.months, 0
    if isinstance(value, DateTime) and value.offset is not None:
        return "date", 0, value.instant_nanos() // 1000
    if isinstance(value, Date):
        return None
    if isinstance(value, str):
        duration = read_duration(value)
        if duration is not None:
            return "duration", *duration
        instant = read_instant(value)
        return None if instant is None else ("date", 0, instant)
    return None
