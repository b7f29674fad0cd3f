"""What pages and other apps may hold about indicators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class IndicatorCard:
    """One indicator at a glance: where it stood, where it is, where it must be and by when."""

    id: str
    name_zh: str
    name_en: str
    perspective: str
    kind: str
    unit: str
    direction: str
    baseline: float | None
    now: float | None
    target: float | None
    target_by: date | None
    light: str | None
    light_zh: str
    light_en: str
    trend: list[tuple[str, float | None]]
    n: int
    interval: Interval | None
    enough: bool
    period: str
    reference: float | None = None
    guard: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One body, item or region in the break-down of an indicator; ``value`` None below the minimum count."""

    key: str
    name: str
    value: float | None
    interval: Interval | None
    n: int
    light: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One indicator explained."""

    card: IndicatorCard
    version: int
    formula_zh: str
    formula_en: str
    owner: str
    source: str
    query: str
    excluded: list[tuple[str, int]]
    rows: list[Row]
    versions: list[int]


@dataclass(frozen=True, slots=True)
class Region:
    """A region that may be chosen."""

    code: str
    name: str
