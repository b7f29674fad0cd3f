"""The rows of a case after its state was replaced by something that is no step: a migration, or its undoing.

Compares what is stored with what the state says, so it does not depend on how the state came about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from xiaoneng.apps.engine.calendars import due_at
from xiaoneng.apps.engine.contracts import TaskState
from xiaoneng.apps.engine.models import Subscription, Task, Timer
from xiaoneng.apps.engine.recording import body_of
from xiaoneng.apps.engine.services.keeping import armed, held_items, kind_of, person
from xiaoneng.apps.engine.services.rights import APPLICANTS
from xiaoneng.apps.engine.sql import Read
from xiaoneng.apps.engine.verifying import open_work
from xiaoneng.apps.engine.waiting import waits
from xiaoneng.core.process import Model, State
from xiaoneng.core.process.durations import moment
from xiaoneng.core.process.model import Node


class Changes(NamedTuple):
    """Tasks that were opened, taken away, or are another element now: (number, element)."""

    opened: tuple[tuple[int, str], ...]
    gone: tuple[tuple[int, str], ...]


def resync(
    row: Read,
    model: Model,
    after: State,
    at: datetime,
    bodies: Mapping[str, str],
    *,
    timers: Mapping[int, Mapping[str, Any]] | None = None,
) -> Changes:
    """Make the rows what ``after`` says; numbers of items stay. ``timers`` are rows that come back as they
    were, by number."""
    nodes = {number: model.nodes[item[1]] for number, item in zip(after.ids, after.shape.items, strict=True)}
    held = held_items(after)
    wanted = open_work(model, after) | held
    known = {task.number: task for task in Task.objects.filter(instance=row.id)}
    opened: list[tuple[int, str]] = []
    gone: list[tuple[int, str]] = []
    for number in sorted(wanted):
        state = TaskState.HELD if number in held else TaskState.OPEN
        task = known.get(number)
        if task is None or task.closed_at is not None:
            opened.append((number, nodes[number].id))
        _task(row, task, number, nodes[number], state, person(after.owners.get(number)), at, bodies)
    for number, task in known.items():
        if task.closed_at is None and number not in wanted:
            gone.append((number, task.element))
            task.state, task.closed_at, task.fault = TaskState.WITHDRAWN, at, ""
            task.save()
    _timers(row.id, model, after, nodes, at, timers or {})
    _waits(row.id, model, after)
    return Changes(tuple(opened), tuple(gone))


def _task(
    row: Read,
    task: Task | None,
    number: int,
    node: Node,
    state: str,
    holder: int | None,
    at: datetime,
    bodies: Mapping[str, str],
) -> None:
    """One open task. A running limit goes on as it was; a task that is new gets the limit of its version."""
    facts = node.facts
    if task is None:
        task = Task(instance_id=row.id, number=number, opened_at=at)
        task.due = due_at(facts.limit, facts.unit, at) if facts.limit is not None else None
        task.undated = task.due is None and facts.limit is not None
    task.element, task.name, task.kind = node.id, (node.name or node.id)[:200], kind_of(node)
    task.role = facts.role
    task.body = "" if facts.role in APPLICANTS else body_of(facts.body, row.body, bodies)
    if task.holder_id != holder:
        task.claimed_at = None if holder is None else at
    task.holder_id, task.state = holder, state
    task.closed_at, task.closed_by_id = None, None
    task.save()


def _timers(
    instance: int,
    model: Model,
    after: State,
    nodes: Mapping[int, Node],
    at: datetime,
    back: Mapping[int, Mapping[str, Any]],
) -> None:
    wanted = armed(model, after)
    rows = Timer.objects.filter(instance=instance)
    known = set(rows.values_list("number", flat=True))
    rows.filter(number__in=known - wanted).delete()
    counts = {number: item[5] for number, item in zip(after.ids, after.shape.items, strict=True)}
    for number in sorted(wanted):
        node = nodes[number]
        if number in known:
            rows.filter(number=number).update(element=node.id)
            continue
        if number in back:
            Timer.objects.create(instance_id=instance, number=number, element=node.id, **back[number])
            continue
        spec = node.triggers[counts[number][0]].timer
        limit = spec.limit if spec is not None else None
        unit = spec.unit if spec is not None and limit is not None else ""
        stored = after.extra.notes[number][0]
        due = due_at(limit, unit, at) if limit is not None else moment(stored)
        Timer.objects.create(
            instance_id=instance,
            number=number,
            element=node.id,
            set_at=at,
            due_at=due,
            next_at=due,
            limit=limit,
            unit=unit,
        )


def _waits(instance: int, model: Model, after: State) -> None:
    wanted = waits(model, after)
    rows = Subscription.objects.filter(instance=instance)
    for pk, *wait in rows.values_list("pk", "number", "kind", "name"):
        if tuple(wait) not in wanted:
            Subscription.objects.filter(pk=pk).delete()
    known = set(rows.values_list("number", "kind", "name"))
    Subscription.objects.bulk_create(
        Subscription(instance_id=instance, number=number, kind=kind, name=name)
        for number, kind, name in sorted(wanted - known)
    )


def timer_rows(instance: int) -> list[dict[str, Any]]:
    """The timers of an instance, to bring them back as they are."""
    rows = Timer.objects.filter(instance=instance).values(
        "number", "set_at", "due_at", "limit", "unit", "next_at", "attempts", "fault"
    )
    return [{**row} for row in rows]
