"""Decision tables: what they are, and how they are compiled (DMN 1.5, chapter 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns import FOLDING, Column, build_column, constant_value
from xiaoneng.core.decisions.compiler import RUN, Code, Frame, Level, compile_node, compile_test
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.infer import common_type, type_of
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import ANY, NUMBER, Named, Type, coerce, context_of, list_of, show

HIT_POLICIES: Final = {
    "UNIQUE": "U",
    "ANY": "A",
    "PRIORITY": "P",
    "FIRST": "F",
    "COLLECT": "C",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
}
AGGREGATIONS: Final = {"SUM": "+", "COUNT": "#", "MIN": "<", "MAX": ">"}


@dataclass(slots=True)
class InputClause:
    """A column of conditions: what is tested, its declared type and allowed values, its legal basis."""

    label: str
    text: str
    expression: s.Node
    type: Type = ANY
    allowed: s.Tests | None = None
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class OutputClause:
    """A column of results. ``allowed`` in order of priority."""

    name: str
    label: str
    type: Type = ANY
    allowed: s.Tests | None = None
    default: s.Node | None = None
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Rule:
    """One rule; ``cells`` beside the inputs, ``results`` beside the outputs."""

    id: str
    cells: tuple[s.Tests, ...]
    results: tuple[s.Node, ...]
    result_texts: tuple[str, ...] = ()
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class TableSpec:
    """A decision table; ``aggregation`` is one of ``+ # < >`` or empty."""

    name: str
    policy: str
    aggregation: str
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    compiled: CompiledTable | None = None

    def type(self) -> Type:
        """The type of the table's result."""
        columns = [
            clause.type
            if clause.type is not ANY
            else common_type([type_of(rule.results[i]) for rule in self.rules])
            for i, clause in enumerate(self.outputs)
        ]
        one = (
            columns[0]
            if len(columns) == 1
            else context_of({c.name: t for c, t in zip(self.outputs, columns, strict=True)})
        )
        if self.policy in ("R", "O") or (self.policy == "C" and not self.aggregation):
            return list_of(one)
        return NUMBER if self.aggregation == "#" else one

    def nodes(self) -> Iterable[s.Node]:
        """Every syntax tree in the table."""
        for clause in self.inputs:
            yield clause.expression
        for output in self.outputs:
            if output.default is not None:
                yield output.default
        for rule in self.rules:
            yield from rule.results
            for cell in rule.cells:
                yield from (test.value for test in cell.tests)

    def compile(self, level: Level) -> Code:
        """The closure that evaluates the table in a frame of ``level``."""
        self.compiled = CompiledTable(self, level)
        return self.compiled.evaluate


Cell = Callable[[Frame, Any], bool]


