"""What a step writes into the event log: one event of the log for each event of the engine.

A task is scheduled, started by whoever claims it, handed over, completed or withdrawn; its type is the one
that the model gives it (``xn:event``). No value of a variable and no name of a person is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from xiaoneng.apps.engine.calendars import due_at
from xiaoneng.apps.engine.contracts import Doer
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.services.events import SYSTEM, pseudonym
from xiaoneng.core.eventlog.running import OPENINGS, is_step
from xiaoneng.core.eventlog.vocabulary import RESULTS
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.work import Event

NOTHING: Final[Mapping[str, Any]] = {}
STEP: Final = "step.done"
ACCEPTED: Final = "case.accepted"
DECIDED: Final = "case.decided"

# kind → (type, empty: the task's own; lifecycle; key under which the data of the event go; whether the asker
# did it or the engine)
LOGGED: Final[dict[str, tuple[str, str, str, bool]]] = {
    "started": ("process.started", "start", "", True),
    "opened": ("", "schedule", "", False),
    "completed": ("", "complete", "", True),
    "withdrawn": ("", "withdraw", "reason", False),
    "claimed": ("", "start", "", True),
    "released": ("", "reassign", "", True),
    "delegated": ("", "reassign", "to", True),
    "signers": ("", "assign", "signers", True),
    "sent_back": ("step.sent_back", "complete", "origin", True),
    "recalled": ("step.recalled", "complete", "", True),
    "waiting": ("event.awaited", "schedule", "", False),
    "caught": ("event.caught", "complete", "", False),
    "split": ("gateway.split", "complete", "flows", False),
    "joined": ("gateway.joined", "complete", "", False),
    "sub_started": ("part.entered", "start", "", False),
    "sub_ended": ("part.left", "complete", "status", False),
    "timer_set": ("timer.set", "schedule", "", False),
    "timer_off": ("timer.cleared", "withdraw", "", False),
    "message": ("message.sent", "complete", "name", False),
    "signal": ("signal.sent", "complete", "name", False),
    "error": ("error.raised", "complete", "name", True),
    "escalation": ("escalation.raised", "complete", "name", True),
    "compensated": ("step.undone", "complete", "", False),
    "script": ("process.changed", "complete", "", False),
    "suspended": ("process.suspended", "suspend", "", True),
    "resumed": ("process.resumed", "resume", "", True),
    "ended": ("process.ended", "complete", "status", False),
}
WITH_COMMAND: Final = frozenset(
    kind for kind, row in LOGGED.items() if row[0] in ("", STEP) or row[0].startswith("process.")
) | {"sent_back", "recalled", "error", "escalation"}


class Circumstances(NamedTuple):
    """What all events of a step share."""

    doer: Doer
    applicant: int | None
    body: str
    bodies: Mapping[str, str]
    item: str
    item_version: str
    process: str
    number: int
    command: str
    opening: Mapping[str, Any] = NOTHING
    """What the opening event of the case tells; only a start has it."""


def actor_of(doer: Doer, applicant: int | None) -> str:
    """The asker as the log names him: applicants do not appear in it."""
    if doer.user is None:
        return SYSTEM
    return "" if doer.user == applicant else pseudonym(doer.user)


def body_of(name: str, body: str, bodies: Mapping[str, str]) -> str:
    """The code of the body that ``xn:body`` means: the case's own, a part that the start filled, or a code
    itself. KeyError for a part that nobody filled."""
    if not name or name == "case":
        return body
    return bodies[name] if name in bodies or len(name) != 18 else name


def log(
    model: Model,
    events: Sequence[Event],
    at: datetime,
    around: Circumstances,
    dues: Mapping[int, datetime | None],
    variables: Mapping[str, Any] = NOTHING,
) -> list[NewEvent]:
    """The events for the log; ``dues`` are the due times of tasks and timers by number, ``variables`` those
    after the step, of which outcomes are told.

    A case whose start event is an opening of the vocabulary (``xn:event="case.submitted"``) begins with that
    event. Acceptance tells until when the whole process promises to be done (``xn:limit`` of the process).
    """
    asker = actor_of(around.doer, around.applicant)
    role = around.doer.actor.role
    nodes = model.nodes
    found: list[NewEvent] = []
    first = around.command
    for kind, index, item, data in events:
        named, lifecycle, key, asked = LOGGED[kind]
        told: dict[str, Any] = {}
        if key and data:
            told[key] = _told(kind, data)
        if first and kind in WITH_COMMAND:
            told["command"], first = first, ""
        if kind in ("opened", "timer_set"):
            due = dues.get(item)
            if due is not None:
                told["due"] = due
        if kind in ("timer_set", "timer_off"):
            told["timer"] = item
        elif kind == "script" and data[0]:
            told["variable"] = data[0]
        elif kind == "started":
            told["process"], told["number"] = around.process, around.number
            found += _opening(model, at, around, asker, role)
        element = activity = ""
        task: int | None = None
        body = around.body
        if index >= 0:
            node = nodes[index]
            element, activity = node.id, node.name
            if not named:
                task = item
                named = node.facts.event if is_step(node.facts.event) else STEP
                body = body_of(node.facts.body, around.body, around.bodies)
                if kind == "completed":
                    asked = not node.facts.decision
                    told |= _tells(model, node, named, at, variables, by_rules=not asked or asker == SYSTEM)
            elif kind == "caught" and is_step(node.facts.event) and node.facts.event not in OPENINGS:
                # what came from outside, such as corrected documents or a withdrawal, is a step of the case
                named = node.facts.event
        found.append(
            NewEvent(
                named,
                at,
                lifecycle,
                element,
                activity,
                asker if asked else SYSTEM,
                role if asked else "",
                body,
                around.item,
                around.item_version,
                task,
                told or NOTHING,
            )
        )
    return found


def _opening(model: Model, at: datetime, around: Circumstances, asker: str, role: str) -> list[NewEvent]:
    node = next((n for n in model.nodes if n.kind == "startEvent" and n.facts.event in OPENINGS), None)
    if node is None:
        return []
    return [
        NewEvent(
            node.facts.event,
            at,
            "complete",
            node.id,
            node.name,
            asker,
            role,
            around.body,
            around.item,
            around.item_version,
            None,
            around.opening,
        )
    ]


def _tells(
    model: Model, node: Node, named: str, at: datetime, variables: Mapping[str, Any], *, by_rules: bool
) -> dict[str, Any]:
    """What a completed step tells besides being done."""
    told: dict[str, Any] = {}
    if node.outcome != NONE:
        value = model.formulas[node.outcome].value(variables, at)
        if value in RESULTS:
            told["result"] = value
    if named == DECIDED and by_rules:
        told["instant"] = True
    limit = model.scopes[node.scope].facts
    if named == ACCEPTED and limit.limit is not None:
        due = due_at(limit.limit, limit.unit, at)
        if due is not None:
            told["due"] = due
    return told


def _told(kind: str, data: Any) -> Any:
    if kind == "delegated":
        return pseudonym(int(data))
    if kind == "signers":
        return [pseudonym(int(who)) for who in data]
    if kind == "split":
        return [str(flow) for flow in data]
    return str(data)
