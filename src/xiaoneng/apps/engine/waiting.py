"""What a marking waits for: messages and signals by name. Worked out once per shape."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from xiaoneng.core.process.events import catchers
from xiaoneng.core.process.model import Model
from xiaoneng.core.process.shape import Shape
from xiaoneng.core.process.state import NO_EXTRA, State
from xiaoneng.core.process.work import Work

KINDS = ("message", "signal")
SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def names(model: Model) -> tuple[tuple[str, str], ...]:
    """Every (kind, name) that some node of the model may wait for."""
    return tuple(
        sorted(
            {
                (trigger.type, trigger.name)
                for node in model.nodes
                for trigger in node.triggers
                if trigger.type in KINDS
            }
        )
    )


@lru_cache(maxsize=20_000)
def _waits(model: Model, shape: Shape) -> tuple[tuple[int, str, str], ...]:
    """(position of the item, -1 for the case; kind; name)."""
    count = len(shape.items)
    work = Work(model, State(shape, tuple(range(1, count + 1)), count + 1, {}, {}, NO_EXTRA), SOME_TIME)
    return tuple(
        dict.fromkeys(
            (catch.item - 1, kind, name)
            for kind, name in names(model)
            for catch in catchers(work, kind, name)
        )
    )


def waits(model: Model, state: State) -> frozenset[tuple[int, str, str]]:
    """(id of the item, 0 for the case; kind; name) of all that a state waits for."""
    if state.ended or not names(model):
        return frozenset()
    ids = state.ids
    return frozenset(
        (ids[position] if position >= 0 else 0, kind, name)
        for position, kind, name in _waits(model, state.shape)
    )
