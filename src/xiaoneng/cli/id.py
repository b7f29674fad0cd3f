"""``xiaoneng id``: check one identifier and say what it means, or where it is wrong."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime

from xiaoneng.core.clock import SHANGHAI
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.identifiers import CHECKS, MESSAGES, Identifier, Problem, check_resident, explain
from xiaoneng.presentation.i18n import Translate, translator

KIND_NAMES = {
    "uscc": "unified social credit code",
    "resident": "citizen identity number",
    "item": "service item code",
    "licence": "electronic licence identifier",
    "region": "region code",
}
PART_NAMES = {
    "department": "registration authority",
    "department_name": "authority's name",
    "category": "kind of body",
    "category_name": "kind's name",
    "region": "region",
    "organisation": "organisation code",
    "check": "check character",
    "holder": "holder",
    "birth": "date of birth",
    "sequence": "sequence",
    "sex": "sex",
    "converted": "18-digit number",
    "form": "form",
    "body": "body",
    "level": "level",
    "level_name": "level's name",
    "basic": "basic code",
    "province": "province",
    "city": "city",
    "county": "county",
    "town": "town",
    "village": "village",
    "short": "short form",
    "type": "type",
    "type_name": "type's name",
    "main_item": "main item",
    "sub_item": "sub-item",
    "root": "root",
    "issuer": "issuer",
    "serial": "serial",
    "version": "version",
}
MAX_LENGTH = 1000


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("id", help="check an identifier")
    parser.add_argument("kind", choices=list(CHECKS))
    parser.add_argument(
        "value",
        metavar="VALUE",
        help="the identifier; - reads it from standard input (not kept by the shell)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 for a valid identifier, 1 for an invalid one."""
    from xiaoneng.cli.main import language

    value = sys.stdin.readline(MAX_LENGTH + 2).rstrip("\r\n") if arguments.value == "-" else arguments.value
    if not value.strip() or len(value) > MAX_LENGTH:
        raise BadInput(
            "the value is empty or too long",
            place=Place(field="VALUE"),
            expected="1 to {most} characters",
            most=MAX_LENGTH,
        )
    if arguments.kind == "resident":
        found = check_resident(value, today=datetime.now(SHANGHAI).date())
    else:
        found = CHECKS[arguments.kind](value)
    if arguments.json:
        json.dump(_as_json(found), sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        for line in _as_text(found, translator(language(arguments))):
            print(line)
    return 0 if found.valid else 1


def _as_json(found: Identifier) -> dict[str, object]:
    return {
        "kind": found.kind,
        "value": found.value,
        "normalised": found.normalised,
        "valid": found.valid,
        "parts": dict(found.parts),
        "problems": [_problem(problem) for problem in found.problems],
        "warnings": [_problem(problem) for problem in found.warnings],
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "position": problem.position,
        "expected": problem.expected,
        "found": problem.found,
        "message": explain(problem),
    }


def _as_text(found: Identifier, t: Translate) -> Iterator[str]:
    verdict = t("valid") if found.valid else t("not valid")
    yield f"{found.normalised}  {t(KIND_NAMES[found.kind])}  {'✓' if found.valid else '✗'} {verdict}"
    for mark, problems in (("✗", found.problems), ("!", found.warnings)):
        for problem in problems:
            text = t(MESSAGES[problem.code])
            yield f"  {mark} " + text.format(
                position=problem.position, expected=problem.expected, found=problem.found
            )
    for name, value in found.parts.items():
        if value:
            yield f"  {t(PART_NAMES[name])}: {t(value)}"
