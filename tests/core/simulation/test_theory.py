"""Queueing theory, Little's law, patterns of arrival, distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.simulation.models import OFFICE, plan, queue, row
from xiaoneng.core.simulation import simulate_once, study
from xiaoneng.core.simulation.agenda import MICRO
from xiaoneng.core.simulation.chance import Chance
from xiaoneng.core.simulation.distributions import Distribution, read_distribution
from xiaoneng.core.simulation.measures import estimate
from xiaoneng.core.simulation.strict_json import parse_json


def erlang_c(servers: int, load: float) -> float:
    """The chance to wait in M/M/c."""
    below = sum(load**k / math.factorial(k) for k in range(servers))
    full = load**servers / math.factorial(servers) * servers / (servers - load)
    return full / (below + full)


@pytest.mark.parametrize(
    ("number", "service", "wait"),
    [
        (1, {"exponential": {"mean": 70}}, 0.7 * 70 / 0.3),
        (3, {"exponential": {"mean": 210}}, erlang_c(3, 2.1) / (3 / 210 - 1 / 100)),
        # Pollaczek–Khinchine
        (1, 70, 70**2 / 100 / (2 * 0.3)),
        (1, {"gamma": {"mean": 60, "sd": 30}}, (60**2 + 30**2) / 100 / (2 * 0.4)),
        (1, {"lognormal": {"mean": 60, "sd": 60}}, (60**2 + 60**2) / 100 / (2 * 0.4)),
    ],
)
def test_mean_waiting_is_that_of_theory(number: int, service: Any, wait: float) -> None:
    found = study(queue(number, service, 100, warm_up=50_000), seed=11, replications=8, cases=5_000)
    low, high = found.mean("waiting").interval or (0.0, 0.0)
    assert low < wait < high
    assert (high - low) / wait < 0.6


def test_little_s_law_holds_exactly() -> None:
    """Mean number in the system = rate × mean time in it, over the whole run: no case is lost on the way."""
    o = simulate_once(queue(2, {"exponential": {"mean": 150}}, 100), 3, 0, 3_000)
    inside = np.concatenate(
        (np.stack((o.arrived, np.ones_like(o.arrived))), np.stack((o.ended, -np.ones_like(o.ended)))), 1
    )
    order = np.argsort(inside[0], kind="stable")
    times, steps = inside[0][order], inside[1][order]
    area = float((np.cumsum(steps)[:-1] * np.diff(times)).sum())
    assert area == pytest.approx(float((o.ended - o.arrived).sum()), rel=1e-12)
    assert (o.finished - o.begun > 0).all()


def test_no_person_does_two_things_at_once_and_nobody_idles_beside_a_queue() -> None:
    o = simulate_once(queue(3, {"exponential": {"mean": 280}}, 100), 5, 0, 2_000)
    for person in range(3):
        own = o.person == person
        assert (o.begun[own][1:] >= o.finished[own][:-1]).all()
    waited = o.begun > o.opened
    # a task that waited began the moment somebody got free
    assert set(o.begun[waited].tolist()) <= set(o.finished.tolist())


def test_arrivals_follow_the_pattern_and_the_office() -> None:
    p = plan(
        row("a"),
        calendars={"office": OFFICE},
        arrivals={
            "every": {"exponential": {"mean": 120}},
            "calendar": "office",
            "hours": [0] * 9 + [2, 1, 1, 0, 1, 1, 1, 1] + [0] * 7,
            "weekdays": [3, 1, 1, 1, 1, 0, 0],
        },
    )
    t = simulate_once(p, 1, 0, 20_000).arrived // MICRO + 8 * 3600
    hour, weekday = t // 3600 % 24, (t // 86_400 + 3) % 7
    counts = np.bincount(hour, minlength=24)
    assert counts[:9].sum() + counts[12] + counts[17:].sum() == 0
    assert counts[9] / counts[10] == pytest.approx(2, rel=0.08)
    days = np.bincount(weekday, minlength=7)
    assert days[5:].sum() == 0
    assert days[0] / days[1] == pytest.approx(3, rel=0.08)


KINDS = [
    ({"exponential": {"mean": 10}}, 10, 10),
    ({"lognormal": {"mean": 10, "sd": 5}}, 10, 5),
    ({"gamma": {"mean": 10, "sd": 20}}, 10, 20),
    ({"triangular": {"low": 0, "mode": 10, "high": 20}}, 10, math.sqrt(400 / 24)),
    ({"uniform": {"low": 5, "high": 15}}, 10, 10 / math.sqrt(12)),
    ({"quantiles": [0, 10, 20]}, 10, 20 / math.sqrt(12)),
    ({"constant": "PT10S"}, 10, 0),
]


@pytest.mark.parametrize(("text", "mean", "deviation"), KINDS)
def test_distributions_have_their_mean_and_spread(text: Any, mean: float, deviation: float) -> None:
    import json

    d = read_distribution(parse_json(json.dumps(text).encode()))
    values = d.draw(Chance(1, 0).block("duration", "x", 0, 0), 200_000)
    assert d.mean == pytest.approx(mean)
    assert float(values.mean()) == pytest.approx(mean, rel=0.02)
    assert float(values.std()) == pytest.approx(deviation, rel=0.05, abs=1e-9)
    assert read_distribution(parse_json(json.dumps(d.json()).encode())) == d


@given(st.floats(1, 1e6), st.floats(0.01, 3))
def test_scaling_a_mean_scales_every_draw(mean: float, factor: float) -> None:
    for kind in ("exponential", "gamma", "lognormal"):
        more = () if kind == "exponential" else (mean / 2,)
        scaled = () if kind == "exponential" else (mean * factor / 2,)
        a = Distribution(kind, (mean, *more)).draw(Chance(4, 0).block("d", "x", 0, 0), 50)
        b = Distribution(kind, (mean * factor, *scaled)).draw(Chance(4, 0).block("d", "x", 0, 0), 50)
        assert np.allclose(b, a * factor, rtol=1e-9)


def test_intervals_are_student_s() -> None:
    found = estimate([1.0, 2.0, 3.0])
    assert found.mean == 2
    assert found.interval == pytest.approx((2 - 4.303 / math.sqrt(3), 2 + 4.303 / math.sqrt(3)), abs=1e-3)
    assert estimate([5.0]).interval is None
    assert estimate([math.nan]).mean is None
