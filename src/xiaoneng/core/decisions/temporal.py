"""Dates, times and durations: reading, and arithmetic (DMN 1.5, 10.3.2.3 and tables 55, 58, 60)."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from xiaoneng.core.decisions import decimals, zones
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.values import (
    DAY,
    NANO,
    YEAR_LIMIT,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
)

DATE: Final = re.compile(r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})", re.ASCII)
TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?(?:(Z)|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z0-9_+/-]+))?",
    re.ASCII,
)
DAYS: Final = re.compile(
    r"(-)?P(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]*))?S)?)?", re.ASCII
)
MONTHS: Final = re.compile(r"(-)?P(?:([0-9]+)Y)?(?:([0-9]+)M)?", re.ASCII)
DIGITS_LIMIT: Final = 18


def read_date(text: str) -> Date | None:
    match = DATE.fullmatch(text)
    if match is None or text.startswith("-0000"):
        return None
    try:
        return Date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def read_time(text: str) -> Time | None:
    """A time; ``24:00:00`` is midnight."""
    found = _clock(text)
    return found[0] if found is not None else None


def _clock(text: str) -> tuple[Time, bool] | None:
    """The time, and whether it was written as 24:00:00 (the next day's midnight)."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    nano = int((match[4] or "0")[:9].ljust(9, "0"))
    midnight = hour == 24 and minute == second == nano == 0
    offset: int | None = None
    if match[5]:
        offset = 0
    elif match[6]:
        if int(match[8]) > 59 or int(match[9] or 0) > 59:
            return None
        offset = int(match[7]) * 3600 + int(match[8]) * 60 + int(match[9] or 0)
        offset = -offset if match[6] == "-" else offset
    zone = match[10]
    if zone is not None and zones.find(zone) is None:
        return None
    try:
        return Time(0 if midnight else hour, minute, second, nano, offset, zone), midnight
    except ValueError:
        return None


def read_date_time(text: str) -> DateTime | None:
    day, sep, clock = text.partition("T")
    date = read_date(day)
    if date is None or not sep:
        return None
    found = _clock(clock)
    if found is None:
        return None
    time, next_day = found
    return DateTime(Date.from_ordinal(date.ordinal + 1) if next_day else date, time)


def read_duration(text: str) -> DaysTime | YearsMonths | None:
    if not text or text[-1] in "PT" or len(text) > 200:
        return None
    if match := MONTHS.fullmatch(text):
        if max(map(len, (match[2] or "", match[3] or ""))) > DIGITS_LIMIT:
            return None
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearsMonths(-months if match[1] else months)
    if match := DAYS.fullmatch(text):
        if max(len(match[i] or "") for i in (2, 3, 4, 5)) > DIGITS_LIMIT:
            return None
        seconds = (
            int(match[2] or 0) * DAY
            + int(match[3] or 0) * 3600
            + int(match[4] or 0) * 60
            + int(match[5] or 0)
        )
        nanos = seconds * NANO + int((match[6] or "0")[:9].ljust(9, "0"))
        return DaysTime(-nanos if match[1] else nanos)
    return None


def at_literal(text: str) -> Any:
    """What ``@"…"`` means; raises Null."""
    found = read_date(text) or read_date_time(text) or read_time(text) or read_duration(text)
    if found is None:
        raise Null("literal", text=text[:60])
    return found


def scale(nanos: int, factor: Decimal) -> int:
    """A whole number times a decimal one, towards zero."""
    return decimals.integer(decimals.CONTEXT.multiply(Decimal(nanos), factor).to_integral_value(ROUND_DOWN))


def divide(nanos: int, by: Decimal) -> int:
    return decimals.integer(decimals.CONTEXT.divide(Decimal(nanos), by).to_integral_value(ROUND_DOWN))


def plus_days_time(value: Date | DateTime | Time, nanos: int) -> Any:
    if type(value) is Date:
        # a date has no time: the duration counts from its midnight, and the day is what remains
        return Date.from_ordinal(value.ordinal + nanos // (DAY * NANO))
    assert isinstance(value, (DateTime, Time))
    return value.shifted(nanos)


def plus_months(value: Date | DateTime, months: int) -> Any:
    if isinstance(value, DateTime):
        return DateTime(value.date.plus_months(months), value.time)
    return value.plus_months(months)


def as_date_time(value: Date | DateTime) -> DateTime:
    """A date counts as its midnight in UTC."""
    return value if isinstance(value, DateTime) else DateTime(value, Time(0, 0, 0, 0, 0))


def difference(later: Date | DateTime, earlier: Date | DateTime) -> DaysTime:
    """Elapsed time; one local and one with an offset cannot be compared."""
    a, b = as_date_time(later), as_date_time(earlier)
    if (a.offset is None) != (b.offset is None):
        raise Null("operand_types", operator="-", left=str(later), right=str(earlier))
    return DaysTime(a.instant_nanos() - b.instant_nanos())


def time_difference(later: Time, earlier: Time) -> DaysTime:
    if (later.offset is None) != (earlier.offset is None):
        raise Null("operand_types", operator="-", left=str(later), right=str(earlier))
    a, b = later.key()[1] * NANO + later.nano, earlier.key()[1] * NANO + earlier.nano
    return DaysTime(a - b)


def months_between(start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    """Whole months from ``start`` to ``end``, by the days alone."""
    a, b = as_date_time(start), as_date_time(end)
    months = (b.date.year - a.date.year) * 12 + b.date.month - a.date.month

    if months > 0 and b.date.day < a.date.day:
        months -= 1
    elif months < 0 and b.date.day > a.date.day:
        months += 1
    return YearsMonths(months)


def checked_year(year: int) -> int:
    if abs(year) > YEAR_LIMIT:
        raise ValueError("no such year")
    return year


def weekday(date: Date) -> int:
    """1 = Monday … 7 = Sunday."""
    return (date.ordinal + 3) % 7 + 1


def day_of_year(date: Date) -> int:
    return date.ordinal - Date(date.year, 1, 1).ordinal + 1


def week_of_year(date: Date) -> int:
    """ISO 8601 week number."""
    thursday = Date.from_ordinal(date.ordinal - weekday(date) + 4)
    return (day_of_year(thursday) - 1) // 7 + 1
