"""The statements of a step, as few as there can be, the same on SQLite and PostgreSQL.

Nothing else writes to the tables of this app in the course of a step. Values go in as parameters; only
``VALUES`` lists and lists of numbers are built here, from lengths. Times are adapted to the database once per
statement, because Django does that for its own queries only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

Row = Sequence[Any]


class Read(NamedTuple):
    """An instance as one statement reads it, with the command of this id, if it was carried out before,
    and the task that the command names."""

    id: int
    version: int
    model: str
    chain: int
    chain_length: int
    chain_head: bytes
    state: bytes
    revision: int
    status: str
    case: str
    body: str
    bodies: str | dict[str, str]
    item: str
    item_version: str
    applicant: int | None
    command_instance: int | None
    command_kind: str | None
    command_revision: int | None
    command_outcome: str | None
    task_state: str | None
    task_kind: str | None
    task_element: str | None
    task_role: str | None
    task_body: str | None
    task_holder: int | None
    task_closed_by: int | None
    task_name: str | None


READ = """SELECT i.id, i.version_id, i.model, i.chain_id, i.chain_length, i.chain_head, i.state, i.revision,
 i.status, i."case", i.body, i.bodies, i.item, i.item_version, i.applicant_id,
 c.instance_id, c.kind, c.revision, c.outcome,
 t.state, t.kind, t.element, t.role, t.body, t.holder_id, t.closed_by_id, t.name
 FROM engine_instance i LEFT JOIN engine_commandrecord c ON c.command = %s
 LEFT JOIN engine_task t ON t.instance_id = i.id AND t.number = %s WHERE i.id = %s"""
COMMAND = "SELECT instance_id, kind, revision, outcome FROM engine_commandrecord WHERE command = %s"
ADVANCE = """UPDATE engine_instance SET state = %s, revision = %s, chain_length = %s, chain_head = %s
 WHERE id = %s AND revision = %s"""
ADVANCE_STATUS = """UPDATE engine_instance SET state = %s, revision = %s, chain_length = %s, chain_head = %s,
 status = %s, ended_at = %s WHERE id = %s AND revision = %s"""
BEGIN = """INSERT INTO engine_instance (version_id, model, chain_id, chain_length, chain_head, state,
 revision, status, "case", body, bodies, item, item_version, applicant_id, started_at, ended_at, parent_id)
 VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"""
RECORD = """INSERT INTO engine_commandrecord (command, instance_id, revision, kind, at, payload, outcome)
 VALUES (%s, %s, %s, %s, %s, %s, %s)"""
TASKS = """INSERT INTO engine_task (instance_id, number, element, name, kind, role, body, holder_id, state,
 opened_at, claimed_at, closed_at, closed_by_id, due, undated, fault) VALUES """
TASK = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')"
CLOSE = """UPDATE engine_task SET state = %s, closed_at = %s, closed_by_id = %s, fault = ''
 WHERE instance_id = %s AND number """
SHIFT = "UPDATE engine_task SET state = %s, holder_id = %s WHERE instance_id = %s AND number = %s"
CLAIM = "UPDATE engine_task SET holder_id = %s, claimed_at = %s WHERE instance_id = %s AND number = %s"
FAULT = "UPDATE engine_task SET fault = %s WHERE instance_id = %s AND number = %s AND state = 'open'"
TIMERS = """INSERT INTO engine_timer (instance_id, number, element, set_at, due_at, "limit", unit, next_at,
 attempts, lease, fault) VALUES """
TIMER = "(%s, %s, %s, %s, %s, %s, %s, %s, 0, '', '')"
TIMERS_OFF = "DELETE FROM engine_timer WHERE instance_id = %s AND number "
WAITS = "INSERT INTO engine_subscription (instance_id, number, kind, name) VALUES "
WAITS_OFF = "DELETE FROM engine_subscription WHERE instance_id = %s AND (number, kind, name) IN (VALUES "


def _run(statement: str, values: Sequence[Any]) -> Any:
    cursor = connection.cursor()
    cursor.execute(statement, values)
    return cursor


def _many(first: str, row: str, rows: Sequence[Row], last: str = "") -> None:
    with _run(first + ", ".join([row] * len(rows)) + last, [value for one in rows for value in one]):
        pass


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return "= %s"
    return f"IN ({', '.join(['%s'] * len(numbers))})"


def moment(at: datetime | None) -> Any:
    """A time as the database keeps it."""
    if at is None or connection.vendor != "sqlite":
        return at
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def identity(command: UUID) -> Any:
    """A command's id as the database keeps it."""
    return command.hex if connection.vendor == "sqlite" else command


