"""Random models, random points, random edits: nothing is lost, every moved case ends."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.process.migration.blocks import Block, compiled
from tests.core.process.migration.drawing import AT, begin
from tests.core.process.migration.running import (
    COMPATIBLE,
    Case,
    cases,
    check_back,
    check_moved,
    check_refused_or_moved,
    check_same,
    finish,
    tasks,
)
from xiaoneng.core.process import Complete, advance
from xiaoneng.core.process.migration import VersionMap, check_map, migrate

EXAMPLES: Final = 50


@settings(deadline=None, max_examples=EXAMPLES)
@given(cases(["add"]))
def test_the_same_version_changes_nothing(case: Case) -> None:
    check_same(case)
    assert check_map(case.old, case.old, VersionMap()) == []


@settings(deadline=None, max_examples=2 * EXAMPLES)
@given(cases(COMPATIBLE, 3))
def test_compatible_edits_move_every_case(case: Case) -> None:
    check_moved(case, case.move())
    assert [p for p in check_map(case.old, case.new, VersionMap(case.elements)) if p.blocks] == []


@settings(deadline=None, max_examples=EXAMPLES)
@given(cases(COMPATIBLE, 2))
def test_there_and_back_again(case: Case) -> None:
    check_back(case, case.move())


@settings(deadline=None, max_examples=EXAMPLES)
@given(cases(["move"], 2))
def test_a_moved_step_is_refused_or_the_case_ends(case: Case) -> None:
    check_refused_or_moved(case, case.move())


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
