"""The sweep against a direct count."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.mining.causes.availability import US, always_open
from xiaoneng.core.mining.causes.busy import busy, overtaken_by

PIECES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=40)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9)), max_size=60))
def test_overtaking_weight_equals_the_double_loop(items: list[tuple[int, int]]) -> None:
    enabled = np.array([e for e, _ in items], np.int64)
    weight = np.array([w for _, w in items], np.float64)
    expected = [sum(weight[j] for j in range(i) if enabled[j] > enabled[i]) for i in range(len(items))]
    np.testing.assert_allclose(overtaken_by(enabled, weight), expected)


@given(PIECES, st.integers(0, 80))
def test_the_busy_clock_counts_covered_seconds_once(pieces: list[tuple[int, int]], moment: int) -> None:
    pieces = sorted(pieces)
    start = np.array([a for a, _ in pieces], np.int64) * US
    end = start + np.array([d for _, d in pieces], np.int64) * US
    covered = {second for a, d in pieces for second in range(a, a + d)}
    hands = busy(start, end)
    at = np.array([moment * US], np.int64)
    expected = sum(second < moment for second in covered)
    assert hands.clock(at)[0] == expected
    assert hands.clock_on(at, always_open(0, 0))[0] == expected
    assert hands.added.sum() == len(covered)
