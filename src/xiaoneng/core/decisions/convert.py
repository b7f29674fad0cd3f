"""Between Python or JSON values and FEEL values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import decimals, temporal
from xiaoneng.core.decisions.faults import MESSAGES
from xiaoneng.core.decisions.types import (
    ANY,
    ContextType,
    ListType,
    Type,
    base_of,
    feel_text,
    is_function,
)
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Range, Time, YearsMonths
from xiaoneng.core.errors import BadInput

DEPTH_LIMIT: Final = 64
NATIVE: Final = frozenset(
    (Decimal, str, bool, type(None), Date, Time, DateTime, DaysTime, YearsMonths, Range)
)


def from_python(value: Any, depth: int = 0) -> Any:
    """A FEEL value. Raises BadInput for what has no counterpart."""
    kind = type(value)
    if kind in NATIVE:
        if kind is Decimal and not value.is_finite():
            raise BadInput("{value} is not a number of FEEL", value=value)
        return value
    if depth > DEPTH_LIMIT:
        raise BadInput(MESSAGES["nesting"], limit=DEPTH_LIMIT)
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return decimals.CONTEXT.create_decimal(value)
    if isinstance(value, float):
        # the shortest text that gives this float again: 0.1 means 0.1
        number = Decimal(repr(value))
        if not number.is_finite():
            raise BadInput("{value} is not a number of FEEL", value=value)
        return number
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): from_python(of, depth + 1) for name, of in value.items()}
    if isinstance(value, (list, tuple)):
        return [from_python(item, depth + 1) for item in value]
    if isinstance(value, dt.datetime):
        return DateTime(Date(value.year, value.month, value.day), _time(value.timetz(), value.utcoffset()))
    if isinstance(value, dt.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, dt.time):
        return _time(value, value.utcoffset())
    if isinstance(value, dt.timedelta):
        return DaysTime((value.days * 86_400 + value.seconds) * 1_000_000_000 + value.microseconds * 1000)
    if is_function(value):
        return value
    raise BadInput("a value of the Python type {type} has no counterpart in FEEL", type=kind.__name__)


def _time(value: dt.time, offset: dt.timedelta | None) -> Time:
    zone = getattr(value.tzinfo, "key", None)
    seconds = None if offset is None else int(offset.total_seconds())
    return Time(value.hour, value.minute, value.second, value.microsecond * 1000, seconds, zone)


def to_json(value: Any) -> Any:
    """What JSON can say: decimals as ``Decimal`` (see ``dump_json``), times and durations as ISO 8601
    text."""
    if value is None or isinstance(value, (bool, str, Decimal)):
        return value
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {name: to_json(of) for name, of in value.items()}
    return feel_text(value)


def dump_json(value: Any, indent: int | None = None) -> str:
    """JSON text with decimals as exact numbers, which Python's encoder cannot write."""
    return "".join(_json(value, indent, 0))


def _json(value: Any, indent: int | None, level: int) -> list[str]:
    import json

    if isinstance(value, Decimal):
        return [decimals.text(value).lower()]
    if isinstance(value, dict):
        items = [
            [json.dumps(str(k), ensure_ascii=False), ": ", *_json(v, indent, level + 1)]
            for k, v in value.items()
        ]
        return _block("{", "}", items, indent, level)
    if isinstance(value, (list, tuple)):
        return _block("[", "]", [_json(v, indent, level + 1) for v in value], indent, level)
    return [json.dumps(value, ensure_ascii=False)]


def _block(opening: str, closing: str, items: list[list[str]], indent: int | None, level: int) -> list[str]:
    if not items:
        return [opening + closing]
    new = "" if indent is None else "\n" + " " * indent * (level + 1)
    end = "" if indent is None else "\n" + " " * indent * level
    between = (", " if indent is None else ",") + new
    out = [opening + new]
    for index, item in enumerate(items):
        out += [between, *item] if index else item
    return [*out, end + closing]


READERS: Final[dict[str, Callable[[str], Any]]] = {
    "date": temporal.read_date,
    "time": temporal.read_time,
    "date and time": temporal.read_date_time,
    "days and time duration": temporal.read_duration,
    "years and months duration": temporal.read_duration,
}


def from_json(value: Any, of: Type = ANY) -> Any:
    """A JSON value as the declared type: texts become dates, times and durations where those are declared.

    What does not fit is handed on unchanged; the type check of the input names it.
    """
    base = base_of(of)
    if isinstance(value, str) and base.name in READERS:
        found = READERS[base.name](value)
        return value if found is None else found
    if isinstance(value, list):
        inner = base.of if isinstance(base, ListType) else ANY
        return [from_json(item, inner) for item in value]
    if isinstance(value, Mapping):
        fields = dict(base.fields) if isinstance(base, ContextType) else {}
        return {str(name): from_json(item, fields.get(str(name), ANY)) for name, item in value.items()}
    return from_python(value)
