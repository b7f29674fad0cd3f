"""Reads of chains, events and seals: streamed in the order in which they are proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from xiaoneng.apps.eventlog import sql
from xiaoneng.apps.eventlog.contracts import ChainRef
from xiaoneng.apps.eventlog.models import Chain
from xiaoneng.apps.eventlog.models import Seal as SealRow
from xiaoneng.core.eventlog.chain import micros
from xiaoneng.core.eventlog.proof.evidence import Stated, StoredEvent
from xiaoneng.core.eventlog.proof.seals import Seal

CHUNK = 2000
EVENTS = """
SELECT c."case", e.seq, e.type, e.element, e.activity, e.lifecycle, {occurred_at}, {recorded_at},
       e.actor, e.role, e.body, e.item, e.version, e.task, e.data, e.hash
FROM eventlog_chain c JOIN eventlog_caseevent e ON e.chain_id = c.id
"""


def chain_of(case: str) -> ChainRef | None:
    """The chain of a case as it is now; None when it has none."""
    found = Chain.objects.filter(case=case).values_list("id", "case", "length", "head").first()
    return None if found is None else ChainRef(*found)


Opened = tuple[datetime, datetime]
"""From the first moment up to, but without, the second."""


def chains(opened: Opened | None = None) -> Iterator[Stated]:
    """The chains that have events, sorted by case: all, or those of cases opened within a time. One
    consistent view of the database."""
    joined, parameters = _opened(opened)
    query = (
        f'SELECT c."case", c.length, c.head FROM eventlog_chain c {joined} '  # noqa: S608  # constants
        f"WHERE c.length > 0 ORDER BY {_by_case()}"
    )
    return (Stated(case, length, bytes(head)) for case, length, head in _rows(query, parameters))


def events(opened: Opened | None = None) -> Iterator[StoredEvent]:
    """The events, sorted by case and place: all, or those of cases opened within a time."""
    joined, parameters = _opened(opened)
    return _events(f"{EVENTS} {joined} ORDER BY {_by_case()}, e.seq", parameters)


def _opened(opened: Opened | None) -> tuple[str, list[Any]]:
    """A join that keeps the chains whose first event happened within a time."""
    if opened is None:
        return "", []
    moment = sql.stored(connection.vendor)
    join = (
        "JOIN eventlog_caseevent f ON f.chain_id = c.id AND f.seq = 1 "
        "AND f.occurred_at >= %s AND f.occurred_at < %s"
    )
    return join, [moment(opened[0]), moment(opened[1])]


def events_of(case: str) -> Iterator[StoredEvent]:
    """The events of one case, by place."""
    return _events(f'{EVENTS} WHERE c."case" = %s ORDER BY e.seq', [case])


def lengths() -> Iterator[tuple[int, int]]:
    """Number and length of every chain that has events, by number."""
    query = "SELECT id, length FROM eventlog_chain WHERE length > 0 ORDER BY id"
    return ((int(chain), int(length)) for chain, length in _rows(query))


def events_in(chain_ids: Sequence[int]) -> Iterator[tuple[int, StoredEvent]]:
    """The events of some chains, each with the number of its chain, by chain and place."""
    marks = ", ".join(["%s"] * len(chain_ids))
    query = f"{EVENTS} WHERE c.id IN ({marks}) ORDER BY c.id, e.seq"
    found = dict(Chain.objects.filter(pk__in=chain_ids).values_list("case", "pk"))
    return ((found[event.case], event) for event in _events(query, list(chain_ids)))


def orphans() -> list[tuple[int, int]]:
    """Chain number and first place of events whose chain is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chain_id, min(seq) FROM eventlog_caseevent "
            "WHERE chain_id NOT IN (SELECT id FROM eventlog_chain) GROUP BY chain_id ORDER BY chain_id"
        )
        return [(int(chain), int(seq)) for chain, seq in cursor.fetchall()]


def seals() -> list[Seal]:
    """The seals of the database, by number."""
    return [
        Seal(
            row.number, micros(row.sealed_at), row.cases, row.events, row.changed, row.root, row.leaves,
            row.broken, row.previous, row.key, row.successor, row.signature,
        )
        for row in SealRow.objects.order_by("number")
    ]  # fmt: skip


def _events(query: str, parameters: Sequence[object]) -> Iterator[StoredEvent]:
    sqlite = connection.vendor == "sqlite"
    as_micros = _text_micros if sqlite else micros
    column = "CAST(e.{} AS TEXT)" if sqlite else "e.{}"
    times = {name: column.format(name) for name in ("occurred_at", "recorded_at")}
    for row in _rows(query.format(**times), parameters):
        (
            case, seq, kind, element, activity, lifecycle, occurred, recorded, actor, role, body, item,
            version, task, data, digest,
        ) = row  # fmt: skip
        yield StoredEvent(
            case, seq, kind, element, activity, lifecycle, as_micros(occurred), as_micros(recorded), actor,
            role, body, item, version, task, data, bytes(digest),
        )  # fmt: skip


def _text_micros(text: str) -> int:
    """SQLite keeps moments as text in UTC; -1, which no event has, for what somebody else put there."""
    try:
        return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except ValueError:
        return -1


def _by_case() -> str:
    """By code point, whatever the collation of the database: so Python and every reader of a file sorts."""
    return 'c."case"' if connection.vendor == "sqlite" else 'c."case" COLLATE "C"'


def _rows(query: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a query as they come: a named cursor on PostgreSQL, one statement on SQLite."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while found := cursor.fetchmany(CHUNK):
            yield from found
