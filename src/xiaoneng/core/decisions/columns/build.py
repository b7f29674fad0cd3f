"""A column out of its cells."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns.column import Column, key_of
from xiaoneng.core.decisions.columns.constants import cell_constants, constant_value
from xiaoneng.core.decisions.columns.cutting import cut
from xiaoneng.core.decisions.types import CLASS_OF, Type, base_of
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Range, Time, YearsMonths

# kinds whose values Python orders as FEEL does
PLAIN: Final = (Decimal, str, Date, DaysTime, YearsMonths)


def build_column(
    cells: list[s.Tests],
    codes: Sequence[Callable[[Any], bool]],
    of: Type,
    conditions: Iterable[tuple[s.Tests, Callable[[Any], bool]]] = (),
    *,
    ask: bool = False,
) -> Column:
    """The regions of a column with these cells; ``codes`` answer for a value. ``conditions`` restrict the
    input.

    With ``ask`` every cell is asked about every region, as is needed where a cell's tests do not tell the
    whole.
    """
    opaque = 0
    constants: list[Any] = []
    orders = False
    for number, cell in enumerate(cells):
        found = cell_constants(cell)
        if found is None:
            opaque |= 1 << number
            continue
        constants += found
        orders = orders or any(t.op not in (None, "=", "!=") or _is_range(t.value) for t in cell.tests)
    checks: list[Callable[[Any], bool]] = []
    for tests, check in conditions:
        found = cell_constants(tests)
        if found is None:
            return Column(None, opaque=(1 << len(cells)) - 1, regions=[], masks=[0], null=0)
        constants += found
        orders = orders or any(t.op not in (None, "=", "!=") or _is_range(t.value) for t in tests.tests)
        checks.append(check)
    kinds = {type(c) for c in constants}
    declared = CLASS_OF.get(base_of(of).name)
    if declared is not None:
        kinds.add(declared)
    if len(kinds) > 1 or (kinds and next(iter(kinds)) not in (*PLAIN, bool, Time, DateTime)):
        return Column(None, opaque=(1 << len(cells)) - 1, masks=[0])
    kind = next(iter(kinds)) if kinds else None
    column = cut(kind, constants, orders or kind not in (str, bool))
    if column is None:
        return Column(None, opaque=(1 << len(cells)) - 1, masks=[0])
    column.opaque = opaque
    column.masks = [opaque] * len(column.regions)
    for number, cell in enumerate(cells):
        if opaque >> number & 1:
            continue
        spans = None if ask else _spans(cell, column)
        bit = 1 << number
        if spans is None:
            satisfied: Iterable[int] = (
                i for i, region in enumerate(column.regions) if codes[number](region.example)
            )
        else:
            satisfied = (i for span in spans for i in span)
        for position in satisfied:
            column.masks[position] |= bit
    refused: set[int] = set()
    for position, region in enumerate(column.regions):
        if region.example is not None and not all(check(region.example) for check in checks):
            refused.add(position)
    column.refused = frozenset(refused)
    return column


def _spans(cell: s.Tests, column: Column) -> list[range] | None:
    """Where a cell of plain comparisons is satisfied, without asking it region by region; None for other
    cells."""
    if cell.negated:
        return None
    if not cell.tests:
        return [range(len(column.regions))]
    spans: list[range] = []
    for test in cell.tests:
        if column.kind is None or column.kind is bool:
            return None
        _, value = constant_value(test.value)
        if type(value) is column.kind:
            span = _span(test.op or "=", value, column)
        elif isinstance(value, Range) and test.op is None and value.op is None:
            low = _span(">=" if value.low_included else ">", value.low, column)
            high = _span("<=" if value.high_included else "<", value.high, column)
            span = (
                range(max(low.start, high.start), min(low.stop, high.stop))
                if low is not None and high is not None
                else None
            )
        else:
            return None
        if span is None:
            return None
        spans.append(span)
    return spans


def _span(operator: str, value: Any, column: Column) -> range | None:
    """The regions that compare so with a constant of the column."""
    if column.enumerated:
        at = column.index.get(value)
        return range(at, at + 1) if at is not None and operator == "=" else None
    if type(value) is not column.kind or operator == "!=":
        return None
    at = column.positions[2 * bisect_left(column.points, key_of(column, value)) + 1]
    return {
        "=": range(at, at + 1),
        "<": range(at),
        "<=": range(at + 1),
        ">": range(at + 1, column.null),
        ">=": range(at, column.null),
    }[operator]


def _is_range(node: s.Node) -> bool:
    if isinstance(node, (s.RangeOf, s.UnaryRange)):
        return True
    return isinstance(node, s.ListOf) and any(_is_range(item) for item in node.items)
