"""The chain of a case's events: one canonical form, and a hash over it and the hash before.

The form is documented in ``docs/reference/event-store.md`` so that anyone can compute it again with other
tools. Pure: no database, no clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

START: Final = b"xiaoneng chain 1\n"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S: Final = 86_400
_US: Final = timedelta(microseconds=1)


def genesis(case: str) -> bytes:
    """The hash before the first event, 32 bytes; it names the case, so that no chain fits another case."""
    return sha256(START + case.encode()).digest()


def micros(moment: datetime) -> int:
    """A moment as microseconds since 1970-01-01 UTC, exactly. TypeError for a moment without offset."""
    since = moment - EPOCH
    return (since.days * DAY_S + since.seconds) * 1_000_000 + since.microseconds


def moment(us: int) -> datetime:
    """The moment of :func:`micros`."""
    return EPOCH + us * _US


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


canonical: Final[Callable[[object], str]] = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_plain
).encode
"""JSON text in one form: keys sorted, no blanks, no escapes that need not be, moments in UTC. ValueError for
NaN and infinity, TypeError for anything that JSON does not know."""

_list: Final[Callable[[object], str]] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def content(
    seq: int,
    kind: str,
    element: str,
    activity: str,
    lifecycle: str,
    occurred: int,
    recorded: int,
    actor: str,
    role: str,
    body: str,
    item: str,
    version: str,
    task: int | None,
    data: str,
) -> bytes:
    """What the hash of an event covers: a JSON list of the columns but the last, a line feed, ``data`` as it
    is stored. Times in microseconds (:func:`micros`). UnicodeEncodeError for a lone surrogate."""
    columns = [
        seq, kind, element, activity, lifecycle, occurred, recorded, actor, role, body, item, version, task
    ]  # fmt: skip
    return f"{_list(columns)}\n{data}".encode()


def link(previous: bytes, covered: bytes) -> bytes:
    """The hash of an event: SHA-256 over the hash before (32 bytes) and its content."""
    return sha256(previous + covered).digest()
