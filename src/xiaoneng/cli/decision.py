"""``xiaoneng decision``: check a decision model, or evaluate it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from xiaoneng.cli.feel import fault_json, fault_text, moment, read_object, undecided
from xiaoneng.core.decisions import (
    Evaluation,
    Finding,
    Model,
    check_model,
    dump_json,
    explain,
    load_model,
    phrase,
    tell,
    to_json,
    with_day,
)
from xiaoneng.core.decisions.types import feel_text, show
from xiaoneng.presentation.i18n import Translate, translator

SEVERITIES = {"error": "✗", "warning": "!", "note": "·"}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand with its two actions."""
    parser = commands.add_parser("decision", help="check or evaluate a decision model (DMN)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|eval")
    check = actions.add_parser(
        "check", help="gaps, overlaps, rules without effect, unknown names, wrong types"
    )
    check.add_argument("file", metavar="FILE", type=Path)
    check.set_defaults(run=run_check)
    evaluate = actions.add_parser("eval", help="evaluate decisions with an input")
    evaluate.add_argument("file", metavar="FILE", type=Path)
    evaluate.add_argument(
        "--input", metavar="JSON", default="{}", help="an object with the inputs; @FILE or - reads it"
    )
    evaluate.add_argument("--decision", metavar="NAME", help="a decision or service; default: every decision")
    evaluate.add_argument("--at", metavar="D", help="the date of the decision; default: now")
    evaluate.add_argument("--explain", action="store_true", help="say why, and what would have to change")
    evaluate.set_defaults(run=run_eval)
    for action in (check, evaluate):
        action.add_argument("--json", action="store_true", help="print JSON and nothing else")
        action.add_argument("--lang", choices=("zh", "en"))


def run_check(arguments: argparse.Namespace) -> int:
    """Exit code 0 when there is nothing to put right (notes only inform), 1 when there is."""
    t = translator(_language(arguments), "core/decisions")
    found = check_model(load_model(arguments.file))
    if arguments.json:
        publishable = not any(f.severity == "error" for f in found)
        print(dump_json({"publishable": publishable, "problems": [finding_json(f, t) for f in found]}, 2))
    else:
        for finding in found:
            print(f"{SEVERITIES[finding.severity]} {finding_text(finding, t)}")
            if finding.example is not None:
                values = ", ".join(f"{name} = {show(value)}" for name, value in finding.example.items())
                print("    " + t("for example: {values}").format(values=values))
        if not found:
            print(t("nothing to put right"))
    return 1 if any(f.severity != "note" for f in found) else 0


def run_eval(arguments: argparse.Namespace) -> int:
    """Exit code 0 when every decision asked for has a value, 1 when an error made one null."""
    lang = _language(arguments)
    t = translator(lang, "cli")
    at = moment(arguments.at)
    model = load_model(arguments.file)
    inputs = with_day(model, read_object(arguments.input), at.date())
    for name in unknown(model, inputs):
        print("! " + t("{name} is no input of the model").format(name=name), file=sys.stderr)
    names = [arguments.decision] if arguments.decision else list(model.decisions)
    results: list[dict[str, Any]] = []
    code = 0
    for name in names:
        evaluation = model.evaluate(name, inputs, at=at, explain=True, json=True)
        code = max(code, undecided(evaluation))
        told = explain(model, evaluation, name, at=at.isoformat()) if arguments.explain else None
        if arguments.json:
            results.append(result_json(model, name, evaluation, told, lang))
        else:
            print_result(name, evaluation, told, lang)
    if arguments.json:
        print(dump_json({"results": results}, 2))
    return code


def unknown(model: Model, inputs: Mapping[str, Any]) -> list[str]:
    """Names in the input that the model does not know: most likely misspelt."""
    heads = {name.partition(".")[0] for name in (*model.all_inputs(), *model.imports)}
    own = {*model.all_inputs(), *model.decisions, *heads}
    inner = {given for service in model.services.values() for given in service.slot_names}
    return [name for name in inputs if name not in own | inner and not name.startswith("{")]


def result_json(
    model: Model, name: str, evaluation: Evaluation, told: dict[str, Any] | None, lang: str
) -> dict[str, Any]:
    """One decision: its value, errors, the rules of its own tables that applied, and the explanation if
    asked for."""
    t = translator(lang, "core/decisions")
    return {
        "decision": model.find(name).name,
        "value": to_json(evaluation.value),
        "errors": [fault_json(fault, t) for fault in evaluation.errors],
        "matched_rules": matched_rules(evaluation, model.find(name).name),
        "explanation": None if told is None else {**told, "text": tell(told, t, lang)},
    }


def matched_rules(evaluation: Evaluation, name: str) -> list[Decimal]:
    """Numbers (1-based) of the rules that applied in the decision's own tables."""
    assert evaluation.trace is not None
    own = [d for d in evaluation.trace.decisions if d.unit.name == name]
    return [Decimal(hit + 1) for decision in own for table in decision.tables for hit in table.hits]


def print_result(name: str, evaluation: Evaluation, told: dict[str, Any] | None, lang: str) -> None:
    t = translator(lang, "core/decisions")
    if told is not None:
        print("\n".join(tell(told, t, lang)))
        return
    print(f"{name}: {feel_text(evaluation.value, quoted=True)}")
    for fault in evaluation.errors:
        print(f"  ! {fault_text(fault, t)}", file=sys.stderr)


def finding_text(finding: Finding, t: Translate) -> str:
    """A finding in the reader's language, with its place."""
    parts = [finding.decision]
    if finding.column and "column" not in finding.params:
        parts.append(finding.column)
    if finding.rules and "rules" not in finding.params:
        parts.append("#" + ", ".join(map(str, finding.rules)))
    text = f"{' · '.join(parts)}: {phrase(finding.message, finding.params, t)}"
    return text + (f" ({finding.text.strip()[:80]})" if finding.text and finding.text.strip() else "")


def finding_json(finding: Finding, t: Translate) -> dict[str, Any]:
    """A finding as JSON data; positions are 1-based."""
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "decision": finding.decision,
        "rules": [Decimal(rule) for rule in finding.rules],
        "column": finding.column,
        "message": phrase(finding.message, finding.params, t),
        "example": to_json(finding.example) if finding.example is not None else None,
        "line": None if finding.line is None else Decimal(finding.line),
        "at": None if finding.at is None else Decimal(finding.at + 1),
        "text": finding.text,
    }


def _language(arguments: argparse.Namespace) -> str:
    from xiaoneng.cli.main import language

    return language(arguments)
