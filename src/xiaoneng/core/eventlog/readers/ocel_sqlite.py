"""OCEL 2.0 as an SQLite file, opened read-only.

The one place in core that opens an SQLite file: it is a file format here, not an operational store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.ocel import Ocel, OcelEvent

MAX_STEPS = 2_000_000_000


def read_sqlite(context: ReadContext) -> Ocel:
    """All events and objects; BadInput when a table or column of the standard is missing."""
    uri = context.path.resolve().as_uri() + "?mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(uri, uri=True)
    except sqlite3.Error as error:
        raise _damaged(error, context) from error
    try:
        # the file's schema is not ours: no triggers, no functions that it might name
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, context.limits.value_bytes)
        budget = [MAX_STEPS // 100_000]
        connection.set_progress_handler(lambda: _spend(budget), 100_000)
        return _read(connection, context)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError) as error:
        raise _damaged(error, context) from error
    finally:
        connection.close()


def _spend(budget: list[int]) -> int:
    budget[0] -= 1
    return int(budget[0] < 0)


def _damaged(error: Exception, context: ReadContext) -> BadInput:
    return BadInput(
        "the SQLite file cannot be read as OCEL 2.0: {why}",
        place=context.place(),
        expected="the tables event, object, event_object and one per type, as in the OCEL 2.0 standard",
        why=str(error)[:200] or type(error).__name__,
    )


def _read(connection: sqlite3.Connection, context: ReadContext) -> Ocel:
    views = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')").fetchall()
    if views:
        raise HostileInput(
            "the SQLite file contains views or triggers: {name}",
            place=context.place(),
            expected="plain tables",
            name=str(views[0][0])[:60],
        )
    log = Ocel()
    object_types = dict(connection.execute("SELECT ocel_id, ocel_type FROM object"))
    attributes: dict[str, dict[str, str]] = {str(o): {} for o in object_types}
    for _, row in _typed_rows(connection, "object"):
        own = attributes.get(str(row.pop("ocel_id")))
        row.pop("ocel_time", None)
        changed = row.pop("ocel_changed_field", None)
        if own is not None:
            own.update({k: str(v) for k, v in row.items() if v is not None and changed in (None, "", k)})
    for name, kind in object_types.items():
        log.objects[str(name)] = (str(kind), attributes[str(name)])
    related: dict[str, list[str]] = {}
    for event, name in connection.execute(
        "SELECT ocel_event_id, ocel_object_id FROM event_object ORDER BY rowid"
    ):
        related.setdefault(str(event), []).append(str(name))
    order = {
        str(e): i for i, (e,) in enumerate(connection.execute("SELECT ocel_id FROM event ORDER BY rowid"))
    }
    for kind, row in _typed_rows(connection, "event"):
        identity = str(row.pop("ocel_id"))
        time = row.pop("ocel_time", None)
        if identity not in order:
            continue
        own = {k: str(v) for k, v in row.items() if v is not None}
        time = "" if time is None else str(time)
        log.events.append(
            OcelEvent(identity, kind, time, own, related.get(identity, []), order[identity] + 1)
        )
    log.events.sort(key=lambda event: event.where)
    return log


def _typed_rows(connection: sqlite3.Connection, what: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(type, row) of the tables ``event_<type>`` or ``object_<type>``; older rows first."""
    types = connection.execute(f"SELECT ocel_type, ocel_type_map FROM {what}_map_type").fetchall()  # noqa: S608
    for kind, table in types:
        quoted = '"' + f"{what}_{table}".replace('"', '""') + '"'
        cursor = connection.execute(f"SELECT * FROM {quoted} ORDER BY ocel_time, rowid")  # noqa: S608 - quoted
        names = [column[0] for column in cursor.description]
        for values in cursor:
            yield str(kind), dict(zip(names, values, strict=True))
