"""Conditions as data, so that they can be put into words of any language: from a cell, from regions.

A condition is ``{"not": bool, "any": [...]}``; each of its parts is ``{"op": "=", "value": …}`` (or another
comparison) or ``{"low": …, "high": …, "low_in": bool, "high_in": bool}``, with JSON values.
"""

from __future__ import annotations

from typing import Any

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns import Region, constant_value
from xiaoneng.core.decisions.convert import to_json
from xiaoneng.core.decisions.expression import compile_expression
from xiaoneng.core.decisions.faults import FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.values import Range


def of_cell(cell: s.Tests) -> dict[str, Any] | None:
    """A cell of plain comparisons; None for one that depends on more than its input's value."""
    parts: list[dict[str, Any]] = []
    for test in cell.tests:
        known, value = constant_value(test.value)
        if test.uses_input or not known:
            return None
        found = _parts(test.op, value)
        if found is None:
            return None
        parts += found
    return {"not": cell.negated, "any": parts}


def _parts(operator: str | None, value: Any) -> list[dict[str, Any]] | None:
    if isinstance(value, Range) and operator is None:
        if value.op is not None:
            return [{"op": value.op, "value": to_json(value.high if value.low is None else value.low)}]
        return [
            {
                "low": to_json(value.low),
                "high": to_json(value.high),
                "low_in": value.low_included,
                "high_in": value.high_included,
            }
        ]
    if isinstance(value, list) and operator in (None, "="):
        inner = [_parts(None, item) for item in value]
        return None if any(part is None for part in inner) else [p for part in inner if part for p in part]
    if isinstance(value, (Range, list, dict)):
        return None
    return [{"op": operator or "=", "value": to_json(value)}]


def of_span(first: Region, last: Region) -> dict[str, Any]:
    """A run of neighbouring regions, from the first to the last."""
    low_in, high_in = first.kind == "point", last.kind == "point"
    part: dict[str, Any]
    if first is last and low_in:
        part = {"op": "=", "value": to_json(first.example)}
    elif first.low is None and last.high is None:
        part = {"op": "!=", "value": None}
    elif first.low is None:
        part = {"op": "<=" if high_in else "<", "value": to_json(last.high)}
    elif last.high is None:
        part = {"op": ">=" if low_in else ">", "value": to_json(first.low)}
    else:
        part = {
            "low": to_json(first.low),
            "high": to_json(last.high),
            "low_in": low_in,
            "high_in": high_in,
        }
    return {"not": False, "any": [part]}


def listed(cell: s.Tests) -> list[str]:
    """The texts that a cell of plain values names, in their order; nothing where it is a range or a rule."""
    found = of_cell(cell)
    if found is None or found["not"] or any(part.get("op") != "=" for part in found["any"]):
        return []
    return [part["value"] if isinstance(part["value"], str) else "" for part in found["any"]]


def texts_of(text: str) -> list[str]:
    """A list of texts as FEEL writes it, without brackets; one that cannot be read is empty."""
    try:
        value = compile_expression(f"[{text}]").evaluate().value
    except (FeelSyntaxError, FeelTooLarge):
        return []
    return [item if isinstance(item, str) else "" for item in value] if isinstance(value, list) else []
