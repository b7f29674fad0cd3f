"""A scenario: what a process model does not say of the world it runs in. Data, read strictly from JSON.

Format: ``docs/reference/simulation.md``; JSON Schema: ``scenario.schema.json`` beside this file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from xiaoneng.core.calendar import Hours, format_hours, parse_hours
from xiaoneng.core.simulation.distributions import (
    Distribution,
    plain_number,
    read_distribution,
    seconds,
)
from xiaoneng.core.simulation.strict_json import Field, parse_json, read_json

FORMAT: Final = "xiaoneng-scenario"
VERSION: Final = 1
SCHEMA_FILE: Final = Path(__file__).with_name("scenario.schema.json")
CASES_LIMIT: Final = 10_000_000
PERSONS_LIMIT: Final = 100_000
PRIORITY_LIMIT: Final = 1_000
DEFAULT_START: Final = datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
DEFAULT_ZONE: Final = "Asia/Shanghai"
ALWAYS: Final = "always"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Office:
    """A working calendar by name: ``days`` is cn, weekdays, always or a calendar file; ``hours`` replace the
    usual ones."""

    days: str
    hours: Hours | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """So many persons of a pool are away on these days (both inclusive)."""

    first: date
    last: date
    number: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Persons who can do the same: the roles they fill, when they work, what an hour of work costs.

    ``absent_share``: the chance that a person is away on a working day, drawn by person and day."""

    name: str
    number: int
    roles: tuple[str, ...]
    calendar: str
    cost_per_hour: float = 0.0
    absence: tuple[Absence, ...] = ()
    absent_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks are held until ``size`` have come, or the first has waited ``wait`` seconds. ``together``: one
    person does them as one piece of work with the first one's duration."""

    size: int
    wait: float | None
    together: bool


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What the scenario says of one task."""

    duration: Distribution | None = None
    role: str | None = None
    priority: int = 0
    cost: float | None = None
    batch: Batch | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A drawn datum of a case: one of ``values`` with ``shares``, or a number."""

    values: tuple[Any, ...] = ()
    shares: tuple[float, ...] = ()
    number: Distribution | None = None


HOURLY: Final = Distribution("constant", (3600.0,))


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When cases come: gaps drawn from ``every`` on a clock that runs while ``calendar`` is open, faster by
    the weight of the hour and of the weekday; or given ``times`` (µs since 1970)."""

    every: Distribution = HOURLY
    calendar: str = ALWAYS
    hours: tuple[float, ...] = ()
    weekdays: tuple[float, ...] = ()
    times: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """All of it. ``given`` is False for the one that is made where no file is given."""

    name: str = ""
    start: datetime = DEFAULT_START
    until: datetime | None = None
    warm_up: float = 0.0
    zone: str = DEFAULT_ZONE
    cases: int | None = None
    process: str = ""
    calendar: str = ALWAYS
    calendars: dict[str, Office] = field(default_factory=dict)
    arrivals: Arrivals = Arrivals()
    attributes: dict[str, Attribute] = field(default_factory=dict)
    pools: tuple[Pool, ...] = ()
    steps: dict[str, StepPlan] = field(default_factory=dict)
    flows: dict[str, float] = field(default_factory=dict)
    events: dict[str, Distribution] = field(default_factory=dict)
    priority: str = ""
    case_cost: float = 0.0
    given: bool = True
    places: dict[str, Field] = field(default_factory=dict, compare=False, repr=False)
    """Where elements, pools and calendars stand in the file, for messages of later checks."""

    @property
    def start_us(self) -> int:
        return micros(self.start)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC of a time with offset."""
    return (at - EPOCH) // timedelta(microseconds=1)


