"""What all writers write: the events of a store with their attributes, case by case, in the order of the
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from xiaoneng.core.eventlog.store import EventStore

BATCH = 50_000
OFFSET_SUFFIX = "@offset"
# Keys of the XES standard for the columns of the store, where the source had no keys of its own.
STANDARD_KEYS = {
    "case": "concept:name",
    "activity": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
    "role": "org:role",
    "body": "org:group",
    "lifecycle": "lifecycle:transition",
}
NAMES = {
    "activity": "activities",
    "resource": "resources",
    "role": "roles",
    "body": "bodies",
    "lifecycle": "lifecycles",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute to write: where its values stand in a batch, and what it is called outside."""

    key: str
    kind: str
    """XES type."""
    column: str
    offset: str | None = None
    """Column of offsets in minutes, for dates."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns to ask for, and the attributes of cases and of events in the order to write them."""

    case: list[Attribute]
    event: list[Attribute]
    select: str
    order: str


def plan(store: EventStore) -> Plan:
    """Lay out an export. Texts of mapped roles go by their own keys in XES, by the standard's keys
    otherwise.
    """
    mapping: dict[str, str] = store.meta["mapping"] if store.meta["format"] == "xes" else {}
    joins: list[str] = []
    columns = ['e.case_no AS "case_no"', 'e."row" AS "row"', 'c.case_id AS "case_id"']
    case_key = mapping.get("case", "case:concept:name").removeprefix("case:")
    case = [Attribute(case_key, "string", "case_id")]
    event: list[Attribute] = []
    used: set[str] = set()

    def add(expression: str, attribute: Attribute, to: list[Attribute]) -> None:
        columns.append(f"{expression} AS {quoted(attribute.column)}")
        to.append(attribute)

    for role, table in NAMES.items():
        key = mapping.get(role, STANDARD_KEYS[role])
        if key.startswith("case:") or key in used or not store.meta["counts"].get(table):
            continue
        used.add(key)
        joins.append(f"LEFT JOIN {table} AS n_{role} ON n_{role}.id = e.{role}")
        add(f"n_{role}.name", Attribute(key, "string", f"n_{role}"), event)
        if role == "activity":
            time_key = mapping.get("time", STANDARD_KEYS["time"])
            if not time_key.startswith("case:"):
                columns.append(
                    'CAST((epoch_us(e.local) - epoch_us(e.time)) // 60000000 AS SMALLINT) AS "time@offset"'
                )
                add("e.local", Attribute(time_key, "date", "time", "time" + OFFSET_SUFFIX), event)
                used.add(time_key)
    tables = store.tables()
    for prefix, table, join, to in (
        ("c_", "case_attributes", "a.case_no = e.case_no", case),
        ("e_", "event_attributes", 'a."row" = e."row"', event),
    ):
        if table not in tables:
            continue
        alias = prefix + "a"
        joins.append(f"LEFT JOIN {table} AS {alias} ON " + join.replace("a.", alias + ".", 1))
        schema = pq.read_schema(store.folder / f"{table}.parquet")
        names = set(schema.names)
        for number, field in enumerate(schema):
            if field.name in ("row", "case_no", "case_id") or field.name.endswith(OFFSET_SUFFIX):
                continue
            data = field.metadata or {}
            key = data.get(b"key", field.name.encode()).decode().removeprefix("case:")
            kind = data.get(b"type", b"string").decode()
            column = f"{prefix}{number}"
            offset = None
            if field.name + OFFSET_SUFFIX in names:
                offset = column + OFFSET_SUFFIX
                columns.append(f"{alias}.{quoted(field.name + OFFSET_SUFFIX)} AS {quoted(offset)}")
            add(f"{alias}.{quoted(field.name)}", Attribute(key, kind, column, offset), to)
    joined = f"events AS e JOIN cases AS c ON c.case_no = e.case_no {' '.join(joins)}"
    select = f"SELECT {', '.join(columns)} FROM {joined}"  # noqa: S608 - every name is quoted
    return Plan(case, event, select, 'ORDER BY e.case_no, e."row"')


def batches(connection: duckdb.DuckDBPyConnection, laid_out: Plan) -> Iterator[pa.RecordBatch]:
    """The rows of a plan, sorted by case and then as in the file."""
    yield from connection.sql(f"{laid_out.select} {laid_out.order}").to_arrow_reader(BATCH)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
