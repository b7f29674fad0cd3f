"""A time limit is data: value, unit, start event, extension and approver, legal basis, validity.

``parameters.toml`` holds the defaults with their sources; an office edits a copy of it. Nothing in the
clock's code knows a number of days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from xiaoneng.core.calendar.strict_toml import Table, read_toml
from xiaoneng.core.errors import BadInput, NotFound

FORMAT = "xiaoneng-parameters"
VERSION = 1
MAX_VALUE = 100_000
DEFAULTS = Path(__file__).with_name("parameters.toml")


class Unit(StrEnum):
    """What a limit counts."""

    WORKING_DAY = "wd"
    CALENDAR_DAY = "cd"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"


class Direction(StrEnum):
    """Most limits run forward from an event; some must be kept before one (renewal, hearing notice)."""

    AFTER = "after"
    BEFORE = "before"


class Status(StrEnum):
    """How certain a parameter is; shown wherever it is used."""

    LAW = "law"
    LOCAL_LAW = "local law"
    STANDARD = "standard"
    DRAFT = "draft"
    PRACTICE = "practice"
    MEMORY = "memory"
    DESIGN = "design"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Limit:
    """One time limit in one version. ``extension`` and ``approver`` belong together; 0 means none is
    allowed.
    """

    value: int
    unit: Unit
    start: str = "acceptance"
    """The event from which it runs (or before which it must be kept)."""
    extension: int = 0
    """At most so much longer, in the same unit, once."""
    approver: str = ""
    """Who alone may extend it, such as ``agency_head`` or ``government_head``."""
    basis: str = ""
    direction: Direction = Direction.AFTER
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day on which a start event falls under this version."""
    key: str = ""
    status: Status = Status.DESIGN

    def __post_init__(self) -> None:
        for number in (self.value, self.extension):
            if not 0 <= number <= MAX_VALUE:
                raise BadInput(
                    "the time limit {number} is out of range",
                    expected="a whole number from 0 to {most}",
                    number=number,
                    most=MAX_VALUE,
                )

    def valid_on(self, day: date) -> bool:
        """Whether this version governs a start event of that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Parameter:
    """A default that is no time limit of a case: a rate, a weight, a threshold, a retention period."""

    key: str
    value: float | tuple[float, ...]
    unit: str
    basis: str
    status: Status
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Parameters:
    """All limits and parameters of one file, every version of each."""

    limits: tuple[Limit, ...]
    parameters: tuple[Parameter, ...]

    def limit(self, key: str, on: date) -> Limit:
        """The version of a limit that governs a start event of day ``on``; :class:`NotFound` otherwise."""
        for limit in self.limits:
            if limit.key == key and limit.valid_on(on):
                return limit
        raise NotFound("no limit {key!r} is in force on {day}", key=key, day=on.isoformat())

    def parameter(self, key: str, on: date) -> Parameter:
        """The version of a parameter in force on a day; :class:`NotFound` otherwise."""
        for one in self.parameters:
            known_from, known_to = one.valid_from or date.min, one.valid_to or date.max
            if one.key == key and known_from <= on <= known_to:
                return one
        raise NotFound("no parameter {key!r} is in force on {day}", key=key, day=on.isoformat())


@cache
def default_parameters() -> Parameters:
    """The defaults that come with the product."""
    return load_parameters(DEFAULTS)


def load_parameters(path: Path) -> Parameters:
    """Read a parameter file strictly; errors name file, line, field and expectation."""
    top = read_toml(path)
    if top.values.get("format") != FORMAT or repr(top.values.get("version")) != repr(VERSION):
        top.fail(
            "format",
            "this is not a parameter file of a known version",
            expected='format = "{format}" and version = {version}',
            format=FORMAT,
            version=VERSION,
        )
    top.only(("format", "version", "limit", "parameter"))
    limits = tuple(_limit(table) for table in top.tables("limit"))
    parameters = tuple(_parameter(table) for table in top.tables("parameter"))
    _no_overlaps(top, ((x.key, x.valid_from, x.valid_to) for x in limits))
    _no_overlaps(top, ((x.key, x.valid_from, x.valid_to) for x in parameters))
    return Parameters(limits, parameters)


COMMON = ("key", "value", "unit", "basis", "status", "valid_from", "valid_to", "note")


def _limit(table: Table) -> Limit:
    table.only((*COMMON, "start", "direction", "extension", "approver"))
    extension = table.integer("extension", 1, MAX_VALUE) if "extension" in table.values else 0
    if extension:
        table.text("approver")
    return Limit(
        key=table.text("key"),
        value=table.integer("value", 0, MAX_VALUE),
        unit=Unit(table.choice("unit", [unit.value for unit in Unit])),
        start=table.text("start"),
        extension=extension,
        approver=table.text("approver", ""),
        basis=table.text("basis"),
        direction=Direction(
            table.choice("direction", [d.value for d in Direction])
            if "direction" in table.values
            else "after"
        ),
        valid_from=_day(table, "valid_from"),
        valid_to=_day(table, "valid_to"),
        status=Status(table.choice("status", [s.value for s in Status])),
    )


def _parameter(table: Table) -> Parameter:
    table.only(COMMON)
    found = table.values.get("value")
    numbers = found if isinstance(found, list) else [found]
    values = tuple(float(n) for n in numbers if isinstance(n, int | float) and not isinstance(n, bool))
    if len(values) != len(numbers) or not values:
        table.fail("value", "the value is not a number", expected="a number or a list of numbers")
    return Parameter(
        key=table.text("key"),
        value=values if isinstance(found, list) else values[0],
        unit=table.text("unit"),
        basis=table.text("basis"),
        status=Status(table.choice("status", [s.value for s in Status])),
        valid_from=_day(table, "valid_from"),
        valid_to=_day(table, "valid_to"),
    )


def _day(table: Table, key: str) -> date | None:
    return table.day(key) if key in table.values else None


def _no_overlaps(top: Table, versions: Iterable[tuple[str, date | None, date | None]]) -> None:
    """Two versions of one key in force on the same day would make the law a matter of file order."""
    known: dict[str, list[tuple[date, date]]] = {}
    for key, first, last in versions:
        span = (first or date.min, last or date.max)
        if span[1] < span[0] or any(a <= span[1] and span[0] <= b for a, b in known.get(key, [])):
            top.fail(
                "",
                "the versions of {key!r} overlap or end before they begin",
                expected="for each key periods of validity that follow one another",
                key=key,
            )
        known.setdefault(key, []).append(span)
