"""Regions, bodies and items of the fictional province, and who does what where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xiaoneng.core.identifiers.uscc import check_character, org_check_character
from xiaoneng.demo.causes import load

LEVEL_CODES = {"province": 2, "city": 3, "county": 4, "township": 5}


@dataclass(frozen=True, slots=True)
class Region:
    """A place with a government."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True, slots=True)
class Body:
    """A government body; ``function`` is its line of work."""

    code: str
    name: str
    function: str
    region: Region
    number: int

    @property
    def level(self) -> str:
        return self.region.level


@dataclass(frozen=True, slots=True)
class Item:
    """A service of the catalogue, as it stood before the reform."""

    number: int
    code: str
    zh: str
    en: str
    owner: str
    kind: str
    shape: str
    levels: dict[str, float]
    volume: float
    legal: int
    materials: int
    held: int
    depth: int
    hot: bool = False
    instant: float = 0.0
    commit: bool = False
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an approval route: desk, activity, hours of work, last version that has it."""

    desk: str
    activity: str
    work: float
    last_version: int


@dataclass(frozen=True)
class Province:
    """Everything that stands still."""

    name: str
    regions: tuple[Region, ...]
    bodies: tuple[Body, ...]
    items: tuple[Item, ...]
    routes: dict[str, tuple[Step, ...]]
    _doers: dict[tuple[str, str], Body] = field(repr=False)

    def doer(self, region: Region, function: str) -> Body:
        """The body that does ``function`` in ``region``."""
        return self._doers[region.code, function]

    def regions_of(self, level: str) -> list[Region]:
        """The regions of one level, in order."""
        return [region for region in self.regions if region.level == level]

    def offers(self) -> Iterator[tuple[Item, Body]]:
        """Every item with every body that offers it."""
        for item in self.items:
            for level in item.levels:
                for region in self.regions_of(level):
                    yield item, self.doer(region, item.owner)


def pseudonym(*parts: object) -> str:
    """A stable id that says nothing about the person behind it."""
    return "p" + hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=5).hexdigest()


def credit_code(region: str, number: int) -> str:
    """A unified social credit code whose checks fit: organ of the state, region, serial number."""
    organisation = f"YL{number + 1:06d}"
    first = f"11{region[:6]}{organisation}{org_check_character(organisation)}"
    return first + check_character(first)


def build_province() -> Province:
    """The province of ``data/province.toml`` and ``data/items.toml``."""
    plan, catalogue = load("province"), load("items")
    regions = tuple(_regions(plan))
    bodies: list[Body] = []
    doers: dict[tuple[str, str], Body] = {}
    for region in regions:
        for function, name in plan["bodies"][region.level].items():
            body = Body(
                code=credit_code(region.code, len(bodies)),
                name=region.name + name if region.level != "township" else _town_name(regions, region) + name,
                function=function,
                region=region,
                number=len(bodies),
            )
            bodies.append(body)
            doers[region.code, function] = body
        for function, other in plan["stands_in"].get(region.level, {}).items():
            doers[region.code, function] = doers[region.code, other]
    items = tuple(
        Item(number=number, **{**row, "partners": tuple(row.get("partners", ()))})
        for number, row in enumerate(catalogue["items"])
    )
    routes = {
        shape: tuple(Step(desk, activity, minutes / 60, last) for desk, activity, minutes, last in steps)
        for shape, steps in catalogue["routes"].items()
    }
    return Province(plan["name"], regions, tuple(bodies), items, routes, doers)


def _regions(plan: dict[str, Any]) -> Iterator[Region]:
    yield Region(plan["code"], plan["name"], "province", "")
    for city in plan["cities"]:
        yield Region(city["code"], city["name"], "city", plan["code"])
        for county in city["counties"]:
            yield Region(county["code"], county["name"], "county", city["code"])
            for number, town in enumerate(county["towns"], start=100):
                yield Region(f"{county['code']}{number}", town, "township", county["code"])


def _town_name(regions: tuple[Region, ...], town: Region) -> str:
    return next(r.name for r in regions if r.code == town.parent) + town.name
