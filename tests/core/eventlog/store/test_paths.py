"""Cases with the same path are found exactly, also when their hashes collide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoneng.core.eventlog import enrich

paths = st.lists(st.lists(st.integers(-1, 2), min_size=1, max_size=4), min_size=1, max_size=12)


def groups_of(cases: list[list[int]]) -> tuple[list[int], list[int]]:
    activity = np.array([a for case in cases for a in case], np.int32)
    starts = np.cumsum([0, *map(len, cases)])
    first, group = enrich.path_groups(activity, starts)
    return first.tolist(), group.tolist()


@settings(deadline=None)
@given(paths)
def test_groups_are_the_different_paths(cases: list[list[int]]) -> None:
    first, group = groups_of(cases)
    for i, path in enumerate(cases):
        assert cases[first[group[i]]] == path
        assert first[group[i]] == cases.index(path)
    assert len(first) == len({tuple(path) for path in cases})


@settings(deadline=None)
@given(paths)
def test_a_hash_that_says_nothing_changes_nothing(cases: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enrich, "_mix", np.zeros_like)
        first, group = groups_of(cases)
    assert [cases[first[g]] for g in group] == cases
    assert len(first) == len({tuple(path) for path in cases})
