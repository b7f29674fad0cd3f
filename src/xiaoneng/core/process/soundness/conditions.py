"""Conditions after a split: is there always one that holds, and can two hold at once.

Where every condition is made of comparisons of variables with constants, the constants cut the values of each
variable into regions within which no condition changes its answer. The conditions are asked about an example
of every combination of regions; so the answer is exact. A variable is taken to have a value (what a task must
fill in is for its form to say), unless a condition itself asks for null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.checks import merge
from xiaoneng.core.decisions.columns import Region, constant_value
from xiaoneng.core.decisions.columns.constants import cell_constants
from xiaoneng.core.decisions.columns.cutting import cut
from xiaoneng.core.process.formula import Formula
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.soundness.problem import Problem, of
from xiaoneng.core.process.soundness.ways import way_to

COMBINATIONS_LIMIT: Final = 20_000
SHOWN: Final = 3
KINDS: Final = {"number": Decimal, "boolean": bool, "text": str}
FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(slots=True)
class Subject:
    """A variable: the constants it is compared with, whether their order counts, whether null is asked
    for."""

    constants: list[Any] = field(default_factory=list)
    ordered: bool = False
    null: bool = False


@dataclass(slots=True)
class Axis:
    """A variable's regions, and the values that are named, for words."""

    name: str
    regions: list[Region]
    named: list[Any]

    def words(self, region: Region) -> str:
        if region.kind == "null":
            return f"{self.name} = null"
        return " or ".join(merge(self.name, [region], self.named))


def condition_problems(model: Model) -> list[Problem]:
    """Problems of the conditions of every split that is executed."""
    found: list[Problem] = []
    for node in model.nodes:
        asked = [f for f in node.outgoing if model.flows[f].condition != NONE and f != node.default]
        if asked and (len(node.outgoing) > 1 or node.move not in ("exclusive", "inclusive", "complex")):
            found += split_problems(model, node, asked)
    return found


def split_problems(model: Model, node: Node, asked: list[int]) -> list[Problem]:
    """Gaps, overlaps (of an exclusive split) and conditions without effect."""
    exclusive = node.move == "exclusive"
    # a flow without a condition is taken anyway; on an exclusive gateway it is a remark of its own
    covered = node.default != NONE or any(
        f not in asked and f != node.default and not exclusive for f in node.outgoing
    )
    path = way_to(model, node.index)
    formulas = [model.formulas[model.flows[f].condition] for f in asked]
    axes = axes_of(model, formulas)
    if axes is None:
        found = [] if covered else [of("missing_default", node.id, node.label, path)]
        if not covered or (exclusive and len(asked) > 1):
            found.append(of("conditions_not_proven", node.id, node.label, path))
        return found
    found = []
    pairs: set[tuple[int, int]] = set()
    decides: set[int] = set()
    gap = False
    for regions in product(*(axis.regions for axis in axes)):
        data = inputs(axes, regions)
        hold = [i for i, formula in enumerate(formulas) if formula.expression.evaluate(data).value is True]
        decides.update(hold[:1] if exclusive else hold)

        def where(regions: tuple[Region, ...] = regions) -> str:
            return " and ".join(a.words(r) for a, r in zip(axes, regions, strict=True)) or "true"

        if not hold and not covered and not gap:
            gap = True
            found.append(of("conditions_gap", node.id, node.label, path, where=where()))
        if exclusive and len(hold) > 1 and len(pairs) < SHOWN and (hold[0], hold[1]) not in pairs:
            pairs.add((hold[0], hold[1]))
            both = tuple(model.flows[asked[i]].id for i in hold[:2])
            found.append(of("conditions_overlap", node.id, node.label, (*path, *both), where=where()))
    for i, formula in enumerate(formulas):
        if i not in decides:
            flow = model.flows[asked[i]].id
            found.append(of("condition_never", flow, node.label, (*path, flow), text=formula.text))
    return found


