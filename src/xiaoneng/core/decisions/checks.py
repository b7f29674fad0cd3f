"""Checks of a model before it is published: what is wrong, where, with a concrete example input each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from xiaoneng.core.decisions import gaps
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns import constant_value
from xiaoneng.core.decisions.conditions import listed, texts_of
from xiaoneng.core.decisions.expression import compile_unary_tests
from xiaoneng.core.decisions.faults import MESSAGES, FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.model.boxed import Problem
from xiaoneng.core.decisions.model.model import Model, Unit
from xiaoneng.core.decisions.tables import CompiledTable, InputClause, OutputClause, TableSpec
from xiaoneng.core.decisions.typecheck import compared, issues, known
from xiaoneng.core.decisions.types import ANY, Type, base_of, element_type, may_conform, show

# severities: "error" must be put right before publishing, "warning" should be looked at, "note" informs
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "gap": ("error", "no rule applies when {where}"),
    "gap_listed": ("note", "no rule applies when {where}; the result is then an empty list"),
    "overlap": ("error", "rules {rules} apply together when {where}, but only one may"),
    "conflict": ("error", "rules {rules} apply together when {where} and give different results"),
    "possible_conflict": (
        "warning",
        "rules {rules} apply together when {where} and may give different results",
    ),
    "masked": ("warning", "rule {rules} never takes effect: earlier rules apply wherever it does"),
    "outranked": (
        "warning",
        "rule {rules} never takes effect: rules with a higher priority apply wherever it does",
    ),
    "impossible": (
        "error",
        "rule {rules} can never apply: no allowed value satisfies its condition on {column}",
    ),
    "unclear": (
        "note",
        "rules {rules} depend on more than their inputs' values and are checked in part only",
    ),
    "not_analysed": (
        "note",
        "the conditions on {column} cannot be analysed; gaps and overlaps are not checked",
    ),
    "incomplete": ("warning", "the table has too many combinations; gaps were searched in part only"),
    "more": ("note", "{count} further findings of this kind are not listed"),
    "output_type": ("error", "rule {rules}: the result for {column} is {value}, but {type} is declared"),
    "output_value": (
        "error",
        "rule {rules}: the result for {column}, {value}, is not among the allowed values",
    ),
    "no_priority": (
        "error",
        "the hit policy needs the results in order of priority as allowed values of {column}",
    ),
    "reach_unreadable": ("warning", "which values of {column} can be reached cannot be read: {reason}"),
    "names_in_english": (
        "warning",
        "{column} has {values} listed values, but {count} texts for them in English",
    ),
    "hit_policy": ("error", "the hit policy {policy} is not known"),
    "not_feel": ("error", "the expression language {language} is not FEEL"),
    "import_missing": ("error", "the imported model {name} ({namespace}) was not found"),
    "import_cycle": ("error", "the imported model {name} imports this one"),
    "duplicate_id": ("error", "the id {name} occurs twice"),
}
PER_TABLE: Final = 50
LISTED: Final = 4
"""Values that a message names before it counts the others; the example is complete."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: ``kind`` and severity, the element it concerns, rules and columns (1-based numbers and
    names), the message's template and parameters, and an input (by input expression) that shows it."""

    kind: str
    severity: str
    message: str
    params: dict[str, Any]
    decision: str
    rules: tuple[int, ...] = ()
    column: str | None = None
    example: dict[str, Any] | None = None
    line: int | None = None
    at: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        return f"{self.decision}: {self.message.format(**self.params)}"


def finding(kind: str, decision: str, /, *, example: dict[str, Any] | None = None, **rest: Any) -> Finding:
    """A finding of a kind in ``TEXTS``; what is no field of a finding is a parameter of its message."""
    severity, template = TEXTS[kind]
    fields = {name: rest.pop(name) for name in ("line", "at", "text") if name in rest}
    numbers = tuple(rest.get("numbers", ()))
    rest.pop("numbers", None)
    if numbers:
        rest["rules"] = ", ".join(map(str, numbers))
    return Finding(kind, severity, template, rest, decision, numbers, rest.get("column"), example, **fields)


