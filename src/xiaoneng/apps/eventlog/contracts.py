"""What other parts may hold about logs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
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
