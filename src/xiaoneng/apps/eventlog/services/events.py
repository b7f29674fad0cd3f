"""The platform's own events: open the chain of a case, append to it. Both in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from django.db import connection

from xiaoneng.apps.accounts.crypto import keyed_hash
from xiaoneng.apps.eventlog import sql
from xiaoneng.apps.eventlog.contracts import ChainRef, NewEvent
from xiaoneng.apps.eventlog.errors import Changed, EventRefused
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.chain import canonical, content, genesis, link, micros
from xiaoneng.core.eventlog.running import activity_of, check_event

CASE_LENGTH = 64
CONTENT_BYTES = 16_384
"""Most bytes of one event in its canonical form."""

SYSTEM = "system"
"""The actor of what nobody did: timers, connectors, rules."""


def pseudonym(user: int) -> str:
    """The id under which a user stands in events: a keyed hash, the same for ever, telling nothing."""
    return f"p{keyed_hash(str(user), 'eventlog.actor')[:16]}"


def chain_open(case: str, at: datetime) -> ChainRef:
    """The chain of a case; a new one if it has none yet.

    Raises:
        BadInput: the case number cannot be used.
    """
    if not 0 < len(case) <= CASE_LENGTH or not case.isprintable():
        raise BadInput(
            "{case} cannot be the number of a case",
            place=Place(field="case"),
            expected="1 to {n} printable characters",
            case=repr(case),
            n=CASE_LENGTH,
        )
    head = genesis(case)
    number = sql.chain_open(case, head, at)
    if number is not None:
        return ChainRef(number, case, 0, head)
    found = sql.chain_read(case)
    if found is None:  # deleted between two statements: only with the triggers gone
        raise Changed("the chain of case {case} is gone", case=case)
    return ChainRef(*found)


def append(chain: ChainRef, events: Sequence[NewEvent], at: datetime) -> ChainRef:
    """Append ``events`` in their order, recorded ``at``; the new end of the chain. All or none of them.

    One INSERT and one UPDATE; the UPDATE holds the chain until the caller's transaction ends.

    Raises:
        Changed: someone else appended to the chain since ``chain`` was read.
        EventRefused: an event has a type, lifecycle, key or value that the vocabulary does not know, occurred
            after ``at``, or is too long. Nothing was written.
    """
    if not events:
        return chain
    moment = sql.stored(connection.vendor)
    recorded, recorded_at = _micros(at, 0), moment(at)
    seq, head = chain.length, chain.head
    values: list[Any] = []
    for event in events:
        seq += 1
        kind, occurred_at, lifecycle, element, activity, actor, role, body, item, version, task, data = event
        try:
            check_event(kind, lifecycle, data)
            occurred = recorded if occurred_at is at else micros(occurred_at)
            text = canonical(data) if data else "{}"
            activity = activity or activity_of(kind)
            covered = content(
                seq, kind, element, activity, lifecycle, occurred, recorded, actor, role, body, item,
                version, task, text,
            )  # fmt: skip
        except (BadInput, ValueError, TypeError) as error:
            _refuse(error, seq - chain.length, kind)
        if occurred > recorded or len(covered) > CONTENT_BYTES or b"\\u0000" in covered:
            _check(event, seq - chain.length, at, covered)
        head = link(head, covered)
        values += (
            chain.id, seq, kind, element, activity, lifecycle,
            recorded_at if occurred_at is at else moment(occurred_at), recorded_at, actor, role, body, item,
            version, task, text, head,
        )  # fmt: skip
    added = sql.events_add(
        len(events), values, chain=chain.id, before=(chain.length, chain.head), after=(seq, head)
    )
    if not added:
        raise Changed(
            "the case {case} has gone on meanwhile", hint="Read it again and repeat", case=chain.case
        )
    return ChainRef(chain.id, chain.case, seq, head)


def _micros(at: datetime, number: int) -> int:
    try:
        return micros(at)
    except TypeError as error:
        _refuse(error, number, "")


def _refuse(error: Exception, number: int, kind: str) -> NoReturn:
    """Say which event it was; anything but our own errors is a value without a form in text or time."""
    if isinstance(error, BadInput):
        place = Place(line=number, field=error.place.field if error.place else None)
        raise EventRefused(
            error.message, place=place, expected=error.expected, hint=error.hint, **error.params
        ) from error
    raise EventRefused(
        "the event {type} cannot be written down",
        place=Place(line=number),
        expected="texts in Unicode, whole numbers, and times with offset",
        type=kind or "?",
    ) from error


def _check(event: NewEvent, number: int, at: datetime, covered: bytes) -> None:
    """The rare reasons, found by a look at the whole."""
    if event.occurred_at > at:
        raise EventRefused(
            "the event {type} occurred after it was recorded",
            place=Place(line=number, field="occurred_at"),
            expected="a time up to {at}",
            type=event.type,
            at=at.isoformat(),
        )
    if len(covered) > CONTENT_BYTES:
        raise EventRefused(
            "the event {type} is too long",
            place=Place(line=number),
            expected="at most {n} bytes",
            type=event.type,
            n=CONTENT_BYTES,
        )
    texts = [value for value in event if isinstance(value, str)]
    texts += [text for value in event.data.values() for text in _texts(value)]
    if any("\x00" in text for text in texts):
        raise EventRefused(
            "the event {type} contains a zero byte",
            place=Place(line=number),
            expected="printable text",
            type=event.type,
        )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, (list, tuple)) else []
