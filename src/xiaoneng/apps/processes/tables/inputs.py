"""What a decision asks for, and values for it from forms, JSON and files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from xiaoneng.apps.processes.tables.document import model_of
from xiaoneng.core.decisions import FeelSyntaxError, compile_expression, dump_json, from_json, to_json
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.conditions import texts_of
from xiaoneng.core.decisions.faults import FeelTooLarge
from xiaoneng.core.decisions.model.model import InputData, Model, Unit
from xiaoneng.core.decisions.types import base_of
from xiaoneng.core.errors import BadInput, Place

KINDS: Final = {
    "number": "number",
    "boolean": "boolean",
    "string": "string",
    "date": "date",
    "date and time": "moment",
    "time": "time",
}
ROWS: Final = 200_000
YES: Final = frozenset(("true", "yes", "1", "是", "y"))
NO: Final = frozenset(("false", "no", "0", "否", "n"))


@dataclass(frozen=True, slots=True)
class Asked:
    """An input of a decision: its name, kind (number, boolean, string, date, moment, time, feel), allowed
    values where they are listed (``choices_en``: what the model says for them in English), legal basis,
    whether it is sensitive, and whether it is the day of the decision, which nobody has to fill in."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    basis: str = ""
    en: str = ""
    sensitive: bool = False
    day: bool = False
    choices_en: tuple[str, ...] = ()


def asked_for(dmn: bytes, main: str) -> list[Asked]:
    """The inputs that the decision needs, directly or through others, in the order in which it asks."""
    model = model_of(dmn)
    if main not in model.decisions:
        return []
    units: list[Unit] = []
    inputs: dict[str, InputData] = {}

    def follow(unit: Unit) -> None:
        if unit in units:
            return
        units.append(unit)
        for _, element in unit.requires:
            if isinstance(element, InputData):
                inputs.setdefault(element.name, element)
            elif isinstance(element, Unit):
                follow(element)

    follow(model.decisions[main])
    clauses = {
        clause.text.strip(): clause for unit in units for spec in unit.tables for clause in spec.inputs
    }
    found = []
    for name, element in inputs.items():
        clause = clauses.get(name)
        notes = {**element.annotations, **(clause.annotations if clause is not None else {})}
        tests = getattr(element.type, "allowed_tests", None) or (
            clause.allowed if clause is not None else None
        )
        declared = base_of(element.type).name
        kind = (
            declared if declared in KINDS else base_of(clause.type).name if clause is not None else declared
        )
        found.append(
            Asked(
                name=name,
                kind=KINDS.get(kind, "feel"),
                choices=_literals(tests),
                basis=notes.get("basis", ""),
                en=notes.get("en", ""),
                sensitive=notes.get("sensitive") == "true",
                day=notes.get("day") == "true",
                choices_en=tuple(texts_of(notes.get("values_en", ""))),
            )
        )
    return found


def _literals(tests: Any) -> tuple[str, ...]:
    """The texts of a list of allowed values; nothing where it is a range or an expression."""
    if not isinstance(tests, s.Tests) or tests.negated:
        return ()
    values = [
        t.value.value if t.op in (None, "=") and isinstance(t.value, s.Literal) else None for t in tests.tests
    ]
    texts = tuple(v for v in values if isinstance(v, str))
    return texts if len(texts) == len(values) else ()


def read_value(asked: Asked, text: str) -> Any:
    """A JSON value from what someone typed; what does not fit stays text, and the decision names it.

    Raises BadInput for a FEEL text that cannot be read.
    """
    text = text.strip()
    if asked.kind == "number":
        try:
            number = Decimal(text.replace(",", "").replace("，", ""))
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    if asked.kind == "boolean":
        lowered = text.casefold()
        return True if lowered in YES else False if lowered in NO else text
    if asked.kind == "feel":
        try:
            return to_json(compile_expression(text).evaluate().value)
        except (FeelSyntaxError, FeelTooLarge):
            return text
    return text


def given(asked: list[Asked], texts: Mapping[str, str]) -> dict[str, Any]:
    """The inputs from a form; an empty field is an input that is not known."""
    return {
        one.name: read_value(one, texts[one.name])
        for one in asked
        if one.name in texts and texts[one.name].strip()
    }


def feel_values(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values as FEEL values of the declared types."""
    elements = model.all_inputs()
    return {
        name: from_json(value, elements[name].type) if name in elements else from_json(value)
        for name, value in values.items()
    }


def read_json(text: str) -> Any:
    """JSON text with exact numbers. Raises BadInput."""
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise BadInput("this is not JSON: {why}", why=str(error)) from None


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def json_text(value: Any) -> str:
    """JSON text with exact numbers, the same for equal values."""
    return dump_json(value)


def read_table(data: bytes, asked: list[Asked]) -> dict[str, list[Any]]:
    """The columns of a CSV or TSV file that the decision asks for, as JSON values, row by row.

    Raises BadInput: not UTF-8 or GB 18030, no known column, too many rows, a row that is too long.
    """
    text = _decoded(data)
    head = text.partition("\n")[0]
    rows = csv.reader(
        io.StringIO(text),
        delimiter="\t" if "\t" in head else ";" if head.count(";") > head.count(",") else ",",
    )
    titles = [title.strip().lstrip("\ufeff") for title in next(rows, [])]
    by_name = {name: one for one in asked for name in (one.name, one.en) if name}
    places = {by_name[title].name: i for i, title in enumerate(titles) if title in by_name}
    if not places:
        raise BadInput(
            "no column has the name of an input",
            place=Place(line=1),
            expected="columns called {names}",
            names=", ".join(one.name for one in asked),
        )
    kinds = {one.name: one for one in asked}
    columns: dict[str, list[Any]] = {name: [] for name in places}
    seen: dict[tuple[str, str], Any] = {}
    for number, row in enumerate(_rows(rows), 2):
        if number > ROWS + 1:
            raise BadInput("the file has more than {limit} rows", limit=ROWS, place=Place(line=number))
        for name, place in places.items():
            cell = row[place] if place < len(row) else ""
            if (name, cell) not in seen:
                seen[name, cell] = read_value(kinds[name], cell) if cell.strip() else None
            columns[name].append(seen[name, cell])
    return columns


def _rows(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error as error:
        raise BadInput("the table cannot be read: {why}", why=str(error)) from None


def _decoded(data: bytes) -> str:
    if b"\0" in data[:4096]:
        raise BadInput("the file is not a text table", expected="CSV in UTF-8 or GB 18030")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("the file is not a text table", expected="CSV in UTF-8 or GB 18030")
