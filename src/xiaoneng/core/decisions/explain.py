"""The explanation of an evaluation: data that can be stored and replayed. ``telling`` puts it into words.

``explain`` makes plain JSON data (version 1) from an evaluation with ``explain=True``; ``replay`` decides
again and says whether the same comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from xiaoneng.core.decisions import conditions, gaps
from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.convert import to_json
from xiaoneng.core.decisions.counterfactual import Change, Counterfactual, counterfactuals
from xiaoneng.core.decisions.expression import compile_expression
from xiaoneng.core.decisions.faults import Fault, Null, Stop
from xiaoneng.core.decisions.forecast import Ahead, forecast
from xiaoneng.core.decisions.model.model import Evaluation, Model, Unit
from xiaoneng.core.decisions.reasons import deciding
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.tables import CompiledTable, InputClause, OutputClause, Rule
from xiaoneng.core.decisions.trace import DecisionTrace, TableTrace
from xiaoneng.core.decisions.types import feel_text
from xiaoneng.core.decisions.values import Range

VERSION: Final = 1
BASIS: Final = {
    "zh": ("依据", "法律依据", "设定依据"),
    "en": ("basis", "legal basis"),
}
"""Names of the columns of remarks, and of annotations, that hold a legal basis."""


def feel_literal(value: Any) -> str:
    """The value as a FEEL expression that gives it again."""
    if isinstance(value, list):
        return "[" + ", ".join(map(feel_literal, value)) + "]"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{feel_text(k, quoted=True)}: {feel_literal(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, Range):
        if value.op is not None:
            return f"({value.op} {feel_literal(value.high if value.low is None else value.low)})"
        ends = feel_literal(value.low), feel_literal(value.high)
        return (
            f"{'[' if value.low_included else '('}{ends[0]}..{ends[1]}{']' if value.high_included else ')'}"
        )
    text = feel_text(value, quoted=True)
    plain = value is None or isinstance(value, (bool, str)) or type(value).__name__ == "Decimal"
    return text if plain else f'@"{text}"'


def explain(model: Model, evaluation: Evaluation, name: str, *, at: str | None = None) -> dict[str, Any]:
    """The explanation as JSON data (numbers are Decimal; write them with ``dump_json``).

    ``at`` is the moment of the decision (ISO 8601): with it, changes that time brings about get their day.
    """
    trace = evaluation.trace
    assert trace is not None, "evaluate with explain=True"
    units = [decision.unit for decision in trace.decisions]
    ahead = Ahead(model, name, trace.inputs, datetime.fromisoformat(at)) if at is not None else None
    return {
        "version": VERSION,
        "model": {
            "name": model.name,
            "namespace": model.namespace,
            "dmn": model.version,
            "sha256": model.sha256,
        },
        "decision": name,
        "at": at,
        "inputs": {key: to_json(value) for key, value in trace.inputs.items()},
        "replay": {key: feel_literal(value) for key, value in trace.inputs.items()},
        "value": to_json(evaluation.value),
        "errors": [fault_json(fault) for fault in evaluation.errors],
        "decisions": [of_decision(decision, ahead) for decision in trace.decisions],
        "names": names_of(units),
        "en": english(model, units),
    }


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault with its template and parameters, so that it can be told in any language."""
    return {
        "code": fault.code,
        "message": str(fault),
        "params": {k: str(v) for k, v in fault.params.items()},
        "where": fault.where,
        "at": fault.at,
    }


def of_decision(decision: DecisionTrace, ahead: Ahead | None) -> dict[str, Any]:
    unit = decision.unit
    return {
        "name": unit.name,
        "question": unit.question,
        "value": to_json(decision.value),
        "required": {
            name: to_json(value) for name, value in decision.required.items() if not callable_value(value)
        },
        "basis": [*basis_of(unit.annotations), *unit.knowledge_sources],
        "tables": [of_table(table, unit.name, ahead) for table in decision.tables],
    }


def callable_value(value: Any) -> bool:
    return hasattr(value, "body") or hasattr(value, "overloads")


def basis_of(annotations: Mapping[str, str], language: str = "") -> list[str]:
    """The legal bases among annotations, in both languages or in one."""
    wanted = BASIS[language] if language else BASIS["zh"] + BASIS["en"]
    return [text for name, text in annotations.items() if name.lower() in wanted and text]


def english(model: Model, units: Iterable[Unit]) -> dict[str, str]:
    """What the model says in English beside its own texts: names, labels, questions, listed values, hints."""
    found: dict[str, str] = {}

    def add(own: str, other: str | None) -> None:
        if own and other:
            found.setdefault(own, other)

    for name, element in model.all_inputs().items():
        add(name, element.annotations.get("en"))
    for unit in units:
        add(unit.name, unit.annotations.get("en"))
        add(unit.question, unit.annotations.get("question_en"))
        for spec in unit.tables:
            clauses: list[InputClause | OutputClause] = [*spec.inputs, *spec.outputs]
            for clause in clauses:
                notes = clause.annotations
                add(clause.label, notes.get("en"))
                add(notes.get("how", ""), notes.get("how_en"))
                add(notes.get("basis", ""), notes.get("basis_en"))
                values = [] if clause.allowed is None else conditions.listed(clause.allowed)
                for own, other in zip(values, conditions.texts_of(notes.get("values_en", "")), strict=False):
                    add(own, other)
    return found


