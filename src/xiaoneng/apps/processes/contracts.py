"""What other parts may hold about decisions and processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.db.models import TextChoices

V = TypeVar("V", bound="Dated")


class State(TextChoices):
    """A version is written, then published for a date, and may be withdrawn from a date on."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Named(Protocol):
    """What a decision and a process have in common: read only."""

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
    def body_id(self) -> int | None: ...

    @property
    def body(self) -> Any: ...


class DecisionInfo(Named, Protocol):
    """A decision as others see it: read only."""

    @property
    def basis(self) -> str: ...


class Dated(Protocol):
    """What a version of a decision and one of a process have in common: read only."""

    @property
    def pk(self) -> int: ...

    @property
    def number(self) -> int: ...

    @property
    def state(self) -> str: ...

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


class VersionInfo(Dated, Protocol):
    """A version of a decision as others see it."""

    @property
    def main(self) -> str: ...

    @property
    def dmn(self) -> bytes: ...


class ProcessInfo(Named, Protocol):
    """A process as others see it: read only."""


class ProcessVersionInfo(Dated, Protocol):
    """A version of a process as others see it."""

    @property
    def process_id(self) -> int: ...

    @property
    def bpmn(self) -> bytes: ...


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
class Period(Generic[V]):
    """Days on which one version applies; ``end`` is the last day, None where no end is known."""

    start: date
    end: date | None
    version: V

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Standing(Generic[V]):
    """Of several versions: the one in force today, the next one, the draft, and how many there are."""

    present: V | None
    following: V | None
    draft: V | None
    versions: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A decision in a list, and how its versions stand."""

    decision: DecisionInfo
    present: VersionInfo | None
    following: VersionInfo | None
    draft: VersionInfo | None
    versions: int


@dataclass(frozen=True, slots=True)
class ProcessOverview:
    """A process in a list, and how its versions stand."""

    process: ProcessInfo
    present: ProcessVersionInfo | None
    following: ProcessVersionInfo | None
    draft: ProcessVersionInfo | None
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
class Past:
    """Inputs of past cases as columns of JSON values by input name, with a reference for each row; the days
    for which they were decided, and how many decisions are stored in all (``None``, 0: not of the record)."""

    columns: dict[str, list[Any]]
    references: list[str]
    first: date | None = None
    last: date | None = None
    stored: int = 0


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
