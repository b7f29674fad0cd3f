"""Random block-structured models: every case ends, no token is lost, and nothing but the command counts."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.process.blocks import Block, Oracle, blocks, bpmn, copied
from tests.core.process.driving import AT, HOUR, command, first_data, some_data, waiting
from xiaoneng.core.process import (
    Model,
    Start,
    advance,
    compile_document,
    dump_state,
    load_state,
    read_document,
)
from xiaoneng.core.process.soundness import check

# after so many actions no loop goes on any more: the case must then come to its end
PATIENCE = 60
STEPS = 5_000

SEEDS = st.integers(0, 2**32 - 1)


def prepared(block: Block) -> tuple[Block, Model, dict[int, str]]:
    block = copied(block)
    source, names = bpmn(block)
    return block, compile_document(read_document(source)), names


@settings(deadline=None, max_examples=250)
@given(blocks(leaves=14), SEEDS)
def test_a_case_does_what_its_blocks_say_and_ends(block: Block, seed: int) -> None:
    """The engine against recursion over the blocks, in any order of actions; the state goes through bytes
    at every step, once with remembered transitions and once without."""
    block, model, names = prepared(block)
    assert model.executable, model.blockers
    chance = random.Random(seed)
    data, at = first_data(chance), AT
    oracle = Oracle(block, names, data)
    step = advance(model, None, Start(data=data), at)
    plain = advance(model, None, Start(data=data), at, remember=False)
    for number in range(STEPS):
        assert step == plain
        kept = dump_state(step.state)
        state = load_state(model, kept)
        assert state == step.state
        assert dump_state(state) == kept
        options = oracle.options()
        found = waiting(model, state)
        assert set(found) == {option for option in options if option[0] != "error"}
        if not options:
            break
        kind, key = chance.choice(sorted(options))
        data = some_data(chance, end=number > PATIENCE) if kind != "timer" else {}
        # a timer of an event gateway has the key of the gateway
        item = found[("task" if kind == "error" else kind, key)]
        at += HOUR if kind == "timer" else HOUR / 60
        oracle.act(kind, key, data)
        step = advance(model, state, command(kind, item, data), at)
        plain = advance(model, plain.state, command(kind, item, data), at, remember=False)
    assert step.state.status == "completed"
    assert not step.state.ids
    assert oracle.root is None


@settings(deadline=None, max_examples=60)
@given(blocks(leaves=14), SEEDS)
def test_two_runs_of_the_same_file_are_the_same(block: Block, seed: int) -> None:
    """A model compiled anew, with nothing remembered, gives the same bytes and events."""
    block = copied(block)
    source, _ = bpmn(block)
    runs = []
    for warm in (False, True):
        model = compile_document(read_document(source))
        for _ in range(2 if warm else 1):
            chance = random.Random(seed)
            step = advance(model, None, Start(data=first_data(chance)), AT)
            told = [(dump_state(step.state), step.events)]
            for number in range(STEPS):
                found = waiting(model, step.state)
                if not found:
                    break
                kind, key = chance.choice(sorted(found))
                data = some_data(chance, end=number > PATIENCE)
                at = AT + HOUR * (number + 1)
                step = advance(model, step.state, command(kind, found[(kind, key)], data), at)
                told.append((dump_state(step.state), step.events))
        runs.append(told)
    assert runs[0] == runs[1]


@settings(deadline=None, max_examples=200)
@given(blocks(leaves=14))
def test_what_is_built_of_blocks_is_sound(block: Block) -> None:
    _, model, _ = prepared(block)
    verdict = check(model)
    assert verdict.sound, [str(problem) for problem in verdict.problems]
