"""What can be asked of a case. Actors are pseudonymous ids; data are values by variable name.

A command has no id here: the layer that stores a step writes the command's id in the same transaction under a
unique constraint, and answers a repeated one with the stored outcome without calling ``advance`` again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Data = Mapping[str, Any]


class Start(NamedTuple):
    """Begin a case of ``process`` (default: the only one), at start event ``event`` (default: the one
    without a trigger)."""

    process: str = ""
    event: str = ""
    data: Data | None = None


class Complete(NamedTuple):
    """A task is done. A task that someone holds can be completed by nobody else."""

    task: int
    data: Data | None = None
    by: str = ""


class Claim(NamedTuple):
    """``by`` takes a task."""

    task: int
    by: str


class Release(NamedTuple):
    """``by`` gives a task back to all who may take it."""

    task: int
    by: str


class Delegate(NamedTuple):
    """The holder (or whoever manages, when ``by`` is empty) hands a task to ``to``."""

    task: int
    to: str
    by: str = ""


class Countersign(NamedTuple):
    """会签: ``actors`` must complete the task too, all at once; it goes on when everybody has."""

    task: int
    actors: tuple[str, ...]
    by: str = ""


class AddSign(NamedTuple):
    """加签: ``actors`` one after the other, before the holder goes on or after he is done."""

    task: int
    actors: tuple[str, ...]
    before: bool
    by: str = ""


class SendBack(NamedTuple):
    """退回: from this task back to the earlier task ``to`` (a BPMN id); what runs beside it since is
    withdrawn."""

    task: int
    to: str
    by: str = ""
    data: Data | None = None


class Recall(NamedTuple):
    """撤回: whoever completed ``to`` takes it back, as long as nobody holds the ``tasks`` that it opened."""

    to: str
    tasks: tuple[int, ...]
    by: str = ""


class Message(NamedTuple):
    """A message has come; at most one waits for it. ``to`` picks an item where several do."""

    name: str
    data: Data | None = None
    to: int = 0


class Signal(NamedTuple):
    """A signal was thrown somewhere; everything that waits for it goes on."""

    name: str
    data: Data | None = None


class TimerDue(NamedTuple):
    """A timer's time has come."""

    timer: int


class ThrowError(NamedTuple):
    """A task failed with an error that the model may catch."""

    task: int
    code: str
    data: Data | None = None


class ThrowEscalation(NamedTuple):
    """A task raises an escalation; it goes on unless what catches it interrupts it."""

    task: int
    code: str
    data: Data | None = None


class SetData(NamedTuple):
    """Variables change without a step; conditional events may fire."""

    data: Data


class Suspend(NamedTuple):
    """Stop working on the case. The statutory clock does not stop."""


class Resume(NamedTuple):
    """Go on with a suspended case."""


class Cancel(NamedTuple):
    """End the case now; everything open is withdrawn."""


Command = (
    Start
    | Complete
    | Claim
    | Release
    | Delegate
    | Countersign
    | AddSign
    | SendBack
    | Recall
    | Message
    | Signal
    | TimerDue
    | ThrowError
    | ThrowEscalation
    | SetData
    | Suspend
    | Resume
    | Cancel
)
