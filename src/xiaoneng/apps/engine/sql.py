"""The statements of a step, as few as there can be, the same on SQLite and PostgreSQL.

Nothing else writes to the tables of this app in the course of a step. Values go in as parameters; only
``VALUES`` lists and lists of numbers are built here, from lengths. They go to the driver without Django's
cursor in between, which costs more than the statement; the transaction is Django's, and ``steps.carried_out``
turns the driver's errors into Django's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from xiaoneng.apps.eventlog.driver import Run, runner

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
WAIT = "(%s, %s, %s, %s)"
WAITS_OFF = """DELETE FROM engine_subscription
 WHERE instance_id = %s AND number = %s AND kind = %s AND name = %s"""


class Store(NamedTuple):
    """The database within a transaction: how a statement is run, how a time and an id go in."""

    run: Run
    moment: Callable[[datetime | None], Any]
    identity: Callable[[UUID], Any]


def _text(at: datetime | None) -> Any:
    """A time as Django's fields keep it on SQLite."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _same(value: Any) -> Any:
    return value


def _hex(command: UUID) -> Any:
    return command.hex


def store() -> Store:
    """The default database, in the transaction that has begun."""
    vendor, run = runner()
    return Store(run, _text, _hex) if vendor == "sqlite" else Store(run, _same, _same)


@lru_cache(maxsize=512)
def _many(first: str, row: str, count: int) -> str:
    return first + ", ".join([row] * count)


@lru_cache(maxsize=512)
def _numbered(first: str, count: int) -> str:
    return f"{first}= %s" if count == 1 else f"{first}IN ({', '.join(['%s'] * count)})"


def _insert(db: Store, first: str, row: str, rows: Sequence[Row], at_once: int) -> None:
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        db.run(_many(first, row, len(some)), [value for one in some for value in one])


def read(db: Store, instance: int, command: UUID, task: int | None) -> Read | None:
    """The instance, None where there is none."""
    row = db.run(READ, (db.identity(command), task, instance)).fetchone()
    return None if row is None else Read._make(row)


def recorded(db: Store, command: UUID) -> tuple[int, str, int, str] | None:
    """(instance, kind, revision, outcome) of a command that was carried out."""
    row: tuple[int, str, int, str] | None = db.run(COMMAND, (db.identity(command),)).fetchone()
    return row


def begin(db: Store, values: Row) -> int:
    """A new instance at revision 1; its number."""
    return int(db.run(BEGIN, values).fetchone()[0])


def step(
    db: Store,
    instance: int,
    revision: int,
    state: bytes,
    chain: tuple[int, bytes],
    ended: tuple[str, Any] | None,
) -> bool:
    """Put the new state in place of revision ``revision``; False where someone else was faster. ``ended``:
    the new status, and the time where the case is over."""
    if ended is None:
        done = db.run(ADVANCE, (state, revision + 1, *chain, instance, revision))
    else:
        done = db.run(ADVANCE_STATUS, (state, revision + 1, *chain, *ended, instance, revision))
    return bool(done.rowcount)


def record(
    db: Store, command: UUID, instance: int, revision: int, kind: str, at: Any, payload: str, outcome: str
) -> None:
    """Note a command as carried out. IntegrityError where its id was used before."""
    db.run(RECORD, (db.identity(command), instance, revision, kind, at, payload, outcome))


def tasks_insert(db: Store, rows: Sequence[Row]) -> None:
    """New tasks, columns as in ``TASKS``."""
    _insert(db, TASKS, TASK, rows, 60)


def tasks_close(
    db: Store, instance: int, numbers: Sequence[int], state: str, at: Any, by: int | None
) -> None:
    """Tasks that are done or withdrawn."""
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        db.run(_numbered(CLOSE, len(some)), (state, at, by, instance, *some))


def task_shift(db: Store, instance: int, number: int, state: str, holder: int | None) -> None:
    """A task that is held for other signers, or comes back from them."""
    db.run(SHIFT, (state, holder, instance, number))


def task_hold(db: Store, instance: int, number: int, holder: int | None, at: Any) -> None:
    """Who holds a task (None: nobody), since when."""
    db.run(CLAIM, (holder, at, instance, number))


def task_fault(db: Store, instance: int, number: int, fault: str) -> None:
    """Why nobody but a person can do a task now."""
    db.run(FAULT, (fault, instance, number))


def timers_set(db: Store, rows: Sequence[Row]) -> None:
    """Timers to arm, columns as in ``TIMERS``."""
    _insert(db, TIMERS, TIMER, rows, 60)


def timers_off(db: Store, instance: int, numbers: Sequence[int]) -> None:
    """Timers that are no longer needed, or have fired."""
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        db.run(_numbered(TIMERS_OFF, len(some)), (instance, *some))


def waits_on(db: Store, instance: int, waits: Iterable[tuple[int, str, str]]) -> None:
    """What the instance waits for from now on: (number, kind, name)."""
    _insert(db, WAITS, WAIT, [(instance, *wait) for wait in waits], 200)


def waits_off(db: Store, instance: int, waits: Iterable[tuple[int, str, str]]) -> None:
    """What it waits for no longer."""
    for wait in waits:
        db.run(WAITS_OFF, (instance, *wait))
