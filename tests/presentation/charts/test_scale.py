"""Scales and ticks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.presentation.charts.scale import linear, ticks, time_ticks
from xiaoneng.presentation.words import Words

REAL = st.floats(-1e9, 1e9)


@given(REAL, st.floats(1e-6, 1e9), st.integers(2, 10))
def test_ticks_cover_the_domain_in_even_round_steps(low: float, span: float, about: int) -> None:
    span = max(span, abs(low) * 1e-6)  # finer than a float can hold is no axis
    found = ticks(low, low + span, about)
    assert found[0] <= low + 1e-6 * span + 1e-9 * abs(low)
    assert found[-1] >= low + span - 1e-6 * span - 1e-9 * abs(low)
    assert 2 <= len(found) <= 2 * about + 3
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 97, [0, 20, 40, 60, 80, 100]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1])]
)
def test_round_values(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high, 5) == expected


def test_counts_have_no_fractions() -> None:
    assert ticks(0, 2, 5, whole=True) == [0, 1, 2]


@pytest.mark.parametrize("bounds", [(0.0, 0.0), (5.0, 5.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_a_domain_without_length_still_has_an_axis(bounds: tuple[float, float]) -> None:
    assert len(ticks(*bounds)) >= 2


def test_linear_maps_ends_to_ends() -> None:
    scale = linear(10, 20, 100, 0)
    assert (scale(10), scale(15), scale(20)) == (100, 50, 0)
    assert linear(3, 3, 7, 99)(3) == 7


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=20_000)),
    st.integers(3, 9),
)
def test_time_ticks_lie_inside_and_are_few(start: datetime, span: timedelta, about: int) -> None:
    end = start + span
    found = time_ticks(start, end, about, Words("en"))
    assert all(start <= moment <= end for moment, _ in found)
    assert len(found) <= 3 * about + 2
    assert all(text for _, text in found)


def test_the_first_month_names_its_year() -> None:
    found = time_ticks(datetime(2010, 10, 2), datetime(2012, 1, 23), 8, Words("zh"))
    assert [text for _, text in found][:3] == ["2010年11月", "2011", "3月"]


def test_the_end_of_time_is_survived() -> None:
    assert time_ticks(datetime(9990, 1, 1), datetime(9999, 12, 31), 8, Words("en"))
