"""Random sound processes in random worlds: what must hold for all of them."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns._simulation_models import random_plan
from xiaoneng.core.simulation import Outcome, Plan, difference, simulate_once, study
from xiaoneng.core.simulation.chart import Chart
from xiaoneng.core.simulation.distributions import Distribution
from xiaoneng.core.simulation.measures import figures
from xiaoneng.core.simulation.plan import FREE
from xiaoneng.core.simulation.rows import DONE, WITHDRAWN

COLUMNS = ("arrived", "ended", "case", "node", "opened", "begun", "finished", "person", "state", "busy")
SEEDS = st.integers(0, 10**6)


def same(a: Outcome, b: Outcome) -> bool:
    return (
        all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)
        and a.statuses == b.statuses
    )


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.booleans())
def test_cases_are_conserved_and_all_end(seed: int, rich: bool) -> None:
    p = random_plan(seed, rich=rich)
    o = simulate_once(p, seed, 0, 25)
    found = figures(o)
    assert (found.arrived, found.ended, found.in_progress) == (25, 25, 0)
    assert set(np.unique(o.state)) <= {DONE, WITHDRAWN}
    done = (o.state == DONE) & (np.array(p.queue)[o.node] >= FREE)
    assert (o.opened[done] <= o.begun[done]).all()
    assert (o.begun[done] <= o.finished[done]).all()
    assert (o.finished <= o.ended[o.case]).all()
    assert (o.opened >= o.arrived[o.case]).all()


@settings(max_examples=12, deadline=None)
@given(SEEDS, st.booleans())
def test_remembered_steps_are_the_engine_s_own(seed: int, rich: bool) -> None:
    """Every step worked out by ``advance`` gives the same rows as the remembered ones."""
    p = random_plan(seed, rich=rich)
    assert same(simulate_once(p, seed, 0, 12), simulate_once(p, seed, 0, 12, Chart(p, remember=False)))


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_people_keep_their_hours_and_do_one_thing_at_a_time(seed: int) -> None:
    p = random_plan(seed, rich=False)
    o = simulate_once(p, seed, 0, 25)
    for crew in o.crews:
        for person in range(crew.first, crew.first + crew.number):
            own = np.flatnonzero(o.person == person)
            own = own[np.lexsort((o.finished[own], o.begun[own]))]
            assert (o.begun[own][1:] >= o.finished[own][:-1]).all()
            for t in o.begun[own].tolist():
                assert crew.agenda.opening(t) == t
            worked = crew.agenda.spent_many(o.finished[own]) - crew.agenda.spent_many(o.begun[own])
            assert int(worked.sum()) <= int(o.busy.sum())


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.booleans())
def test_the_same_seed_gives_the_same_and_another_does_not(seed: int, rich: bool) -> None:
    p = random_plan(seed, rich=rich)
    first = simulate_once(p, 1, 0, 20)
    assert same(first, simulate_once(random_plan(seed, rich=rich), 1, 0, 20))
    assert not np.array_equal(first.arrived, simulate_once(p, 2, 0, 20).arrived)
    assert not np.array_equal(first.arrived, simulate_once(p, 1, 1, 20).arrived)


def changed(p: Plan, node: int) -> Plan:
    """The plan with another duration of one step."""
    durations = list(p.durations)
    durations[node] = Distribution("exponential", (12_345.0,))
    return replace(p, durations=durations)


def work_of(o: Outcome) -> dict[tuple[int, int, int], int]:
    """Work (µs) by case, node and occurrence, as far as it was done by people."""
    found: dict[tuple[int, int, int], int] = {}
    seen: dict[tuple[int, int], int] = {}
    agenda = {p: crew.agenda for crew in o.crews for p in range(crew.first, crew.first + crew.number)}
    for row in range(len(o.case)):
        case, node, person = int(o.case[row]), int(o.node[row]), int(o.person[row])
        visit = seen[case, node] = seen.get((case, node), -1) + 1
        if person >= 0 and o.state[row] == DONE:
            spent = agenda[person].spent(int(o.finished[row])) - agenda[person].spent(int(o.begun[row]))
            found[case, node, visit] = spent
    return found


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_another_duration_of_one_step_leaves_all_other_draws(seed: int) -> None:
    p = random_plan(seed, rich=False)
    tasks = [n for n, queue in enumerate(p.queue) if queue >= 0]
    if not tasks:
        return
    node = random.Random(seed).choice(tasks)
    before, after = simulate_once(p, 1, 0, 15), simulate_once(changed(p, node), 1, 0, 15)
    assert np.array_equal(before.arrived, after.arrived)
    # every case takes the same way, and every other step the same work
    for case in range(15):
        assert sorted(before.node[before.case == case]) == sorted(after.node[after.case == case])
    old, new = work_of(before), work_of(after)
    assert {k: v for k, v in old.items() if k[1] != node} == {k: v for k, v in new.items() if k[1] != node}


def test_fewer_cases_are_the_first_of_many() -> None:
    p = random_plan(3, rich=False)
    few, many = simulate_once(p, 1, 0, 10), simulate_once(p, 1, 0, 1_500)
    assert np.array_equal(few.arrived, many.arrived[:10])


def test_common_random_numbers_narrow_the_difference() -> None:
    from tests.core.simulation.models import queue

    slow = study(queue(1, {"exponential": {"mean": 70}}, 100), seed=1, replications=8, cases=1_000)
    fast = study(queue(1, {"exponential": {"mean": 68}}, 100), seed=1, replications=8, cases=1_000)
    apart = study(queue(1, {"exponential": {"mean": 68}}, 100), seed=2, replications=8, cases=1_000)
    same_numbers, other_numbers = difference(slow, fast, "cycle"), difference(slow, apart, "cycle")
    assert same_numbers.interval is not None
    assert other_numbers.interval is not None
    assert same_numbers.interval[1] < 0
    assert np.ptp(same_numbers.interval) < 0.5 * np.ptp(other_numbers.interval)
    nothing = difference(slow, study(slow.plan, seed=1, replications=8, cases=1_000), "cycle")
    assert nothing.interval == (0, 0)


@pytest.mark.parametrize("what", ["cycle", "waiting", "working", "cost"])
def test_the_warm_up_is_cut(what: str) -> None:
    from tests.core.simulation.models import queue

    p = queue(1, 50, 100, warm_up=100 * 200, case_cost=1)
    found = study(p, seed=1, replications=2, cases=500)
    measured = [f.measured for f in found.replications]
    assert all(200 < count < 400 for count in measured)
    assert [len(getattr(f, what)) for f in found.replications] == measured
    assert {f.name for f in fields(found.first)} >= set(COLUMNS)
