"""What a step causes elsewhere: calls of connectors, messages and signals, sent through the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from xiaoneng.apps.engine import sql
from xiaoneng.apps.engine.contracts import TaskKind
from xiaoneng.apps.engine.services.keeping import kind_of
from xiaoneng.apps.outbox import services as outbox
from xiaoneng.core.process import Model, State
from xiaoneng.core.process.work import Event

CALL: Final = "engine.call"
MESSAGE: Final = "engine.message"
SIGNAL: Final = "engine.signal"


@lru_cache(maxsize=256)
def sends(model: Model) -> bool:
    """Whether a step of the model may cause anything elsewhere."""
    return any(
        (node.kind == "serviceTask" and node.facts.connector)
        or node.move in ("throw", "send")
        or (node.move == "end" and node.triggers)
        or (node.loop is not None and node.loop.throws)
        for node in model.nodes
    )


def send(
    db: sql.Store,
    model: Model,
    instance: int,
    case: str,
    events: Sequence[Event],
    state: State,
    faults: Mapping[int, str],
    at: datetime,
    revision: int,
) -> None:
    """Put into the outbox what the events of a step ask for; note why a rule task was left open."""
    for task, fault in faults.items():
        sql.task_fault(db, instance, task, fault[:500])
    if not sends(model):
        return
    alive = set(state.ids)
    for place, (kind, index, item, data) in enumerate(events):
        if kind == "opened":
            node = model.nodes[index]
            if item in alive and kind_of(node) == TaskKind.SERVICE and node.facts.connector:
                call(instance, item, node.facts.connector, at)
        elif kind in ("message", "signal"):
            outbox.send(
                topic=MESSAGE if kind == "message" else SIGNAL,
                payload={"from": instance, "case": case, "name": data},
                at=at,
                key=f"{kind}:{instance}:{revision}:{place}",
            )


def call(instance: int, task: int, connector: str, at: datetime, again: str = "") -> None:
    """Ask a connector; ``again`` tells a new request of a person from the first one."""
    outbox.send(
        topic=CALL,
        payload={"instance": instance, "task": task, "connector": connector},
        at=at,
        key=f"call:{instance}:{task}{again}",
    )
