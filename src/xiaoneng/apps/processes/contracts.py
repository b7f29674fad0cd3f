"""What other parts may hold about decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import TextChoices


class State(TextChoices):
    """A version is written, then published for a date, and may be withdrawn from a date on."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class DecisionInfo(Protocol):
    """A decision as others see it: read only."""

    @property
    def pk(self) -> int: ...

    @property
    def key(self) -> str: ...

    @property
    def name_zh(self) -> str: ...

    @property
    def name_en(self) -> str: ...

    @property
    def about_zh(self) -> str: ...

    @property
    def about_en(self) -> str: ...

    @property
    def basis(self) -> str: ...

    @property
    def body_id(self) -> int | None: ...

    @property
    def body(self) -> Any: ...


class VersionInfo(Protocol):
    """A version as others see it: read only."""

    @property
    def pk(self) -> int: ...

    @property
    def number(self) -> int: ...

    @property
    def state(self) -> str: ...

    @property
    def main(self) -> str: ...

    @property
    def dmn(self) -> bytes: ...

    @property
    def sha256(self) -> str: ...

    @property
    def revision(self) -> int: ...

    @property
    def status(self) -> dict[str, int]: ...

    @property
    def hands(self) -> list[int]: ...

    @property
    def note(self) -> str: ...

    @property
    def valid_from(self) -> date | None: ...

    @property
    def valid_to(self) -> date | None: ...

    @property
    def author(self) -> Any: ...

    @property
    def published_by(self) -> Any: ...

    @property
    def published_at(self) -> datetime | None: ...

    @property
    def changed_at(self) -> datetime: ...

    @property
    def withdrawal_note(self) -> str: ...


class CaseInfo(Protocol):
    """A test case as others see it."""

    @property
    def pk(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> str: ...

    @property
    def expected(self) -> str: ...


class EvaluationInfo(Protocol):
    """A stored evaluation as others see it."""

    @property
    def pk(self) -> UUID: ...

    @property
    def on(self) -> date: ...

    @property
    def at(self) -> datetime: ...

    @property
    def reference(self) -> str: ...

    @property
    def value(self) -> str: ...

    @property
    def rules(self) -> list[int]: ...

    @property
    def record(self) -> str: ...

    @property
    def version(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which one version applies; ``end`` is the last day, None where no end is known."""

    start: date
    end: date | None
    version: VersionInfo


@dataclass(frozen=True, slots=True)
class Overview:
    """A decision in a list: the version in force today, the next one, the draft."""

    decision: DecisionInfo
    present: VersionInfo | None
    following: VersionInfo | None
    draft: VersionInfo | None
    versions: int


@dataclass(frozen=True, slots=True)
class TestRun:
    """A test case and what came out of it; ``got`` is JSON text."""

    __test__ = False

    test: CaseInfo
    got: str
    passed: bool
    reasons: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer of a decision: its value, the explanation as JSON data, where it is stored (None for a
    trial), the version that gave it, and what was wrong with the inputs (``core.decisions.Fault``)."""

    value: Any
    explanation: dict[str, Any]
    version: VersionInfo
    faults: tuple[Any, ...] = ()
    stored: UUID | None = None
    rules: tuple[int, ...] = field(default=())