def check_model(model: Model) -> list[Finding]:
    """Everything that can be found without evaluating cases; errors first."""
    found = [of_problem(problem) for problem in model.problems]
    for unit in [*model.decisions.values(), *model.knowledge.values()]:
        found += check_unit(unit)
    order = {"error": 0, "warning": 1, "note": 2}
    unique: dict[str, Finding] = {}
    for one in found:
        unique.setdefault(f"{one.kind}|{one}|{one.at}|{one.text}", one)
    return sorted(unique.values(), key=lambda f: order[f.severity])


def of_problem(problem: Problem) -> Finding:
    severity, template = TEXTS.get(problem.code, ("error", MESSAGES.get(problem.code, "")))
    if problem.code == "no_logic":
        severity = "warning"
    return Finding(
        problem.code,
        severity,
        template,
        problem.params,
        problem.element,
        line=problem.line,
        at=problem.at,
        text=problem.text,
    )


def check_unit(unit: Unit) -> Iterator[Finding]:
    """Names and types of a decision's logic, and its tables."""
    if unit.node is not None:
        yield from of_node(unit.node, unit.name)
    for spec in unit.tables:
        yield from check_table(spec, unit.name)


def of_node(
    node: s.Node,
    decision: str,
    column: str | None = None,
    rules: tuple[int, ...] = (),
    text: str | None = None,
) -> Iterator[Finding]:
    for issue in issues(node):
        if issue.code not in ("syntax", "unknown_type"):
            template = MESSAGES[issue.code]
            yield Finding(
                issue.code, "error", template, issue.params, decision, rules, column, at=issue.at, text=text
            )


def check_table(spec: TableSpec, decision: str) -> Iterator[Finding]:
    """Types of its cells, then gaps, overlaps and rules without effect."""
    for clause in spec.inputs:
        yield from of_node(clause.expression, decision, clause.label, text=clause.text)
    for number, rule in enumerate(spec.rules, 1):
        for clause, cell in zip(spec.inputs, rule.cells, strict=True):
            of = clause.type if clause.type is not ANY else type_of(clause.expression)
            yield from check_cell(cell, of, decision, clause.label, number)
        for output, node, text in zip(
            spec.outputs, rule.results, rule.result_texts or ("",) * len(rule.results), strict=False
        ):
            label = output.name or output.label
            yield from of_node(node, decision, label, (number,), text)
            found = type_of(node)
            if known(found) and known(output.type) and not may_conform(found, output.type):
                yield finding(
                    "output_type",
                    decision,
                    numbers=(number,),
                    column=label,
                    value=str(found),
                    type=str(output.type),
                )
    yield from check_notes(spec, decision)
    table = spec.compiled
    if table is None:
        return
    yield from check_outputs(table, decision)
    yield from check_cover(table, decision)


def check_notes(spec: TableSpec, decision: str) -> Iterator[Finding]:
    """What is written beside the columns for explanations."""
    clauses: list[InputClause | OutputClause] = [*spec.inputs, *spec.outputs]
    for clause in clauses:
        english = texts_of(clause.annotations.get("values_en", ""))
        values = [] if clause.allowed is None else listed(clause.allowed)
        if clause.annotations.get("values_en") and len(english) != len(values):
            yield finding(
                "names_in_english",
                decision,
                column=clause.label,
                values=len(values),
                count=len(english),
            )
        try:
            compile_unary_tests(clause.annotations.get("reach") or "-")
        except (FeelSyntaxError, FeelTooLarge) as error:
            yield finding("reach_unreadable", decision, column=clause.label, reason=str(error))