def without_file() -> Scenario:
    """The scenario of a model alone: what its own facts say, nobody is ever busy."""
    return Scenario(given=False)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; calendar files are found beside it. Raises BadInput with file, line and field."""
    return read_scenario(read_json(path), path.parent)


def parse_scenario(text: bytes, name: str | None = None) -> Scenario:
    """Read a scenario that is no file: it can name no calendar file."""
    return read_scenario(parse_json(text, name), None)


TOP: Final = (
    "format", "version", "$schema", "name", "start", "until", "warm_up", "zone", "cases", "process",
    "calendar", "calendars", "arrivals", "attributes", "pools", "steps", "flows", "events", "priority",
    "case_cost",
)  # fmt: skip


def read_scenario(top: Field, folder: Path | None) -> Scenario:
    """A scenario from its fields. ``folder`` holds calendar files; None: there can be none."""
    f = top.keys(TOP, ("format", "version"))
    if f["format"].value != FORMAT:
        f["format"].wrong('"{format}"', format=FORMAT)
    if f["version"].value is not VERSION and f["version"].value != VERSION:
        f["version"].wrong("version {known}", known=VERSION)
    zone = _zone(f["zone"]) if "zone" in f else DEFAULT_ZONE
    places: dict[str, Field] = {}
    calendars: dict[str, Office] = {}
    for name, entry in f["calendars"].mapping().items() if "calendars" in f else ():
        if name == ALWAYS:
            entry.fail(
                "the calendar {name!r} is always open and cannot be set", expected="another name", name=name
            )
        calendars[name] = _office(entry, folder)
        places[f"calendar {name}"] = entry
    known = (ALWAYS, *calendars)
    start = _moment(f["start"], zone) if "start" in f else DEFAULT_START
    until = _moment(f["until"], zone) if "until" in f else None
    if until is not None and until <= start:
        f["until"].fail(
            "the end lies before the start", expected="a time after {start}", start=start.isoformat()
        )
    pools = _pools(f["pools"], calendars, places) if "pools" in f else ()
    elements: dict[str, dict[str, Any]] = {"steps": {}, "flows": {}, "events": {}}
    readers = {"steps": _step, "flows": lambda e: e.number(0, 1), "events": _event}
    for kind, found in elements.items():
        for identity, entry in f[kind].mapping().items() if kind in f else ():
            found[identity] = readers[kind](entry)
            places[f"{kind} {identity}"] = entry
    attributes = {}
    for name, entry in f["attributes"].mapping().items() if "attributes" in f else ():
        attributes[name] = _attribute(entry)
        places[f"attribute {name}"] = entry
    if "priority" in f:
        places["priority"] = f["priority"]
    if "process" in f:
        places["process"] = f["process"]
    return Scenario(
        name=f["name"].text() if "name" in f else "",
        start=start,
        until=until,
        warm_up=seconds(f["warm_up"]) if "warm_up" in f else 0.0,
        zone=zone,
        cases=f["cases"].whole(1, CASES_LIMIT) if "cases" in f else None,
        process=f["process"].text() if "process" in f else "",
        calendar=_known(f["calendar"], known) if "calendar" in f else ALWAYS,
        calendars=calendars,
        arrivals=_arrivals(f["arrivals"], known, zone) if "arrivals" in f else Arrivals(),
        attributes=attributes,
        pools=pools,
        steps=elements["steps"],
        flows=elements["flows"],
        events=elements["events"],
        priority=_priority(f["priority"]) if "priority" in f else "",
        case_cost=f["case_cost"].number(0, 1e12) if "case_cost" in f else 0.0,
        places=places,
    )


def _zone(entry: Field) -> str:
    name = entry.text()
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError on some versions, caught below
        entry.wrong("a time zone such as Asia/Shanghai")
    except KeyError:
        entry.wrong("a time zone such as Asia/Shanghai")
    return name


def _moment(entry: Field, zone: str) -> datetime:
    try:
        found = datetime.fromisoformat(entry.text())
    except ValueError:
        entry.wrong("a time such as 2026-01-05T09:00:00+08:00")
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))


def _day(entry: Field) -> date:
    try:
        return date.fromisoformat(entry.text())
    except ValueError:
        entry.wrong("a date such as 2026-02-16")


def _known(entry: Field, names: tuple[str, ...]) -> str:
    if entry.value not in names:
        entry.wrong("one of the calendars {names}", names=", ".join(names))
    return str(entry.value)


def _office(entry: Field, folder: Path | None) -> Office:
    f = entry.keys(("days", "hours"), ("days",))
    days = f["days"].text()
    if days not in ("cn", "weekdays", ALWAYS):
        if folder is None or "/" in days or "\\" in days or not days.endswith(".toml"):
            f["days"].wrong("cn, weekdays, always, or the name of a .toml file beside the scenario")
        days = str(folder / days)
    hours = None
    if "hours" in f:
        if days == ALWAYS:
            f["hours"].fail("what is always open has no hours", expected="other days, or no hours")
        hours = parse_hours([item.text() for item in f["hours"].items()], place=f["hours"].place)
    return Office(days, hours, folder)


def _arrivals(entry: Field, known: tuple[str, ...], zone: str) -> Arrivals:
    f = entry.keys(("every", "calendar", "hours", "weekdays", "times"))
    if ("every" in f) == ("times" in f):
        entry.wrong("either every or times")
    if "times" in f:
        for key in ("calendar", "hours", "weekdays"):
            if key in f:
                f[key].fail("given times have no pattern", expected="times alone")
        times = [micros(_moment(item, zone)) for item in f["times"].items()]
        if not times or times != sorted(times):
            f["times"].fail(
                "the times are out of order", expected="at least one time, none before its predecessor"
            )
        return Arrivals(times=tuple(times))
    every = read_distribution(f["every"])
    if every.mean <= 0:
        f["every"].wrong("a gap with a mean above 0")
    weights = {"hours": 24, "weekdays": 7}
    read: dict[str, tuple[float, ...]] = {}
    for key, count in weights.items():
        if key in f:
            read[key] = tuple(item.number(0, 1e6) for item in f[key].items())
            if len(read[key]) != count or not any(read[key]):
                f[key].wrong("{count} weights, not all 0", count=count)
    calendar = _known(f["calendar"], known) if "calendar" in f else ALWAYS
    return Arrivals(every, calendar, read.get("hours", ()), read.get("weekdays", ()))


def _pools(entry: Field, calendars: dict[str, Office], places: dict[str, Field]) -> tuple[Pool, ...]:
    pools: list[Pool] = []
    known = (ALWAYS, *calendars)
    for item in entry.items():
        f = item.keys(
            ("name", "number", "roles", "calendar", "cost_per_hour", "absence", "absent_share"),
            ("name", "number", "roles"),
        )
        name = f["name"].text()
        if any(pool.name == name for pool in pools):
            f["name"].fail("two pools have the name {name!r}", expected="each name once", name=name)
        number = f["number"].whole(1, PERSONS_LIMIT)
        roles = tuple(role.text() for role in f["roles"].items())
        if not roles:
            f["roles"].wrong("at least one role")
        calendar = _known(f["calendar"], known) if "calendar" in f else ALWAYS
        absence = tuple(_absence(a, number) for a in f["absence"].items()) if "absence" in f else ()
        if (absence or "absent_share" in f) and (calendar == ALWAYS or calendars[calendar].days == ALWAYS):
            item.fail(
                "a pool that always works has no days of absence", expected="a calendar with working days"
            )
        places[f"pool {name}"] = item
        pools.append(
            Pool(
                name,
                number,
                roles,
                calendar,
                f["cost_per_hour"].number(0, 1e9) if "cost_per_hour" in f else 0.0,
                absence,
                f["absent_share"].number(0, 0.95) if "absent_share" in f else 0.0,
            )
        )
    return tuple(pools)


def _absence(entry: Field, number: int) -> Absence:
    f = entry.keys(("from", "to", "number"), ("from", "to", "number"))
    first, last = _day(f["from"]), _day(f["to"])
    if last < first:
        f["to"].fail(
            "the absence ends before it begins", expected="a day from {first} on", first=first.isoformat()
        )
    return Absence(first, last, f["number"].whole(1, number))


def _step(entry: Field) -> StepPlan:
    f = entry.keys(("duration", "role", "priority", "cost", "batch"))
    return StepPlan(
        read_distribution(f["duration"]) if "duration" in f else None,
        f["role"].text() if "role" in f else None,
        f["priority"].whole(-PRIORITY_LIMIT, PRIORITY_LIMIT) if "priority" in f else 0,
        f["cost"].number(0, 1e12) if "cost" in f else None,
        _batch(f["batch"]) if "batch" in f else None,
    )


def _batch(entry: Field) -> Batch:
    f = entry.keys(("size", "wait", "together"), ("size",))
    return Batch(
        f["size"].whole(2, 100_000),
        seconds(f["wait"]) if "wait" in f else None,
        f["together"].flag() if "together" in f else False,
    )


def _event(entry: Field) -> Distribution:
    return read_distribution(entry.keys(("delay",), ("delay",))["delay"])


def _attribute(entry: Field) -> Attribute:
    f = entry.keys(("choice", "number"))
    if len(f) != 1:
        entry.wrong("either choice or number")
    if "number" in f:
        return Attribute(number=read_distribution(f["number"], plain_number))
    values, shares = [], []
    for item in f["choice"].items():
        parts = item.keys(("value", "share"), ("value", "share"))
        if not isinstance(parts["value"].value, (str, bool, int, float)):
            parts["value"].wrong("a text, a number, true or false")
        values.append(parts["value"].value)
        shares.append(parts["share"].number(0, 1))
    if not values or abs(sum(shares) - 1) > 1e-6:
        f["choice"].fail("the shares add up to {total}", expected="1", total=round(sum(shares), 9))
    return Attribute(tuple(values), tuple(shares))


def _priority(entry: Field) -> str:
    if isinstance(entry.value, int) and not isinstance(entry.value, bool):
        return str(entry.whole(-PRIORITY_LIMIT, PRIORITY_LIMIT))
    return entry.text()


# writing


def dump_scenario(scenario: Scenario) -> str:
    """The scenario as the JSON text that :func:`load_scenario` reads."""
    s = scenario
    out: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if s.name:
        out["name"] = s.name
    out |= {"start": s.start.isoformat(), "zone": s.zone, "calendar": s.calendar}
    if s.until is not None:
        out["until"] = s.until.isoformat()
    if s.warm_up:
        out["warm_up"] = s.warm_up
    for key in ("cases", "process", "priority", "case_cost"):
        if getattr(s, key):
            out[key] = getattr(s, key)
    out["calendars"] = {
        name: {"days": Path(o.days).name, **({"hours": format_hours(o.hours).split(",")} if o.hours else {})}
        for name, o in s.calendars.items()
    }
    out["arrivals"] = _arrivals_json(s.arrivals, s.zone)
    out["attributes"] = {name: _attribute_json(a) for name, a in s.attributes.items()}
    out["pools"] = [_pool_json(pool) for pool in s.pools]
    out["steps"] = {name: _step_json(step) for name, step in s.steps.items()}
    out["flows"] = dict(s.flows)
    out["events"] = {name: {"delay": delay.json()} for name, delay in s.events.items()}
    return json.dumps(out, ensure_ascii=False, indent=1) + "\n"


def _arrivals_json(a: Arrivals, zone: str) -> dict[str, Any]:
    if a.times:
        return {
            "times": [
                (EPOCH + timedelta(microseconds=t)).astimezone(ZoneInfo(zone)).isoformat() for t in a.times
            ]
        }
    out: dict[str, Any] = {"every": a.every.json(), "calendar": a.calendar}
    return out | {key: list(getattr(a, key)) for key in ("hours", "weekdays") if getattr(a, key)}


def _attribute_json(a: Attribute) -> dict[str, Any]:
    if a.number is not None:
        return {"number": a.number.json()}
    pairs = zip(a.values, a.shares, strict=True)
    return {"choice": [{"value": float(v) if isinstance(v, Decimal) else v, "share": s} for v, s in pairs]}


def _pool_json(p: Pool) -> dict[str, Any]:
    out: dict[str, Any] = {"name": p.name, "number": p.number, "roles": list(p.roles), "calendar": p.calendar}
    if p.cost_per_hour:
        out["cost_per_hour"] = p.cost_per_hour
    if p.absence:
        out["absence"] = [
            {"from": a.first.isoformat(), "to": a.last.isoformat(), "number": a.number} for a in p.absence
        ]
    if p.absent_share:
        out["absent_share"] = p.absent_share
    return out


def _step_json(s: StepPlan) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if s.duration is not None:
        out["duration"] = s.duration.json()
    for key in ("role", "cost", "priority"):
        if getattr(s, key):
            out[key] = getattr(s, key)
    if s.batch is not None:
        wait = {} if s.batch.wait is None else {"wait": s.batch.wait}
        out["batch"] = {"size": s.batch.size, **wait, "together": s.batch.together}
    return out
