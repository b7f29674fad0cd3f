"""Decisions made fast: a decision bound to its inputs' names, and whole columns of inputs at once.

``bind`` gives a plain Python function. Where the decision is one table over inputs, with cells of
constants, it
is a bisection or a dictionary look-up per column, an intersection of rules, and a look-up of the outcome.
Everything else, and every value that is not of the expected kind, goes through the general evaluation, so the
answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns import Column
from xiaoneng.core.decisions.convert import from_python
from xiaoneng.core.decisions.expression import Clock
from xiaoneng.core.decisions.model.model import InputData, Model, Unit
from xiaoneng.core.decisions.runtime import LIMITS, Limits
from xiaoneng.core.decisions.tables import CompiledTable, TableSpec
from xiaoneng.core.decisions.types import ANY, Named
from xiaoneng.core.decisions.values import Date
from xiaoneng.core.errors import BadInput

OUTCOMES_KEPT: Final = 65_536
DENSE_LIMIT: Final = 1 << 22
FEW_KEYS: Final = 40
MISSING: Final = object()
SCALARS: Final = frozenset((Decimal, str, bool, type(None), Date))


@dataclass(frozen=True, slots=True)
class Shape:
    """A decision that is one table over inputs: for each column its position among the bound names."""

    table: CompiledTable
    columns: tuple[Column, ...]
    arguments: tuple[int, ...]


def shape_of(unit: Any, names: Sequence[str]) -> Shape | None:
    """The shape of a decision, None where it is anything but a table of constants over these inputs."""
    node = unit.node if isinstance(unit, Unit) else None
    while isinstance(node, s.Coerce):
        node = node.value
    if not isinstance(node, s.Table) or not isinstance(node.spec, TableSpec) or not isinstance(unit, Unit):
        return None
    table = node.spec.compiled
    if table is None or not table.constant or table.opaque:
        return None
    required = {unit.level.slots[v]: v.name for v in unit.level.slots}
    inputs = {required[slot]: element for slot, element in unit.requires}
    arguments: list[int] = []
    for clause, column in zip(table.spec.inputs, table.columns, strict=True):
        expression = clause.expression
        if (
            not isinstance(expression, s.Name)
            or expression.text not in inputs
            or expression.text not in names
        ):
            return None
        element = inputs[expression.text]
        if (
            not isinstance(element, InputData)
            or not column.regions
            or constrained_beyond(element, clause.type)
        ):
            return None
        arguments.append(names.index(expression.text))
    if len(names) != len(arguments) or len(set(names)) != len(names):
        return None
    return Shape(table, tuple(table.columns), tuple(arguments))


def constrained_beyond(element: InputData, clause: Any) -> bool:
    """Whether the input's own type says more than its column knows: then it is checked in the general way."""
    return isinstance(element.type, Named) and element.type is not clause and element.type is not ANY


def bind(
    model: Model, name: str, inputs: Sequence[str], *, at: Clock = None, limits: Limits = LIMITS
) -> Callable[..., Any]:
    """The decision as a function of these inputs, in this order; it gives the value alone.

    Raises NotFound for a decision that the model does not have. A value that cannot be decided is None, as
    ever; ``Model.evaluate`` says why.
    """
    names = tuple(inputs)
    unit = model.find(name)

    def general(*values: Any) -> Any:
        return model.evaluate(name, dict(zip(names, values, strict=True)), at=at, limits=limits).value

    shape = shape_of(unit, names)
    if shape is None:
        return general
    ok = 1 << len(shape.table.spec.rules)
    looks = [column.lookup(ok, 0) for column in shape.columns]
    outcomes: dict[int, Any] = {}
    get = outcomes.get

    def learn(mask: int, values: tuple[Any, ...]) -> Any:
        result = model.evaluate(name, dict(zip(names, values, strict=True)), at=at, limits=limits)
        if mask & ok and type(result.value) in SCALARS and len(outcomes) < OUTCOMES_KEPT:
            outcomes[mask] = result.value
        return result.value

    places = shape.arguments
    if len(looks) == 1:
        (one,) = looks

        def of_one(a: Any) -> Any:
            mask = one(a)
            value = get(mask, MISSING)
            return value if value is not MISSING else learn(mask, (a,))

        return of_one
    ordered = [looks[places.index(i)] for i in range(len(places))]
    if len(ordered) == 2:
        first, second = ordered

        def of_two(a: Any, b: Any) -> Any:
            mask = first(a) & second(b)
            value = get(mask, MISSING)
            return value if value is not MISSING else learn(mask, (a, b))

        return of_two
    if len(ordered) == 3:
        first, second, third = ordered

        def of_three(a: Any, b: Any, c: Any) -> Any:
            mask = first(a) & second(b) & third(c)
            value = get(mask, MISSING)
            return value if value is not MISSING else learn(mask, (a, b, c))

        return of_three

    def of_many(*values: Any) -> Any:
        if len(values) != len(ordered):
            raise TypeError(f"{name} takes {len(ordered)} inputs")
        mask = -1
        for look, value in zip(ordered, values, strict=True):
            mask &= look(value)
        value = get(mask, MISSING)
        return value if value is not MISSING else learn(mask, values)

    return of_many


