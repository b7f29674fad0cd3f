"""Intervals against textbook values, simulation and direct computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.mining.statistics import (
    kaplan_meier,
    median_interval,
    median_ranks,
    probability_slower,
    share_upper_bound,
    shrink,
    wilson,
)


def test_wilson_of_textbook_values() -> None:
    low, high = wilson(10, 100) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 10) == (0.0, pytest.approx(0.2775, abs=1e-4))
    assert wilson(10, 10) == (pytest.approx(0.7225, abs=1e-4), 1.0)
    assert wilson(0, 0) is None


def test_nothing_in_n_is_bounded_by_three_over_n() -> None:
    assert share_upper_bound(0, 300) == pytest.approx(3 / 300, rel=0.01)
    assert share_upper_bound(0, 0) == 1.0
    assert 0.05 < share_upper_bound(5, 100) < 0.12


@pytest.mark.parametrize(
    ("n", "ranks"), [(5, None), (6, (0, 5)), (10, (1, 8)), (20, (5, 14)), (100, (39, 60))]
)
def test_median_ranks_are_those_of_the_tables(n: int, ranks: tuple[int, int] | None) -> None:
    assert median_ranks(n) == ranks


def test_exact_and_normal_ranks_agree_where_they_meet() -> None:
    low, high = median_ranks(2_000) or (0, 0)
    next_low, next_high = median_ranks(2_001) or (0, 0)
    assert abs(low - next_low) <= 2
    assert abs(high - next_high) <= 2


def test_the_median_interval_covers_as_promised() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        low, high = median_interval(rng.exponential(1.0, 30)) or (0, 0)
        hits += low <= math.log(2) <= high
    assert hits >= 370


def test_kaplan_meier_of_the_textbook() -> None:
    """Remission times of 21 patients under 6-MP (Freireich 1963)."""
    durations = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    finished = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = kaplan_meier(np.array(durations, float), np.array(finished, bool))
    assert curve.survival.round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert curve.quantile() == 23
    assert curve.quantile_interval()[0] == 13
    assert curve.quantile_interval()[1] is None
    assert (curve.n, curve.finished) == (21, 9)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=50))
def test_without_censoring_kaplan_meier_is_the_empirical_share(values: list[int]) -> None:
    data = np.array(values, float)
    curve = kaplan_meier(data, np.ones(len(data), bool))
    for time in range(31):
        assert curve.at(time) == pytest.approx(float((data > time).mean()))
    assert curve.restricted_mean(40.0) == pytest.approx(float(data.mean()))


def test_open_cases_make_the_median_longer_not_shorter() -> None:
    rng = np.random.default_rng(5)
    true = rng.exponential(10.0, 5_000)
    watched = rng.uniform(0, 20, 5_000)
    curve = kaplan_meier(np.minimum(true, watched), true <= watched)
    assert curve.quantile() == pytest.approx(10 * math.log(2), rel=0.06)
    assert np.median(true[true <= watched]) < 0.8 * 10 * math.log(2)


def test_an_empty_curve_has_no_quantile() -> None:
    assert kaplan_meier(np.array([]), np.array([], bool)).quantile() is None
    assert kaplan_meier(np.array([3.0]), np.array([False])).quantile() is None


def test_shrinkage_draws_small_groups_more() -> None:
    means, keep = shrink(
        np.array([10.0, 20.0, 12.0]), np.array([25.0, 25.0, 25.0]), np.array([500.0, 3.0, 500.0])
    )
    assert keep[1] < keep[0]
    assert 12 < means[1] < 20
    same, kept = shrink(np.array([10.0, 10.0]), np.array([4.0, 4.0]), np.array([10.0, 10.0]))
    assert same.tolist() == [10.0, 10.0]
    assert kept.tolist() == [0.0, 0.0]


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20), st.lists(st.integers(0, 9), min_size=1, max_size=20)
)
def test_probability_slower_counts_pairs(a: list[int], b: list[int]) -> None:
    expected = sum((x > y) + 0.5 * (x == y) for x in a for y in b) / (len(a) * len(b))
    assert probability_slower(np.array(a, float), np.array(b, float)) == pytest.approx(expected)
