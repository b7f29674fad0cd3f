"""The values of FEEL as Python objects.

    number      decimal.Decimal (34 digits, see ``numbers``)     string   str
    boolean     bool                                             null     None
    list        list                                             context  dict with text keys
    date        Date                time     Time                date and time  DateTime
    days and time duration  DaysTime (whole nanoseconds)
    years and months duration  YearsMonths (whole months)
    range       Range               function  Function or a Builtin

Years run far beyond Python's ``datetime`` (±999,999,999), so dates are our own, on the proleptic Gregorian
calendar. As DMN's semantics compares hour, minute and whole second, so do ``=`` and ``<`` on times here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from xiaoneng.core.decisions import zones

NANO: Final = 1_000_000_000
DAY: Final = 86_400
YEAR_LIMIT: Final = 999_999_999


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a proleptic Gregorian date; any year."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """The inverse of ``days_from_civil``."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


class Date:
    """A calendar day; ``ordinal`` is days since 1970-01-01."""

    __slots__ = ("day", "month", "ordinal", "year")

    def __init__(self, year: int, month: int, day: int) -> None:
        """Raises ValueError for a day that does not exist."""
        if not (
            -YEAR_LIMIT <= year <= YEAR_LIMIT and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)
        ):
            raise ValueError("no such date")
        self.year, self.month, self.day = year, month, day
        self.ordinal = days_from_civil(year, month, day)

    @classmethod
    def from_ordinal(cls, days: int) -> Date:
        return cls(*civil_from_days(days))

    def plus_months(self, months: int) -> Date:
        """The same day of another month, or that month's last day."""
        total = self.year * 12 + self.month - 1 + months
        year, month = total // 12, total % 12 + 1
        return Date(year, month, min(self.day, days_in_month(year, month)))

    def __eq__(self, other: object) -> bool:
        return type(other) is Date and self.ordinal == other.ordinal

    def __lt__(self, other: Date) -> bool:
        return self.ordinal < other.ordinal

    def __le__(self, other: Date) -> bool:
        return self.ordinal <= other.ordinal

    def __gt__(self, other: Date) -> bool:
        return self.ordinal > other.ordinal

    def __ge__(self, other: Date) -> bool:
        return self.ordinal >= other.ordinal

    def __hash__(self) -> int:
        return hash(self.ordinal)

    def __str__(self) -> str:
        sign, year = ("-", -self.year) if self.year < 0 else ("", self.year)
        return f"{sign}{year:04d}-{self.month:02d}-{self.day:02d}"

    def __repr__(self) -> str:
        return f"Date({self})"


class Time:
    """A time of day, local, with an offset (seconds east of UTC) or in a named zone."""

    __slots__ = ("hour", "minute", "nano", "offset", "second", "zone")

    def __init__(
        self,
        hour: int,
        minute: int,
        second: int,
        nano: int = 0,
        offset: int | None = None,
        zone: str | None = None,
    ) -> None:
        """``offset`` of a zoned time is the zone's standard one. Raises ValueError outside the clock's
        face."""
        if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= nano < NANO):
            raise ValueError("no such time")
        if offset is not None and abs(offset) > 18 * 3600:
            raise ValueError("no such offset")
        self.hour, self.minute, self.second, self.nano = hour, minute, second, nano
        self.zone = zone
        self.offset = zones.standard_offset(zone) if zone is not None else offset

    @property
    def seconds(self) -> int:
        """Seconds since local midnight."""
        return self.hour * 3600 + self.minute * 60 + self.second

    def shifted(self, nanos: int) -> Time:
        """Moved around the clock."""
        total = (self.seconds * NANO + self.nano + nanos) % (DAY * NANO)
        seconds, nano = divmod(total, NANO)
        return Time(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, self.offset, self.zone)

    def key(self) -> tuple[bool, int]:
        """What equality and order look at: local or not, and seconds since midnight UTC."""
        return (False, self.seconds) if self.offset is None else (True, self.seconds - self.offset)

    def __eq__(self, other: object) -> bool:
        return type(other) is Time and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __str__(self) -> str:
        return clock_text(self) + zone_text(self.offset, self.zone)

    def __repr__(self) -> str:
        return f"Time({self})"


