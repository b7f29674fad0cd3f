"""What other parts may hold about logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db.models import TextChoices


class State(TextChoices):
    """How far a log is."""

    GUESSING = "guessing"
    WAITING = "waiting_for_confirmation"
    IMPORTING = "importing"
    READY = "ready"
    FAILED = "failed"


class LogInfo(Protocol):
    """A log as others see it: read only."""

    @property
    def pk(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def filename(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def run(self) -> int: ...

    @property
    def result(self) -> str: ...

    @property
    def progress_text(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def guess(self) -> Any: ...

    @property
    def mapping(self) -> Any: ...

    @property
    def error(self) -> Any: ...

    @property
    def counts(self) -> Any: ...

    @property
    def body(self) -> Any: ...

    @property
    def uploaded_by(self) -> Any: ...


class ChainRef(NamedTuple):
    """The end of a case's chain as it was read: pass it on to ``append``, which gives the new end."""

    id: int
    case: str
    length: int
    head: bytes


class NewEvent(NamedTuple):
    """An event to be appended. ``type`` is a name of the vocabulary, ``lifecycle`` one of XES; ``data`` has
    the keys that the vocabulary declares for the type. ``actor`` is a pseudonymous id (``pseudonym``)."""

    type: str
    occurred_at: datetime
    lifecycle: str = "complete"
    element: str = ""
    activity: str = ""
    actor: str = ""
    role: str = ""
    body: str = ""
    item: str = ""
    version: str = ""
    task: int | None = None
    data: Mapping[str, object] = {}
