"""The explanation of an evaluation: data that can be stored, replayed and told in words.

``explain`` makes plain JSON data (version 1) from an evaluation with ``explain=True``; ``tell`` puts it
into sentences
by templates that the caller translates; ``replay`` decides again and says whether the same comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from xiaoneng.core.decisions.convert import to_json
from xiaoneng.core.decisions.counterfactual import Counterfactual, counterfactuals
from xiaoneng.core.decisions.expression import compile_expression
from xiaoneng.core.decisions.faults import MESSAGES, Fault, Null, Stop, phrase
from xiaoneng.core.decisions.model.model import Evaluation, Model
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.tables import Rule
from xiaoneng.core.decisions.trace import DecisionTrace, TableTrace
from xiaoneng.core.decisions.types import feel_text
from xiaoneng.core.decisions.values import Range

VERSION: Final = 1
BASIS: Final = ("basis", "legal basis", "依据", "法律依据", "设定依据")
TEXTS: Final = {
    "result": "{decision}: {value}",
    "by_rule": "Rule {number} applies",
    "by_rules": "Rules {numbers} apply",
    "none": "No rule applies",
    "because": "{name} is {value}; the rule asks for {condition}",
    "failed": "{name} is {value}; this does not satisfy {condition}",
    "missing": "{name} is not known; the rule asks for {condition}",
    "basis": "Basis: {basis}",
    "remark": "{name}: {text}",
    "instead": "The result would be {value} if {changes}",
    "change": "{name} were {to} instead of {value} ({condition})",
    "known": "{name} were known to be {to} ({condition})",
    "joined": "{first} and {second}",
    "reason": "Not decided: {reason}",
    "required": "Taken into account: {name} = {value}",
}


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
    """The explanation as JSON data (numbers are Decimal; write them with ``dump_json``)."""
    trace = evaluation.trace
    assert trace is not None, "evaluate with explain=True"
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
        "decisions": [of_decision(model, decision) for decision in trace.decisions],
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


def of_decision(model: Model, decision: DecisionTrace) -> dict[str, Any]:
    unit = decision.unit
    return {
        "name": unit.name,
        "question": unit.question,
        "value": to_json(decision.value),
        "required": {
            name: to_json(value) for name, value in decision.required.items() if not callable_value(value)
        },
        "basis": [*basis_of(unit.annotations), *unit.knowledge_sources],
        "tables": [of_table(table) for table in decision.tables],
    }


def callable_value(value: Any) -> bool:
    return hasattr(value, "body") or hasattr(value, "overloads")


def basis_of(annotations: Mapping[str, str]) -> list[str]:
    """The legal bases among annotations."""
    return [text for name, text in annotations.items() if name.lower() in BASIS and text]


def of_table(trace: TableTrace) -> dict[str, Any]:
    """One table: what was tested, which rules applied and why, what would have to change."""
    table, spec = trace.table, trace.table.spec
    shown = trace.hits or nearest_rules(trace)
    return {
        "policy": spec.policy + spec.aggregation,
        "inputs": [
            {
                "name": clause.label,
                "expression": clause.text,
                "value": to_json(value),
                "basis": basis_of(clause.annotations),
            }
            for clause, value in zip(spec.inputs, trace.values, strict=True)
        ],
        "outputs": [clause.label or clause.name for clause in spec.outputs],
        "matched": [hit + 1 for hit in trace.hits],
        "rules": [of_rule(spec.rules[index], index, trace) for index in shown],
        "value": to_json(trace.value),
        "counterfactuals": [of_counterfactual(c) for c in find_counterfactuals(table, trace)],
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
    return {
        "number": index + 1,
        "id": rule.id,
        "matched": index in trace.hits,
        "cells": [
            {"name": clause.label, "condition": cell.text.strip() or "-", "satisfied": satisfied}
            for clause, cell, satisfied in zip(spec.inputs, rule.cells, trace.cells[index], strict=True)
        ],
        "results": list(rule.result_texts),
        "basis": basis_of(rule.annotations),
        "annotations": dict(rule.annotations),
    }


def of_counterfactual(found: Counterfactual) -> dict[str, Any]:
    return {
        "value": to_json(found.value),
        "rules": list(found.rules),
        "changes": [
            {
                "name": c.name,
                "expression": c.text,
                "value": to_json(c.value),
                "to": to_json(c.to),
                "condition": c.condition,
            }
            for c in found.changes
        ],
    }


def find_counterfactuals(table: Any, trace: TableTrace) -> list[Counterfactual]:
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

    return counterfactuals(table, trace.values, trace.value, decide)


Translate = Callable[[str], str]


def tell(explanation: Mapping[str, Any], translate: Translate = str) -> list[str]:
    """The explanation in sentences, the result first. ``translate`` is gettext's for the reader's
    language."""

    def say(key: str, **params: Any) -> str:
        return translate(TEXTS[key]).format(**params)

    lines: list[str] = [
        say("result", decision=explanation["decision"], value=said(explanation["value"], translate))
    ]
    for decision in reversed(explanation["decisions"]):
        if decision["name"] != explanation["decision"]:
            lines.append(say("required", name=decision["name"], value=said(decision["value"], translate)))
        for table in decision["tables"]:
            lines += tell_table(table, say, translate)
        if decision["basis"]:
            lines.append("  " + say("basis", basis="; ".join(decision["basis"])))
    for error in explanation["errors"]:
        lines.append(say("reason", reason=phrase(MESSAGES[error["code"]], error["params"], translate)))
    return lines


def tell_table(table: Mapping[str, Any], say: Callable[..., str], translate: Translate) -> list[str]:
    numbers = table["matched"]
    lines: list[str] = []
    if not numbers:
        lines.append("  " + say("none"))
    elif len(numbers) == 1:
        lines.append("  " + say("by_rule", number=numbers[0]))
    else:
        lines.append("  " + say("by_rules", numbers=", ".join(map(str, numbers))))
    inputs = {entry["name"]: entry for entry in table["inputs"]}
    for rule in table["rules"]:
        for cell in rule["cells"]:
            if cell["condition"] == "-":
                continue
            entry = inputs[cell["name"]]
            key = "because" if cell["satisfied"] else ("missing" if entry["value"] is None else "failed")
            line = say(
                key, name=cell["name"], value=said(entry["value"], translate), condition=cell["condition"]
            )
            if entry["basis"]:
                line += " (" + "; ".join(entry["basis"]) + ")"
            lines.append("    " + line)
        if rule["matched"]:
            if rule["basis"]:
                lines.append("    " + say("basis", basis="; ".join(rule["basis"])))
            for name, text in rule["annotations"].items():
                if name.lower() not in BASIS and text:
                    lines.append("    " + say("remark", name=name, text=text))
    for other in table["counterfactuals"]:
        changes = [
            say(
                "known" if c["value"] is None else "change",
                name=c["name"],
                to=said(c["to"], translate),
                value=said(c["value"], translate),
                condition=c["condition"],
            )
            for c in other["changes"]
        ]
        joined = changes[0]
        for change in changes[1:]:
            joined = say("joined", first=joined, second=change)
        lines.append("  " + say("instead", value=said(other["value"], translate), changes=joined))
    return lines


WORDS: Final = {True: "yes", False: "no", None: "nothing"}


def said(value: Any, translate: Translate) -> str:
    """A value in words."""
    if value is None or isinstance(value, bool):
        return translate(WORDS[value])
    return feel_text(value)


def replay(model: Model, explanation: Mapping[str, Any]) -> tuple[bool, Evaluation]:
    """Decide again with the stored inputs and moment; whether model and value are the same as then."""
    inputs = {name: compile_expression(text).evaluate().value for name, text in explanation["replay"].items()}
    moment = compile_expression(f'@"{explanation["at"]}"').evaluate().value if explanation.get("at") else None
    result = model.evaluate(explanation["decision"], inputs, at=moment)
    same = to_json(result.value) == explanation["value"] and model.sha256 == explanation["model"]["sha256"]
    return same, result
