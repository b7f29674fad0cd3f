"""The State Council's calendar and the arithmetic on it."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.calendar import NOT_PUBLISHED, DayKind, WorkingCalendar, load_calendar
from xiaoneng.core.errors import CalendarNotPublished

CN = load_calendar("cn")
WEEKDAYS = load_calendar("weekdays")
DAYS = st.dates(date(2004, 1, 1), date(2025, 12, 31))

WORKING_DAYS = {
    2024: 251,
    2025: (19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23),
    2026: (21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23),
}


def worked_in(first: date, last: date) -> int:
    return CN.between(first, last) + CN.is_working(first)


def test_working_days_of_the_published_years() -> None:
    assert worked_in(date(2024, 1, 1), date(2024, 12, 31)) == WORKING_DAYS[2024]
    for year in (2025, 2026):
        ends = [date(year, m + 1, 1) - timedelta(days=1) for m in range(1, 12)] + [date(year, 12, 31)]
        assert tuple(worked_in(date(year, m, 1), ends[m - 1]) for m in range(1, 13)) == WORKING_DAYS[year]
        assert worked_in(date(year, 1, 1), date(year, 12, 31)) == 248


OFF_2026 = (
    "01-01/01-03",
    "02-15/02-23",
    "04-04/04-06",
    "05-01/05-05",
    "06-19/06-21",
    "09-25/09-27",
    "10-01/10-07",
)
WORK_2026 = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")


def test_the_arrangement_of_2026_day_by_day() -> None:
    for span in OFF_2026:
        first, last = (date.fromisoformat(f"2026-{part}") for part in span.split("/"))
        for offset in range((last - first).days + 1):
            assert CN.day(first + timedelta(days=offset)).kind is DayKind.HOLIDAY
    made_up = [
        d
        for d in (date(2026, 1, 1) + timedelta(days=i) for i in range(365))
        if CN.day(d).kind is DayKind.MAKE_UP
    ]
    assert [f"{d:%m-%d}" for d in made_up] == list(WORK_2026)


@given(DAYS)
def test_every_day_is_what_the_package_says(day: date) -> None:
    assert CN.is_working(day) == chinese_calendar.is_workday(day)


def test_years_are_a_hard_edge() -> None:
    assert (CN.first, CN.last) == (date(2004, 1, 1), date(2026, 12, 31))
    with pytest.raises(CalendarNotPublished) as caught:
        CN.is_working(date(2027, 1, 1))
    assert caught.value.exit_code == 3
    assert "2027-01-01" in str(caught.value)
    with pytest.raises(CalendarNotPublished):
        CN.add(date(2026, 12, 31), 1)
    with pytest.raises(CalendarNotPublished):
        CN.add(date(2004, 1, 2), -1)
    with pytest.raises(CalendarNotPublished):
        CN.between(date(2003, 12, 31), date(2004, 1, 5))


def test_weekdays_has_no_holidays_and_no_edge_that_matters() -> None:
    assert WEEKDAYS.is_working(date(2026, 10, 1))
    assert not WEEKDAYS.is_working(date(2026, 10, 10))
    assert WEEKDAYS.add(date(1987, 6, 5), 5) == date(1987, 6, 12)
    assert WEEKDAYS.add(date(2031, 12, 31), 1) == date(2032, 1, 1)


@given(DAYS, st.integers(1, 200))
def test_adding_ends_on_a_later_working_day_and_is_undone_by_counting(day: date, n: int) -> None:
    end = CN.add(day, n)
    assert end > day
    assert CN.is_working(end)
    assert CN.between(day, end) == n


@given(DAYS, st.integers(1, 100), st.integers(1, 100))
def test_adding_is_additive_and_monotone(day: date, a: int, b: int) -> None:
    assert CN.add(day, a + b) == CN.add(CN.add(day, a), b)
    assert CN.add(day, a + 1) > CN.add(day, a)
    assert CN.add(day + timedelta(days=1), a) >= CN.add(day, a)


@given(DAYS.filter(lambda d: d > date(2005, 1, 1)), st.integers(0, 100))
def test_adding_walks_like_one_day_after_the_other(day: date, n: int) -> None:
    forward, left = day, n
    while left or not CN.is_working(forward):
        forward += timedelta(days=1)
        left -= CN.is_working(forward) if left else 0
    assert CN.add(day, n) == forward
    if n:
        back, left = day, n
        while left:
            back -= timedelta(days=1)
            left -= CN.is_working(back)
        assert CN.add(day, -n) == back


def test_next_previous_and_rolling() -> None:
    assert CN.next(date(2026, 2, 14)) == date(2026, 2, 24)
    assert CN.previous(date(2026, 2, 24)) == date(2026, 2, 14)
    assert CN.on_or_after(date(2026, 10, 3)) == date(2026, 10, 8)
    assert CN.on_or_after(date(2026, 10, 8)) == date(2026, 10, 8)


@given(
    st.lists(
        st.tuples(st.dates(date(2003, 6, 1), date(2027, 6, 1)), st.integers(-80, 80)), min_size=1, max_size=20
    )
)
def test_vectors_agree_with_single_days(pairs: list[tuple[date, int]]) -> None:
    days = np.array([d for d, _ in pairs], "datetime64[D]")
    counts = np.array([n for _, n in pairs], np.int64)
    later = days + counts
    for i, (day, n) in enumerate(pairs):
        found = CN.add_many(days, counts)[i]
        assert (None if np.isnat(found) else found) == _add(CN, day, n)
        assert CN.between_many(days, later)[i] == _between(CN, day, day + timedelta(days=n))
        assert CN.is_working_many(days)[i] == (CN.is_working(day) if day in CN else -1)


def _add(calendar: WorkingCalendar, day: date, n: int) -> np.datetime64 | None:
    try:
        return np.datetime64(calendar.add(day, n), "D")
    except CalendarNotPublished:
        return None


def _between(calendar: WorkingCalendar, a: date, b: date) -> int:
    try:
        return calendar.between(a, b)
    except CalendarNotPublished:
        return int(NOT_PUBLISHED)


def test_a_calendar_does_not_change_under_its_readers() -> None:
    with pytest.raises(ValueError, match="read-only"):
        CN.kinds[0] = 1


def test_fingerprint_tells_calendars_apart() -> None:
    assert CN.fingerprint != WEEKDAYS.fingerprint
    assert load_calendar("cn") is CN
