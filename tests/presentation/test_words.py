"""Figures, times and dates in both languages."""

from __future__ import annotations

import math
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.presentation.words import Words

ZH, EN = Words("zh"), Words("en")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1434, "1,434"),
        (3.456, "3.46"),
        (12.34, "12.3"),
        (123.4, "123"),
        (2.0, "2"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert EN.number(value) == ZH.number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (1, "100%"), (0.304, "30.4%"), (0.0001, "<0.1%"), (0.9999, ">99.9%"), (None, "–")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float | None, text: str) -> None:
    assert EN.percent(share) == text


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_only_nothing_is_0_and_only_all_is_100_percent(share: float) -> None:
    assert EN.percent(share) not in ("0%", "0.0%", "100%", "100.0%")


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 分钟", "0 min"),
        (0.2, "<1 秒", "<1 s"),
        (42, "42 秒", "42 s"),
        (2869, "48 分钟", "48 min"),
        (93600, "26 小时", "26 h"),
        (2.5 * 86400, "2.5 天", "2.5 d"),
        (480 * 86400, "480 天", "480 d"),
        (None, "–", "–"),
    ],
)
def test_durations(seconds: float | None, zh: str, en: str) -> None:
    assert (ZH.duration(seconds), EN.duration(seconds)) == (zh, en)


def test_units_are_spelt_in_sentences() -> None:
    assert EN.duration(3600, long=True) == "1 hour"
    assert EN.duration(52.5 * 86400, long=True) == "52.5 days"
    assert ZH.duration(52.5 * 86400, long=True) == "52.5 天"


def test_dates() -> None:
    assert ZH.date("2012-01-23T15:42:54") == "2012年1月23日"
    assert EN.date(date(2012, 1, 23)) == "23 Jan 2012"
    assert EN.moment(datetime(2012, 1, 23, 15, 42)) == "23 Jan 2012 15:42"
    assert EN.moment("2012-01-23T14:42:54+00:00") == "23 Jan 2012 14:42"
    assert ZH.date(None) == ZH.date("not a date") == "–"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(950, "950", "950"), (150_000, "15万", "150k"), (3e8, "3亿", "300M"), (0.25, "0.25", "0.25")],
)
def test_short_numbers_for_axes(value: float, zh: str, en: str) -> None:
    assert (ZH.compact(value), EN.compact(value)) == (zh, en)


def test_large_quantities() -> None:
    assert (ZH.large(55_307_258.4), EN.large(55_307_258.4)) == ("5,531万", "55.3 M")
    assert EN.large(5395.7) == "5,396"


def test_plural() -> None:
    assert EN.plural(1, "{n} case", "{n} cases") == "1 case"
    assert EN.plural(1434, "{n} case", "{n} cases") == "1,434 cases"
    assert ZH.plural(1434, "{n} case", "{n} cases") == "1,434 件"
    assert (EN.working_days(1), EN.working_days(2.5)) == ("1 working day", "2.5 working days")


def test_lists() -> None:
    assert ZH.join(["a", "b"]) == "a、b"
    assert EN.join(["a", "b"]) == "a, b"