def read(instance: int, command: UUID, task: int | None) -> Read | None:
    """The instance, None where there is none."""
    with _run(READ, (identity(command), task, instance)) as cursor:
        row = cursor.fetchone()
    return None if row is None else Read._make(row)


def recorded(command: UUID) -> tuple[int, str, int, str] | None:
    """(instance, kind, revision, outcome) of a command that was carried out."""
    with _run(COMMAND, (identity(command),)) as cursor:
        row: tuple[int, str, int, str] | None = cursor.fetchone()
    return row


def begin(values: Row) -> int:
    """A new instance at revision 1; its number."""
    with _run(BEGIN, values) as cursor:
        return int(cursor.fetchone()[0])


def step(
    instance: int,
    revision: int,
    state: bytes,
    chain: tuple[int, bytes],
    ended: tuple[str, datetime | None] | None,
) -> bool:
    """Put the new state in place of revision ``revision``; False where someone else was faster."""
    if ended is None:
        values: Row = (state, revision + 1, *chain, instance, revision)
        with _run(ADVANCE, values) as cursor:
            return bool(cursor.rowcount)
    status, at = ended
    with _run(
        ADVANCE_STATUS, (state, revision + 1, *chain, status, moment(at), instance, revision)
    ) as cursor:
        return bool(cursor.rowcount)


def record(
    command: UUID, instance: int, revision: int, kind: str, at: Any, payload: str, outcome: str
) -> None:
    """Note a command as carried out. IntegrityError where its id was used before."""
    with _run(RECORD, (identity(command), instance, revision, kind, at, payload, outcome)):
        pass


def tasks_insert(rows: Sequence[Row]) -> None:
    """New tasks, columns as in ``TASKS``."""
    for start in range(0, len(rows), 60):
        _many(TASKS, TASK, rows[start : start + 60])


def tasks_close(instance: int, numbers: Sequence[int], state: str, at: Any, by: int | None) -> None:
    """Tasks that are done or withdrawn."""
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        with _run(CLOSE + _numbers(some), (state, at, by, instance, *some)):
            pass


def task_shift(instance: int, number: int, state: str, holder: int | None) -> None:
    """A task that is held for other signers, or comes back from them."""
    with _run(SHIFT, (state, holder, instance, number)):
        pass


def task_hold(instance: int, number: int, holder: int | None, at: Any) -> None:
    """Who holds a task (None: nobody), since when."""
    with _run(CLAIM, (holder, at, instance, number)):
        pass


def timers_set(rows: Sequence[Row]) -> None:
    """Timers to arm, columns as in ``TIMERS``."""
    for start in range(0, len(rows), 60):
        _many(TIMERS, TIMER, rows[start : start + 60])


def timers_off(instance: int, numbers: Sequence[int]) -> None:
    """Timers that are no longer needed, or have fired."""
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        with _run(TIMERS_OFF + _numbers(some), (instance, *some)):
            pass


def waits_on(instance: int, waits: Iterable[tuple[int, str, str]]) -> None:
    """What the instance waits for from now on: (number, kind, name)."""
    rows = [(instance, *wait) for wait in waits]
    for start in range(0, len(rows), 200):
        _many(WAITS, "(%s, %s, %s, %s)", rows[start : start + 200])


def waits_off(instance: int, waits: Iterable[tuple[int, str, str]]) -> None:
    """What it waits for no longer."""
    known = list(waits)
    for start in range(0, len(known), 200):
        some = known[start : start + 200]
        listed = ", ".join(["(%s, %s, %s)"] * len(some))
        with _run(f"{WAITS_OFF}{listed})", [instance, *(value for wait in some for value in wait)]):
            pass


def task_fault(instance: int, number: int, fault: str) -> None:
    """Why nobody but a person can do a task now."""
    with _run(FAULT, (fault, instance, number)):
        pass