def names_of(units: Iterable[Unit]) -> dict[str, str]:
    """The labels of results that are called otherwise inside the rules."""
    return {
        clause.name: clause.label
        for unit in units
        for spec in unit.tables
        for clause in spec.outputs
        if clause.label and clause.label != clause.name
    }


def of_table(trace: TableTrace, decision: str, ahead: Ahead | None) -> dict[str, Any]:
    """One table: what was tested, which rules applied and why, what would have to change."""
    table, spec = trace.table, trace.table.spec
    shown = trace.hits or nearest_rules(trace)
    decided = deciding(table, trace.values, trace.value, by_mask(table)) if trace.hits else None
    return {
        "policy": spec.policy + spec.aggregation,
        "inputs": [of_input(clause, value) for clause, value in zip(spec.inputs, trace.values, strict=True)],
        "outputs": [clause.label or clause.name for clause in spec.outputs],
        "matched": [hit + 1 for hit in trace.hits],
        "deciding": None if decided is None else sorted(decided),
        "rules": [of_rule(spec.rules[index], index, trace) for index in shown],
        "value": to_json(trace.value),
        "counterfactuals": find_counterfactuals(table, trace, decision, ahead),
    }


def of_input(clause: InputClause, value: Any) -> dict[str, Any]:
    return {
        "name": clause.label,
        "expression": clause.text,
        "value": to_json(value),
        "basis": basis_of(clause.annotations),
    }


def nearest_rules(trace: TableTrace, count: int = 1) -> list[int]:
    """The rules that came nearest: the fewest cells not satisfied, then the most conditions satisfied."""

    def order(index: int) -> tuple[int, int, int]:
        cells = trace.cells[index]
        asked = [bool(cell.tests) for cell in trace.table.spec.rules[index].cells]
        met = sum(a and c for a, c in zip(asked, cells, strict=True))
        return len(cells) - sum(cells), -met, index

    return sorted(range(len(trace.cells)), key=order)[:count]


def of_rule(rule: Rule, index: int, trace: TableTrace) -> dict[str, Any]:
    spec = trace.table.spec
    constants = gaps.constant_outputs(rule)
    return {
        "number": index + 1,
        "id": rule.id,
        "matched": index in trace.hits,
        "cells": [
            {
                "name": clause.label,
                "condition": cell.text.strip() or "-",
                "test": conditions.of_cell(cell),
                "satisfied": satisfied,
            }
            for clause, cell, satisfied in zip(spec.inputs, rule.cells, trace.cells[index], strict=True)
        ],
        "results": list(rule.result_texts),
        "value": None if constants is None else to_json(trace.table.compose(tuple(constants))),
        "basis": basis_of(rule.annotations),
        "annotations": dict(rule.annotations),
    }


def by_mask(table: CompiledTable) -> Callable[[int], tuple[bool, Any]]:
    """The result of a table of constants by the rules that apply (bits)."""

    def decide(mask: int) -> tuple[bool, Any]:
        hits = [rule for rule in range(mask.bit_length()) if mask >> rule & 1]
        run = Run()
        frame = list(table.scratch)
        frame[1] = run
        try:
            value = table.conclude(frame, run, hits)
        except (Null, Stop):
            return False, None
        return not run.faults, value

    return decide


def find_counterfactuals(
    table: CompiledTable, trace: TableTrace, decision: str, ahead: Ahead | None
) -> list[dict[str, Any]]:
    """What would have to change, for tables whose results do not depend on more than their inputs."""
    if table.opaque or not table.constant:
        return []

    def decide(values: list[Any]) -> tuple[list[int], Any]:
        run = Run()
        frame = list(table.scratch)
        frame[1] = run
        try:
            hits = table.hits(frame, values)
            return hits, table.conclude(frame, run, hits)
        except (Null, Stop):
            return [], None

    found = []
    for one in counterfactuals(table, trace.values, trace.value, decide):
        days: list[str | None] = []
        for change in one.changes:
            if table.spec.inputs[change.column].annotations.get("grows") == "true" and ahead is not None:
                day = forecast(ahead, decision, table, change.column, change.to)
                days.append(None if day is None else day.day)
                # when its time has come, something else may have changed as well
                if day is not None and len(one.changes) == 1 and not op.same(day.value, one.value):
                    break
            else:
                days.append(None)
        else:
            found.append(of_counterfactual(one, days, table))
    return found


def of_counterfactual(found: Counterfactual, days: list[str | None], table: CompiledTable) -> dict[str, Any]:
    return {
        "value": to_json(found.value),
        "rules": list(found.rules),
        "changes": [
            of_change(change, day, table.spec.inputs[change.column].annotations)
            for change, day in zip(found.changes, days, strict=True)
        ],
    }


def of_change(change: Change, day: str | None, notes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": change.name,
        "expression": change.text,
        "value": to_json(change.value),
        "to": to_json(change.to),
        "condition": change.condition,
        "test": change.test,
        "grows": notes.get("grows") == "true",
        "day": day,
        "how": notes.get("how", ""),
    }


def replay(model: Model, explanation: Mapping[str, Any]) -> tuple[bool, Evaluation]:
    """Decide again with the stored inputs and moment; whether model and value are the same as then."""
    inputs = {name: compile_expression(text).evaluate().value for name, text in explanation["replay"].items()}
    moment = compile_expression(f'@"{explanation["at"]}"').evaluate().value if explanation.get("at") else None
    result = model.evaluate(explanation["decision"], inputs, at=moment)
    same = to_json(result.value) == explanation["value"] and model.sha256 == explanation["model"]["sha256"]
    return same, result
