"""The nearest counterfactual in a table: the fewest and smallest changes of inputs that lead to another
result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product
from typing import Any, Final

from xiaoneng.core.decisions import gaps
from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.checks import merge
from xiaoneng.core.decisions.columns import Region
from xiaoneng.core.decisions.tables import CompiledTable
from xiaoneng.core.decisions.values import Date, DaysTime, YearsMonths

COMBINATIONS_TRIED: Final = 20_000


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

    ``values`` are what the table's conditions tested, ``value`` its result; ``decide`` gives the rules that
    apply and the result for other values. Inputs annotated ``fixed`` (an age, a place of birth) are never
    changed. Of regions that no rule tells apart only the nearest is tried; first one input is changed, then
    two, and so on.
    """
    analysis = gaps.analyse(table)
    if not analysis.possible:
        return []
    axes = analysis.axes
    current = [axis.column.region(values[axis.columns[0]]) for axis in axes]
    choices = [moves(axis, here, table) for axis, here in zip(axes, current, strict=True)]
    base = [
        axis.column.masks[here] if here is not None else 0 for axis, here in zip(axes, current, strict=True)
    ]
    must = [i for i, here in enumerate(current) if here is None]
    best: list[Counterfactual] = []
    outcomes: dict[int, Any] = {}
    tried = 0
    for count in range(max(len(must), 1), len(axes) + 1):
        found: list[Counterfactual] = []
        for chosen in combinations(range(len(axes)), count):
            if not set(must) <= set(chosen):
                continue
            rest = table.all_rules
            for i in range(len(axes)):
                if i not in chosen:
                    rest &= base[i]
            for regions in product(*(choices[i] for i in chosen)):
                tried += 1
                if tried > COMBINATIONS_TRIED:
                    return sorted([*best, *found], key=_order)[:limit]
                mask = rest
                for i, region in zip(chosen, regions, strict=True):
                    mask &= axes[i].column.masks[region]
                if not mask or (mask in outcomes and op.same(outcomes[mask], value)):
                    continue
                if mask in outcomes and any(op.same(o.value, outcomes[mask]) for o in best):
                    # the same result was reached with fewer changes
                    continue
                moved = list(values)
                for i, region in zip(chosen, regions, strict=True):
                    new = nearest(axes[i].column.regions[region], values[axes[i].columns[0]])
                    for column in axes[i].columns:
                        moved[column] = new
                hits, result = decide(moved)
                outcomes[mask] = result
                if not hits or result is None or op.same(result, value):
                    continue
                keep(found, make(analysis, chosen, values, moved, hits, result))
        best += [f for f in found if not any(op.same(b.value, f.value) for b in best)]
        if len(best) >= limit:
            break
    return sorted(best, key=_order)[:limit]


def keep(found: list[Counterfactual], new: Counterfactual) -> None:
    """Of changes to the same result keep the smaller."""
    for position, other in enumerate(found):
        if op.same(other.value, new.value):
            if _order(new) < _order(other):
                found[position] = new
            return
    found.append(new)


def moves(axis: gaps.Axis, here: int | None, table: CompiledTable) -> list[int]:
    """The regions to which an input could go: for each set of rules the nearest, without those of where it
    is."""
    if any(table.spec.inputs[c].annotations.get("fixed") == "true" for c in axis.columns):
        return []
    masks = axis.column.masks
    seen = {masks[here]} if here is not None else set()
    out: list[int] = []
    if here is None or here == axis.column.null:
        # nothing to be near to: a value that the rules name says the most
        ordered = sorted(axis.regions, key=lambda region: axis.column.regions[region].kind != "point")
    else:
        ordered = closest(axis.regions, here)
    for region in ordered:
        if masks[region] not in seen:
            seen.add(masks[region])
            out.append(region)
    return out


def make(
    analysis: gaps.Analysis,
    chosen: tuple[int, ...],
    values: list[Any],
    moved: list[Any],
    hits: list[int],
    result: Any,
) -> Counterfactual:
    """A counterfactual told by the conditions of the first rule that would apply."""
    changes: list[Change] = []
    distance = 0.0
    for index in chosen:
        axis = analysis.axes[index]
        first = axis.columns[0]
        wanted = [axis.column.regions[r] for r in axis.regions if analysis.spans[hits[0]][index] >> r & 1]
        condition = " or ".join(merge(axis.text, wanted, list(axis.column.index)))
        changes.append(
            Change(analysis.spec.inputs[first].label, axis.text, values[first], moved[first], condition)
        )
        distance += span_between(values[first], moved[first], axis.column.points)
    return Counterfactual(result, tuple(changes), tuple(h + 1 for h in hits), distance)


def _order(found: Counterfactual) -> tuple[int, float, tuple[int, ...]]:
    return len(found.changes), found.distance, found.rules


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
