"""The formula against a walk day by day, and the properties that the law asks for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.clock.facts_for_tests import CN, LICENCE, day, due_of, on
from xiaoneng.core.clock import (
    SHANGHAI,
    Direction,
    Due,
    Extension,
    LightRule,
    Limit,
    Pause,
    Unit,
    count,
    derivation,
    latest_day_before,
    light_of,
    start_of,
)
from xiaoneng.core.errors import BadInput, CalendarNotPublished

STARTS = st.dates(date(2024, 1, 1), date(2025, 12, 31))
UNITS = st.sampled_from([Unit.WORKING_DAY, Unit.CALENDAR_DAY])
STOPS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 25)), max_size=4)


def pauses_of(start: date, stops: list[tuple[int, int]]) -> list[Pause]:
    days = [(start + timedelta(days=a), start + timedelta(days=a + length)) for a, length in stops]
    return [Pause(start_of(s), start_of(e)) for s, e in days]


def walk(start: date, n: int, unit: Unit, stops: list[tuple[date, date]]) -> date:
    """The due date as a clerk would count it on a wall calendar."""
    current = start
    counted = 0
    while counted < n:
        current += timedelta(days=1)
        stopped = any(s < current <= e for s, e in stops)
        counted += not stopped and (unit is Unit.CALENDAR_DAY or CN.is_working(current))
    while not CN.is_working(current) or any(s < current <= e for s, e in stops):
        current += timedelta(days=1)
    return current


@given(STARTS, st.integers(1, 60), UNITS, STOPS)
def test_the_formula_is_the_walk(start: date, n: int, unit: Unit, stops: list[tuple[int, int]]) -> None:
    due = count(Limit(n, unit), start_of(start), CN, start_of(start), pauses=pauses_of(start, stops))
    effective = [(p.start.date(), p.end.date()) for p in due.pauses if p.end]
    assert due.due == walk(start, n, unit, effective)
    lines = derivation(due, CN)
    assert lines[-1].date == due.due
    assert lines[-1].n == n
    assert sum(line.counted for line in lines) == n
    for line in lines:
        excluded = any(s < line.date <= e for s, e in effective)
        assert (line.owner == "excluded") == excluded
        assert not (line.counted and excluded)


@given(STARTS, st.integers(1, 60), UNITS, STOPS)
def test_a_refused_stop_would_have_changed_nothing(
    start: date, n: int, unit: Unit, stops: list[tuple[int, int]]
) -> None:
    limit = Limit(n, unit)
    due = count(limit, start_of(start), CN, start_of(start), pauses=pauses_of(start, stops))
    again = count(limit, start_of(start), CN, start_of(start), pauses=due.pauses)
    assert again.problems == ()
    assert again.due == due.due
    assert len(due.problems) == len(stops) - len(due.pauses)


@given(STARTS, st.integers(1, 60), st.integers(0, 40), st.integers(0, 30))
def test_a_stop_adds_exactly_its_excluded_working_days(start: date, n: int, after: int, length: int) -> None:
    """Only if it begins before the due date and overlaps no other: the property as the rulings state it."""
    limit = Limit(n, Unit.WORKING_DAY)
    plain = count(limit, start_of(start), CN, start_of(start)).due
    assert plain is not None
    begin = start + timedelta(days=after)
    assume(begin < plain)
    end = begin + timedelta(days=length)
    due = count(
        limit, start_of(start), CN, start_of(start), pauses=[Pause(start_of(begin), start_of(end))]
    ).due
    assert due == CN.add(plain, CN.between(begin, end)) if CN.between(begin, end) else due == plain


@given(STARTS, st.integers(1, 40), st.integers(1, 20))
def test_extension_adds_to_the_number(start: date, n: int, more: int) -> None:
    limit = Limit(n, Unit.WORKING_DAY, extension=more)
    due = count(limit, start_of(start), CN, start_of(start), extensions=[Extension(start_of(start), more)])
    assert due.due == CN.add(start, n + more)
    assert due.total == n + more


@given(STARTS, st.integers(0, 40), STOPS, st.integers(0, 120))
def test_remaining_counts_down_and_the_light_follows(
    start: date, n: int, stops: list[tuple[int, int]], later: int
) -> None:
    limit, pauses = Limit(n, Unit.WORKING_DAY), pauses_of(start, stops)
    at_start = count(limit, start_of(start), CN, start_of(start), pauses=pauses)
    assert at_start.remaining == n or not CN.is_working(start)
    today = start + timedelta(days=later)
    now = count(limit, start_of(start), CN, start_of(today), pauses=pauses)
    tomorrow = count(limit, start_of(start), CN, start_of(today + timedelta(days=1)), pauses=pauses)
    assert now.due == at_start.due == tomorrow.due
    assert now.due is not None
    assert now.remaining is not None
    assert tomorrow.remaining is not None
    assert 0 <= now.remaining - tomorrow.remaining <= 1
    assert now.overdue == (today > now.due)
    assert (now.remaining < 0) <= now.overdue
    light = light_of(now, LightRule())
    assert light is not None
    assert (light == "red") == (now.overdue and not now.stopped)


def test_an_extension_by_the_last_day_is_in_time_and_the_day_after_is_not() -> None:
    in_time = due_of("2026-03-02", extend=(("2026-03-30", 10),))
    assert in_time.due == day("2026-04-14")
    late = due_of("2026-03-02", extend=(("2026-03-31", 10),))
    assert late.due == day("2026-03-30")
    assert [p.code for p in late.problems] == ["late_extension"]


def test_what_is_wrong_with_an_extension() -> None:
    twice = due_of("2026-03-02", extend=(("2026-03-10", 10), ("2026-03-12", 10)))
    assert (twice.due, [p.code for p in twice.problems]) == (day("2026-04-14"), ["second_extension"])
    long = due_of("2026-03-02", extend=(("2026-03-10", 11),))
    assert (long.due, [p.code for p in long.problems]) == (day("2026-03-30"), ["extension_too_long"])
    none = due_of("2026-03-02", Limit(20, Unit.WORKING_DAY), extend=(("2026-03-10", 10),))
    assert [p.code for p in none.problems] == ["extension_not_allowed"]
    by_other = count(
        LICENCE,
        on("2026-03-02"),
        CN,
        on("2026-03-02"),
        extensions=[Extension(on("2026-03-10"), 10, "government_head")],
    )
    assert [p.code for p in by_other.problems] == ["wrong_approver"]


def test_a_stop_after_a_lawful_extension_is_measured_against_the_new_date() -> None:
    stop = ("2026-03-30", "2026-04-08")
    assert due_of("2026-03-02", stops=(stop,)).problems
    extended = due_of("2026-03-02", stops=(stop,), extend=(("2026-03-27", 10),))
    assert extended.problems == ()
    assert extended.due == CN.add(day("2026-04-14"), CN.between(day("2026-03-30"), day("2026-04-08")))


def test_an_open_stop_has_a_projection_and_no_due_date() -> None:
    due = due_of("2026-03-02", stops=(("2026-03-10", None),), as_of="2026-03-24")
    assert due.due is None
    assert due.due_at is None
    assert due.projected_due == day("2026-04-14")
    assert due.remaining == 14
    assert light_of(due, LightRule()) == "grey"
    assert derivation(due, CN)[-1].date == day("2026-04-14")
    on_its_first_day = due_of("2026-03-02", stops=(("2026-03-10", None),), as_of="2026-03-10")
    assert on_its_first_day.projected_due == day("2026-03-30")
    assert light_of(on_its_first_day, LightRule()) == "grey"
    still_to_come = due_of("2026-03-02", stops=(("2026-03-20", None),), as_of="2026-03-10")
    assert (still_to_come.due, still_to_come.projected_due) == (None, day("2026-03-30"))
    assert light_of(still_to_come, LightRule()) == "green"


def test_an_extension_in_an_open_stop_is_lawful() -> None:
    due = due_of(
        "2026-03-02", stops=(("2026-03-10", None),), extend=(("2026-05-20", 10),), as_of="2026-05-21"
    )
    assert due.problems == ()
    assert due.total == 30


@given(STARTS, st.integers(1, 40), st.integers(0, 30), st.integers(0, 60))
def test_the_projection_is_the_due_date_if_the_stop_ends_now(
    start: date, n: int, after: int, later: int
) -> None:
    limit = Limit(n, Unit.WORKING_DAY)
    begin = start + timedelta(days=after)
    now = begin + timedelta(days=later)
    opened = count(limit, start_of(start), CN, start_of(now), pauses=[Pause(start_of(begin), None)])
    closed = count(limit, start_of(start), CN, start_of(now), pauses=[Pause(start_of(begin), start_of(now))])
    assert (opened.projected_due or opened.due) == closed.due


@pytest.mark.parametrize("stops", [(("2026-03-01", "2026-03-05"),), (("2026-03-10", "2026-03-09"),)])
def test_contradictory_stops_are_errors(stops: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(BadInput):
        due_of("2026-03-02", stops=stops)


def test_lights_at_their_thresholds() -> None:
    def light(as_of: str) -> str:
        return str(light_of(due_of("2026-03-02", as_of=as_of), LightRule()))

    assert light("2026-03-23") == "green"  # 5 of 20 left
    assert light("2026-03-24") == "yellow"  # 4 of 20: a fifth
    assert light("2026-03-30") == "yellow"
    assert light("2026-03-31") == "red"
    assert str(light_of(due_of("2026-03-02", as_of="2026-03-20"), LightRule(0.5))) == "yellow"
    one_day = Limit(2, Unit.WORKING_DAY)
    assert str(light_of(due_of("2026-03-02", one_day, as_of="2026-03-03"), LightRule())) == "yellow"


def test_overdue_on_a_rest_day_has_no_working_day_missing_yet() -> None:
    due = due_of("2026-03-02", Limit(4, Unit.WORKING_DAY), as_of="2026-03-07")
    assert due.due == day("2026-03-06")
    assert (due.overdue, due.remaining) == (True, 0)
    later = due_of("2026-03-02", Limit(4, Unit.WORKING_DAY), as_of="2026-03-10")
    assert later.remaining == -2


def hours(start: str, n: int, as_of: str, *pauses: tuple[str, str | None]) -> Due:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

    return count(
        Limit(n, Unit.HOUR, extension=n),
        at(start),
        CN,
        at(as_of),
        pauses=[Pause(at(a), at(b) if b else None) for a, b in pauses],
    )


def test_hours_run_through_nights_and_holidays() -> None:
    due = hours("2026-09-30T17:00", 24, "2026-10-01T11:00")
    assert due.due_at is not None
    assert due.due_at.isoformat() == "2026-10-01T17:00:00+08:00"
    assert due.remaining == 6
    assert [(line.date.isoformat(), line.n) for line in derivation(due, CN)] == [
        ("2026-09-30", 7),
        ("2026-10-01", 24),
    ]
    assert hours("2026-09-30T17:00", 24, "2026-10-01T17:30").remaining == -0.5
    assert hours("2026-09-30T17:00", 24, "2026-10-01T17:30").overdue
    assert not hours("2026-09-30T17:00", 24, "2026-10-01T17:00").overdue


def test_hours_stand_while_stopped() -> None:
    due = hours("2026-03-02T09:00", 24, "2026-03-02T10:00", ("2026-03-02T12:00", "2026-03-03T12:00"))
    assert due.due_at is not None
    assert due.due_at.isoformat() == "2026-03-04T09:00:00+08:00"
    opened = hours("2026-03-02T09:00", 24, "2026-03-02T18:00", ("2026-03-02T12:00", None))
    assert opened.due_at is None
    assert opened.projected_at is not None
    assert opened.projected_at.isoformat() == "2026-03-03T15:00:00+08:00"
    assert light_of(opened, LightRule()) == "grey"


def test_the_day_is_the_day_in_shanghai() -> None:
    late_evening_utc = datetime.fromisoformat("2026-03-01T17:00:00+00:00")
    due = count(Limit(5, Unit.WORKING_DAY), late_evening_utc, CN, late_evening_utc)
    assert due.due == day("2026-03-09")
    with pytest.raises(BadInput):
        count(Limit(5, Unit.WORKING_DAY), datetime(2026, 3, 2), CN, on("2026-03-02"))


def test_a_bare_calculation_beyond_the_calendar_is_an_error() -> None:
    for unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.MONTH, Unit.YEAR):
        with pytest.raises(CalendarNotPublished):
            due_of("2026-12-20", Limit(20, unit))
    with pytest.raises(CalendarNotPublished):
        due_of("2026-12-20", Limit(100_000, Unit.YEAR))
    assert due_of("2003-11-20", Limit(60, Unit.CALENDAR_DAY)).due == day("2004-01-19")


def test_a_due_date_stands_when_only_the_as_of_date_is_outside() -> None:
    due = due_of("2026-03-02", as_of="2027-03-02")
    assert (due.due, due.overdue, due.remaining) == (day("2026-03-30"), True, None)
    assert str(light_of(due, LightRule())) == "red"


@pytest.mark.parametrize("value", [-1, 100_001])
def test_limits_out_of_range(value: int) -> None:
    with pytest.raises(BadInput):
        Limit(value, Unit.WORKING_DAY)


def test_directions_do_not_mix() -> None:
    before = Limit(7, Unit.WORKING_DAY, direction=Direction.BEFORE)
    with pytest.raises(BadInput):
        due_of("2026-03-02", before)
    with pytest.raises(BadInput):
        latest_day_before(day("2026-03-02"), LICENCE, CN)


@given(STARTS, st.integers(0, 60))
def test_backward_counting_mirrors_forward_counting(before: date, n: int) -> None:
    assume(n > 0)
    latest = latest_day_before(before, Limit(n, Unit.WORKING_DAY, direction=Direction.BEFORE), CN)
    assert CN.is_working(latest)
    worked_between = sum(CN.is_working(latest + timedelta(days=i)) for i in range((before - latest).days))
    assert worked_between == n


@pytest.mark.parametrize(
    "start", [datetime(9999, 12, 31, tzinfo=SHANGHAI), datetime(1, 1, 1, tzinfo=SHANGHAI)]
)
def test_a_start_that_no_case_has_is_refused(start: datetime) -> None:
    for unit in Unit:
        with pytest.raises(BadInput):
            count(Limit(0, unit), start, CN, on("2026-03-02"))