class CompiledTable:
    """A table's closures."""

    def __init__(self, spec: TableSpec, level: Level) -> None:
        self.spec = spec
        self.inputs = [compile_node(clause.expression, level) for clause in spec.inputs]
        self.cells = [[compile_cell(cell, level) for cell in rule.cells] for rule in spec.rules]
        self.results = [[compile_node(node, level) for node in rule.results] for rule in spec.rules]
        self.defaults = [
            compile_node(o.default, level) if o.default is not None else None for o in spec.outputs
        ]
        self.allowed_inputs = [
            compile_cell(c.allowed, level) if c.allowed is not None and c.allowed.tests else None
            for c in spec.inputs
        ]
        self.allowed_outputs = [
            compile_cell(o.allowed, level) if o.allowed is not None and o.allowed.tests else None
            for o in spec.outputs
        ]
        self.ranks = [output_ranks(o, level) for o in spec.outputs]
        self.single = len(spec.outputs) == 1
        self.scratch = level.frame(Run(limits=FOLDING))
        self.columns = [self.column(index) for index in range(len(spec.inputs))]
        self.lookups = [column.lookup() if column.regions else None for column in self.columns]
        self.all_rules = (1 << len(spec.rules)) - 1
        self.opaque = [(index, column.opaque) for index, column in enumerate(self.columns) if column.opaque]
        self.constant = all(constant_value(node)[0] for rule in spec.rules for node in rule.results) and all(
            o.default is None or constant_value(o.default)[0] for o in spec.outputs
        )
        self.concluded: dict[int, Any] = {}

    def conditions(self, index: int) -> list[tuple[s.Tests, Callable[[Any], bool]]]:
        """What an input's allowed values and its type demand of it."""
        clause = self.spec.inputs[index]
        conditions: list[tuple[s.Tests, Callable[[Any], bool]]] = []
        allowed = self.allowed_inputs[index]
        if allowed is not None and clause.allowed is not None:
            conditions.append((clause.allowed, partial(allowed, self.scratch)))
        of: Type | None = clause.type
        while isinstance(of, Named):
            tests = getattr(of, "allowed_tests", None)
            if of.allowed is not None and isinstance(tests, s.Tests):
                conditions.append((tests, of.allowed))
            of = of.base
        return conditions

    def column(self, index: int) -> Column:
        """The regions of one column of conditions."""
        clause = self.spec.inputs[index]
        known = clause.type if clause.type is not ANY else type_of(clause.expression)
        codes = [partial(row[index], self.scratch) for row in self.cells]
        return build_column(
            [rule.cells[index] for rule in self.spec.rules], codes, known, self.conditions(index)
        )

    def evaluate(self, frame: Frame) -> Any:
        """The table's value; faults name the table."""
        run: Run = frame[RUN]
        try:
            values = self.input_values(frame, run)
        except Null as null:
            return run.fault(null.code, None, **null.params)
        hits = self.hits(frame, values)
        value = self.conclude(frame, run, hits)
        if run.trace is not None:
            run.trace.table(self, frame, values, hits, value)
        return value

    def input_values(self, frame: Frame, run: Run) -> list[Any]:
        """What the conditions test; raises Null for a value outside its declared type or allowed values."""
        values: list[Any] = []
        for clause, code, allowed in zip(self.spec.inputs, self.inputs, self.allowed_inputs, strict=True):
            value = code(frame)
            if clause.type is not ANY:
                value = coerce(value, clause.type)
            if allowed is not None and value is not None and not allowed(frame, value):
                raise Null("input_value", name=clause.label, value=show(value))
            values.append(value)
        return values

    def hits(self, frame: Frame, values: list[Any]) -> list[int]:
        """The rules (by index) whose every cell is satisfied."""
        left = self.all_rules
        ask: list[tuple[int, int]] = []
        for index, (value, lookup, column) in enumerate(zip(values, self.lookups, self.columns, strict=True)):
            mask = lookup(value) if lookup is not None else -1
            if mask == -1:
                # a value of another kind, or a column that is not made of constants: ask its cells
                ask.append((index, left))
                continue
            left &= mask
            if column.opaque & left:
                ask.append((index, column.opaque))
        first = self.spec.policy == "F"
        found: list[int] = []
        while left:
            rule = (left & -left).bit_length() - 1
            left &= left - 1
            cells = self.cells[rule]
            if all(cells[index](frame, values[index]) for index, mask in ask if mask >> rule & 1):
                found.append(rule)
                if first:
                    break
        return found

    def output(self, frame: Frame, run: Run, rule: int) -> tuple[Any, ...]:
        """A rule's results, each checked against its column."""
        found: list[Any] = []
        for clause, code, allowed in zip(
            self.spec.outputs, self.results[rule], self.allowed_outputs, strict=True
        ):
            value = code(frame)
            if clause.type is not ANY:
                try:
                    value = coerce(value, clause.type)
                except Null as null:
                    value = run.fault(null.code, None, **null.params)
            if allowed is not None and value is not None and not allowed(frame, value):
                value = run.fault("output_value", None, name=clause.name or clause.label, value=show(value))
            found.append(value)
        return tuple(found)

    def compose(self, outputs: tuple[Any, ...]) -> Any:
        if self.single:
            return outputs[0]
        return {clause.name: value for clause, value in zip(self.spec.outputs, outputs, strict=True)}

    def default(self, frame: Frame) -> Any:
        if all(code is None for code in self.defaults):
            return None
        return self.compose(tuple(code(frame) if code is not None else None for code in self.defaults))

    def conclude(self, frame: Frame, run: Run, hits: list[int]) -> Any:
        """The result by hit policy."""
        spec = self.spec
        policy = spec.policy
        if not hits:
            return self.nothing(frame, run)
        if policy == "F":
            return self.compose(self.output(frame, run, hits[0]))
        if policy == "U":
            if len(hits) > 1:
                return run.fault(
                    "several_rules", None, count=len(hits), table=spec.name, rules=self.rule_names(hits)
                )
            return self.compose(self.output(frame, run, hits[0]))
        outputs = [self.output(frame, run, hit) for hit in hits]
        if policy == "A":
            if any(not op.same(list(outputs[0]), list(other)) for other in outputs[1:]):
                return run.fault("different_outputs", None, table=spec.name, rules=self.rule_names(hits))
            return self.compose(outputs[0])
        if policy in ("P", "O"):
            outputs.sort(key=self.rank)
            return self.compose(outputs[0]) if policy == "P" else [self.compose(o) for o in outputs]
        if not spec.aggregation:
            return [self.compose(o) for o in outputs]
        return self.aggregate(run, [o[0] if self.single else self.compose(o) for o in outputs])

    def nothing(self, frame: Frame, run: Run) -> Any:
        """What a table gives when no rule applies."""
        value = self.default(frame)
        spec = self.spec
        listing = spec.policy in ("R", "O") or (spec.policy == "C" and not spec.aggregation)
        if value is not None:
            return [value] if listing else value
        if spec.aggregation == "#":
            return Decimal(0)
        if not listing:
            run.fault("no_rule", None, table=spec.name)
        return [] if listing else None

    def rank(self, outputs: tuple[Any, ...]) -> list[int]:
        """Position of each result among its column's allowed values; unlisted ones come last."""
        return [
            next((i for i, value in enumerate(ranks) if op.same(value, output)), len(ranks))
            for ranks, output in zip(self.ranks, outputs, strict=True)
        ]

    def aggregate(self, run: Run, values: list[Any]) -> Any:
        how = self.spec.aggregation
        try:
            if how == "#":
                return Decimal(len(values))
            if how == "+":
                total = values[0]
                op.add(total, total)
                for value in values[1:]:
                    total = op.add(total, value)
                return total
            best = values[0]
            for value in values[1:]:
                if (op.less if how == "<" else op.greater)(value, best):
                    best = value
            return best
        except Null:
            return run.fault("aggregate", None, table=self.spec.name, value=show(values))

    def rule_names(self, hits: list[int]) -> str:
        return ", ".join(str(hit + 1) for hit in hits[:20])


