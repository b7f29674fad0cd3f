"""The hot path in plain SQL: the same statements on SQLite and PostgreSQL, no cursor of Django's
between them and the driver where it counts. All run in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from xiaoneng.apps.eventlog.driver import runner

COLUMNS = (
    "chain_id", "seq", "type", "element", "activity", "lifecycle", "occurred_at", "recorded_at", "actor",
    "role", "body", "item", "version", "task", "data", "hash",
)  # fmt: skip
ROWS = 500
"""Most rows of one statement: SQLite allows 32,766 parameters."""

OPEN = (
    'INSERT INTO eventlog_chain ("case", length, head, opened_at) VALUES (%s, 0, %s, %s) '
    'ON CONFLICT ("case") DO NOTHING RETURNING id'
)
READ = 'SELECT id, "case", length, head FROM eventlog_chain WHERE "case" = %s'
GROW = "UPDATE eventlog_chain SET length = %s, head = %s WHERE id = %s AND length = %s AND head = %s"


@lru_cache(maxsize=ROWS)
def insert(rows: int) -> str:
    """The statement that adds ``rows`` events."""
    row = f"({', '.join(['%s'] * len(COLUMNS))})"
    return f"INSERT INTO eventlog_caseevent ({', '.join(COLUMNS)}) VALUES {', '.join([row] * rows)}"  # noqa: S608  # constants


def stored(vendor: str) -> Callable[[datetime], Any]:
    """How the driver takes a moment: SQLite keeps it as text in UTC, as Django's fields read it."""
    return _text if vendor == "sqlite" else _same


def _text(moment: datetime) -> Any:
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _same(moment: datetime) -> Any:
    return moment


def chain_open(case: str, head: bytes, at: datetime) -> int | None:
    """The number of the new chain; None when the case has one."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, (case, head, stored(connection.vendor)(at)))
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def chain_read(case: str) -> tuple[int, str, int, bytes] | None:
    """Number, case, length and head of a chain."""
    with connection.cursor() as cursor:
        cursor.execute(READ, (case,))
        row = cursor.fetchone()
    return None if row is None else (int(row[0]), str(row[1]), int(row[2]), bytes(row[3]))


def events_add(
    rows: int, values: list[Any], *, chain: int, before: tuple[int, bytes], after: tuple[int, bytes]
) -> bool:
    """Move the end of the chain from ``before`` to ``after`` (length, head) and add the rows, ``values`` flat
    in the order of :data:`COLUMNS`; False, and nothing added, when the end was another."""
    width = len(COLUMNS)
    _, run = runner()
    with connection.wrap_database_errors:
        if run(GROW, (*after, chain, *before)).rowcount != 1:
            return False
        for start in range(0, rows, ROWS):
            part = values if rows <= ROWS else values[start * width : (start + ROWS) * width]
            run(insert(len(part) // width), part)
    return True