def check_cell(cell: s.Tests, of: Type, decision: str, column: str, number: int) -> Iterator[Finding]:
    for test in cell.tests:
        yield from of_node(test.value, decision, column, (number,), cell.text)
        if test.uses_input or not known(of):
            continue
        wanted = type_of(test.value)
        if test.op is None:
            while base_of(wanted).name in ("list", "range") and base_of(wanted) is not base_of(of):
                wanted = element_type(wanted)
                if wanted is ANY:
                    break
            if base_of(wanted).name == "boolean" and not isinstance(test.value, s.Literal):
                continue
        for issue in compared(test.op or "=", of, wanted, test.at):
            yield Finding(
                issue.code,
                "error",
                MESSAGES[issue.code],
                issue.params,
                decision,
                (number,),
                column,
                at=issue.at,
                text=cell.text,
            )


def check_outputs(table: CompiledTable, decision: str) -> Iterator[Finding]:
    """Constant results against the allowed values of their column; the order that a priority needs."""
    spec = table.spec
    for index, clause in enumerate(spec.outputs):
        label = clause.name or clause.label
        allowed = table.allowed_outputs[index]
        if spec.policy in ("P", "O") and not any(table.ranks):
            yield finding("no_priority", decision, column=label)
        if allowed is None:
            continue
        for number, rule in enumerate(spec.rules, 1):
            known_value, value = constant_value(rule.results[index])
            if known_value and value is not None and not allowed(table.scratch, value):
                yield finding("output_value", decision, numbers=(number,), column=label, value=show(value))


def check_cover(table: CompiledTable, decision: str) -> Iterator[Finding]:
    """Gaps, overlaps by hit policy, rules without effect."""
    spec = table.spec
    analysis = gaps.analyse(table)
    if not analysis.possible:
        for axis in analysis.axes:
            if not axis.column.regions:
                yield finding("not_analysed", decision, column=axis.text)
        return
    if analysis.unclear:
        rules = tuple(i + 1 for i in range(len(spec.rules)) if analysis.unclear >> i & 1)
        yield finding("unclear", decision, numbers=rules)
    impossible = {rule for rule in range(len(spec.rules)) if gaps.empty(analysis, rule)}
    for rule in sorted(impossible):
        axis = next(a for a, span in zip(analysis.axes, analysis.spans[rule], strict=True) if not span)
        yield finding("impossible", decision, numbers=(rule + 1,), column=axis.text)
    yield from find_gaps(analysis, table, decision)
    yield from find_overlaps(analysis, decision)
    yield from find_masked(analysis, table, decision, impossible)


def find_gaps(analysis: gaps.Analysis, table: CompiledTable, decision: str) -> Iterator[Finding]:
    spec = table.spec
    if any(code is not None for code in table.defaults):
        return
    listing = spec.policy in ("R", "O", "C")
    count = 0
    try:
        for box in gaps.uncovered(analysis.axes, table.all_rules):
            count += 1
            if count <= PER_TABLE:
                where = describe_box(analysis, box)
                yield finding(
                    "gap_listed" if listing else "gap",
                    decision,
                    example=analysis.box_example(box),
                    where=where,
                )
            elif count > 20 * PER_TABLE:
                break
    except gaps.Exhausted:
        yield finding("incomplete", decision)
    if count > PER_TABLE:
        yield finding("more", decision, count=count - PER_TABLE)


def find_overlaps(analysis: gaps.Analysis, decision: str) -> Iterator[Finding]:
    spec = analysis.spec
    if spec.policy not in ("U", "A"):
        return
    count = 0
    for first, second, box in gaps.meetings(analysis):
        kind = "overlap"
        if spec.policy == "A":
            same = gaps.same_outputs(spec.rules[first], spec.rules[second])
            if same:
                continue
            kind = "conflict" if same is False else "possible_conflict"
        count += 1
        if count <= PER_TABLE:
            where = describe_box(analysis, box)
            yield finding(
                kind,
                decision,
                numbers=(first + 1, second + 1),
                example=analysis.box_example(box),
                where=where,
            )
    if count > PER_TABLE:
        yield finding("more", decision, count=count - PER_TABLE)


