"""Random models, random points, random edits: nothing is lost, every moved case ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.core.process.migration.blocks import BLOCKS, Block, compiled, edited
from tests.core.process.migration.drawing import AT, begin
from xiaoneng.core.process import Claim, Complete, Model, State, advance, dump_state, load_state
from xiaoneng.core.process.migration import Migrated, VersionMap, check_map, migrate
from xiaoneng.core.process.state import FLOW, WAIT

EXAMPLES: Final = 50
COMPATIBLE: Final = ["add", "branch", "beside", "wrap", "rename"]


def tasks(m: Model, state: State) -> dict[int, str]:
    return {
        i: m.nodes[row[1]].id for i, row in zip(state.ids, state.shape.items, strict=True) if row[0] == WAIT
    }


def walk(m: Model, state: State, draw: st.DrawFn, steps: int) -> State:
    """Complete random tasks with random data; some are claimed first."""
    for _ in range(steps):
        found = tasks(m, state)
        if not found:
            break
        task = draw(st.sampled_from(sorted(found)))
        data = {"v": draw(st.integers(0, 3)), "again": draw(st.booleans())}
        if draw(st.integers(0, 3)) == 0:
            state = advance(m, state, Claim(task, "ann"), AT).state
        state = advance(m, state, Complete(task, data, state.owners.get(task, "")), AT).state
    return state


def finish(m: Model, state: State) -> State:
    """To the end, without going round again."""
    for _ in range(300):
        found = tasks(m, state)
        if not found:
            break
        task = min(found)
        data: dict[str, Any] = {"v": task % 4, "again": False}
        state = advance(m, state, Complete(task, data, state.owners.get(task, "")), AT).state
    return state


@dataclass
class Case:
    """A running case of ``before``, the next version, and what the map must say."""

    before: Block
    after: Block
    elements: dict[str, str]
    state: State
    old: Model
    new: Model

    def __repr__(self) -> str:
        """Only what a failing example needs."""
        at = sorted(tasks(self.old, self.state).values())
        return f"{self.before}\n{self.after}\n{self.elements} at {at}"

    # hypothesis writes data classes field by field; the models would fill pages
    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def move(self, **more: Any) -> Migrated:
        return migrate(self.old, self.state, self.new, VersionMap(self.elements, **more), AT)


@st.composite
def cases(draw: st.DrawFn, kinds: list[str], edits: int = 1) -> Case:
    block: Block = draw(BLOCKS)
    old = compiled(block)
    state = walk(old, begin(old, {"v": 0, "again": False}), draw, draw(st.integers(0, 8)))
    assume(not state.ended)
    elements: dict[str, str] = {}
    after = block
    for number in range(draw(st.integers(1, edits))):
        after, said = edited(after, draw, draw(st.sampled_from(kinds)), f"new{number}")
        elements = {**{a: said.pop(b, b) for a, b in elements.items()}, **said}
    elements = {a: b for a, b in elements.items() if a in old.by_id}
    return Case(block, after, elements, state, old, compiled(after))


def check_moved(case: Case, out: Migrated) -> None:
    assert out.state is not None, [str(p) for p in out.problems]
    before, after = tasks(case.old, case.state), tasks(case.new, out.state)
    assert {i: case.elements.get(name, name) for i, name in before.items()}.items() <= after.items()
    assert out.state.owners == case.state.owners
    assert load_state(case.new, dump_state(out.state)) == out.state
    assert finish(case.new, out.state).status == "completed"


def content(state: State) -> tuple[Any, ...]:
    """A state but for the ids of tokens before joins, which nobody knows, and of the next item: ids never
    come back."""
    ids = {-1: 0, **dict(enumerate(state.ids))}
    rows = [
        (role, node, ids[parent], ids[fork], ids[host], counts, 0 if role == FLOW else identity)
        for identity, (role, node, parent, fork, host, counts) in zip(
            state.ids, state.shape.items, strict=True
        )
    ]
    return sorted(rows), state.shape.process, state.status, state.variables, state.owners, state.extra


@settings(deadline=None, max_examples=EXAMPLES)
@given(cases(["add"]))
def test_the_same_version_changes_nothing(case: Case) -> None:
    assert migrate(case.old, case.state, case.old, VersionMap(), AT) == Migrated(case.state, (), ())
    assert check_map(case.old, case.old, VersionMap()) == []


@settings(deadline=None, max_examples=2 * EXAMPLES)
@given(cases(COMPATIBLE, 3))
def test_compatible_edits_move_every_case(case: Case) -> None:
    check_moved(case, case.move())
    assert [p for p in check_map(case.old, case.new, VersionMap(case.elements)) if p.blocks] == []


@settings(deadline=None, max_examples=EXAMPLES)
@given(cases(COMPATIBLE, 2))
def test_there_and_back_again(case: Case) -> None:
    out = case.move()
    assert out.state is not None
    # a step may have been opened that the old version does not have
    assume(set(tasks(case.new, out.state)) == set(tasks(case.old, case.state)))
    names = VersionMap({b: a for a, b in case.elements.items()})
    back = migrate(case.new, out.state, case.old, names, AT)
    assert back.state is not None, [str(p) for p in back.problems]
    assert content(back.state) == content(case.state)


@settings(deadline=None, max_examples=EXAMPLES)
@given(cases(["move"], 2))
def test_a_moved_step_is_refused_or_the_case_ends(case: Case) -> None:
    out = case.move()
    if out.state is None:
        assert any(p.blocks for p in out.problems)
    else:
        check_moved(case, out)


@pytest.mark.parametrize("kind", ["and", "or"])
@settings(deadline=None, max_examples=100)
@given(st.data())
def test_an_opened_branch_is_run(kind: str, data: st.DataObject) -> None:
    inner = tuple(Block("task", name) for name in "pqr")
    old = compiled(Block("seq", "all", (Block(kind, "g", inner), Block("task", "z"))))
    new = compiled(Block("seq", "all", (Block(kind, "g", (*inner, Block("task", "n"))), Block("task", "z"))))
    state = begin(old, {"v": 3, "again": False})
    for _ in range(data.draw(st.integers(0, 2 if kind == "and" else 1))):
        state = advance(old, state, Complete(data.draw(st.sampled_from(sorted(tasks(old, state))))), AT).state
    out = migrate(old, state, new, VersionMap(open=["g_1-n"]), AT)
    assert out.state is not None
    assert sorted(tasks(new, out.state).values()) == sorted([*tasks(old, state).values(), "n"])
    assert finish(new, out.state).status == "completed"
