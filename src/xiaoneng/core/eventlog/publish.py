"""From the events of a running case to the published vocabulary: one row per completed step.

A step writes several events (scheduled, started, completed); whoever measures reads one row with its begin
and end. It begins when the person who completed it took it; where nobody took it first, it is a moment.
Moves of the engine itself (gateways, timers) are no rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.eventlog.chain import micros
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.proof.evidence import StoredEvent
from xiaoneng.core.eventlog.running import OPENINGS, is_step
from xiaoneng.core.eventlog.vocabulary import CASE, COMMON, FURTHER, event_type

ZONE: Final = "Asia/Shanghai"
"""Where the clocks of the province hang."""

MAPPING: Final = Mapping(
    case="case",
    activity="activity",
    time="time",
    end="occurred_at",
    resource="actor",
    role="role",
    body="body",
    lifecycle="lifecycle",
    item="item",
    item_body="case_body",
    deadline="due",
    finished="finished",
    planned="",
    started="",
    status="",
)
"""Columns of the platform's own vocabulary; nothing is left to guessing."""

ENDS: Final = frozenset(("case.decided", "case.withdrawn", "ticket.answered"))
"""Types that end the handling."""

_TYPES = {
    "text": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us"),
}
SCHEMA: Final = pa.schema([(a.name, _TYPES[a.type]) for a in (*COMMON, *CASE, *FURTHER)])
"""The published log: ``docs/reference/events.md``. Times are wall clocks of the province."""

TIMES: Final = tuple(field.name for field in SCHEMA if pa.types.is_timestamp(field.type))
_VALUES = frozenset(a.name for a in (*CASE, *FURTHER)) - {"finished", "element"}
Row = dict[str, Any]


def rows_of(
    events: Sequence[StoredEvent], *, after: int = 0, body_name: Callable[[str], str] = str
) -> Iterator[Row]:
    """The rows of one case's events (all of them, by place), of those after place ``after``.

    Times are microseconds UTC. ``body_name`` gives the name of the body with a code.
    """
    begun: dict[tuple[str, int | None], int] = {}
    for event in events:
        if not is_step(event.type):
            continue
        step = event.element, event.task
        if event.lifecycle == "start":
            begun[step] = event.occurred
        elif event.lifecycle == "reassign":
            begun.pop(step, None)
        elif event.lifecycle == "complete":
            begin = begun.pop(step, event.occurred)
            if event.seq > after:
                yield _row(event, begin, body_name)


def _row(event: StoredEvent, begin: int, body_name: Callable[[str], str]) -> Row:
    row: Row = {
        "case": event.case,
        "type": event.type,
        "activity": event.activity,
        "time": begin,
        "occurred_at": event.occurred,
        "recorded_at": event.recorded,
        "lifecycle": _lifecycle(event.type),
        "actor": event.actor or None,
        "role": event.role or None,
        "body": body_name(event.body) if event.body else None,
        "element": event.element or None,
    }
    if event.type in ENDS:
        row["finished"] = event.occurred
    if event.type in OPENINGS:
        row["item_code"] = event.item or None
        row["version"] = event.version or None
        row["case_body"] = row["body"]
    for name, value in _data(event.data).items():
        if name in _VALUES and value is not None:
            row[name] = _micros(value) if name in TIMES else value
    return row


def _lifecycle(kind: str) -> str:
    """The lifecycle that the vocabulary gives the row of a type."""
    try:
        return event_type(kind).lifecycle
    except KeyError:
        return "complete"


def _data(text: str) -> dict[str, Any]:
    """The data of an event; nothing where it is no longer readable (its proof says so)."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _micros(text: Any) -> int | None:
    try:
        return micros(datetime.fromisoformat(text))
    except (ValueError, TypeError):
        return None


def to_table(rows: Iterable[Row]) -> pa.Table:
    """Rows as a table of :data:`SCHEMA`."""
    found = list(rows)
    arrays = []
    for field in SCHEMA:
        values = [row.get(field.name) for row in found]
        if field.name in TIMES:
            instants = pa.array(values, pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us", tz=ZONE))
            arrays.append(pc.local_timestamp(instants))
        else:
            arrays.append(_array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """A column; a value of another kind (an event that somebody changed) becomes null."""
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([_fitting(value, kind) for value in values], kind)


def _fitting(value: Any, kind: pa.DataType) -> Any:
    try:
        return pa.scalar(value, kind).as_py()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None
