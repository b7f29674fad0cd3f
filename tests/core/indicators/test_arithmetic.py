"""Periods, intervals and lights: the arithmetic behind every figure."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.errors import BadInput
from xiaoneng.core.indicators import find, parse_period, periods_between
from xiaoneng.core.indicators.intervals import (
    change_interval,
    mean_interval,
    never_negative,
    ratio_interval,
    share_interval,
    student,
)
from xiaoneng.core.indicators.lights import light, next_target


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        (" 2025-12 ", date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_a_period_has_its_days(text: str, first: date, last: date) -> None:
    period = parse_period(text)
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize("text", ["", "24", "2024-13", "2024-Q5", "2024-00", "Q1", "2024/01", "0000", "某年"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a reporting period"):
        parse_period(text)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 900))
def test_months_of_a_span_cover_it_without_gap_or_overlap(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    months = periods_between(first, last, ("month",))
    assert months[0].first <= first
    assert months[-1].last >= last
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(months))


def test_a_leap_day_has_a_place_in_other_years() -> None:
    assert parse_period("2024-02").shifted(2023, date(2024, 2, 29)) == (date(2023, 2, 1), date(2023, 2, 28))


@pytest.mark.parametrize(
    ("df", "exact"), [(1, 12.706), (4, 2.776), (6, 2.447), (10, 2.228), (30, 2.042), (500, 1.965)]
)
def test_student_quantiles(df: int, exact: float) -> None:
    assert student(df) == pytest.approx(exact, rel=0.005)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_a_share_lies_in_its_interval(n: int, share: float) -> None:
    hits = round(n * share)
    interval = share_interval(n, hits)
    assert interval is not None
    assert 0 <= interval[0] <= hits / n + 1e-12
    assert hits / n - 1e-12 <= interval[1] <= 1


def test_the_mean_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    samples = rng.exponential(2.0, (2000, 60)) + 1
    hit = 0
    for row in samples:
        interval = mean_interval(len(row), float(row.sum()), float((row * row).sum()))
        assert interval is not None
        hit += interval[0] <= 3.0 <= interval[1]
    assert 0.92 < hit / len(samples) < 0.97


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(1, 50)), min_size=2, max_size=50))
def test_a_ratio_lies_in_its_interval(rows: list[tuple[float, float]]) -> None:
    v, w = np.array(rows).T
    interval = ratio_interval(len(rows), v.sum(), w.sum(), (v * v).sum(), (w * w).sum(), (v * w).sum())
    assert interval is not None
    assert interval[0] <= v.sum() / w.sum() <= interval[1]


def test_tiny_counts_get_no_interval_instead_of_a_wrong_one() -> None:
    assert mean_interval(1, 3.0, 9.0) is None
    assert share_interval(0, 0) is None
    assert change_interval(0, 10) is None
    low_high = change_interval(50, 100)
    assert low_high is not None
    assert low_high[0] < -0.5 < low_high[1]
    assert math.isclose((1 + low_high[0]) * (1 + low_high[1]), 0.25, rel_tol=1e-9)


def shown(
    now: float | None, on: date, *, enough: bool = True, baseline: float = 15.3
) -> tuple[str | None, str]:
    found = light(
        find("I1"), now=now, baseline=baseline, target=6.0, by=date(2026, 12, 31), on=on, enough=enough
    )
    return found.colour, found.reason


def test_the_light_follows_the_schedule() -> None:
    half = date(2025, 7, 1)  # half of 2024-2026: 10.65 planned
    assert shown(12.0, half) == ("red", "behind")
    assert shown(10.65, half) == ("yellow", "on_schedule")
    assert shown(9.0, half) == ("green", "ahead")
    assert shown(5.9, half) == ("green", "reached")
    assert shown(6.1, date(2027, 1, 1)) == ("red", "missed")


def test_no_light_says_more_than_is_known() -> None:
    half = date(2025, 7, 1)
    assert shown(None, half) == (None, "no_value")
    assert shown(12.0, half, enough=False) == (None, "few")
    found = light(find("I6"), now=80.0, baseline=38.0, target=None, by=None, on=half)
    assert (found.colour, found.reason) == (None, "no_target")


@given(st.floats(0, 40), st.floats(0, 40), st.dates(date(2024, 1, 1), date(2026, 12, 30)))
def test_a_better_figure_never_gets_a_worse_light(a: float, b: float, on: date) -> None:
    rank = {"red": 0, "yellow": 1, "green": 2}
    better, worse = sorted((a, b))
    first, second = shown(better, on)[0], shown(worse, on)[0]
    assert first is not None
    assert second is not None
    assert rank[first] >= rank[second]


def test_the_next_milestone_counts() -> None:
    instant = find("I10")
    counts = [next_target(instant, day) for day in (date(2024, 6, 1), date(2025, 6, 1), date(2026, 6, 1))]
    assert [t.value for t in counts if t] == [60.0, 80.0, 80.0]


@given(value=st.floats(0.01, 1e6), half=st.floats(0.0, 1e6))
def test_a_figure_that_cannot_be_negative_has_no_negative_end(value: float, half: float) -> None:
    low, high = never_negative(value, (value - half, value + half)) or (-1.0, -1.0)
    assert 0 <= low <= value * (1 + 1e-12)
    assert value * (1 - 1e-12) <= high
    if half < value / 100:  # where the figure is sure, nothing changes
        assert low == pytest.approx(value - half, rel=1e-3)
        assert high == pytest.approx(value + half, rel=1e-3)
