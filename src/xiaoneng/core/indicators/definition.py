"""What an indicator is: data, not code. The definitions lie in ``definitions/*.toml`` and are never edited
once published; a change is a new version of the same id.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from xiaoneng.core.errors import BadInput, NotFound, Place

FOLDER = Path(__file__).parent / "definitions"
AGGREGATES = ("mean", "share", "ratio", "change")
DIRECTIONS = ("up", "down")
PERSPECTIVES = ("finance", "customer", "process", "learning")
PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the plan says it stood. ``value`` None: the plan names none, it is measured for ``period``."""

    period: str
    value: float | None = None
    bound: str = ""
    """``below``: the plan says "less than ``value``"."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where it must be by ``by``; ``value`` None with ``baseline`` True: not worse than the baseline."""

    by: date
    source: str
    value: float | None = None
    baseline: bool = False
    within: bool = False
    """A limit to stay within, not a goal to move towards: there is no schedule before it is due."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A pilot's figure: orientation, not a target."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of one indicator.

    ``sql`` yields one row per observed unit with ``at, value, weight, unit, item, body, region, level,
    channel, excluded``. ``aggregate`` says how rows become a figure: ``mean`` of value; ``share`` of rows
    with value 1; ``ratio`` of summed value to summed weight; ``change`` of the count against the same days
    of the baseline year. ``basis`` is ``flow`` (rows of the period) or ``stock`` (rows of the snapshot on
    its last day).
    """

    id: str
    version: int
    zh: str
    en: str
    formula_zh: str
    formula_en: str
    unit: str
    direction: str
    kind: str
    perspective: str
    owner: str
    aggregate: str
    basis: str
    sql: str
    baseline: Baseline
    targets: tuple[Target, ...] = ()
    reference: Reference | None = None
    min_count: int = 10
    scale: float = 1.0
    census: bool = False
    """Every unit is counted and there is no chance in it: no interval."""
    guard: bool = False
    """Guards quality while others improve: shown beside them, never to be traded off."""
    source: str = field(default="", compare=False)

    @property
    def factor(self) -> float:
        """From the raw aggregate to the unit shown."""
        percent = self.unit == PERCENT and self.aggregate in ("share", "ratio", "change")
        return 100.0 if percent else self.scale

    @property
    def reads(self) -> tuple[str, ...]:
        """Tables and views named in the query, for the explanation."""
        words = re.sub(r"[(),]", " ", self.sql).split()
        named = [b for a, b in pairwise(words) if a.upper() in {"FROM", "JOIN"}]
        return tuple(dict.fromkeys(w for w in named if w.upper() != "SELECT"))


@cache
def definitions() -> tuple[Definition, ...]:
    """All versions of all indicators, in the plan's order."""
    found = [d for path in sorted(FOLDER.glob("*.toml")) for d in read_definitions(path)]
    seen: set[tuple[str, int]] = set()
    for d in found:
        if (d.id, d.version) in seen:
            raise BadInput(
                "indicator {id} version {version} is defined twice",
                place=Place(file=d.source),
                expected="a new version number for each change",
                id=d.id,
                version=d.version,
            )
        seen.add((d.id, d.version))
    return tuple(sorted(found, key=_plan_order))


def _plan_order(definition: Definition) -> tuple[int, str, int]:
    digits = "".join(c for c in definition.id if c.isdigit())
    return int(digits or 0), definition.id, definition.version


# in force where it is not simply the newest: the classes of complaints of §1.2 stay until the scheme changes
IN_FORCE = {"I20": 1}


def current() -> tuple[Definition, ...]:
    """The version in force of each indicator, in the plan's order."""
    newest: dict[str, Definition] = {}
    for d in definitions():
        if d.version <= IN_FORCE.get(d.id, d.version):
            newest[d.id] = d
    return tuple(newest.values())


def find(name: str) -> Definition:
    """``I1`` (version in force) or ``I1@2`` (that version); NotFound names what there is."""
    wanted, _, version = name.strip().partition("@")
    pool = current() if not version else definitions()
    for d in pool:
        if d.id.upper() == wanted.upper() and (not version or str(d.version) == version):
            return d
    raise NotFound(
        "there is no indicator {name!r}",
        expected="one of {known}",
        name=name,
        known=", ".join(d.id for d in current()),
    )


def read_definitions(path: Path) -> list[Definition]:
    """The definitions of one file; BadInput names the file and the field that is wrong."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["indicator"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise BadInput(
            "the indicator file cannot be read: {problem}",
            place=Place(file=path.name),
            expected="TOML with [[indicator]] tables",
            problem=str(error),
        ) from error
    return [_definition(row, path.name) for row in rows]


def _definition(row: dict[str, Any], file: str) -> Definition:
    values = dict(row)
    try:
        values["baseline"] = Baseline(**values["baseline"])
        values["targets"] = tuple(
            Target(**{**target, "by": date.fromisoformat(target["by"])})
            for target in values.get("targets", ())
        )
        if "reference" in values:
            values["reference"] = Reference(**values["reference"])
        definition = Definition(**values, source=file)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            "indicator {id} is incomplete or has a field that does not exist: {problem}",
            place=Place(file=file, field=str(row.get("id", ""))),
            expected="the fields of docs/reference/indicators.md",
            id=row.get("id", "?"),
            problem=str(error),
        ) from error
    for name, allowed in (
        ("aggregate", AGGREGATES),
        ("direction", DIRECTIONS),
        ("perspective", PERSPECTIVES),
        ("basis", ("flow", "stock")),
        ("kind", ("O", "P")),
    ):
        if getattr(definition, name) not in allowed:
            raise BadInput(
                "indicator {id}: {field} cannot be {found!r}",
                place=Place(file=file, field=definition.id),
                expected="one of {allowed}",
                id=definition.id,
                field=name,
                found=getattr(definition, name),
                allowed=", ".join(allowed),
            )
    return definition
