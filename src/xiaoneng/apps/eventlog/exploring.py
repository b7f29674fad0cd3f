"""Looking into an imported log: cases narrowed by what a finding, a variant or a body says, and one case's
events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xiaoneng.apps.eventlog import files
from xiaoneng.apps.eventlog.contracts import LogInfo
from xiaoneng.core.eventlog.store import EventStore

# what a list of cases may be sorted by → the column
SORTS = {
    "case": "c.case_id",
    "events": "c.events",
    "start": "c.first_local",
    "days": "c.duration_s",
    "work": "c.working_days",
    "handovers": "c.handovers",
    "variant": "c.variant",
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list. ``days`` are calendar days, ``working_days`` None outside the published
    calendar."""

    case: str
    events: int
    start: datetime | None
    end: datetime | None
    days: float | None
    working_days: int | None
    handovers: int
    variant: int | None
    last_activity: str | None
    open: bool | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a case; ``gap_s`` seconds since the event before, ``gap_work_s`` the working time in
    it."""

    activity: str | None
    local: datetime | None
    ended: datetime | None
    lifecycle: str | None
    resource: str | None
    role: str | None
    body: str | None
    occurrence: int
    gap_s: float | None
    gap_work_s: float | None
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which cases are asked for; everything given must hold."""

    text: str = ""
    variant: int | None = None
    body: str = ""
    cases: tuple[str, ...] = ()


def open_store(log: LogInfo) -> EventStore:
    """The store of a log that is ready."""
    return EventStore(files.folder(log.pk) / log.result / "store")


def case_page(
    store: EventStore, narrowing: Narrowing, *, sort: str, descending: bool, offset: int, limit: int
) -> tuple[int, list[CaseRow]]:
    """How many cases match, and one page of them."""
    where, parameters = _where(narrowing)
    order = f"{SORTS.get(sort, 'c.case_no')} {'DESC' if descending else 'ASC'} NULLS LAST, c.case_no"
    count_query = f"SELECT count(*) FROM cases c WHERE {where}"  # noqa: S608 # constants of this module alone
    query = f"""
        SELECT c.case_id, c.events, c.first_local, c.last_local, c.duration_s / 86400,
               c.working_days, c.handovers,
               c.variant, a.name, c.open
        FROM cases c LEFT JOIN activities a ON a.id = c.end_activity
        WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"""  # noqa: S608 # what the user typed is a parameter
    with store.connection() as connection:
        counted = connection.execute(count_query, parameters).fetchone()
        rows = connection.execute(query, [*parameters, limit, offset]).fetchall()
    return (int(counted[0]) if counted else 0), [CaseRow(*row) for row in rows]


def case_events(store: EventStore, case: str) -> list[EventRow]:
    """The events of one case in order; empty when there is no such case."""
    query = """
        SELECT a.name, e.local, e.ended, l.name, r.name, o.name, b.name, e.occurrence,
               lag(e.gap_s) OVER w, lag(e.gap_work_s) OVER w, e.row
        FROM events e
        JOIN cases c ON c.case_no = e.case_no AND c.case_id = ?
        LEFT JOIN activities a ON a.id = e.activity
        LEFT JOIN lifecycles l ON l.id = e.lifecycle
        LEFT JOIN resources r ON r.id = e.resource
        LEFT JOIN roles o ON o.id = e.role
        LEFT JOIN bodies b ON b.id = e.body
        WINDOW w AS (ORDER BY e.seq)
        ORDER BY e.seq LIMIT 2000"""
    with store.connection() as connection:
        rows = connection.execute(query, [case]).fetchall()
        further = _attributes(connection, store, [row[-1] for row in rows])
    found = []
    for *values, number in rows:
        values.append(further.get(number, ()))
        found.append(EventRow(*values))
    return found


def bodies(store: EventStore) -> list[str]:
    """The names of the bodies in the log."""
    return [str(name) for name in store.sql("SELECT name FROM bodies ORDER BY name").column(0).to_pylist()]


def _where(narrowing: Narrowing) -> tuple[str, list[Any]]:
    parts, parameters = ["TRUE"], list[Any]()
    if narrowing.text:
        parts.append("contains(lower(c.case_id), lower(?))")
        parameters.append(narrowing.text)
    if narrowing.variant is not None:
        parts.append("c.variant = ?")
        parameters.append(narrowing.variant)
    if narrowing.body:
        parts.append(
            "c.case_no IN (SELECT e.case_no FROM events e JOIN bodies b ON b.id = e.body WHERE b.name = ?)"
        )
        parameters.append(narrowing.body)
    if narrowing.cases:
        parts.append("c.case_id IN (SELECT unnest(?))")
        parameters.append(list(narrowing.cases))
    return " AND ".join(parts), parameters


def _attributes(
    connection: Any, store: EventStore, rows: Sequence[int]
) -> dict[int, tuple[tuple[str, str], ...]]:
    """The further attributes of events by row, without the empty ones."""
    if not rows or "event_attributes" not in store.tables():
        return {}
    cursor = connection.execute(
        'SELECT * FROM event_attributes WHERE "row" IN (SELECT unnest(?))', [list(rows)]
    )
    names = [column[0] for column in cursor.description]
    key = names.index("row")
    return {
        row[key]: tuple((n, str(v)) for n, v in zip(names, row, strict=True) if n != "row" and v is not None)
        for row in cursor.fetchall()
    }
