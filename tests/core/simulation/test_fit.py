"""A scenario taken from a log that a known scenario made: what was put in comes out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.process_advance import permit
from benchmarks.process_simulation import COMPLETE, GAP, GRANTED, POOLS, STEPS, mean_cycle, world
from campaigns._simulation_models import random_plan
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import Mapping, ingest
from xiaoneng.core.mining.replay import replay
from xiaoneng.core.simulation import (
    bind,
    dump_scenario,
    fit,
    log_store,
    parse_scenario,
    simulate_once,
    write_log,
)

CLOCK = work_clock(load_calendar("weekdays"))


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    model = permit()
    original = simulate_once(bind(model, parse_scenario(world())), 3, 0, 3_000)
    found = fit(log_store(original, tmp_path / "store", CLOCK), model, calendar="weekdays")
    s = found.scenario
    assert found.replay.fitness == 1
    assert s.flows["f4"] == pytest.approx(COMPLETE, abs=0.02)
    assert s.flows["f16"] == pytest.approx(GRANTED, abs=0.02)
    assert {pool.number for pool in s.pools} == set(POOLS.values())
    for step, (_, mean) in STEPS.items():
        assert s.steps[step].duration is not None
        assert s.steps[step].duration.mean == pytest.approx(mean, rel=0.2)
    assert s.arrivals.calendar == "office"
    # the same load comes, so the same times result
    again = simulate_once(bind(model, parse_scenario(dump_scenario(s).encode())), 4, 0, 3_000)
    per_day = [len(o.arrived) / (int(np.ptp(o.arrived)) / 86_400e6) for o in (original, again)]
    assert per_day[1] == pytest.approx(per_day[0], rel=0.08)
    assert mean_cycle(again) == pytest.approx(mean_cycle(original), rel=0.15)
    assert GAP == 1200


def test_a_log_with_one_moment_per_step_repeats_its_times_without_people(tmp_path: Path) -> None:
    model = permit()
    o = simulate_once(bind(model, parse_scenario(world())), 3, 0, 400)
    file = write_log(o, tmp_path / "log.csv", CLOCK)
    store = ingest(file, tmp_path / "store", mapping=Mapping(time="end", end=""), work_clock=CLOCK)
    found = fit(store, model, calendar="weekdays")
    assert found.scenario.pools == ()
    assert "one_moment" in {remark.kind for remark in found.remarks}
    again = simulate_once(bind(model, parse_scenario(dump_scenario(found.scenario).encode())), 4, 0, 400)
    assert 0.4 < mean_cycle(again) / mean_cycle(o) < 2.5
    assert json.loads(dump_scenario(found.scenario))["cases"] == 400


@pytest.mark.parametrize("seed", [0, 2, 3, 6, 9])
def test_the_log_of_a_simulation_replays_perfectly(tmp_path: Path, seed: int) -> None:
    p = random_plan(seed, rich=False)
    store = log_store(simulate_once(p, seed, 0, 25), tmp_path / "store", CLOCK)
    assert replay(store, p.model, times=False).fitness == 1


def test_a_log_of_one_case_is_refused(tmp_path: Path) -> None:
    p = random_plan(2, rich=False)
    store = log_store(simulate_once(p, 1, 0, 1), tmp_path / "store", CLOCK)
    with pytest.raises(BadInput, match="1 cases with a time"):
        fit(store, p.model)
