"""The small simulation kernel: opening hours, queues, order, joins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.demo.kernel import Chance, Desk, Journey, Kernel, Opening

windows = st.lists(
    st.tuples(st.floats(0.1, 20), st.floats(0.1, 8)), min_size=1, max_size=12
)  # gap before, length


def opening(parts: list[tuple[float, float]]) -> Opening:
    starts, lengths, t = [], [], 0.0
    for gap, length in parts:
        t += gap
        starts.append(t)
        lengths.append(length)
        t += length
    return Opening(np.array(starts), np.array(lengths))


@given(windows, st.floats(0, 200))
def test_open_hours_go_there_and_back(parts: list[tuple[float, float]], t: float) -> None:
    o = opening(parts)
    spent = o.spent(t)
    assert o.spent(o.at(spent)) - spent < 1e-6
    assert o.at(spent) >= min(t, o.at(spent))
    assert o.next(t) >= t - 1e-9


@given(
    windows,
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 3)), min_size=1, max_size=20),
    st.integers(1, 3),
)
def test_a_desk_serves_in_order_and_only_while_open(
    parts: list[tuple[float, float]], jobs: list[tuple[float, float]], servers: int
) -> None:
    o = opening(parts)
    desk = Desk(o, [str(k) for k in range(servers)])
    begins = []
    for t, work in sorted(jobs):
        begin, end, _ = desk.serve(t, work)
        assert begin >= t - 1e-9
        assert abs(o.spent(end) - o.spent(begin) - work) < 1e-6
        begins.append(begin)
    assert begins == sorted(begins)


def test_an_empty_single_desk_waits_for_nobody_but_its_hours() -> None:
    desk = Desk(Opening(np.array([9.0, 33.0]), np.array([3.0, 3.0])), ["a"])
    assert desk.serve(8.0, 2.0) == (9.0, 11.0, "a")
    assert desk.serve(8.5, 2.0) == (11.0, 34.0, "a")  # begun at 11, finished next day


def test_branches_end_before_their_parent_goes_on() -> None:
    seen: list[tuple[str, float]] = []

    def branch(name: str, hours: float) -> Journey:
        t = yield 0.0
        t = yield t + hours
        seen.append((name, t))

    def parent() -> Journey:
        t = yield 0.0
        t = yield [branch("a", 5.0), branch("b", 2.0)]
        seen.append(("parent", t))

    kernel = Kernel()
    kernel.start(parent(), 1.0)
    kernel.run(100.0)
    assert seen == [("b", 3.0), ("a", 6.0), ("parent", 6.0)]


def test_the_same_seed_draws_the_same_numbers() -> None:
    one, two, other = Chance(1, 2), Chance(1, 2), Chance(1, 3)
    draws = [one.uniform() for _ in range(5)] + [one.normal()]
    assert draws == [two.uniform() for _ in range(5)] + [two.normal()]
    assert draws[:5] != [other.uniform() for _ in range(5)]
