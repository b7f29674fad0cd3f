"""Random cases in the middle of random models, and what must hold of every case that was moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from tests.core.process.migration.blocks import BLOCKS, Block, compiled, edited
from tests.core.process.migration.drawing import AT, begin
from xiaoneng.core.process import Claim, Complete, Model, State, advance, dump_state, load_state
from xiaoneng.core.process.migration import Migrated, VersionMap, migrate
from xiaoneng.core.process.state import FLOW, WAIT

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
    """Every open task is open still, with its holder; the state can be stored; the case ends."""
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


def check_same(case: Case) -> None:
    """The same version changes nothing."""
    assert migrate(case.old, case.state, case.old, VersionMap(), AT) == Migrated(case.state, (), ())


def check_back(case: Case, out: Migrated) -> bool:
    """Going back restores the state; False where the new version had opened a step of its own."""
    assert out.state is not None, [str(p) for p in out.problems]
    if set(tasks(case.new, out.state)) != set(tasks(case.old, case.state)):
        return False
    names = VersionMap({b: a for a, b in case.elements.items()})
    back = migrate(case.new, out.state, case.old, names, AT)
    assert back.state is not None, [str(p) for p in back.problems]
    assert content(back.state) == content(case.state)
    return True


def check_refused_or_moved(case: Case, out: Migrated) -> None:
    """A case is moved whole, or not at all and for a reason."""
    if out.state is None:
        assert any(p.blocks for p in out.problems)
        assert not out.events
    else:
        check_moved(case, out)
