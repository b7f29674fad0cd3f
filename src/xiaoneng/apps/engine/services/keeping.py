"""Writing a step down: the rows that a new state asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from xiaoneng.apps.engine import sql
from xiaoneng.apps.engine.calendars import due_at
from xiaoneng.apps.engine.contracts import TaskKind, TaskState
from xiaoneng.apps.engine.recording import body_of
from xiaoneng.apps.engine.services.rights import APPLICANTS
from xiaoneng.apps.engine.waiting import names, waits
from xiaoneng.core.process.model import Model, Node
from xiaoneng.core.process.state import HELD, LISTEN, State
from xiaoneng.core.process.work import Event

WORK = ("work", "receive")
# an enumeration's member costs more than the statement that it goes into
OPEN: Final = TaskState.OPEN.value
SET_ASIDE: Final = TaskState.HELD.value
DONE: Final = TaskState.DONE.value
WITHDRAWN: Final = TaskState.WITHDRAWN.value


class Owner(NamedTuple):
    """Whose rows they are."""

    body: str
    bodies: Mapping[str, str]


class Plan(NamedTuple):
    """The rows to write for a step, besides the instance itself; ``dues`` by number of task or timer."""

    opened: tuple[tuple[int, str], ...]
    closed: tuple[int, ...]
    dues: dict[int, datetime | None]
    tasks: list[list[Any]]
    done: list[int]
    withdrawn: list[int]
    shifted: list[tuple[int, str, int | None]]
    held: list[tuple[int, int | None]]
    timers: list[list[Any]]
    timers_off: list[int]
    waits_on: frozenset[tuple[int, str, str]]
    waits_off: frozenset[tuple[int, str, str]]


NOBODY: frozenset[tuple[int, str, str]] = frozenset()


@lru_cache(maxsize=20_000)
def kind_of(node: Node) -> str:
    """Who does a task of this node."""
    if node.move == "receive":
        return TaskKind.RECEIVE.value
    if node.kind == "serviceTask":
        return TaskKind.SERVICE.value
    if node.kind == "businessRuleTask" and node.facts.decision:
        return TaskKind.DECISION.value
    return TaskKind.HUMAN.value


def person(owner: str | None) -> int | None:
    """The user that the state names as holder."""
    return int(owner) if owner else None


def plan(
    db: sql.Store,
    model: Model,
    before: State | None,
    after: State,
    events: Sequence[Event],
    at: datetime,
    owner: Owner,
) -> Plan:
    """What changes from one state to the next, as rows. Pure but for the calendar."""
    nodes = model.nodes
    old = set(before.ids) if before is not None else set()
    alive = set(after.ids)
    fresh: dict[int, int] = {}
    ends: dict[int, str] = {}
    reopened: list[int] = []
    timers: dict[int, tuple[int, Any]] = {}
    timers_off: list[int] = []
    signing = False
    for kind, index, item, data in events:
        if kind == "opened":
            if item in old or item in fresh:
                reopened.append(item)
            else:
                fresh[item] = index
        elif kind == "completed":
            if nodes[index].move in WORK:
                ends[item] = DONE
        elif kind == "withdrawn":
            ends[item] = WITHDRAWN
        elif kind == "timer_set":
            timers[item] = (index, data)
        elif kind == "timer_off":
            timers_off.append(item)
        elif kind == "signers":
            signing = True
    dues: dict[int, datetime | None] = {}
    rows: list[list[Any]] = []
    opened: list[tuple[int, str]] = []
    moment = db.moment
    now = moment(at)
    owners = after.owners
    for item, index in fresh.items():
        node = nodes[index]
        facts = node.facts
        due = due_at(facts.limit, facts.unit, at) if facts.limit is not None else None
        dues[item] = due
        end = ends.pop(item, None)
        if end is None and item in alive:
            opened.append((item, node.id))
        who = person(owners.get(item)) if owners else None
        body = "" if facts.role in APPLICANTS else body_of(facts.body, owner.body, owner.bodies)
        rows.append(
            [
                item,
                node.id,
                (node.name or node.id)[:200],
                kind_of(node),
                facts.role,
                body,
                who,
                end or OPEN,
                now,
                None if who is None else now,
                None if end is None else now,
                None,
                moment(due),
                due is None and facts.limit is not None,
            ]
        )
    shifted = [(item, OPEN, person(owners.get(item))) for item in reopened if item in alive]
    shifted += held_back(before, after, signing, ends)
    held: list[tuple[int, int | None]] = []
    if before is not None and owners != before.owners:
        moved = {item for item in {*owners, *before.owners} if owners.get(item) != before.owners.get(item)}
        moved &= alive & old
        held = [(i, person(owners.get(i))) for i in sorted(moved) if i not in {s[0] for s in shifted}]
    for item, (_, due) in timers.items():
        dues[item] = due_at(due[0], due[1], at) if isinstance(due, tuple) else due
    off = gone_timers(model, before, after, timers_off)
    set_rows = [
        timer_row(nodes[index], item, due, moment(dues[item]), now)
        for item, (index, due) in timers.items()
        if item in alive
    ]
    again = [item for item in timers if item in old and item in alive]
    waits_on, waits_off = NOBODY, NOBODY
    if names(model):
        was = waits(model, before) if before is not None else NOBODY
        will = waits(model, after)
        if was != will:
            waits_on, waits_off = will - was, was - will
    return Plan(
        tuple(opened),
        tuple(ends),
        dues,
        rows,
        [item for item, end in ends.items() if end == DONE],
        [item for item, end in ends.items() if end == WITHDRAWN],
        shifted,
        held,
        set_rows,
        sorted({*off, *again}),
        waits_on,
        waits_off,
    )


def timer_row(node: Node, item: int, asked: Any, due: Any, now: Any) -> list[Any]:
    """The columns of a timer after its instance."""
    limit, unit = asked if isinstance(asked, tuple) else (None, "")
    return [item, node.id, now, due, limit, unit, due]


def held_items(state: State | None) -> set[int]:
    """Tasks that wait for further signers before them."""
    if state is None:
        return set()
    return {i for i, item in zip(state.ids, state.shape.items, strict=True) if item[0] == HELD}


def held_back(
    before: State | None, after: State, signing: bool, ends: dict[int, str]
) -> list[tuple[int, str, int | None]]:
    """Tasks that begin to wait for signers; one that was taken away while it waited is withdrawn."""
    if before is None:
        return []
    was = held_items(before)
    if not was and not signing:
        return []
    now = held_items(after)
    for item in was - set(after.ids):
        ends.setdefault(item, WITHDRAWN)
    return [(item, SET_ASIDE, person(after.owners.get(item))) for item in sorted(now - was)]


def armed(model: Model, state: State | None) -> set[int]:
    """The ids of the timers that a state has."""
    if state is None or not state.extra.notes:
        return set()
    nodes = model.nodes
    return {
        i
        for i, item in zip(state.ids, state.shape.items, strict=True)
        if item[0] == LISTEN and nodes[item[1]].triggers[item[5][0]].type == "timer"
    }


def gone_timers(model: Model, before: State | None, after: State, told: Sequence[int]) -> set[int]:
    """Timers whose row goes: they fired, or are no longer needed."""
    was = armed(model, before)
    return was - armed(model, after) if was else set()


def keep(db: sql.Store, instance: int, planned: Plan, now: Any, by: int | None) -> None:
    """Write the rows of a step. The instance itself, the events and the command are written beside."""
    if planned.done:
        sql.tasks_close(db, instance, planned.done, DONE, now, by)
    if planned.withdrawn:
        sql.tasks_close(db, instance, planned.withdrawn, WITHDRAWN, now, None)
    if planned.tasks:
        sql.tasks_insert(db, [[instance, *row] for row in planned.tasks])
    for number, state, holder in planned.shifted:
        sql.task_shift(db, instance, number, state, holder)
    for number, holder in planned.held:
        sql.task_hold(db, instance, number, holder, None if holder is None else now)
    if planned.timers_off:
        sql.timers_off(db, instance, planned.timers_off)
    if planned.timers:
        sql.timers_set(db, [[instance, *row] for row in planned.timers])
    if planned.waits_off:
        sql.waits_off(db, instance, planned.waits_off)
    if planned.waits_on:
        sql.waits_on(db, instance, planned.waits_on)
