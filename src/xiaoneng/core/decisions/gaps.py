"""What rules leave open, where they meet, and which never apply: computed on the regions of a table's
columns.

Exact for tables whose cells are constants. A cell that depends on more than its input's value may or may
not be satisfied: then only what is certain either way is reported, and ``Analysis.unclear`` names the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns import Column, Region, build_column, constant_value
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.tables import CompiledTable, Rule, TableSpec
from xiaoneng.core.decisions.types import ANY

STATES_LIMIT: Final = 200_000


@dataclass(slots=True)
class Axis:
    """One input expression with the columns that test it, and the first column's label. ``regions`` are
    those that may occur (null apart)."""

    text: str
    columns: tuple[int, ...]
    column: Column
    regions: list[int] = field(default_factory=list)
    label: str = ""

    def of_rule(self, rule: int) -> int:
        """The regions (as bits) in which the rule's cells are satisfied."""
        bits = 0
        for region in self.regions:
            bits |= (self.column.masks[region] >> rule & 1) << region
        return bits

    def example(self, region: int) -> Any:
        return self.column.regions[region].example


Box = tuple[tuple[int, ...], ...]
"""For every axis the regions it may be in."""


@dataclass(slots=True)
class Analysis:
    """The axes of a table, and whether they could be made out."""

    spec: TableSpec
    axes: list[Axis]
    unclear: int
    possible: bool
    spans: list[list[int]] = field(default_factory=list)

    def box_example(self, box: Box) -> dict[str, Any]:
        """One input that lies in the box, by input expression."""
        return {axis.text: axis.example(regions[0]) for axis, regions in zip(self.axes, box, strict=True)}

    def box_regions(self, box: Box) -> dict[str, list[Region]]:
        """The box as regions by input expression; axes that the box leaves free are left out."""
        return {
            axis.text: [axis.column.regions[r] for r in regions]
            for axis, regions in zip(self.axes, box, strict=True)
            if len(regions) < len(axis.regions)
        }


def analyse(table: CompiledTable) -> Analysis:
    """The axes of a compiled table. Columns with the same input expression are one axis: they move
    together. Kept as long as the table is: every explanation asks for it."""
    if table not in _analyses:
        _analyses[table] = _analyse(table)
    return _analyses[table]


_analyses: WeakKeyDictionary[CompiledTable, Analysis] = WeakKeyDictionary()


def _analyse(table: CompiledTable) -> Analysis:
    spec = table.spec
    groups: dict[str, list[int]] = {}
    for index, clause in enumerate(spec.inputs):
        groups.setdefault(" ".join(clause.text.split()), []).append(index)
    axes: list[Axis] = []
    possible = True
    unclear = 0
    for text, members in groups.items():
        column = table.columns[members[0]] if len(members) == 1 else joint_column(table, members)
        if not column.regions:
            possible = False
        unclear |= column.opaque
        regions = [i for i in range(len(column.regions)) if i != column.null and i not in column.refused]
        axes.append(Axis(text, tuple(members), column, regions, spec.inputs[members[0]].label))
    analysis = Analysis(spec, axes, unclear, possible)
    if possible:
        analysis.spans = [[axis.of_rule(rule) for axis in axes] for rule in range(len(spec.rules))]
    return analysis


def joint_column(table: CompiledTable, members: list[int]) -> Column:
    """Several columns of one input expression as one."""
    spec = table.spec
    cells: list[s.Tests] = []
    codes: list[Any] = []
    for number, rule in enumerate(spec.rules):
        tests = tuple(test for m in members for test in rule.cells[m].tests)
        cells.append(s.Tests("", tests))
        own = [(table.cells[number][m]) for m in members]
        codes.append(lambda value, own=own: all(cell(table.scratch, value) for cell in own))
    clause = spec.inputs[members[0]]
    known = clause.type if clause.type is not ANY else type_of(clause.expression)
    conditions = [pair for m in members for pair in table.conditions(m)]
    return build_column(cells, codes, known, conditions, ask=True)


class Exhausted(Exception):  # not an error: the search is reported as incomplete
    """The search met its limit."""


def uncovered(axes: list[Axis], rules: int, within: list[int] | None = None) -> Iterator[Box]:
    """Every box in which none of the ``rules`` (bits) applies; ``within`` restricts each axis to regions
    (bits).

    Raises Exhausted after too many steps.
    """
    groups: list[list[tuple[int, tuple[int, ...]]]] = []
    for index, axis in enumerate(axes):
        by_mask: dict[int, list[int]] = {}
        for region in axis.regions:
            if within is None or within[index] >> region & 1:
                by_mask.setdefault(axis.column.masks[region] & rules, []).append(region)
        groups.append([(mask, tuple(found)) for mask, found in by_mask.items()])
    tight: set[tuple[int, int]] = set()
    steps = 0

    def search(depth: int, left: int, path: tuple[tuple[int, ...], ...]) -> Iterator[Box]:
        nonlocal steps
        steps += 1
        if steps > STATES_LIMIT:
            raise Exhausted
        if not left:
            free = tuple(tuple(r for _, found in groups[d] for r in found) for d in range(depth, len(axes)))
            if all(free):
                yield (*path, *free)
            return
        if depth == len(axes) or (depth, left) in tight:
            return
        any_found = False
        for mask, regions in groups[depth]:
            for box in search(depth + 1, left & mask, (*path, regions)):
                any_found = True
                yield box
        if not any_found:
            tight.add((depth, left))

    yield from search(0, rules, ())


def meeting(analysis: Analysis, first: int, second: int) -> Box | None:
    """A box in which both rules apply, None when they never meet."""
    box: list[tuple[int, ...]] = []
    for index in range(len(analysis.axes)):
        common = analysis.spans[first][index] & analysis.spans[second][index]
        if not common:
            return None
        box.append(tuple(r for r in analysis.axes[index].regions if common >> r & 1))
    return tuple(box)


def meetings(analysis: Analysis) -> Iterator[tuple[int, int, Box]]:
    """Every pair of rules that apply together, with where; rules that are not clear are left out."""
    count = len(analysis.spec.rules)
    clear = [rule for rule in range(count) if not analysis.unclear >> rule & 1]
    for position, first in enumerate(clear):
        spans = analysis.spans[first]
        for second in clear[position + 1 :]:
            other = analysis.spans[second]
            if all(a & b for a, b in zip(spans, other, strict=True)):
                box = meeting(analysis, first, second)
                if box is not None:
                    yield first, second, box


def empty(analysis: Analysis, rule: int) -> bool:
    """Whether no allowed input satisfies the rule's cells."""
    return not all(analysis.spans[rule])


def masked(analysis: Analysis, rule: int, by: int) -> bool:
    """Whether the rules ``by`` (bits) apply wherever ``rule`` does. Raises Exhausted."""
    by &= ~analysis.unclear
    return bool(by) and next(uncovered(analysis.axes, by, analysis.spans[rule]), None) is None


def constant_outputs(rule: Rule) -> list[Any] | None:
    """The rule's results where they are constants."""
    found = [constant_value(node) for node in rule.results]
    return [value for _, value in found] if all(known for known, _ in found) else None


def same_outputs(first: Rule, second: Rule) -> bool | None:
    """Whether two rules give the same; None where that depends on the input."""
    if [" ".join(t.split()) for t in first.result_texts] == [
        " ".join(t.split()) for t in second.result_texts
    ]:
        return True
    a, b = constant_outputs(first), constant_outputs(second)
    return None if a is None or b is None else op.same(a, b)
