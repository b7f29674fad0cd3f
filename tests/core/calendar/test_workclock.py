"""Working seconds: the clock against a plain walk through the days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.calendar import DEFAULT_HOURS, Hours, load_calendar, parse_hours, work_clock
from xiaoneng.core.calendar.hours import format_hours
from xiaoneng.core.errors import BadInput

CN = load_calendar("cn")
CLOCK = work_clock(CN)
EPOCH = datetime(1970, 1, 1)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31))


def us(*moments: datetime) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([(m - EPOCH) // timedelta(microseconds=1) for m in moments], np.int64)


def walked(start: datetime, end: datetime, hours: Hours) -> float:
    """Working seconds between two moments, one day after the other."""
    done = 0.0
    day = start.date()
    while day <= end.date():
        if CN.is_working(day):
            for a, b in hours:
                low = max(start, datetime.combine(day, time()) + timedelta(seconds=a))
                high = min(end, datetime.combine(day, time()) + timedelta(seconds=b))
                done += max(0.0, (high - low).total_seconds())
        day += timedelta(days=1)
    return done


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_working_seconds_are_what_a_walk_finds(start: datetime, length: timedelta) -> None:
    end = min(start + length, datetime(2026, 12, 31, 23, 59))
    found = float(CLOCK.between(us(start), us(end))[0])
    assert found == pytest.approx(walked(start, end, DEFAULT_HOURS) if end >= start else found, abs=1e-4)


@given(MOMENTS, MOMENTS)
def test_the_clock_never_runs_backward(a: datetime, b: datetime) -> None:
    low, high = sorted((a, b))
    assert CLOCK.seconds(us(high))[0] >= CLOCK.seconds(us(low))[0]


def test_a_whole_working_day_is_seven_hours() -> None:
    assert CLOCK.seconds_per_day == 7 * 3600
    between = CLOCK.between(us(datetime(2026, 3, 2)), us(datetime(2026, 3, 3)))
    assert between[0] == 7 * 3600
    over_a_holiday = CLOCK.between(us(datetime(2026, 2, 14, 17)), us(datetime(2026, 2, 24, 9, 30)))
    assert over_a_holiday[0] == 3600


def test_outside_is_nan_and_minus_one() -> None:
    moments = np.array([np.iinfo(np.int64).min, 0, *us(datetime(2027, 1, 1))], np.int64)
    assert np.isnan(CLOCK.seconds(moments)).all()
    assert not np.isnan(
        CLOCK.seconds(us(datetime(2004, 1, 1), datetime(2026, 12, 31, 23, 59, 59, 999999)))
    ).any()
    days = np.array([0, (date(2026, 12, 31) - date(1970, 1, 1)).days + 1], np.int32)
    assert CLOCK.day_number(days).tolist() == [-1, -1]


def test_day_numbers_differ_by_working_days() -> None:
    days = np.array([(d - date(1970, 1, 1)).days for d in (date(2026, 2, 9), date(2026, 3, 13))], np.int32)
    first, last = CLOCK.day_number(days)
    assert last - first == CN.between(date(2026, 2, 9), date(2026, 3, 13)) == 20


def test_inputs_are_left_alone() -> None:
    moments = us(datetime(2026, 3, 2, 10), datetime(2030, 1, 1))
    before = moments.copy()
    CLOCK.seconds(moments)
    assert (moments == before).all()


def test_other_hours_are_another_clock() -> None:
    longer = work_clock(CN, parse_hours(["08:30-12:00", "13:00-17:30"]))
    assert longer.seconds_per_day == 8 * 3600
    assert longer.fingerprint != CLOCK.fingerprint
    round_the_clock = work_clock(CN, parse_hours(["00:00-24:00"]))
    day = round_the_clock.between(us(datetime(2026, 3, 2)), us(datetime(2026, 3, 3)))
    assert day[0] == pytest.approx(86_400, abs=1e-6)
    weekend = round_the_clock.between(us(datetime(2026, 3, 7)), us(datetime(2026, 3, 9)))
    assert weekend[0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "spans", [[], ["9-12"], ["12:00-09:00"], ["09:00-12:00", "11:00-13:00"], ["09:00-24:30"], ["09:60-10:00"]]
)
def test_hours_that_are_none_are_refused(spans: list[str]) -> None:
    with pytest.raises(BadInput):
        parse_hours(spans)


def test_hours_are_written_as_they_are_read() -> None:
    assert format_hours(parse_hours(["08:30-12:00", "13:00-24:00"])) == "08:30-12:00,13:00-24:00"
