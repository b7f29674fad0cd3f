"""The nearest counterfactual in a table: the fewest and smallest changes of inputs that lead to another
result, of those that somebody can bring about.

What an input's annotations say: ``fixed="true"``, nobody can change it (a place of birth); ``grows="true"``,
time changes it, upward only (an age); ``reach``, unary tests of the values to which it can be brought
(``"通过"``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, product
from typing import Any, Final

from xiaoneng.core.decisions import gaps
from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.checks import merge
from xiaoneng.core.decisions.columns import Region
from xiaoneng.core.decisions.conditions import of_span
from xiaoneng.core.decisions.expression import UnaryTests, compile_unary_tests
from xiaoneng.core.decisions.faults import FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.tables import CompiledTable
from xiaoneng.core.decisions.values import Date, DaysTime, YearsMonths

COMBINATIONS_TRIED: Final = 20_000
NEIGHBOURS_TRIED: Final = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One input (the column's index) that would have to be different: from what, to what (an example), and
    the values around it that would do as well, in FEEL and as data (``conditions``)."""

    column: int
    name: str
    text: str
    value: Any
    to: Any
    condition: str
    test: dict[str, Any]


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
    apply and the result for other values. Of regions that no rule tells apart only the nearest is tried;
    first one input is changed, then two, and so on.
    """
    analysis = gaps.analyse(table)
    if not analysis.possible:
        return []
    axes = analysis.axes
    current = [axis.column.region(values[axis.columns[0]]) for axis in axes]
    choices = [
        moves(axis, here, values[axis.columns[0]], table) for axis, here in zip(axes, current, strict=True)
    ]
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
                    return telling(table, [*best, *found])[:limit]
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
                    put(moved, axes[i], new)
                hits, result = decide(moved)
                outcomes[mask] = result
                if not hits or result is None or op.same(result, value):
                    continue
                keep(found, make(axes, chosen, regions, values, moved, hits, result, decide))
        best += [f for f in found if not any(op.same(b.value, f.value) for b in best)]
        if len(telling(table, best)) >= limit:
            break
    return telling(table, best)[:limit]


def telling(table: CompiledTable, found: list[Counterfactual]) -> list[Counterfactual]:
    """Those that say something new, nearest first: of what time brings about only the next step, and of a
    list no change that only adds up others."""
    listing = table.spec.policy in ("C", "R", "O")
    growing = {i for i, c in enumerate(table.spec.inputs) if c.annotations.get("grows") == "true"}
    kept: list[tuple[frozenset[int], Counterfactual]] = []
    for one in sorted(found, key=_order):
        columns = frozenset(change.column for change in one.changes)
        if not any(_repeats(before, columns, growing, listing) for before, _ in kept):
            kept.append((columns, one))
    return [one for _, one in kept]


def _repeats(before: frozenset[int], columns: frozenset[int], growing: set[int], listing: bool) -> bool:
    """Whether a change of these columns only goes further than one before it."""
    if before == columns:
        return bool(columns & growing)
    return before < columns and (listing or columns - before <= growing)


def keep(found: list[Counterfactual], new: Counterfactual) -> None:
    """Of changes to the same result keep the smaller."""
    for position, other in enumerate(found):
        if op.same(other.value, new.value):
            if _order(new) < _order(other):
                found[position] = new
            return
    found.append(new)


def moves(axis: gaps.Axis, here: int | None, value: Any, table: CompiledTable) -> list[int]:
    """The regions to which an input could go: for each set of rules the nearest, without those of where it
    is, and without those to which nobody can bring it."""
    notes = [table.spec.inputs[c].annotations for c in axis.columns]
    if any(note.get("fixed") == "true" for note in notes):
        return []
    grows = any(note.get("grows") == "true" for note in notes)
    reach = [tests for note in notes if (tests := _reach(note.get("reach", ""))) is not None]
    masks = axis.column.masks
    seen = {masks[here]} if here is not None else set()
    out: list[int] = []
    if here is None or here == axis.column.null:
        # nothing to be near to: a value that the rules name says the most
        ordered = sorted(axis.regions, key=lambda region: axis.column.regions[region].kind != "point")
    else:
        ordered = closest(axis.regions, here)
    for region in ordered:
        if masks[region] in seen or (grows and here not in (None, axis.column.null) and region < (here or 0)):
            continue
        to = nearest(axis.column.regions[region], value)
        if not all(tests.evaluate(to).value is True for tests in reach):
            continue
        seen.add(masks[region])
        out.append(region)
    return out


@lru_cache(maxsize=1_000)
def _reach(text: str) -> UnaryTests | None:
    """The annotation ``reach``; one that cannot be read restricts nothing."""
    if not text:
        return None
    try:
        return compile_unary_tests(text)
    except (FeelSyntaxError, FeelTooLarge):
        return None


def put(values: list[Any], axis: gaps.Axis, value: Any) -> None:
    """The axis's value in all its columns."""
    for column in axis.columns:
        values[column] = value


def make(
    axes: list[gaps.Axis],
    chosen: tuple[int, ...],
    regions: tuple[int, ...],
    values: list[Any],
    moved: list[Any],
    hits: list[int],
    result: Any,
    decide: Callable[[list[Any]], tuple[list[int], Any]],
) -> Counterfactual:
    """A counterfactual, each change with the values that would do as well."""
    changes: list[Change] = []
    distance = 0.0
    for index, region in zip(chosen, regions, strict=True):
        axis = axes[index]
        first = axis.columns[0]
        run = alike(axis, region, moved, result, decide)
        wanted = [axis.column.regions[r] for r in run]
        changes.append(
            Change(
                first,
                axis.label,
                axis.text,
                values[first],
                moved[first],
                " or ".join(merge(axis.text, wanted, list(axis.column.index))),
                of_span(wanted[0], wanted[-1]),
            )
        )
        distance += span_between(values[first], moved[first], axis.column.points)
    return Counterfactual(result, tuple(changes), tuple(h + 1 for h in hits), distance)


def alike(
    axis: gaps.Axis,
    region: int,
    moved: list[Any],
    result: Any,
    decide: Callable[[list[Any]], tuple[list[int], Any]],
) -> list[int]:
    """The run of neighbouring regions around one with the same result; of what has no order, only itself."""
    if axis.column.enumerated:
        return [region]

    def same(other: int) -> bool:
        trial = list(moved)
        put(trial, axis, axis.example(other))
        hits, found = decide(trial)
        return bool(hits) and op.same(found, result)

    position = axis.regions.index(region)
    low = high = position
    for _ in range(NEIGHBOURS_TRIED):
        if low > 0 and same(axis.regions[low - 1]):
            low -= 1
        elif high + 1 < len(axis.regions) and same(axis.regions[high + 1]):
            high += 1
        else:
            break
    return axis.regions[low : high + 1]


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
