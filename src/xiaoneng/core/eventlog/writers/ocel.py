"""OCEL 2.0 as JSON: cases, persons and bodies become objects, events refer to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.eventlog.writers.rows import Attribute, batches, plan
from xiaoneng.core.eventlog.writers.text import as_text

CASE = "case"
RELATED = {"n_resource": "resource", "n_body": "body"}
"""Column of a batch → type of the object that it names."""
SINCE_EVER = "1970-01-01T00:00:00Z"
_TYPES = {
    "string": "string",
    "id": "string",
    "date": "time",
    "int": "integer",
    "float": "float",
    "boolean": "boolean",
}
_PLAIN = frozenset(("n_activity", "time", *RELATED))


def write_ocel_json(store: EventStore) -> Iterator[bytes]:
    """The document in pieces. Events without a time, which OCEL cannot express, are left out."""
    laid_out = plan(store)
    case_attributes = _unique([a for a in laid_out.case if a.column != "case_id"])
    attributes = _unique([a for a in laid_out.event if a.column not in _PLAIN])
    types = [{"name": name, "attributes": []} for name in RELATED.values()]
    object_types = [{"name": CASE, "attributes": _declared(case_attributes)}, *types]
    names = store.sql("SELECT name FROM activities ORDER BY id").column(0).to_pylist()
    event_types = [{"name": name, "attributes": _declared(attributes)} for name in names]
    yield f'{{"objectTypes": {_json(object_types)}, "eventTypes": {_json(event_types)}, "objects": ['.encode()
    identity = _Identities(store)
    related: dict[tuple[str, str], None] = {}
    last, comma = None, ""
    with store.connection() as connection:
        for batch in batches(connection, laid_out):
            ids = batch.column("case_id").to_pylist()
            values = _values(batch, case_attributes)
            objects = []
            for at, number in enumerate(batch.column("case_no").to_pylist()):
                if number != last:
                    own = [{**v, "time": SINCE_EVER} for v in values[at]]
                    objects.append({"id": identity(CASE, ids[at]), "type": CASE, "attributes": own})
                last = number
            for column, kind in RELATED.items():
                if column in batch.schema.names:
                    for name in batch.column(column).unique().to_pylist():
                        if name is not None and (kind, name) not in related:
                            related[kind, name] = None
                            objects.append({"id": identity(kind, name), "type": kind, "attributes": []})
            if objects:
                yield (comma + ",\n".join(map(_json, objects))).encode()
                comma = ",\n"
        yield b'], "events": ['
        comma = ""
        for batch in batches(connection, laid_out):
            events = _events(batch, laid_out.event, attributes, identity)
            if events:
                yield (comma + ",\n".join(map(_json, events))).encode()
                comma = ",\n"
    yield b"]}\n"


class _Identities:
    """Ids of objects: their names, with the type before them only where two types share a name."""

    def __init__(self, store: EventStore) -> None:
        names = store.sql(
            "SELECT name FROM (SELECT case_id AS name FROM cases UNION ALL SELECT name FROM resources "
            "UNION ALL SELECT name FROM bodies) GROUP BY name HAVING count(*) > 1"
        )
        self._shared = set(names.column(0).to_pylist())

    def __call__(self, kind: str, name: str) -> str:
        return f"{kind}:{name}" if name in self._shared else name


def _events(
    batch: pa.RecordBatch, all_of_event: list[Attribute], own: list[Attribute], identity: _Identities
) -> list[dict[str, Any]]:
    time = next(a for a in all_of_event if a.column == "time")
    times = as_text(batch, time).to_pylist()
    activities = batch.column("n_activity").to_pylist()
    cases, rows = batch.column("case_id").to_pylist(), batch.column("row").to_pylist()
    others = {kind: batch.column(c).to_pylist() for c, kind in RELATED.items() if c in batch.schema.names}
    values = _values(batch, own)
    return [
        {
            "id": str(rows[at]),
            "type": activities[at],
            "time": times[at],
            "attributes": values[at],
            "relationships": [
                {"objectId": identity(CASE, cases[at]), "qualifier": CASE},
                *(
                    {"objectId": identity(kind, names[at]), "qualifier": kind}
                    for kind, names in others.items()
                    if names[at] is not None
                ),
            ],
        }
        for at in range(len(batch))
        if times[at] is not None and activities[at] is not None
    ]


def _values(batch: pa.RecordBatch, attributes: list[Attribute]) -> list[list[dict[str, Any]]]:
    """Name and value of every attribute that a row has."""
    rows: list[list[dict[str, Any]]] = [[] for _ in range(len(batch))]
    for attribute in attributes:
        column = (
            as_text(batch, attribute)
            if attribute.kind in ("date", "float")
            else batch.column(attribute.column)
        )
        for at, value in enumerate(column.to_pylist()):
            if value is not None:
                rows[at].append({"name": attribute.key, "value": value})
    return rows


def _unique(attributes: list[Attribute]) -> list[Attribute]:
    return list({a.key: a for a in reversed(attributes)}.values())[::-1]


def _declared(attributes: list[Attribute]) -> list[dict[str, str]]:
    return [{"name": a.key, "type": _TYPES[a.kind]} for a in attributes]


def _json(item: object) -> str:
    return json.dumps(item, ensure_ascii=False)
