"""``xiaoneng feel``: evaluate one FEEL expression."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from xiaoneng.core.clock import SHANGHAI
from xiaoneng.core.decisions import (
    Fault,
    Result,
    compile_expression,
    deep_type,
    dump_json,
    from_json,
    phrase,
    to_json,
)
from xiaoneng.core.decisions.types import feel_text
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.presentation.i18n import Translate, translator

MAX_INPUT = 64 * 1024 * 1024


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("feel", help="evaluate a FEEL expression")
    parser.add_argument("expression", metavar="EXPR")
    parser.add_argument("--input", metavar="JSON", help="an object with the variables; @FILE or - reads it")
    parser.add_argument("--at", metavar="T", help="the moment of now() and today(); default: now")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the expression has a value (null without a reason is one), 1 when an error made it
    null, 2 when it is no FEEL."""
    from xiaoneng.cli.main import language

    inputs = {name: from_json(value) for name, value in read_object(arguments.input).items()}
    names = {name: deep_type(value) for name, value in inputs.items()}
    result = compile_expression(arguments.expression, names).evaluate(inputs, clock=moment(arguments.at))
    t = translator(language(arguments))
    if arguments.json:
        print(
            dump_json(
                {"value": to_json(result.value), "errors": [fault_json(f, t) for f in result.errors]}, 2
            )
        )
        return undecided(result)
    print(feel_text(result.value, quoted=True))
    for fault in result.errors:
        print(f"  ! {fault_text(fault, t)}", file=sys.stderr)
    return undecided(result)


def undecided(result: Result) -> int:
    """1 where an error made the value null, else 0."""
    return 1 if result.value is None and result.errors else 0


def read_object(text: str | None) -> dict[str, Any]:
    """The JSON object of ``--input``: the text itself, ``@FILE``, or ``-`` for standard input. Raises
    BadInput."""
    if text is None:
        return {}
    place = Place(field="--input")
    if text == "-":
        text = sys.stdin.read(MAX_INPUT + 1)
    elif text.startswith("@"):
        place = Place(file=text[1:])
        try:
            with Path(text[1:]).open(encoding="utf-8") as file:
                text = file.read(MAX_INPUT + 1)
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                "the input cannot be read: {why}", why=str(error), place=place, expected="a JSON object"
            ) from None
    if len(text) > MAX_INPUT:
        raise BadInput(
            "the input is too long", place=place, expected="at most {limit} characters", limit=MAX_INPUT
        )
    try:
        found = json.loads(
            text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise BadInput(
            "the input is not JSON: {why}", why=str(error), place=place, expected="a JSON object"
        ) from None
    if not isinstance(found, dict):
        raise BadInput("the input is not an object", place=place, expected="a JSON object")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def moment(text: str | None) -> datetime:
    """The moment of ``--at``: a date is its midnight in Shanghai; without one, now. Raises BadInput."""
    if text is None:
        return datetime.now(SHANGHAI)
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), SHANGHAI)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "{text} is not a date",
            text=text,
            place=Place(field="--at"),
            expected="a date or a time as ISO 8601 writes it",
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)


def fault_text(fault: Fault, t: Translate) -> str:
    """A fault in the reader's language, with its place."""
    place = ":".join(
        str(part) for part in (fault.where, fault.at + 1 if fault.at is not None else None) if part
    )
    text = phrase(fault.message, fault.params, t)
    return f"{place}: {text}" if place else text


def fault_json(fault: Fault, t: Translate) -> Mapping[str, Any]:
    """A fault as JSON data; ``at`` is the 1-based character position."""
    return {
        "code": fault.code,
        "message": phrase(fault.message, fault.params, t),
        "where": fault.where,
        "at": None if fault.at is None else Decimal(fault.at + 1),
    }