@dataclass(frozen=True, slots=True)
class Batch:
    """Results of many evaluations: row ``i`` has ``outcomes[codes[i]]``, with the faults
    ``faults[codes[i]]``."""

    codes: NDArray[np.int64]
    outcomes: list[Any]
    faults: list[tuple[Any, ...]]

    def values(self) -> list[Any]:
        """One value per row."""
        outcomes = self.outcomes
        return [outcomes[code] for code in self.codes.tolist()]


def decide_many(
    model: Model, name: str, columns: Mapping[str, Any], *, at: Clock = None, limits: Limits = LIMITS
) -> Batch:
    """Evaluate a decision for every row of the columns (lists, or numpy arrays of numbers, booleans or days).

    Rows that no cell tells apart are evaluated once. Raises BadInput for columns of different lengths.
    """
    names = tuple(columns)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise BadInput("the columns have different lengths: {lengths}", lengths=sorted(lengths))
    size = lengths.pop() if lengths else 0
    unit = model.find(name)
    shape = shape_of(unit, names)
    codes: list[NDArray[np.int64]] = []
    spans: list[int] = []
    for position, key in enumerate(names):
        column = shape.columns[shape.arguments.index(position)] if shape is not None else None
        code, span = classify(columns[key], column)
        codes.append(code)
        spans.append(span)
    flat, total = combine(codes, spans, size)
    representatives, inverse = distinct(flat, total)
    outcomes: list[Any] = []
    faults: list[tuple[Any, ...]] = []
    data = [columns[key] for key in names]
    for row in representatives.tolist():
        given = {key: plain(column[row]) for key, column in zip(names, data, strict=True)}
        result = model.evaluate(name, given, at=at, limits=limits)
        outcomes.append(result.value)
        faults.append(result.errors)
    return Batch(inverse, outcomes, faults)


def plain(value: Any) -> Any:
    """A numpy scalar as a Python value; NaN and NaT are null."""
    if isinstance(value, np.datetime64):
        return (
            None
            if np.isnat(value)
            else Date.from_ordinal(int(value.astype("datetime64[D]").astype(np.int64)))
        )
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


def classify(values: Any, column: Column | None) -> tuple[NDArray[np.int64], int]:
    """A number per row so that rows with the same number are alike for the decision, and how many numbers
    there are."""
    if (
        isinstance(values, np.ndarray)
        and column is not None
        and column.kind in (Decimal, Date)
        and column.flag is None
    ):
        found = regions_of_array(values, column)
        if found is not None:
            return found, len(column.regions)
    if isinstance(values, np.ndarray) and values.dtype == np.bool_:
        return values.astype(np.int64), 2
    items = values.tolist() if isinstance(values, np.ndarray) and values.dtype.kind not in "M" else values
    return by_value([plain(v) for v in items] if isinstance(values, np.ndarray) else items, column)


class _Numbers(dict[Any, int]):
    """Numbers values on first sight: by their region where they have one, else each by itself."""

    def __init__(self, column: Column | None, *, typed: bool = False) -> None:
        """``typed``: the keys are pairs of type and value."""
        super().__init__()
        self.column, self.typed = column, typed
        self.regions: dict[Any, int] = {}

    def __missing__(self, value: Any) -> int:
        item = value[1] if self.typed else value
        region = (
            self.column.region(from_python(item)) if self.column is not None and self.column.regions else None
        )
        key = ("region", region) if region is not None else ("value", value)
        self[value] = number = self.regions.setdefault(key, len(self.regions))
        return number


