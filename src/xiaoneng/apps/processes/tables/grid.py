"""A decision table as a grid of texts: what an editor shows and sends back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from xiaoneng.core.errors import BadInput, Place

POLICIES: Final = ("UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
AGGREGATIONS: Final = ("", "SUM", "COUNT", "MIN", "MAX")
CELL_LENGTH: Final = 4_000
RULES: Final = 5_000
COLUMNS: Final = 60
INPUT_NOTES: Final = ("basis", "en", "reach", "how", "values_en", "basis_en", "how_en")
OUTPUT_NOTES: Final = ("en", "values_en")
"""What is written beside a column, each as an attribute of our own in the file."""


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A condition column: the FEEL expression that is tested, its type, allowed values, legal basis.

    What explanations say of it: ``fixed``, nobody can change it to get another answer (a place of birth);
    ``grows``, time changes it (an age); ``reach``, the values to which somebody can bring it, and ``how``.
    ``…_en`` are the same texts in English, those of the allowed values in their order.
    """

    id: str = ""
    label: str = ""
    expression: str = ""
    type: str = ""
    values: str = ""
    basis: str = ""
    en: str = ""
    reach: str = ""
    how: str = ""
    values_en: str = ""
    basis_en: str = ""
    how_en: str = ""
    fixed: bool = False
    grows: bool = False

    @property
    def title(self) -> str:
        """What stands over the column."""
        return self.label or self.expression

    @property
    def change(self) -> str:
        """Who changes it: ``fixed`` nobody, ``grows`` time, empty the person concerned."""
        return "fixed" if self.fixed else "grows" if self.grows else ""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A result column; ``values`` in order of priority, ``default`` where no rule applies."""

    id: str = ""
    name: str = ""
    label: str = ""
    type: str = ""
    values: str = ""
    default: str = ""
    en: str = ""
    values_en: str = ""

    @property
    def title(self) -> str:
        """What stands over the column."""
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule: conditions, results and remarks, each beside its column."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """The table of one decision of a model."""

    decision: str
    policy: str
    aggregation: str
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    notes: tuple[str, ...]
    rules: tuple[RuleRow, ...]


def to_data(grid: Grid) -> dict[str, Any]:
    """The grid as plain JSON data."""
    return asdict(grid)


def from_data(data: Any) -> Grid:
    """A grid from what an editor sent. Raises BadInput for anything that is not one."""
    if not isinstance(data, Mapping):
        raise _bad("grid")
    policy, aggregation = _text(data, "policy"), _text(data, "aggregation")
    if policy not in POLICIES:
        raise _bad("policy")
    if aggregation not in AGGREGATIONS or (aggregation and policy != "COLLECT"):
        raise _bad("aggregation")
    inputs = tuple(
        InputColumn(
            **{k: _text(c, k).strip() for k in ("id", "label", "expression", "type", "values", *INPUT_NOTES)},
            fixed=c.get("fixed") is True,
            grows=c.get("grows") is True,
        )
        for c in _items(data, "inputs", COLUMNS)
    )
    outputs = tuple(
        OutputColumn(
            **{
                k: _text(c, k).strip()
                for k in ("id", "name", "label", "type", "values", "default", *OUTPUT_NOTES)
            }
        )
        for c in _items(data, "outputs", COLUMNS)
    )
    notes = tuple(str(n).strip()[:CELL_LENGTH] for n in _list(data, "notes", COLUMNS))
    if not outputs:
        raise BadInput(
            "a decision table needs a column of results", place=Place(field="outputs"), expected="one output"
        )
    rules = tuple(
        RuleRow(
            _text(rule, "id"),
            _cells(rule, "inputs", len(inputs)),
            _cells(rule, "outputs", len(outputs)),
            _cells(rule, "notes", len(notes)),
        )
        for rule in _items(data, "rules", RULES)
    )
    return Grid(_text(data, "decision"), policy, aggregation, inputs, outputs, notes, rules)


def _bad(name: str) -> BadInput:
    return BadInput("the table was sent incomplete", place=Place(field=name))


def _list(data: Mapping[str, Any], name: str, limit: int) -> list[Any]:
    found = data.get(name)
    if not isinstance(found, list):
        raise _bad(name)
    if len(found) > limit:
        raise BadInput(
            "{count} are too many",
            place=Place(field=name),
            expected="at most {limit}",
            count=len(found),
            limit=limit,
        )
    return found


def _items(data: Mapping[str, Any], name: str, limit: int) -> list[Mapping[str, Any]]:
    found = _list(data, name, limit)
    if not all(isinstance(item, Mapping) for item in found):
        raise _bad(name)
    return found


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise _bad(name)
    if len(value) > CELL_LENGTH:
        raise BadInput(
            "the text is too long",
            place=Place(field=name),
            expected="at most {limit} characters",
            limit=CELL_LENGTH,
        )
    # what XML cannot hold: control characters and half surrogates
    if any(
        (ord(c) < 32 and c not in "\t\n\r") or 0xD800 <= ord(c) < 0xE000 or ord(c) in (0xFFFE, 0xFFFF)
        for c in value
    ):
        raise BadInput("the text contains a character that a file cannot hold", place=Place(field=name))
    return value


def _cells(rule: Mapping[str, Any], name: str, count: int) -> tuple[str, ...]:
    cells = _list(rule, name, COLUMNS)
    if len(cells) != count:
        raise _bad(name)
    return tuple(_text({name: cell}, name) for cell in cells)
