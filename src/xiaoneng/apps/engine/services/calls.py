"""Service tasks: a connector is called outside of any transaction, its answer completes the task in one."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.db.models import F

from xiaoneng.apps.engine import registry
from xiaoneng.apps.engine.contracts import MACHINE, Answer, Call, Doer, TaskKind, TaskState
from xiaoneng.apps.engine.errors import ConnectorFailed, NotAllowed, TooLate
from xiaoneng.apps.engine.models import Task
from xiaoneng.apps.engine.services import followups
from xiaoneng.apps.engine.services.rights import reaches
from xiaoneng.apps.engine.services.steps import act
from xiaoneng.apps.outbox import services as outbox
from xiaoneng.apps.outbox.contracts import Effect, Job
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.decisions import to_json
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.process import CommandRefused, Complete, ThrowError, load_state

ANSWERED: Final = UUID("0f9e9b0b-3d4c-5b76-9c59-95a9b4a0c7f1")
LATER: Final = timedelta(minutes=10)

log = logging.getLogger(__name__)


def call(job: Job, now: datetime) -> Effect:
    """Work off one call; its effect is the step that the answer causes. A case that is suspended is asked
    again later, and its connector is not called before."""
    payload = job.payload
    task = (
        Task.objects.filter(instance=payload["instance"], number=payload["task"])
        .select_related("instance")
        .first()
    )
    if task is None or task.state != TaskState.OPEN:
        return nothing
    if task.instance.status == "suspended":
        return lambda: later(payload, now, None)
    answer = payload.get("answer")
    if answer is None:
        connector = registry.connectors().get(payload["connector"])
        if connector is None:
            raise ConnectorFailed("there is no connector {name}", name=payload["connector"])
        instance = task.instance
        state = load_state(compiled(instance.version_id, instance.model), bytes(instance.state))
        found = connector(
            Call(
                key=f"{task.instance_id}:{task.number}",
                case=instance.case,
                instance=task.instance_id,
                task=task.number,
                element=task.element,
                item=instance.item,
                body=task.body,
                data={name: to_json(value) for name, value in state.variables.items()},
                attempt=job.attempt,
            )
        )
    else:
        found = Answer(answer["data"], answer["error"])
    return lambda: answered(payload, found, now)


def nothing() -> None:
    """The task is gone: there is nothing to do."""


def answered(payload: dict[str, Any], answer: Answer, at: datetime) -> None:
    """The step of an answer. It happens once: its command's id is made from the task."""
    instance, task = payload["instance"], payload["task"]
    command = ThrowError(task, answer.error, answer.data) if answer.error else Complete(task, answer.data)
    try:
        act(
            instance=instance,
            command=command,
            actor=MACHINE,
            at=at,
            command_id=uuid5(ANSWERED, f"{instance}:{task}:{type(command).__name__}"),
        )
    except (TooLate, NotFound) as error:
        log.info("the answer for task %s of instance %s came too late: %s", task, instance, error.code)
    except CommandRefused:
        if Task.objects.filter(
            instance=instance, number=task, state=TaskState.OPEN, instance__status="suspended"
        ).exists():
            later(payload, at, answer)
        else:
            log.info("the answer for task %s of instance %s is not wanted any more", task, instance)
    except BadInput as error:  # the model cannot go on with it: a person has to look
        Task.objects.filter(instance=instance, number=task, state=TaskState.OPEN).update(
            fault=str(error)[:500]
        )


def later(payload: dict[str, Any], at: datetime, answer: Answer | None) -> None:
    """Look again when the case may have been resumed; an answer that is there already is kept."""
    turn = int(payload.get("turn", 0)) + 1
    again = {**payload, "turn": turn}
    if answer is not None:
        again["answer"] = {"data": dict(answer.data), "error": answer.error}
    outbox.send(topic=followups.CALL, payload=again, at=at, available_at=at + LATER)


def dead(payload: dict[str, Any], error: str) -> None:
    """A call that was given up: its task shows why."""
    Task.objects.filter(instance=payload["instance"], number=payload["task"], state=TaskState.OPEN).update(
        fault=error[:500]
    )


def call_again(*, instance: int, task: int, actor: Doer, at: datetime) -> None:
    """Ask a connector again whose call was given up. Raises NotAllowed, NotFound."""
    row = (
        Task.objects.filter(instance=instance, number=task, kind=TaskKind.SERVICE, state=TaskState.OPEN)
        .exclude(fault="")
        .annotate(case_body=F("instance__body"), version=F("instance__version"), model=F("instance__model"))
        .first()
    )
    if row is None:
        raise NotFound("no call of task {task} has failed", task=task)
    if not reaches(actor, row.case_body):
        raise NotAllowed("only who manages the cases of its body may call again")
    node = compiled(row.version, row.model).node(row.element)
    assert node is not None
    Task.objects.filter(pk=row.pk).update(fault="")
    followups.call(instance, task, node.facts.connector, at, again=f":{at.isoformat()}")
