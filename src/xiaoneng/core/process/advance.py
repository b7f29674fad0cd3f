"""One step of a case: pure, deterministic, independent of the length of the case and the size of the model.

A step that depends on nothing but the shape of the marking and on conditions is worked out once and then
remembered with the shape, as a decision over the conditions it asked. Remembering changes no answer:
``tests/core/process`` run every model with and without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from xiaoneng.core.decisions import from_python
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process.commands import Cancel, Command, Complete, Resume, Start
from xiaoneng.core.process.faults import CommandRefused, NotExecutable
from xiaoneng.core.process.handling import HANDLERS
from xiaoneng.core.process.model import Model
from xiaoneng.core.process.moving import rest
from xiaoneng.core.process.shape import Shape
from xiaoneng.core.process.state import ENDED, NO_EXTRA, SUSPENDED, Extra, State
from xiaoneng.core.process.work import Event, Work


class Task(NamedTuple):
    """A task that a step opened: its id and node number."""

    id: int
    node: int


class Timer(NamedTuple):
    """A timer that a step armed. ``due`` is an instant, or (limit, unit) that a calendar has to count."""

    id: int
    node: int
    due: Any


class Step(NamedTuple):
    """The outcome: the new state, and what happened, in order."""

    state: State
    events: tuple[Event, ...]

    @property
    def tasks(self) -> list[Task]:
        """Tasks that were opened and are still open."""
        ids = set(self.state.ids)
        return [Task(e.item, e.node) for e in self.events if e.kind == "opened" and e.item in ids]

    @property
    def closed(self) -> list[int]:
        """Ids of tasks that are done or withdrawn."""
        return [e.item for e in self.events if e.kind in ("completed", "withdrawn")]

    @property
    def timers(self) -> list[Timer]:
        """Timers to arm (or arm again)."""
        ids = set(self.state.ids)
        return [Timer(e.item, e.node, e.data) for e in self.events if e.kind == "timer_set" and e.item in ids]

    @property
    def timers_off(self) -> list[int]:
        """Timers that are no longer needed."""
        return [e.item for e in self.events if e.kind == "timer_off"]

    @property
    def messages(self) -> list[str]:
        """Names of messages to deliver."""
        return [e.data for e in self.events if e.kind == "message"]

    @property
    def signals(self) -> list[str]:
        """Names of signals to broadcast to other cases; this one has had them."""
        return [e.data for e in self.events if e.kind == "signal"]


class Ask(NamedTuple):
    """A remembered transition goes on by the answer of a condition."""

    formula: int
    answers: dict[bool, Any]


class Leaf(NamedTuple):
    """A remembered transition: the new shape, where its ids come from (≥ 0: position before, < 0: new),
    how many ids are used, and the events with ids told in the same way (None: the case)."""

    shape: Shape
    plan: tuple[int, ...]
    used: int
    events: tuple[tuple[str, int, int | None, Any], ...]


def advance(
    model: Model, state: State | None, command: Command, at: datetime, *, remember: bool = True
) -> Step:
    """Carry out a command. ``state`` is None for ``Start``; ``at`` is the time, with offset.

    Raises CommandRefused where the command does not fit the state, StepFault (NoBranch, …) where the model
    cannot go on with the data, StepTooLarge for a step without end, NotExecutable for a mere drawing. Then
    nothing has changed.
    """
    if at.tzinfo is None:
        raise BadInput("the time {at} has no offset", at=at.isoformat(), expected="a time with offset")
    if type(command) is Complete and state is not None and remember:
        step = recalled(model, state, command)
        if step is not None:
            return step
    if state is None:
        if type(command) is not Start:
            raise CommandRefused("the case has not begun")
        blockers = model.blockers
        if blockers:
            raise NotExecutable(
                "the model cannot be run: {reason}",
                reason=str(blockers[0]),
                hint="it has {count} such elements; see xiaoneng process check",
                count=len(blockers),
            )
    elif type(command) is Start:
        raise CommandRefused("the case has already begun")
    elif state.shape.status in ENDED:
        raise CommandRefused("the case has ended: {status}", status=state.shape.status)
    elif (state.shape.status == SUSPENDED) != (type(command) is Resume) and type(command) is not Cancel:
        raise CommandRefused(
            "the case is suspended" if state.shape.status == SUSPENDED else "the case is not suspended"
        )
    work = Work(model, state, at)
    HANDLERS[type(command)](work, command)
    if work.status == "running":
        rest(work)
    after = work.freeze()
    if type(command) is Complete and state is not None and remember and work.pure and not state.extra.local:
        keep(state, command.task, work, after)
    return Step(after, tuple(work.events))


def recalled(model: Model, state: State, command: Complete) -> Step | None:
    """The step as it was remembered; None where it must be worked out."""
    shape, ids, first, variables, owners, extra = state
    task = command.task
    if task not in ids or extra.local:
        return None
    found = shape.steps.get(ids.index(task))
    if found is None:
        return None
    if owners:
        holder = owners.get(task)
        if holder is not None and holder != command.by:
            return None
    data = command.data
    if data:
        variables = merged(model, variables, data)
    formulas = model.formulas
    while type(found) is Ask:
        found = found.answers.get(formulas[found.formula].holds(variables, None))
    if found is None:
        return None
    after, plan, used, templates = found
    new = tuple([ids[p] if p >= 0 else first - 1 - p for p in plan])
    if owners:
        owners = {i: who for i, who in owners.items() if i in new}
    if extra is not NO_EXTRA:
        notes = {i: note for i, note in extra.notes.items() if i in new}
        extra = Extra(extra.local, notes) if notes else NO_EXTRA
    events = tuple(
        [
            make_event(Event, (kind, node, 0 if r is None else ids[r] if r >= 0 else first - 1 - r, data))
            for kind, node, r, data in templates
        ]
    )
    step: Step = make_step(
        Step, (make_state(State, (after, new, first + used, variables, owners, extra)), events)
    )
    return step


# tuple's own constructor: the generated one costs more than the step itself
make_event: Any = tuple.__new__
make_step: Any = tuple.__new__
make_state: Any = tuple.__new__


def merged(model: Model, variables: Mapping[str, Any], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Variables with the data that expressions of the model use."""
    names = model.names
    kept = {name: from_python(value) for name, value in data.items() if name in names}
    return {**variables, **kept} if kept else variables


def keep(state: State, task: int, work: Work, after: State) -> None:
    """Remember what completing this task from this shape led to."""
    position = {identity: number for number, identity in enumerate(state.ids)}
    first = state.next

    def place(identity: int) -> int | None:
        if not identity:
            return None
        return position[identity] if identity in position else first - 1 - identity

    plan = tuple(place(identity) for identity in after.ids)
    templates = tuple((e.kind, e.node, place(e.item), e.data) for e in work.events)
    leaf = Leaf(after.shape, plan, after.next - first, templates)  # type: ignore[arg-type] # items have ids
    answers: dict[Any, Any] = state.shape.steps
    key: Any = position[task]
    for formula, answer in work.asked:
        ask = answers.get(key)
        if ask is None:
            ask = answers[key] = Ask(formula, {})
        if type(ask) is not Ask or ask.formula != formula:
            return
        answers, key = ask.answers, answer
    answers[key] = leaf
