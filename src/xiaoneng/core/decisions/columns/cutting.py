"""Cutting an ordered or enumerated kind at its constants, with an example of each region."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.columns.column import Column, Region, key_of
from xiaoneng.core.decisions.decimals import CONTEXT
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Time, YearsMonths

HALF_DAY_NANOS: Final = 43_200_000_000_000


def cut(kind: Any, constants: list[Any], ordered: bool) -> Column | None:
    """The regions of a kind (None: anything) between these constants; None where they cannot be ordered."""
    null = Region(None, "null")
    if kind is None:
        return Column(None, regions=[Region("", "any"), null], null=1)
    if kind is bool:
        column = Column(
            bool,
            enumerated=True,
            regions=[Region(False, "point", False, False), Region(True, "point", True, True), null],
            null=2,
        )
        column.index = {False: 0, True: 1}
        return column
    if not ordered:
        values = list(dict.fromkeys(constants))
        column = Column(kind, enumerated=True, regions=[Region(_other(values), "other")])
        for position, value in enumerate(values, 1):
            column.regions.append(Region(value, "point", value, value))
            column.index[value] = position
        column.null = len(column.regions)
        column.regions.append(null)
        return column
    column = Column(kind)
    if kind in (Time, DateTime):
        flags = {c.key()[0] for c in constants}
        if len(flags) > 1:
            return None
        column.flag = flags.pop() if flags else False
    values = sorted({key_of(column, c): c for c in constants}.items())
    column.points = [key for key, _ in values]
    if not values:
        column.regions = [Region(_any_of(kind), "between"), null]
        column.positions = [0]
        column.null = 1
        return column
    ends = [v for _, v in values]
    spans: list[Region | None] = [_below(ends[0])]
    for position, value in enumerate(ends):
        spans.append(Region(value, "point", value, value))
        spans.append(_between(value, ends[position + 1]) if position + 1 < len(ends) else _above(value))
    for span in spans:
        # a region without values (between two following days) has its neighbour's number; nobody asks for it
        column.positions.append(len(column.regions) if span is not None else max(len(column.regions) - 1, 0))
        if span is not None:
            column.regions.append(span)
    column.null = len(column.regions)
    column.regions.append(null)
    return column


def _other(values: list[Any]) -> Any:
    """A text that is none of the given."""
    number = 0
    text = "…"
    while text in values:
        number += 1
        text = f"…{number}"
    return text


def _any_of(kind: type) -> Any:
    if kind is Decimal:
        return Decimal(0)
    if kind is str:
        return ""
    if kind is Date:
        return Date(2000, 1, 1)
    if kind is DaysTime or kind is YearsMonths:
        return kind(0)
    return Time(12, 0, 0) if kind is Time else DateTime(Date(2000, 1, 1), Time(0, 0, 0))


def _step(value: Any, way: int) -> Any:
    """A neighbour of a value at a readable distance; None past the end."""
    try:
        if isinstance(value, Decimal):
            return CONTEXT.add(value, Decimal(way))
        if isinstance(value, Date):
            return Date.from_ordinal(value.ordinal + way)
        if isinstance(value, DaysTime):
            return DaysTime(value.nanos + way * 2 * HALF_DAY_NANOS)
        if isinstance(value, YearsMonths):
            return YearsMonths(value.months + way)
        if isinstance(value, DateTime):
            return value.shifted(way * 60_000_000_000)
        if isinstance(value, Time):
            moved = value.seconds + way * 60
            return value.shifted(way * 60_000_000_000) if 0 <= moved < 86_400 else None
    except (ValueError, ArithmeticError):
        return None
    if way > 0:
        return str(value) + "…"
    return "" if value else None


def _below(value: Any) -> Region | None:
    example = _step(value, -1)
    return Region(example, "below", None, value) if example is not None and _less(example, value) else None


def _above(value: Any) -> Region | None:
    example = _step(value, 1)
    return Region(example, "above", value, None) if example is not None and _less(value, example) else None


def _between(low: Any, high: Any) -> Region | None:
    """The open region between two values; None where nothing lies between."""
    for example in (_step(low, 1), _middle(low, high)):
        if example is not None and _less(low, example) and _less(example, high):
            return Region(example, "between", low, high)
    return None


def _middle(low: Any, high: Any) -> Any:
    if isinstance(low, Decimal):
        return CONTEXT.divide(CONTEXT.add(low, high), Decimal(2))
    if isinstance(low, DaysTime):
        return DaysTime((low.nanos + high.nanos) // 2)
    if isinstance(low, Date):
        return Date.from_ordinal((low.ordinal + high.ordinal) // 2)
    if isinstance(low, YearsMonths):
        return YearsMonths((low.months + high.months) // 2)
    if isinstance(low, (DateTime, Time)):
        return low.shifted((high.key()[1] - low.key()[1]) * 500_000_000)
    return str(low) + "\u0001"


def _less(a: Any, b: Any) -> bool:
    try:
        return op.less(a, b)
    except Null:
        return False