def by_value(items: Sequence[Any], column: Column | None) -> tuple[NDArray[np.int64], int]:
    numbers = _Numbers(column)
    try:
        codes = np.fromiter(map(numbers.__getitem__, items), np.int64, len(items))
        if (
            not all(type(value) is str or value is None for value in numbers)
            and len(set(map(type, items))) > 1
        ):
            # 1, 1.0 and True are one key to Python, but not one value to FEEL
            numbers = _Numbers(column, typed=True)
            codes = np.fromiter((numbers[type(v), v] for v in items), np.int64, len(items))
    except TypeError:
        # lists and contexts cannot be keys: every row by itself
        return np.arange(len(items), dtype=np.int64), max(len(items), 1)
    return codes, max(len(numbers.regions), 1)


def regions_of_array(values: NDArray[Any], column: Column) -> NDArray[np.int64] | None:
    """Regions of numbers or days by binary search, exact also where a float stands for a decimal fraction."""
    positions = np.asarray(column.positions, dtype=np.int64)
    missing: NDArray[np.bool_] | None = None
    if values.dtype.kind == "M" and column.kind is Date:
        missing = np.isnat(values)
        days = values.astype("datetime64[D]").astype(np.int64)
        order = passed(days, [limit for p in column.points for limit in (p.ordinal - 1, p.ordinal)], np.int64)
    elif values.dtype.kind in "iu" and column.kind is Decimal:
        if any(abs(point) > 2**62 for point in column.points):
            return None
        limits = [
            limit
            for p in column.points
            for limit in (
                int(p.to_integral_value("ROUND_CEILING")) - 1,
                int(p.to_integral_value("ROUND_FLOOR")),
            )
        ]
        order = passed(values, limits, np.int64)
    elif values.dtype == np.float64 and column.kind is Decimal:
        if not np.isfinite(values[~np.isnan(values)]).all():
            return None
        missing = np.isnan(values)
        # a float means the decimal that Python writes for it; where that is not the point, keys move a step
        keys: list[float] = []
        for point in column.points:
            near = float(point)
            meant = Decimal(repr(near))
            before = float(np.nextafter(near, -np.inf))
            # above the first key a value has reached the point, above the second it has gone past it
            keys += [before if meant >= point else near, before if meant > point else near]
        order = passed(values, keys, np.float64)
    else:
        return None
    regions: NDArray[np.int64] = positions[order]
    if missing is not None and missing.any():
        regions[missing] = column.null
    return regions


def passed(values: NDArray[Any], keys: Sequence[float], dtype: Any) -> NDArray[np.int64]:
    """How many of the keys (ascending) each value is above: 2i when it lies before point i, 2i+1 at it."""
    if len(keys) > FEW_KEYS:
        return np.searchsorted(np.asarray(keys, dtype=dtype), values, "left").astype(np.int64)
    # for few keys, going through the values once per key is faster than a search per value
    count = np.zeros(len(values), dtype=np.int8)
    for key in keys:
        count += values > key
    return count.astype(np.int64)


def combine(codes: list[NDArray[np.int64]], spans: list[int], size: int) -> tuple[NDArray[np.int64], int]:
    """One number per row for the combination of its codes."""
    flat = np.zeros(size, dtype=np.int64)
    total = 1
    for code, span in zip(codes, spans, strict=True):
        if total * span > 1 << 62:
            _, flat = np.unique(flat, return_inverse=True)
            total = int(flat.max(initial=0)) + 1
        flat = flat * span + code
        total *= span
    return flat, total


def distinct(flat: NDArray[np.int64], total: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A row of each kind, and the kind of each row."""
    if total <= DENSE_LIMIT:
        row_of = np.full(total, -1, dtype=np.int64)
        # the last writer wins: any row of the kind will do
        row_of[flat] = np.arange(len(flat), dtype=np.int64)
        present = np.flatnonzero(row_of >= 0)
        number = np.empty(total, dtype=np.int64)
        number[present] = np.arange(len(present), dtype=np.int64)
        return row_of[present], number[flat]
    _, rows, inverse = np.unique(flat, return_index=True, return_inverse=True)
    return rows.astype(np.int64), inverse.astype(np.int64)