def axes_of(model: Model, formulas: list[Formula]) -> list[Axis] | None:
    """The variables that the conditions compare; None where a condition is more than that, or where there
    are too many combinations."""
    subjects: dict[str, Subject] = {}
    for formula in formulas:
        if not formula.timeless or not compares(formula.expression.node, subjects):
            return None
    if any(other.startswith(f"{name}.") for name in subjects for other in subjects):
        # a variable and an entry of it
        return None
    given = {variable.name: variable for variable in model.given}
    axes: list[Axis] = []
    for name, subject in subjects.items():
        declared = given.get(name)
        options = [value for value, _ in declared.options] if declared is not None else []
        if declared is not None and declared.kind == "text":
            subject.constants += options
        kinds = {type(constant) for constant in subject.constants}
        if declared is not None and declared.kind in KINDS:
            kinds.add(KINDS[declared.kind])
        if len(kinds) > 1:
            return None
        kind = next(iter(kinds)) if kinds else None
        column = cut(kind, subject.constants, subject.ordered or kind not in (str, bool))
        if column is None:
            return None
        regions = [
            region
            for region in column.regions
            if (region.kind != "null" or subject.null) and (not options or region.example in (*options, None))
        ]
        axes.append(Axis(name, regions, list(column.index)))
    if prod(len(axis.regions) for axis in axes) > COMBINATIONS_LIMIT:
        return None
    return axes


def compares(node: s.Node, subjects: dict[str, Subject]) -> bool:
    """Whether a condition is made of comparisons of variables with constants, which are noted."""
    if isinstance(node, s.Logic):
        return all(compares(part, subjects) for part in node.parts)
    if isinstance(node, s.Call):
        negates = isinstance(node.function, s.Name) and node.function.text == "not" and node.names is None
        return negates and len(node.arguments) == 1 and compares(node.arguments[0], subjects)
    if isinstance(node, s.Literal):
        return type(node.value) is bool
    if isinstance(node, (s.Name, s.Path)):
        return note(node, s.Tests("", (s.Test(node.at, "=", s.Literal(node.at, True)),)), subjects)
    if isinstance(node, s.Compare):
        operator, left, right = node.op, node.left, node.right
        if not isinstance(left, (s.Name, s.Path)):
            operator, left, right = FLIPPED.get(operator, operator), right, left
        return note(left, s.Tests("", (s.Test(node.at, operator, right),)), subjects)
    if isinstance(node, s.In):
        return note(node.value, s.Tests("", node.tests), subjects)
    if isinstance(node, s.Between):
        within = s.RangeOf(node.at, True, node.low, node.high, True)
        return note(node.value, s.Tests("", (s.Test(node.at, None, within),)), subjects)
    return False


def note(subject: s.Node, tests: s.Tests, subjects: dict[str, Subject]) -> bool:
    """Note what a variable is compared with; False for what is no variable or no constant."""
    name = variable_of(subject)
    if not name:
        return False
    constants = cell_constants(tests)
    if constants is None:
        return False
    known = subjects.setdefault(name, Subject())
    known.constants += constants
    for test in tests.tests:
        value = constant_value(test.value)[1]
        known.null = known.null or value is None
        known.ordered = known.ordered or test.op not in (None, "=", "!=") or ranged(test.value)
    return True


def variable_of(node: s.Node) -> str:
    """The name of a variable, or of an entry in one (``decision.result``); empty for anything else."""
    if isinstance(node, s.Path):
        base = variable_of(node.base)
        return f"{base}.{node.name}" if base else ""
    if isinstance(node, s.Name) and not node.items:
        return node.text if node.variable is not None and node.variable.value is None else ""
    return ""


def inputs(axes: list[Axis], regions: tuple[Region, ...]) -> dict[str, Any]:
    """Example values of the regions, entries of a variable as a context."""
    data: dict[str, Any] = {}
    for axis, region in zip(axes, regions, strict=True):
        *outer, last = axis.name.split(".")
        place = data
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = region.example
    return data


def ranged(node: s.Node) -> bool:
    if isinstance(node, (s.RangeOf, s.UnaryRange)):
        return True
    return isinstance(node, s.ListOf) and any(ranged(item) for item in node.items)
