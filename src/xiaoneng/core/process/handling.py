"""Commands: each checked against the state, then carried out; a refused one has changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from xiaoneng.core.errors import NotFound
from xiaoneng.core.process import commands as c
from xiaoneng.core.process import events
from xiaoneng.core.process.activities import done, end_case, next_signer
from xiaoneng.core.process.durations import micros, moment
from xiaoneng.core.process.faults import CommandRefused, StepFault
from xiaoneng.core.process.flowing import begin_at, leave
from xiaoneng.core.process.going_back import go_back, open_tasks, target_of
from xiaoneng.core.process.listening import listen_in
from xiaoneng.core.process.model import NONE
from xiaoneng.core.process.state import HELD, LISTEN, RUNNING, SIGNING, SUSPENDED
from xiaoneng.core.process.work import Token, Work

SIGNERS_LIMIT: Final = 100


def start(work: Work, command: c.Start) -> None:
    model = work.model
    names = command.process
    if not names:
        if len(model.processes) != 1:
            raise NotFound(
                "the model has {count} processes: {names}",
                count=len(model.processes),
                names=", ".join(model.processes),
                hint="name the one to start",
            )
        names = next(iter(model.processes))
    if names not in model.processes:
        raise NotFound(
            "there is no process {name} in the model", name=names, expected=", ".join(model.processes)
        )
    scope = model.scopes[model.processes[names]]
    work.process = scope.index
    work.assign(command.data, 0)
    work.event("started", NONE, 0, names)
    listen_in(work, scope.index, 0)
    work.touched[0] = None
    if command.event or (not scope.starts and len(scope.entries) == 1):
        node = model.node(command.event) if command.event else model.nodes[scope.entries[0]]
        if node is None or node.index not in (*scope.entries, *scope.starts):
            raise NotFound("{event} is no start of {process}", event=command.event, process=names)
        work.event("caught", node.index, 0)
        leave(work, node, 0, 0)
        return
    if not scope.starts:
        raise CommandRefused(
            "the process {name} starts by an event",
            name=names,
            expected="one of {events}",
            events=", ".join(model.nodes[e].id for e in scope.entries) or "-",
        )
    for number in scope.starts:
        begin_at(work, number, 0)


def held_by(work: Work, token: Token, by: str) -> None:
    """Raises CommandRefused where someone else holds the task."""
    holder = work.owners.get(token.id)
    if holder is not None and by != holder:
        raise CommandRefused("the task {task} is held by somebody else", task=token.id)


def complete(work: Work, command: c.Complete) -> None:
    token = work.task(command.task)
    held_by(work, token, command.by)
    work.event("completed", token.node, token.id)
    work.assign(command.data, token.id)
    done(work, token)


def claim(work: Work, command: c.Claim) -> None:
    token = work.task(command.task)
    held_by(work, token, command.by)
    work.owners[token.id] = command.by
    work.event("claimed", token.node, token.id, command.by)


def release(work: Work, command: c.Release) -> None:
    token = work.task(command.task)
    if work.owners.get(token.id) != command.by:
        raise CommandRefused("the task {task} is not held by {by}", task=command.task, by=command.by)
    del work.owners[token.id]
    work.event("released", token.node, token.id, command.by)


def delegate(work: Work, command: c.Delegate) -> None:
    token = work.task(command.task)
    if command.by:
        held_by(work, token, command.by)
    work.owners[token.id] = command.to
    work.event("delegated", token.node, token.id, command.to)


def share(work: Work, token: Token, actors: tuple[str, ...], by: str, sequential: int) -> Token:
    """Put a task into a container with further signers."""
    held_by(work, token, by)
    if not actors or len(actors) > SIGNERS_LIMIT or len(set(actors)) != len(actors) or "" in actors:
        raise CommandRefused(
            "these signers cannot be asked", expected="1 to {limit} different persons", limit=SIGNERS_LIMIT
        )
    parent = work.items.get(token.parent)
    if parent is not None and parent.role == SIGNING:
        raise CommandRefused("the task {task} already has further signers", task=token.id)
    container = work.add(SIGNING, token.node, token.parent, token.fork, 0, (sequential,))
    # timers of the task's boundary events belong to the container now
    for other in work.items.values():
        if other.host == token.id and other.role == LISTEN:
            other.host = container.id
    token.parent, token.fork = container.id, 0
    work.event("signers", token.node, token.id, actors)
    # parents come before their children in the order of items
    work.items = {container.id: container, **{i: t for i, t in work.items.items() if i != container.id}}
    return container


def countersign(work: Work, command: c.Countersign) -> None:
    token = work.task(command.task)
    container = share(work, token, command.actors, command.by, 0)
    for who in command.actors:
        next_signer(work, container, who)


def add_sign(work: Work, command: c.AddSign) -> None:
    token = work.task(command.task)
    container = share(work, token, command.actors, command.by, 1)
    if command.before:
        token.role = HELD
        work.notes[container.id] = (*command.actors[1:], "")
        next_signer(work, container, command.actors[0])
    else:
        work.notes[container.id] = command.actors


def send_back(work: Work, command: c.SendBack) -> None:
    token = work.task(command.task)
    held_by(work, token, command.by)
    to = target_of(work, command.to)
    source = work.node_of(token).id
    work.assign(command.data, token.id)
    go_back(work, token, to)
    work.event("sent_back", to.index, token.id, source)


def recall(work: Work, command: c.Recall) -> None:
    to = target_of(work, command.to)
    if not command.tasks:
        raise CommandRefused("nothing is named that could be recalled")
    tokens = [work.task(identity) for identity in command.tasks]
    for token in tokens:
        if token.id in work.owners:
            raise CommandRefused("the task {task} is held by somebody else", task=token.id)
    before = open_tasks(work, list(work.items.values()))
    go_back(work, tokens[0], to)
    gone = before - open_tasks(work, list(work.items.values()))
    if gone != set(command.tasks):
        raise CommandRefused("{to} cannot be recalled: other steps have begun since", to=to.label)
    work.event("recalled", to.index, tokens[0].id)


def message(work: Work, command: c.Message) -> None:
    found = events.catchers(work, "message", command.name)
    if command.to:
        found = [catch for catch in found if catch.item == command.to]
    if not found:
        raise CommandRefused("nothing waits for the message {name}", name=command.name)
    work.assign(command.data, found[0].item)
    events.take(work, found[0])


def signal(work: Work, command: c.Signal) -> None:
    found = events.catchers(work, "signal", command.name)
    if not found:
        raise CommandRefused("nothing waits for the signal {name}", name=command.name)
    work.assign(command.data, 0)
    for catch in found:
        events.take(work, catch)


def timer_due(work: Work, command: c.TimerDue) -> None:
    token = work.items.get(command.timer)
    if token is None or token.role != LISTEN or token.id not in work.notes:
        raise CommandRefused("the timer {timer} is not armed", timer=command.timer)
    due = work.notes[token.id][0]
    if due is not None and micros(work.at) < due:
        raise CommandRefused(
            "the timer {timer} is due at {due}, not yet at {at}",
            timer=command.timer,
            due=moment(due).isoformat(),
            at=work.at.isoformat(),
        )
    events.fire(work, token)


def throw_error(work: Work, command: c.ThrowError) -> None:
    token = work.task(command.task)
    work.assign(command.data, token.id)
    if not events.raise_error(work, token, command.code, own=True):
        raise StepFault(
            "nothing catches the error {code} of {element}",
            code=command.code,
            element=work.node_of(token).label,
            hint="draw an error event, or let the task be done otherwise",
        )


def throw_escalation(work: Work, command: c.ThrowEscalation) -> None:
    token = work.task(command.task)
    work.assign(command.data, token.id)
    events.escalate(work, token, command.code, own=True)


def set_data(work: Work, command: c.SetData) -> None:
    work.assign(command.data, 0)


def suspend(work: Work, command: c.Suspend) -> None:
    work.status = SUSPENDED
    work.event("suspended", NONE, 0)


def resume(work: Work, command: c.Resume) -> None:
    work.status = RUNNING
    work.event("resumed", NONE, 0)


def cancel(work: Work, command: c.Cancel) -> None:
    end_case(work, "cancelled")


HANDLERS: Final[dict[type[Any], Callable[[Work, Any], None]]] = {
    c.Start: start,
    c.Complete: complete,
    c.Claim: claim,
    c.Release: release,
    c.Delegate: delegate,
    c.Countersign: countersign,
    c.AddSign: add_sign,
    c.SendBack: send_back,
    c.Recall: recall,
    c.Message: message,
    c.Signal: signal,
    c.TimerDue: timer_due,
    c.ThrowError: throw_error,
    c.ThrowEscalation: throw_escalation,
    c.SetData: set_data,
    c.Suspend: suspend,
    c.Resume: resume,
    c.Cancel: cancel,
}
