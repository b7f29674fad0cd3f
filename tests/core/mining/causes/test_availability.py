"""Observed hours: what is closed is found closed, and little evidence closes nothing."""

from __future__ import annotations

import numpy as np

from xiaoneng.core.mining.causes.availability import DAY_US, US, roster

FIRST = 20_150  # a Monday, in days since 1970-01-01
DAYS = 120


def sightings(hours: tuple[tuple[int, int], ...], weekdays: range, per_day: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = []
    for day in range(DAYS):
        if (FIRST + day + 3) % 7 in weekdays:
            for _ in range(per_day):
                a, b = hours[int(rng.integers(0, len(hours)))]
                found.append((FIRST + day) * DAY_US + int(rng.integers(a * 60, b * 60)) * US)
    return np.array(sorted(found), np.int64)


def open_hours(seen: np.ndarray) -> float:
    """Hours at work in the whole span."""
    found = roster(seen, FIRST, FIRST + DAYS - 1)
    return float(found.clock(np.array([(FIRST + DAYS) * DAY_US]))[0]) / 3600


def test_office_hours_with_lunch_and_weekends_are_learned() -> None:
    seen = sightings(((540, 720), (810, 1050)), range(5), 10, seed=1)
    worked = sum((FIRST + day + 3) % 7 < 5 for day in range(DAYS)) * 7
    assert abs(open_hours(seen) - worked) <= 0.02 * worked


def test_round_the_clock_stays_open() -> None:
    assert open_hours(sightings(((0, 1440),), range(7), 6, seed=2)) == DAYS * 24


def test_a_handful_of_sightings_closes_nothing() -> None:
    seen = sightings(((540, 1020),), range(5), 1, seed=3)[:3]
    assert open_hours(seen) == DAYS * 24


def test_leave_is_found_and_a_quiet_day_is_not() -> None:
    seen = sightings(((540, 1020),), range(5), 10, seed=4)
    day = seen // DAY_US - FIRST
    leave = (day >= 28) & (day < 42)
    quiet = day == 63
    found = roster(seen[~leave & ~quiet], FIRST, FIRST + DAYS - 1)
    assert not found.days[28:42].any()
    assert found.days[63]


def test_saturdays_worked_in_exchange_are_open_days() -> None:
    seen = sightings(((540, 1020),), range(5), 10, seed=5)
    saturday = (FIRST + 5) * DAY_US + 36_000 * US
    found = roster(np.sort(np.append(seen, saturday)), FIRST, FIRST + DAYS - 1)
    assert found.days[5]
    assert not found.days[12]