class DateTime:
    """A day and a time of day, local, with an offset or in a named zone."""

    __slots__ = ("date", "offset", "time")

    def __init__(self, date: Date, time: Time) -> None:
        self.date, self.time = date, time
        if time.zone is not None:
            self.offset: int | None = zones.offset(time.zone, date.ordinal * DAY + time.seconds)
        else:
            self.offset = time.offset

    @property
    def local_seconds(self) -> int:
        return self.date.ordinal * DAY + self.time.seconds

    def shifted(self, nanos: int) -> DateTime:
        """Moved on the local clock."""
        total = self.local_seconds * NANO + self.time.nano + nanos
        days, rest = divmod(total, DAY * NANO)
        midnight = Time(0, 0, 0, 0, self.time.offset, self.time.zone)
        return DateTime(Date.from_ordinal(days), midnight.shifted(rest))

    def instant_nanos(self) -> int:
        """Nanoseconds since the epoch; UTC when there is an offset, else of the local clock."""
        return (self.local_seconds - (self.offset or 0)) * NANO + self.time.nano

    def key(self) -> tuple[bool, int]:
        """What equality and order look at: local or not, and the whole second."""
        return (
            (False, self.local_seconds) if self.offset is None else (True, self.local_seconds - self.offset)
        )

    def __eq__(self, other: object) -> bool:
        return type(other) is DateTime and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __str__(self) -> str:
        return f"{self.date}T{clock_text(self.time)}{zone_text(self.time.offset, self.time.zone)}"

    def __repr__(self) -> str:
        return f"DateTime({self})"


def clock_text(time: Time) -> str:
    text = f"{time.hour:02d}:{time.minute:02d}:{time.second:02d}"
    return text + (f".{time.nano:09d}".rstrip("0") if time.nano else "")


def zone_text(offset: int | None, zone: str | None) -> str:
    if zone is not None:
        return f"@{zone}"
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    sign, rest = ("-", -offset) if offset < 0 else ("+", offset)
    text = f"{sign}{rest // 3600:02d}:{rest // 60 % 60:02d}"
    return text + (f":{rest % 60:02d}" if rest % 60 else "")


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """A days and time duration in whole nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        sign, rest = ("-", -self.nanos) if self.nanos < 0 else ("", self.nanos)
        seconds, nano = divmod(rest, NANO)
        days, seconds = divmod(seconds, DAY)
        text = f"{sign}P" + (f"{days}D" if days else "")
        hours, minutes, second = seconds // 3600, seconds // 60 % 60, seconds % 60
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if second or nano:
            clock += f"{second}" + (f".{nano:09d}".rstrip("0") if nano else "") + "S"
        if clock:
            return f"{text}T{clock}"
        return text if days else "PT0S"


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration in whole months."""

    months: int

    def __str__(self) -> str:
        if not self.months:
            return "P0M"
        sign, rest = ("-", -self.months) if self.months < 0 else ("", self.months)
        years, months = divmod(rest, 12)
        return f"{sign}P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")


@dataclass(frozen=True, slots=True)
class Range:
    """A range. ``op`` is None for ``[a..b]``, else the operator of a unary form such as ``(< 10)``.

    A unary form has its missing end null; ``(= 10)`` has both ends 10, ``(!= 10)`` too.
    """

    low_included: bool
    low: Any
    high: Any
    high_included: bool
    op: str | None = None


class Function:
    """A function defined in FEEL. ``frame`` is what it closed over; ``body`` a closure over a new frame."""

    __slots__ = ("body", "frame", "home", "name", "parameters", "result", "size", "types")

    def __init__(
        self,
        name: str | None,
        parameters: tuple[str, ...],
        types: tuple[Any, ...],
        result: Any,
        body: Callable[[list[Any]], Any],
        frame: list[Any],
        size: int,
    ) -> None:
        self.name, self.parameters, self.types, self.result = name, parameters, types, result
        self.body, self.frame, self.size = body, frame, size
        self.home: str | None = None


def unary_range(op: str, end: Any) -> Range:
    """The range of a unary test such as ``< 10``."""
    if op in ("<", "<="):
        return Range(False, None, end, op == "<=", op)
    if op in (">", ">="):
        return Range(op == ">=", end, None, False, op)
    return Range(True, end, end, True, op)
