"""Calendar files: how an office adds a new year, local rest days, half days, other weeks and hours.

The format is described for its writers in ``docs/reference/calendar-file.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xiaoneng.core.calendar.builtin import week_kinds
from xiaoneng.core.calendar.hours import Hours, parse_hours
from xiaoneng.core.calendar.strict_toml import Table, read_toml
from xiaoneng.core.calendar.working import DayKind, WorkingCalendar

FORMAT = "xiaoneng-calendar"
VERSION = 1
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HALVES = ("morning", "afternoon")
MAX_CHAIN = 5
"""A county's file may extend a city's, which extends a province's: enough, and a circle is found."""
YEAR_END = timedelta(days=16)
"""A year's paper may reach this far into the December before (New Year's bridge days)."""


def read_calendar(path: Path, builtin: Callable[[str], WorkingCalendar], _depth: int = 0) -> WorkingCalendar:
    """The calendar of a file and of all that it extends. Errors name file, line, field and expectation."""
    top = read_toml(path)
    if top.values.get("format") != FORMAT:
        top.fail("format", "this is not a calendar file", expected='format = "{format}"', format=FORMAT)
    if repr(top.values.get("version")) != repr(VERSION):  # true is no version, though it equals 1
        top.fail(
            "version",
            "calendar file version {found} is not known here",
            expected="version = {known}",
            found=repr(top.values.get("version")),
            known=VERSION,
        )
    top.only(("format", "version", "name", "extends", "source", "hours", "week", "year", "local"))
    name = top.text("name")
    top.text("source", "")
    base = _base(top, path, builtin, _depth)
    draft = _extended(base, top.tables("year"))
    if "hours" in top.values:
        draft.patterns[0] = _hours(top, "hours")
    for table in top.tables("week"):
        _apply_week(draft, table)
    for table in top.tables("year"):
        _apply_year(draft, table)
    for table in top.tables("local"):
        _apply_local(draft, table)
    return WorkingCalendar(
        name=name,
        first=draft.first,
        kinds=draft.kinds,
        shifts=draft.shifts,
        patterns=tuple(draft.patterns),
        labels=draft.labels,
        sources=draft.sources,
    )


@dataclass
class _Draft:
    """A calendar under construction."""

    first: date
    kinds: npt.NDArray[np.uint8]
    shifts: npt.NDArray[np.uint8]
    patterns: list[Hours | str]
    labels: dict[date, str]
    sources: dict[int, str]
    claimed: dict[date, str] = field(default_factory=dict)
    """Days that this file has already spoken about, and where: twice is a contradiction."""

    @property
    def last(self) -> date:
        return self.first + timedelta(days=len(self.kinds) - 1)

    def index(self, day: date) -> int:
        return (day - self.first).days

    def kind(self, day: date) -> DayKind:
        return DayKind(int(self.kinds[self.index(day)]))

    def shift(self, pattern: Hours | str) -> int:
        """The number of a pattern of hours, new or known."""
        if pattern not in self.patterns[1:]:
            self.patterns.append(pattern)
        return self.patterns.index(pattern, 1)


def _base(top: Table, path: Path, builtin: Callable[[str], WorkingCalendar], depth: int) -> WorkingCalendar:
    extends = top.text("extends")
    if extends in ("cn", "weekdays"):
        return builtin(extends)
    if "/" in extends or "\\" in extends or not extends.endswith(".toml"):
        top.fail(
            "extends",
            "cannot extend {extends!r}",
            expected="cn, weekdays, or the name of a .toml file in the same folder",
            extends=extends,
        )
    if depth + 1 >= MAX_CHAIN:
        top.fail(
            "extends",
            "calendar files extend one another in a circle or too deeply",
            expected="a chain of at most {limit} files",
            limit=MAX_CHAIN,
        )
    return read_calendar(path.with_name(extends), builtin, depth + 1)


def _extended(base: WorkingCalendar, years: list[Table]) -> _Draft:
    """A copy of the base, longer by the years that the file publishes; they must follow without a gap."""
    kinds, shifts, sources = base.kinds, base.shifts, dict(base.sources)
    expected = base.last.year + 1
    for table in years:
        table.only(("year", "source", "off", "work"))
        year = table.integer("year", 1900, 2999)
        if year != expected:
            table.fail(
                "year",
                "the year {year} does not follow: {name!r} is published to {last}",
                expected="year = {next_year}; a change inside a published year is a [[local]] table",
                year=year,
                name=base.name,
                last=expected - 1,
                next_year=expected,
            )
        sources[year] = table.text("source")
        first = date(year, 1, 1)
        days = (date(year + 1, 1, 1) - first).days
        kinds = np.concatenate((kinds, week_kinds(first, days, frozenset(range(5)))))
        shifts = np.concatenate((shifts, np.zeros(days, np.uint8)))
        expected += 1
    return _Draft(base.first, kinds.copy(), shifts.copy(), list(base.patterns), dict(base.labels), sources)


