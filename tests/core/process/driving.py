"""Driving a case of a random model: what can be done in a state, and doing it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.core.process.blocks import VARIABLES, Key
from xiaoneng.core.process import Complete, Message, Model, State, ThrowError, TimerDue
from xiaoneng.core.process.state import LISTEN, WAIT

AT = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def waiting(model: Model, state: State) -> dict[tuple[str, Key], int]:
    """What waits in a state: ("task" | "timer" | "message", key) → id of the item."""
    ids, items = state.ids, state.shape.items
    found: dict[tuple[str, Key], int] = {}

    def key(name: str, position: int) -> Key:
        path: list[int] = []
        while position >= 0:
            counter = state.extra.local.get(ids[position], {}).get("loopCounter")
            if counter is not None:
                path.append(int(counter))
            position = items[position][2]
        return name, tuple(reversed(path))

    for position, (role, number, _, _, host, _) in enumerate(items):
        if role not in (WAIT, LISTEN):
            continue
        node = model.nodes[number]
        if role == WAIT and node.kind == "userTask":
            entry = ("task", key(node.id, position))
        elif role == WAIT and node.kind == "eventBasedGateway":
            entry = ("message", key(node.id, position))
        elif role == LISTEN and node.kind == "boundaryEvent":
            entry = ("timer", key(node.id, items[position][2]))
        elif role == LISTEN and node.kind == "intermediateCatchEvent":
            entry = ("timer", key(model.nodes[items[host][1]].id, host))
        else:
            raise AssertionError(f"{node.label} waits for nothing that a tree has")
        assert entry not in found, f"{entry} twice"
        found[entry] = ids[position]
    return found


def command(kind: str, item: int, data: dict[str, Any]) -> Any:
    """The command that does an action."""
    if kind == "task":
        return Complete(item, data)
    if kind == "error":
        return ThrowError(item, "E", data)
    if kind == "message":
        return Message("msg", data, item)
    return TimerDue(item)


def some_data(chance: random.Random, *, end: bool) -> dict[str, Any]:
    """Values for all variables, or for some; with ``end`` no loop goes on."""
    values: dict[str, Any] = {
        "a": chance.random() < 0.5,
        "b": chance.random() < 0.5,
        "n": chance.randrange(8),
        "again": not end and chance.random() < 0.4,
    }
    kept = {name: value for name, value in values.items() if chance.random() < 0.7}
    return {**kept, "again": values["again"]} if end else kept


def first_data(chance: random.Random) -> dict[str, Any]:
    """Values of all variables at the start."""
    return {**VARIABLES, **some_data(chance, end=False)}
