"""Random models: what ``advance`` has run fits without a deviation, and what is planted is found."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.mining.replay.logs import replayed
from tests.core.process.blocks import Block, blocks, bpmn, copied
from tests.core.process.driving import AT, HOUR, command, first_data, some_data, waiting
from xiaoneng.core.process import Model, Start, advance, compile_document, read_document

PATIENCE = 25
STEPS = 300
SEEDS = st.integers(0, 2**32 - 1)


def prepared(block: Block) -> Model:
    return compile_document(read_document(bpmn(copied(block))[0]))


def case_of(model: Model, chance: random.Random) -> list[str]:
    """The tasks that one case completes, in their order; timers and messages come as they please."""
    step = advance(model, None, Start(data=first_data(chance)), AT)
    path: list[str] = []
    for number in range(STEPS):
        found = waiting(model, step.state)
        if not found:
            return path
        kind, key = chance.choice(sorted(found))
        late = number > PATIENCE
        error = kind == "task" and not late and chance.random() < 0.2 and catches_error(model, key[0])
        if kind == "task" and not error:
            path.append(key[0])
        data = some_data(chance, end=late) if kind != "timer" else {}
        at = AT + HOUR * (number + 1)
        step = advance(model, step.state, command("error" if error else kind, found[(kind, key)], data), at)
    raise AssertionError("the case does not end")


def catches_error(model: Model, task: str) -> bool:
    """Whether a border event of the task itself catches its error."""
    node = model.node(task)
    assert node is not None
    return any(t.type == "error" for event in node.boundary for t in model.nodes[event].triggers)


@settings(deadline=None, max_examples=60)
@given(blocks(leaves=10), SEEDS)
def test_what_the_engine_ran_fits(block: Block, seed: int) -> None:
    model = prepared(block)
    chance = random.Random(seed)
    found = replayed(model, [case_of(model, chance) for _ in range(4)])
    assert found.fitting == found.cases == 4
    assert found.fitness == 1
    assert not list(found.deviations())
    tokens = found.tokens
    assert tokens.missing == tokens.remaining == 0
    assert tokens.consumed == tokens.produced