def _apply_week(draft: _Draft, table: Table) -> None:
    """``[[week]]``: other working weekdays or other hours on a weekday; holidays and make-up days stay."""
    table.only(("from", "to", "source", *WEEKDAYS))
    first, last = table.day_or("from", draft.first), table.day_or("to", draft.last)
    _check_span(draft, table, first, last)
    number = np.arange(len(draft.kinds))
    plain = (draft.kinds == DayKind.WORKDAY) | (draft.kinds == DayKind.WEEKEND)
    span = plain & (number >= draft.index(first)) & (number <= draft.index(last))
    weekday = (number + draft.first.weekday()) % 7
    if not set(WEEKDAYS) & set(table.values):
        table.fail("", "the week changes no day", expected="a key such as sat")
    for position, key in enumerate(WEEKDAYS):
        if key not in table.values:
            continue
        chosen = span & (weekday == position)
        if table.values[key] == "rest":
            draft.kinds[chosen] = DayKind.WEEKEND
        else:
            draft.kinds[chosen] = DayKind.WORKDAY
            draft.shifts[chosen] = 0 if table.values[key] == "usual" else draft.shift(_shift(table, key))


def _apply_year(draft: _Draft, table: Table) -> None:
    """``[[year]]``: the State Council's paper: days off, and weekend days worked for them."""
    year = table.integer("year", 1900, 2999)
    if not table.tables("off"):
        table.fail("off", "the year {year} has no days off", expected="the holidays of the paper", year=year)
    for key, kind in (("off", DayKind.HOLIDAY), ("work", DayKind.MAKE_UP)):
        for entry in table.tables(key):
            entry.only(("name", "on", "from", "to"))
            name = entry.text("name")
            for day in _days(draft, entry):
                if not date(year, 1, 1) - YEAR_END <= day <= date(year, 12, 31):
                    entry.fail(
                        "on" if "on" in entry.values else "from",
                        "{day} does not belong to the paper of {year}",
                        expected="a day of that year or of the December before",
                        day=day.isoformat(),
                        year=year,
                    )
                _claim(draft, entry, day)
                if kind is DayKind.MAKE_UP and draft.kind(day) is DayKind.WORKDAY:
                    entry.fail(
                        "on" if "on" in entry.values else "from",
                        "{day} is a working day anyway, not a make-up day",
                        expected="a weekend day that is worked for a holiday",
                        day=day.isoformat(),
                    )
                draft.kinds[draft.index(day)] = kind
                draft.shifts[draft.index(day)] = 0
                draft.labels[day] = name


def _apply_local(draft: _Draft, table: Table) -> None:
    """``[[local]]``: a local decision: days of rest, days worked, or other hours on days that are worked."""
    table.only(("on", "from", "to", "kind", "hours", "reason", "source"))
    kind = table.choice("kind", ("rest", "work", "hours"))
    reason = table.text("reason")
    table.text("source", "")
    if kind == "rest" and "hours" in table.values:
        table.fail("hours", "a rest day has no hours", expected='kind = "hours" or no hours here')
    shift = draft.shift(_shift(table, "hours")) if kind == "hours" or "hours" in table.values else 0
    changed = 0
    for day in _days(draft, table):
        if kind == "hours" and not draft.kind(day).working:
            continue  # a season's hours do not turn its weekends into working days
        _claim(draft, table, day, twice=kind == "hours")
        if kind != "hours":
            draft.kinds[draft.index(day)] = DayKind.LOCAL_REST if kind == "rest" else DayKind.LOCAL_WORK
        draft.shifts[draft.index(day)] = shift
        draft.labels[day] = reason if kind != "hours" else draft.labels.get(day, "") or reason
        changed += 1
    if not changed:
        table.fail(
            "kind", "no day of the span is worked, so no hours change", expected="a span with working days"
        )


def _claim(draft: _Draft, table: Table, day: date, *, twice: bool = False) -> None:
    """A file may speak about the nature of a day only once."""
    if day in draft.claimed and not twice:
        table.fail(
            "on" if "on" in table.values else "from",
            "{day} is arranged twice in this file, first in {other}",
            expected="each day once",
            day=day.isoformat(),
            other=draft.claimed[day],
        )
    if not twice:
        draft.claimed[day] = str(table.place())


def _days(draft: _Draft, table: Table) -> Iterator[date]:
    """The days of ``on``, or of ``from`` and ``to`` (both inclusive)."""
    if "on" in table.values:
        if "from" in table.values or "to" in table.values:
            table.fail("on", "a span is given twice", expected="either on, or from and to")
        first = last = table.day("on")
    else:
        first, last = table.day("from"), table.day("to")
    _check_span(draft, table, first, last)
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _check_span(draft: _Draft, table: Table, first: date, last: date) -> None:
    if last < first:
        table.fail("to", "the span ends before it begins", expected="to on or after from")
    for key, day in (("on" if "on" in table.values else "from", first), ("to", last)):
        if not draft.first <= day <= draft.last:
            table.fail(
                key,
                "{day} lies outside the published years",
                expected="a day from {first} to {last}",
                hint="Publish the year with a [[year]] table first",
                day=day.isoformat(),
                first=draft.first.isoformat(),
                last=draft.last.isoformat(),
            )


def _hours(table: Table, key: str) -> Hours:
    return parse_hours(table.texts(key), place=table.place(key))


def _shift(table: Table, key: str) -> Hours | str:
    """Hours of special days: a list of spans, or ``"morning"`` or ``"afternoon"`` of the usual ones."""
    value = table.values.get(key)
    if isinstance(value, str):
        if value in HALVES:
            return value
        table.fail(
            key,
            "{value!r} are no hours",
            expected='a list such as ["09:00-12:00"], "morning" or "afternoon"',
            value=value,
        )
    return _hours(table, key)
