"""What other parts may hold about running cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import TextChoices

from xiaoneng.apps.audit.contracts import SYSTEM, Actor


class TaskState(TextChoices):
    """``held``: it waits for further signers (加签) and comes back."""

    OPEN = "open"
    HELD = "held"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class TaskKind(TextChoices):
    """Who does it: a person, a connector, a decision, or a message from elsewhere."""

    HUMAN = "human"
    SERVICE = "service"
    DECISION = "decision"
    RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who asks for a step. ``roles`` are the role and posts of the person, ``body`` is the code of the body
    that he works for. ``manages`` lets him suspend, resume, cancel and hand over what lies within his
    ``reach`` (codes of bodies; None: all). ``trusted``: the calling service has checked the right itself,
    as for an applicant who withdraws."""

    actor: Actor = SYSTEM
    roles: frozenset[str] = frozenset()
    body: str = ""
    manages: bool = False
    reach: frozenset[str] | None = frozenset()
    trusted: bool = False

    @property
    def user(self) -> int | None:
        return self.actor.user

    @property
    def by(self) -> str:
        """How the state of a case names this person."""
        return "" if self.actor.user is None else str(self.actor.user)


MACHINE = Doer(trusted=True)


class Opened(NamedTuple):
    """A task that a step opened and left open."""

    number: int
    element: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to. ``repeated``: it had been carried out before, this is the stored answer."""

    instance: int
    revision: int
    status: str
    opened: tuple[Opened, ...] = ()
    closed: tuple[int, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What a connector is asked. ``data`` are the variables of the case that its model names; ``key`` is the
    same when the call is tried again, so that the other side can tell."""

    key: str
    case: str
    instance: int
    task: int
    element: str
    item: str
    body: str
    data: Mapping[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a connector answers: data of the completed task, or the code of an error that the model
    catches."""

    data: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


Connector = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a message or signal went."""

    receivers: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What a migration did, or would do, with one case. ``reason`` says why not."""

    instance: int
    case: str
    ok: bool
    reason: str = ""
    marking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """Cases in the order of their number; ``migration`` is None for a dry run."""

    migration: int | None
    moved: tuple[Moved, ...]
    problems: tuple[str, ...] = ()

    @property
    def done(self) -> int:
        return sum(m.ok for m in self.moved)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list."""

    instance: int
    number: int
    case: str
    item: str
    element: str
    name: str
    role: str
    body: str
    holder: int | None
    state: str
    opened_at: datetime
    due: datetime | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """A live element of the diagram: how many tokens, and the open tasks' numbers."""

    element: str
    tokens: int
    tasks: tuple[int, ...] = ()


CommandId = UUID
