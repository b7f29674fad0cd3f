"""The nearest counterfactual in a table: the fewest and smallest changes of inputs that lead to another
result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any, Final

from xiaoneng.core.decisions import gaps
from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.checks import merge
from xiaoneng.core.decisions.columns import Region
from xiaoneng.core.decisions.tables import CompiledTable
from xiaoneng.core.decisions.values import Date, DaysTime, YearsMonths

TRIED_PER_RULE: Final = 64
REGIONS_TRIED: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One input that would have to be different: from what, to what (an example), under which condition in
    FEEL."""

    name: str
    text: str
    value: Any
    to: Any
    condition: str


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Another result, the changes that lead to it, and the rules (1-based) that would then apply."""

    value: Any
    changes: tuple[Change, ...]
    rules: tuple[int, ...]
    distance: float


def counterfactuals(
    table: CompiledTable,
    values: list[Any],
    value: Any,
    decide: Callable[[list[Any]], tuple[list[int], Any]],
    limit: int = 3,
) -> list[Counterfactual]:
    """The nearest change for each other result, nearest first.

    ``values`` are what the table's conditions tested, ``value`` its result; ``decide`` gives the rules
    that apply and
    the result for other values. Inputs annotated ``fixed`` (an age, a place of birth) are never changed.
    """
    analysis = gaps.analyse(table)
    if not analysis.possible:
        return []
    current = [axis.column.region(values[axis.columns[0]]) for axis in analysis.axes]
    fixed = [
        any(table.spec.inputs[c].annotations.get("fixed") == "true" for c in axis.columns)
        for axis in analysis.axes
    ]
    best: list[Counterfactual] = []
    for rule in range(len(table.spec.rules)):
        found = _towards(analysis, rule, current, fixed, values, value, decide)
        if found is None:
            continue
        for position, other in enumerate(best):
            if op.same(other.value, found.value):
                if _order(found) < _order(other):
                    best[position] = found
                break
        else:
            best.append(found)
    return sorted(best, key=_order)[:limit]


def _order(found: Counterfactual) -> tuple[int, float, tuple[int, ...]]:
    return len(found.changes), found.distance, found.rules


def _towards(
    analysis: gaps.Analysis,
    rule: int,
    current: list[int | None],
    fixed: list[bool],
    values: list[Any],
    value: Any,
    decide: Callable[[list[Any]], tuple[list[int], Any]],
) -> Counterfactual | None:
    """The nearest change by which the rule applies and the result is another."""
    choices: list[list[int | None]] = []
    for index, axis in enumerate(analysis.axes):
        span, here = analysis.spans[rule][index], current[index]
        wanted = [r for r in axis.regions if span >> r & 1]
        if here is not None and (here in wanted or axis.column.masks[here] >> rule & 1):
            near: list[int | None] = [None]
            if not fixed[index]:
                near += closest([r for r in wanted if r != here], here)[: REGIONS_TRIED - 1]
            choices.append(near)
            continue
        if fixed[index] or not wanted:
            return None
        choices.append(list(closest(wanted, here if here is not None else wanted[0])[:REGIONS_TRIED]))
    tried = 0
    candidates = sorted(product(*choices), key=lambda c: sum(r is not None for r in c))
    best: Counterfactual | None = None
    for candidate in candidates:
        count = sum(r is not None for r in candidate)
        if not count or (best is not None and count > len(best.changes)):
            continue
        tried += 1
        if tried > TRIED_PER_RULE:
            break
        moved = list(values)
        changes: list[Change] = []
        distance = 0.0
        for index, region in enumerate(candidate):
            if region is None:
                continue
            axis = analysis.axes[index]
            old = values[axis.columns[0]]
            new = nearest(axis.column.regions[region], old)
            for column in axis.columns:
                moved[column] = new
            wanted_regions = [
                axis.column.regions[r] for r in axis.regions if analysis.spans[rule][index] >> r & 1
            ]
            condition = " or ".join(merge(axis.text, wanted_regions, list(axis.column.index)))
            label = analysis.spec.inputs[axis.columns[0]].label
            changes.append(Change(label, axis.text, old, new, condition))
            distance += span_between(old, new, axis.column.points)
        hits, result = decide(moved)
        if rule in hits and not op.same(result, value):
            found = Counterfactual(result, tuple(changes), tuple(h + 1 for h in hits), distance)
            if best is None or _order(found) < _order(best):
                best = found
    return best


def closest(regions: list[int], origin: int) -> list[int]:
    """Regions by their distance from one of them."""
    return sorted(regions, key=lambda region: abs(region - origin))


def nearest(region: Region, value: Any) -> Any:
    """A value of the region near ``value``."""
    if region.kind == "point":
        return region.example
    for low, step in ((region.low, 1), (region.high, -1)):
        # a whole step inside the end that is nearer
        if low is None or type(low) is not type(value):
            continue
        if (step > 0) != _before(value, low):
            continue
        moved = _moved(low, step)
        if moved is not None and _inside(moved, region):
            return moved
    return region.example


def _before(value: Any, end: Any) -> bool:
    return op.same(value, end) or bool(value < end) if type(value) in op.ORDERED else True


def _moved(value: Any, step: int) -> Any:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        places = exponent if isinstance(exponent, int) and exponent < 0 else 0
        return value + Decimal((0, (1,), places)) * step
    if isinstance(value, Date):
        return Date.from_ordinal(value.ordinal + step)
    if isinstance(value, DaysTime):
        return DaysTime(value.nanos + step * 86_400_000_000_000)
    return YearsMonths(value.months + step) if isinstance(value, YearsMonths) else None


def _inside(value: Any, region: Region) -> bool:
    return (region.low is None or value > region.low) and (region.high is None or value < region.high)


def span_between(old: Any, new: Any, points: list[Any]) -> float:
    """How far a change goes, as a share of the column's extent; 1 for what has no distance."""
    a, b = _size(old), _size(new)
    if a is None or b is None:
        return 1.0
    sizes = [size for size in map(_size, points) if size is not None]
    extent = max(sizes, default=0.0) - min(sizes, default=0.0)
    return abs(a - b) / (extent or max(abs(a), abs(b), 1.0))


def _size(value: Any) -> float | None:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Date):
        return float(value.ordinal)
    if isinstance(value, DaysTime):
        return float(value.nanos)
    return float(value.months) if isinstance(value, YearsMonths) else None