def compile_cell(tests: s.Tests, level: Level) -> Cell:
    """A cell as a condition of the input's value; what cannot be decided is not satisfied."""
    if not tests.tests:
        return lambda f, value: True
    slot = level.slot(tests.input)
    codes = [_quiet(test, compile_test(test, level)) for test in tests.tests]
    negated = tests.negated
    needs_slot = any(test.uses_input for test in tests.tests)

    def cell(f: Frame, value: Any) -> bool:
        if needs_slot:
            f[slot] = value
        answer = False
        for code in codes:
            found = code(f, value)
            if found is True:
                answer = True
                break
            if found is None and negated:
                return False
        return answer is not negated

    return cell


def _quiet(test: s.Test, code: Callable[[Frame, Any], Any]) -> Callable[[Frame, Any], Any]:
    """A missing value satisfies no comparison; that is no fault of the rule."""
    if test.uses_input or (
        test.op in ("=", "!=") or (test.op is None and not isinstance(test.value, s.RangeOf))
    ):
        return code
    return lambda f, value: None if value is None else code(f, value)


def output_ranks(clause: OutputClause, level: Level) -> list[Any]:
    """The allowed values of an output in order of priority, where they are literal."""
    if clause.allowed is None:
        return []
    return [test.value.value for test in clause.allowed.tests if isinstance(test.value, s.Literal)]