def find_masked(
    analysis: gaps.Analysis, table: CompiledTable, decision: str, impossible: set[int]
) -> Iterator[Finding]:
    """Rules that others always come before."""
    spec = analysis.spec
    if spec.policy not in ("F", "P"):
        return
    ranks: list[list[int] | None] = [None] * len(spec.rules)
    if spec.policy == "P":
        for index, rule in enumerate(spec.rules):
            outputs = gaps.constant_outputs(rule)
            ranks[index] = table.rank(tuple(outputs)) if outputs is not None else None
    for number in range(len(spec.rules)):
        if number in impossible:
            continue
        before = (1 << number) - 1
        own = ranks[number]
        if spec.policy == "P":
            if own is None:
                continue
            before = sum(1 << i for i, rank in enumerate(ranks) if rank is not None and rank < own)
        try:
            if gaps.masked(analysis, number, before):
                kind = "masked" if spec.policy == "F" else "outranked"
                example = {
                    a.text: a.example(min(r for r in a.regions if span >> r & 1))
                    for a, span in zip(analysis.axes, analysis.spans[number], strict=True)
                }
                yield finding(kind, decision, numbers=(number + 1,), example=example)
        except gaps.Exhausted:
            yield finding("incomplete", decision)
            return


def describe_box(analysis: gaps.Analysis, box: gaps.Box) -> str:
    """The box in FEEL: ``amount >= 30 and kind = "A"``."""
    parts: list[str] = []
    for axis, regions in zip(analysis.axes, box, strict=True):
        if len(regions) == len(axis.regions):
            continue
        texts = merge(axis.text, [axis.column.regions[r] for r in regions], list(axis.column.index), LISTED)
        parts.append(" or ".join(texts))
    joined = " and ".join(f"({part})" if " or " in part and len(parts) > 1 else part for part in parts)
    return joined or "true"


def merge(name: str, regions: list[Any], listed_values: list[Any], most: int | None = None) -> list[str]:
    """Regions as comparisons in FEEL, neighbouring ones as one. Of more than ``most`` values the others are
    only counted, which is no FEEL any more."""

    def several(values: list[str]) -> str:
        if most is None or len(values) <= most:
            return ", ".join(values)
        return f"{', '.join(values[:most])}, … +{len(values) - most}"

    texts: list[str] = []
    run: list[Any] = []

    def flush() -> None:
        if run:
            texts.append(f"{name} {span_text(run[0], run[-1])}")
            run.clear()

    if any(region.kind == "other" for region in regions):
        # everything but the values that rules mention and that are not in the box
        shown = [region.example for region in regions]
        absent = [value for value in listed_values if value not in shown]
        return [f"not({name} in ({several(list(map(show, absent)))}))" if absent else f"{name} != null"]
    singles = [r for r in regions if r.kind == "point" and not touches_any(r, regions)]
    for region in regions:
        if region in singles:
            continue
        if not run or not touches(run[-1], region):
            flush()
        run.append(region)
    flush()
    if singles:
        values = [show(r.example) for r in singles]
        texts.append(f"{name} = {values[0]}" if len(values) == 1 else f"{name} in ({several(values)})")
    return texts


def touches(left: Any, right: Any) -> bool:
    """Whether two regions lie side by side."""
    if left.kind in ("other", "any") or right.kind in ("other", "any"):
        return False
    return (
        left.high is not None
        and right.low is not None
        and left.high == right.low
        and (left.kind == "point") != (right.kind == "point")
    )


def touches_any(region: Any, regions: list[Any]) -> bool:
    return any(touches(region, other) or touches(other, region) for other in regions)


def span_text(first: Any, last: Any) -> str:
    """A run of regions as a comparison."""
    low_closed, high_closed = first.kind == "point", last.kind == "point"
    if first.low is None and last.high is None:
        return "!= null"
    if first is last and first.kind == "point":
        return f"= {show(first.example)}"
    if first.low is None:
        return f"{'<=' if high_closed else '<'} {show(last.high)}"
    if last.high is None:
        return f"{'>=' if low_closed else '>'} {show(first.low)}"
    return f"in {'[' if low_closed else '('}{show(first.low)}..{show(last.high)}{']' if high_closed else ')'}"
