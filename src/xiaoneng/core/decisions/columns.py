"""A table's column cut into regions within which every cell answers alike.

The constants that a column's cells mention cut its values: below the first, at it, between it and the
second, … With
n constants of an ordered kind there are 2n+1 regions, and one for null. What a cell says about a region is
found by
asking the compiled cell about one example of the region, so regions can never disagree with the cells
themselves.
Evaluation (a bisection instead of rule after rule), the checks, the counterfactuals and whole batches rest
on this.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler import Level, compile_node
from xiaoneng.core.decisions.decimals import CONTEXT
from xiaoneng.core.decisions.faults import Null, Stop
from xiaoneng.core.decisions.runtime import Limits, Run
from xiaoneng.core.decisions.types import CLASS_OF, Type, base_of
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Range, Time, YearsMonths

CLOCK_FUNCTIONS: Final = frozenset(("now", "today"))
FOLDING: Final = Limits(steps=10_000, depth=20, text=10_000, pattern_seconds=0.05)
# kinds whose values Python orders as FEEL does
PLAIN: Final = (Decimal, str, Date, DaysTime, YearsMonths)
HALF_DAY_NANOS: Final = 43_200_000_000_000


def constant_value(node: s.Node) -> tuple[bool, Any]:
    """(True, value) of a node that gives the same everywhere and without a fault, else (False, None)."""
    if type(node) is s.Literal:
        return True, node.value
    for name in s.names_in(node):
        if name.variable is None or name.variable.value is None or name.text in CLOCK_FUNCTIONS:
            return False, None
    level = Level()
    try:
        code = compile_node(node, level)
        run = Run(limits=FOLDING)
        value = code(level.frame(run))
    except (Stop, RecursionError):
        return False, None
    return (False, None) if run.faults else (True, value)


def mentioned(value: Any) -> list[Any] | None:
    """The constants by which a test's value cuts its column; None where it cannot be said."""
    if isinstance(value, Range):
        return [end for end in (value.low, value.high) if end is not None]
    if isinstance(value, list):
        out: list[Any] = []
        for item in value:
            inner = None if isinstance(item, (list, dict)) else mentioned(item)
            if inner is None:
                return None
            out += inner
        return out
    if value is None:
        return []
    if isinstance(value, (bool, Decimal, str, Date, DateTime, Time, DaysTime, YearsMonths)):
        return [value]
    return None


def cell_constants(cell: s.Tests) -> list[Any] | None:
    """All constants of a cell, None for a cell that depends on anything but its input's value."""
    found: list[Any] = []
    for test in cell.tests:
        if test.uses_input:
            return None
        known, value = constant_value(test.value)
        parts = mentioned(value) if known else None
        if parts is None:
            return None
        found += parts
    return found


@dataclass(slots=True)
class Region:
    """Values that no cell of the column tells apart. ``example`` is one; ``low``/``high`` are its open
    ends or its point."""

    example: Any
    kind: str
    low: Any = None
    high: Any = None


@dataclass(slots=True)
class Column:
    """The regions of one column. ``regions`` in order of value (null last); ``masks`` has for each the
    rules (as bits) whose cell is satisfied there; ``opaque`` the rules whose cell must be asked each time."""

    kind: Any
    points: list[Any] = field(default_factory=list)
    flag: bool | None = None
    regions: list[Region] = field(default_factory=list)
    masks: list[int] = field(default_factory=list)
    index: dict[Any, int] = field(default_factory=dict)
    positions: list[int] = field(default_factory=list)
    null: int = 0
    enumerated: bool = False
    opaque: int = 0
    refused: frozenset[int] = frozenset()

    def region(self, value: Any) -> int | None:
        """The region of a value; None where its kind is not the column's."""
        if value is None:
            return self.null
        kind = self.kind
        if kind is None:
            return 0
        if type(value) is not kind:
            return None
        if self.enumerated:
            return self.index.get(value, 0)
        if self.flag is not None:
            flag, value = value.key()
            if flag is not self.flag:
                return None
        return self.positions[bisect_left(self.points, value) + bisect_right(self.points, value)]

    def lookup(self, ok: int = 0, slow: int = -1) -> Callable[[Any], int]:
        """``region`` as a mask, specialised. ``ok`` is added to every mask; ``slow`` stands for a value
        that has to be looked at in the general way: of another kind, or refused."""
        kind, refused = self.kind, self.refused
        masks = [slow if i in refused else mask | ok for i, mask in enumerate(self.masks)]
        null = masks[self.null]
        if kind is None:
            only = masks[0]
            return lambda value: null if value is None else only
        if kind is bool:
            yes, no = masks[self.index[True]], masks[self.index[False]]
            return lambda value: (
                yes if value is True else no if value is False else null if value is None else slow
            )
        if self.enumerated:
            other = masks[0]
            get = {value: masks[i] for value, i in self.index.items()}.get
            return lambda value: get(value, other) if type(value) is kind else null if value is None else slow
        points = self.points
        spread = [masks[position] for position in self.positions]
        if self.flag is not None:
            flag = self.flag

            def clocked(value: Any) -> int:
                if type(value) is not kind:
                    return null if value is None else slow
                own, seconds = value.key()
                return (
                    spread[bisect_left(points, seconds) + bisect_right(points, seconds)]
                    if own is flag
                    else slow
                )

            return clocked
        if kind is Decimal:
            # Python compares whole numbers with decimals exactly
            def numeric(value: Any) -> int:
                given = type(value)
                if given is Decimal or given is int:
                    return spread[bisect_left(points, value) + bisect_right(points, value)]
                if given is float and value - value == 0:
                    # a float stands for the shortest decimal that gives it
                    value = Decimal(repr(value))
                    return spread[bisect_left(points, value) + bisect_right(points, value)]
                return null if value is None else slow

            return numeric
        return lambda value: (
            spread[bisect_left(points, value) + bisect_right(points, value)]
            if type(value) is kind
            else null
            if value is None
            else slow
        )


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
    column = _cut(kind, constants, orders or kind not in (str, bool), of)
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
    at = column.positions[2 * bisect_left(column.points, _key(column, value)) + 1]
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


def _cut(kind: Any, constants: list[Any], ordered: bool, of: Type) -> Column | None:
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
    values = sorted({_key(column, c): c for c in constants}.items())
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


def _key(column: Column, value: Any) -> Any:
    """What the points are compared by."""
    return value.key()[1] if column.flag is not None else value


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
