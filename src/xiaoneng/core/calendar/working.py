"""The working-day calendar: a table of days, and arithmetic on it by looking up, never by walking.

A *working day* (工作日) is a day on which the office works at all; a half day is one working day with fewer
hours. Outside the published years nothing is guessed: scalar questions raise :class:`CalendarNotPublished`,
vector questions answer ``NaT``, ``NOT_PUBLISHED`` or ``-1`` for that element.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from xiaoneng.core.calendar.hours import Hours, format_hours
from xiaoneng.core.errors import CalendarNotPublished

Dates = npt.NDArray[np.datetime64]
Int64 = npt.NDArray[np.int64]
NOT_PUBLISHED = np.iinfo(np.int64).min
EPOCH = date(1970, 1, 1)


class DayKind(IntEnum):
    """Why a day is worked or not. Odd members are working days."""

    WEEKEND = 0
    WORKDAY = 1
    HOLIDAY = 2
    """放假: off by the State Council's yearly arrangement, bridged days included."""
    MAKE_UP = 3
    """调休上班: a weekend day worked by that arrangement."""
    LOCAL_REST = 4
    """off by a local decision, for instance a regional festival (放假办法 art. 4)."""
    LOCAL_WORK = 5

    @property
    def working(self) -> bool:
        return bool(self & 1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its reason; ``label`` names the holiday or the local decision, empty for plain days."""

    date: date
    kind: DayKind
    label: str

    @property
    def working(self) -> bool:
        return self.kind.working


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Days ``first``..``last`` with kind and hours; :func:`xiaoneng.core.calendar.load_calendar` builds one.

    ``kinds`` is ``uint8[n]`` of :class:`DayKind`; ``shifts`` is ``uint8[n]``, an index into ``patterns``.
    Pattern 0 is the office's usual hours; on rest days the index has no meaning. A pattern may also be the
    text ``morning`` or ``afternoon``: that half of the usual hours.
    """

    name: str
    first: date
    kinds: npt.NDArray[np.uint8]
    shifts: npt.NDArray[np.uint8]
    patterns: tuple[Hours | str, ...]
    labels: Mapping[date, str]
    sources: Mapping[int, str]
    """The paper that arranges each year."""
    fingerprint: str = field(init=False)
    """Equal for calendars that count and clock alike; names and reasons do not enter it."""
    _first: int = field(init=False)
    _upto: Int64 = field(init=False)
    _nth: Int64 = field(init=False)

    def __post_init__(self) -> None:
        working = (self.kinds & 1).astype(bool)
        put = object.__setattr__
        put(self, "_first", (self.first - EPOCH).days)
        put(self, "_upto", np.cumsum(working, dtype=np.int64))
        put(self, "_nth", np.flatnonzero(working).astype(np.int64) + self._first)
        digest = hashlib.sha256(f"1|{self.first}|{len(self.kinds)}|".encode())
        digest.update(np.packbits(working).tobytes())
        digest.update(np.where(working, self.shifts, 0).astype(np.uint8).tobytes())
        digest.update("|".join(p if isinstance(p, str) else format_hours(p) for p in self.patterns).encode())
        put(self, "fingerprint", digest.hexdigest()[:16])
        for array in (self.kinds, self.shifts, self._upto, self._nth):
            array.flags.writeable = False

    @property
    def last(self) -> date:
        """The last published day."""
        return self.first + timedelta(days=len(self.kinds) - 1)

    @property
    def hours(self) -> Hours:
        """The office's usual hours."""
        usual = self.patterns[0]
        assert not isinstance(usual, str)
        return usual

    def __repr__(self) -> str:
        return f"WorkingCalendar({self.name!r}, {self.first}..{self.last}, {self.fingerprint})"

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    # one day at a time

    def _index(self, day: date) -> int:
        if day not in self:
            raise not_published(self, day)
        return (day - self.first).days

    def day(self, day: date) -> Day:
        """The day with its kind and reason."""
        return Day(day, DayKind(int(self.kinds[self._index(day)])), self.labels.get(day, ""))

    def is_working(self, day: date) -> bool:
        """Whether the office works on that day at all."""
        return bool(self.kinds[self._index(day)] & 1)

    def add(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, which is not counted itself (民法典 201).

        ``n < 0`` counts back: working days before ``day``. ``n = 0`` is the day itself, on a rest day the
        next working day.
        """
        upto = int(self._upto[self._index(day)])
        position = upto + n - 1
        if n <= 0 and not self.is_working(day):
            position += 1  # the last working day counted lies before this rest day
        if not 0 <= position < len(self._nth):
            raise not_published(
                self, self.last + timedelta(days=1) if n >= 0 else self.first - timedelta(days=1)
            )
        return EPOCH + timedelta(days=int(self._nth[position]))

    def between(self, start: date, end: date) -> int:
        """Working days ``d`` with ``start < d <= end``; negative when ``end`` lies before ``start``."""
        return int(self._upto[self._index(end)]) - int(self._upto[self._index(start)])

    def next(self, day: date) -> date:
        """The first working day after ``day``."""
        return self.add(day, 1)

    def previous(self, day: date) -> date:
        """The last working day before ``day``."""
        return self.add(day, -1)

    def on_or_after(self, day: date) -> date:
        """``day`` if it is worked, else the next working day: so a calendar-day period rolls (民法典 203)."""
        return self.add(day, 0)

    # millions of days at a time

    def add_many(self, days: Dates, n: int | Int64) -> Dates:
        """:meth:`add` for ``datetime64[D][m]`` and one or ``m`` counts; ``NaT`` outside the calendar."""
        number, unknown = self._lookup(days)
        count = np.asarray(n, dtype=np.int64)
        position = self._upto[number]
        position += count - 1
        if (count <= 0).any():
            position += (count <= 0) & ((self.kinds[number] & 1) == 0)
        unknown |= position.view(np.uint64) >= len(self._nth)  # a negative position is a huge one, unsigned
        if unknown.any():
            position[unknown] = 0
        result = self._nth[position].view("datetime64[D]")
        result[unknown] = np.datetime64("NaT", "D")
        return result

    def between_many(self, start: Dates, end: Dates) -> Int64:
        """:meth:`between` for two ``datetime64[D][m]``; ``NOT_PUBLISHED`` outside the calendar."""
        a, unknown = self._lookup(start)
        b, unknown_end = self._lookup(end)
        result = self._upto[b]
        result -= self._upto[a]
        unknown |= unknown_end
        result[unknown] = NOT_PUBLISHED
        return result

    def is_working_many(self, days: Dates) -> npt.NDArray[np.int8]:
        """1 worked, 0 rest, -1 not published, as ``int8[m]``."""
        number, unknown = self._lookup(days)
        result = (self.kinds[number] & 1).astype(np.int8)
        result[unknown] = -1
        return result

    def day_number(self, days: npt.NDArray[np.int32]) -> Int64:
        """Working days from the first published day up to and including each day; -1 outside.

        ``int32[m]`` of days since 1970-01-01 in, ``int64[m]`` out.
        """
        number, unknown = self._positions(days.astype(np.int64))
        result = self._upto[number]
        result[unknown] = -1
        return result

    def _lookup(self, days: Dates) -> tuple[Int64, npt.NDArray[np.bool_]]:
        """Table positions (0 where unknown) and which are unknown, ``NaT`` among them."""
        return self._positions(np.asarray(days, dtype="datetime64[D]").view(np.int64))

    def _positions(self, days: Int64) -> tuple[Int64, npt.NDArray[np.bool_]]:
        number = days - self._first
        unknown = number.view(np.uint64) >= len(self._upto)
        if unknown.any():
            number[unknown] = 0
        return number, unknown


def not_published(calendar: WorkingCalendar, day: date) -> CalendarNotPublished:
    """The error for a day outside the calendar; what to do stands in it."""
    return CalendarNotPublished(
        "the working-day calendar {calendar!r} does not reach {day}",
        expected="a day from {first} to {last}",
        hint="Add the year from the State Council's paper in a calendar file and use that file",
        calendar=calendar.name,
        day=day.isoformat(),
        first=calendar.first.isoformat(),
        last=calendar.last.isoformat(),
    )
