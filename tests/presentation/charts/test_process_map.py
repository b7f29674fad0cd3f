"""Layered layout and the choice of what a process map shows."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoneng.presentation.charts import Flow, Step, process_map
from xiaoneng.presentation.charts.layers import layered
from xiaoneng.presentation.charts.process_map import select
from xiaoneng.presentation.words import Words

WIDTH, GAP, BEND = 100.0, 20.0, 26.0
GRAPHS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] != e[1]),
    st.floats(1, 1000),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_edges_lead_down_or_are_marked_as_leading_back(weights: dict[tuple[int, int], float]) -> None:
    nodes = sorted({n for edge in weights for n in edge})
    placed = layered(nodes, weights, WIDTH, GAP, BEND)
    assert set(placed.routes) == set(weights)
    for edge, route in placed.routes.items():
        source, target = placed.nodes[edge[0]], placed.nodes[edge[1]]
        assert (source[1] > target[1]) == (edge in placed.back)
        assert route[0] == source
        assert route[-1] == target
        assert len(route) == abs(source[1] - target[1]) + 1


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_boxes_of_one_rank_keep_their_distance(weights: dict[tuple[int, int], float]) -> None:
    nodes = sorted({n for edge in weights for n in edge})
    placed = layered(nodes, weights, WIDTH, GAP, BEND)
    for rank in range(placed.ranks):
        row = sorted(x for x, r in placed.nodes.values() if r == rank)
        assert all(b - a >= WIDTH + GAP - 1e-6 for a, b in itertools.pairwise(row))
    assert placed == layered(nodes, weights, WIDTH, GAP, BEND)


def test_first_and_last_lie_outside() -> None:
    weights = {(0, 2): 9.0, (2, 3): 9.0, (3, 2): 4.0, (3, 1): 9.0, (2, 1): 1.0, (2, 4): 2.0}
    placed = layered([0, 1, 2, 3, 4], weights, WIDTH, GAP, BEND, first=0, last=1)
    assert placed.nodes[0][1] == 0
    assert placed.nodes[1][1] == placed.ranks - 1
    assert placed.back == {(3, 2)}


def test_the_way_named_first_is_the_way_forward_of_a_near_tie() -> None:
    assert layered([0, 1, 2], {(0, 1): 9.0, (1, 2): 4.0, (2, 1): 5.0}, WIDTH, GAP, BEND).back == {(2, 1)}


def test_a_straight_process_is_a_straight_line() -> None:
    placed = layered([0, 1, 2], {(0, 1): 5.0, (1, 2): 5.0}, WIDTH, GAP, BEND)
    assert len({round(x, 6) for x, _ in placed.nodes.values()}) == 1


def _step(name: str, events: int = 10, starts: int = 0) -> Step:
    return Step(name, events, events, starts, 0)


def test_the_map_grows_along_the_busiest_connections() -> None:
    steps = [_step("a", starts=10), _step("b"), _step("c"), _step("rare", 2)]
    flows = [Flow("a", "b", 9, 1.0), Flow("b", "c", 7, 1.0), Flow("a", "rare", 2, 1.0)]
    flows.append(Flow("c", "c", 3, 1.0))
    chosen = select(steps, flows, most_steps=3, most_flows=9, transitions=21)
    assert {s.name for s in chosen.steps} == {"a", "b", "c"}
    assert chosen.events_share == pytest.approx(30 / 32)
    assert chosen.flow_share == pytest.approx((9 + 7 + 3) / 21)
    assert chosen.loops == {"c": 3}


def test_steps_without_a_connection_come_last_but_are_not_lost() -> None:
    steps = [_step("a", starts=10), _step("b"), _step("alone")]
    chosen = select(steps, [Flow("a", "b", 9, 1.0)], most_steps=5, most_flows=9, transitions=9)
    assert [s.name for s in chosen.steps] == ["a", "b", "alone"]


def test_hundreds_of_activities_stay_readable_and_the_note_says_so() -> None:
    rng = random.Random(3)
    names = [f"环节{i:03d}" for i in range(398)]
    steps = [Step(n, rng.randint(1, 900), rng.randint(1, 800), rng.randint(0, 9), 3) for n in names]
    pairs = {(rng.choice(names), rng.choice(names)): None for _ in range(3000)}
    flows = [Flow(a, b, rng.randint(1, 400), rng.uniform(0, 1e6)) for a, b in pairs]
    chart = process_map("k", "t", steps, flows, Words("en"), cases=1199, transitions=400_000)
    assert chart.wide.count('class="xc-node"') <= 15
    assert chart.narrow.count('class="xc-node"') <= 8
    assert "of 398 activities" in chart.note
    assert len(chart.wide) < 60_000
    assert chart == process_map("k", "t", steps, flows, Words("en"), cases=1199, transitions=400_000)
