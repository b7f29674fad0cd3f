"""What the engine's steps lead to, found out by ``advance`` once and then looked up.

A *mark* is a marking of the model without identities. Completing the task at a position of a mark leads,
over the answers of the conditions asked on the way, to an *edge*: the next mark, where each of its items
comes from, which tasks opened and which were withdrawn. Only steps that depend on nothing else are kept;
those with timers, variables of their own or expressions that assign are worked out by ``advance`` each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from xiaoneng.core.process import Command, Complete, Start, State, Step, advance
from xiaoneng.core.process.shape import Item, Shape
from xiaoneng.core.process.state import LOOP, MULTI, NO_EXTRA, SCOPE, WAIT
from xiaoneng.core.simulation.branches import FEEL, Question
from xiaoneng.core.simulation.plan import NOT_A_ROW, Plan

NO_ROW: Final = -1
NOTHING: Final = 0
PLAIN: Final = 1
INNER: Final = 2
HOST: Final = 3


@dataclass(slots=True, eq=False)
class Mark:
    """A marking; ``exits`` by the position of the task that is completed."""

    shape: Shape
    number: int
    ended: bool
    exits: dict[int, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Ask:
    """Which way depends on a condition."""

    question: int
    yes: Any = None
    no: Any = None


@dataclass(slots=True, eq=False)
class Edge:
    """A step: for each item of ``mark`` its position before (−1: no row there, or a new one), then positions,
    nodes and kinds of the rows that open, then positions before of rows that were withdrawn."""

    mark: Mark
    plan: tuple[int, ...]
    opened: tuple[tuple[int, int, int], ...]
    gone: tuple[int, ...]


class Stepped:
    """Stands where an edge would: the step must be worked out each time."""


STEPPED: Final = Stepped()
ROOT: Final = -1
"""The position under which the start of a case is kept."""


class Chart:
    """The marks found so far. ``answer(question)`` is told by the kernel for the case at hand."""

    def __init__(self, plan: Plan, *, remember: bool = True) -> None:
        self.plan, self._remember = plan, remember
        self.marks: dict[Shape, Mark] = {}
        self.before = Mark(Shape(-1, "", ()), 0, False)
        """Before the case has begun; its one exit is ROOT."""

    def mark(self, shape: Shape) -> Mark:
        """The mark of a shape."""
        found = self.marks.get(shape)
        if found is None:
            ended = shape.status != "running"
            found = self.marks[shape] = Mark(shape, len(self.marks) + 1, ended)
        return found

    def row_at(self, items: tuple[Item, ...], place: int) -> int:
        """What an item of a marking is to the log and the calendar: NOTHING, a task or event (PLAIN), one
        instance of a repeated task (INNER), or what a message on the border of an activity belongs to (HOST).
        """
        role, node, parent = items[place][:3]
        inner = parent >= 0 and items[parent][1] == node and items[parent][0] in (LOOP, MULTI)
        if role == WAIT and self.plan.queue[node] != NOT_A_ROW:
            return INNER if inner else PLAIN
        if role in (SCOPE, LOOP, MULTI) and not inner and self.plan.deliveries[node]:
            return HOST
        return NOTHING

    def find(
        self,
        mark: Mark,
        position: int,
        given: list[bool],
        answer: Callable[[int], bool],
        variables: Mapping[str, Any],
        at: datetime,
    ) -> tuple[Edge | Stepped, Step]:
        """Work a step out. ``given`` are the answers already given on the way to where the chart ended."""
        path: list[tuple[int, bool]] = []
        state = None if position == ROOT else state_of(mark, variables)
        command: Command = (
            Start(self.plan.process, "", variables) if state is None else Complete(position + 1)
        )
        step, pure = self.step(state, command, at, given, answer, path)
        if not pure or not self._remember:
            found: Edge | Stepped = STEPPED
        else:
            found = self._edge(state, step.state, position)
        if found is STEPPED and (path or not self._remember):
            # answers were drawn for it: keep none of them, the whole exit is worked out each time
            path = []
        mark.exits[position] = keep(mark.exits.get(position), path, found)
        return found, step

    def step(
        self,
        state: State | None,
        command: Command,
        at: datetime,
        given: list[bool],
        answer: Callable[[int], bool],
        path: list[tuple[int, bool]] | None = None,
    ) -> tuple[Step, bool]:
        """One ``advance``, with conditions answered; whether the outcome depends on the answers alone."""
        plan = self.plan
        desk, questions = plan.branching.desk, plan.branching.questions
        asked = path if path is not None else []
        replay = iter(given)
        pure = True
        held = False

        def reply(number: int, variables: Mapping[str, Any], now: datetime | None) -> bool:
            nonlocal held, pure
            question: Question = questions[number]
            if question.kind == FEEL and not question.known:
                pure = False
                original = plan.model.formulas[number].original  # type: ignore[attr-defined] # ``Asked``
                return bool(original.holds(variables, now))
            if question.opens:
                held = False
            if question.forced and not held:
                return True
            found = next(replay, None)
            if found is None:
                found = answer(number)
            asked.append((number, found))
            held = held or found
            return found

        desk.answer, desk.impure = reply, False
        step = advance(plan.model, state, command, at, remember=False)
        after = step.state
        pure = pure and not desk.impure and not bears_own(after)
        if state is not None:
            pure = pure and not bears_own(state) and after.variables == state.variables
        return step, pure

    def _edge(self, before: State | None, after: State, position: int) -> Edge:
        place = {} if before is None else {identity: n for n, identity in enumerate(before.ids)}
        items, ids = after.shape.items, after.ids
        plan = tuple(place.get(identity, NO_ROW) for identity in ids)
        opened = tuple(
            (n, item[1], kind)
            for n, item in enumerate(items)
            if ids[n] not in place and (kind := self.row_at(items, n))
        )
        gone: tuple[int, ...] = ()
        if before is not None:
            kept, old = set(plan), before.shape.items
            gone = tuple(
                n for n in range(len(old)) if n != position and n not in kept and self.row_at(old, n)
            )
        return Edge(self.mark(after.shape), plan, opened, gone)


def keep(tree: Any, path: list[tuple[int, bool]], leaf: Edge | Stepped) -> Any:
    """The tree of answers with one more leaf."""
    if not path:
        return leaf
    (number, answer), *rest = path
    ask = tree if isinstance(tree, Ask) else Ask(number)
    if answer:
        ask.yes = keep(ask.yes, rest, leaf)
    else:
        ask.no = keep(ask.no, rest, leaf)
    return ask


def bears_own(state: State) -> bool:
    """Whether items of a state have variables or due times of their own."""
    return bool(state.extra.local or state.extra.notes)


def state_of(mark: Mark, variables: Mapping[str, Any]) -> State:
    """A state of the engine with this marking; the item at position n has the id n + 1."""
    count = len(mark.shape.items)
    return State(mark.shape, tuple(range(1, count + 1)), count + 1, variables, {}, NO_EXTRA)
