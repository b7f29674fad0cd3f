"""Every deadline vector of the standards: 9.1, 1.2a and the calendar-day and art. 45 rows."""

from __future__ import annotations

from datetime import date

import pytest

from tests.core.clock.facts_for_tests import CN, LICENCE, day, due_of, on
from xiaoneng.core.clock import (
    CorrectionNotice,
    Extension,
    Facts,
    How,
    Limit,
    Rules,
    Stop,
    StopKind,
    StopNotice,
    Unit,
    default_parameters,
    derivation,
    latest_day_before,
    reckon,
)


def legal_due(facts: Facts, limit: Limit, as_of: str) -> date | None:
    """The legal due date of a case."""
    legal = reckon(facts, Rules(limit), CN, on(as_of)).legal
    return legal.due if legal else None


WORKING_DAY_VECTORS = [
    ("2025-01-24", 5, "2025-02-07"),
    ("2025-01-20", 20, "2025-02-21"),
    ("2025-04-03", 20, "2025-05-06"),
    ("2025-09-24", 20, "2025-10-28"),
    ("2025-09-26", 5, "2025-10-10"),
    ("2025-09-30", 10, "2025-10-21"),
    ("2025-12-30", 5, "2026-01-07"),
    ("2025-12-22", 20, "2026-01-20"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-02-14", 5, "2026-02-28"),
    ("2026-02-09", 20, "2026-03-13"),
    ("2026-02-09", 30, "2026-03-27"),
    ("2026-03-11", 10, "2026-03-25"),
    ("2026-04-29", 10, "2026-05-15"),
    ("2026-06-05", 20, "2026-07-06"),
    ("2026-09-18", 20, "2026-10-22"),
    ("2026-09-28", 5, "2026-10-10"),
    ("2026-08-03", 45, "2026-10-10"),
    ("2026-08-03", 60, "2026-10-30"),
    ("2026-03-07", 5, "2026-03-13"),
    ("2026-10-03", 5, "2026-10-13"),
    ("2026-09-30", 1, "2026-10-08"),
    ("2026-09-30", 10, "2026-10-20"),
    ("2026-09-30", 20, "2026-11-03"),
    ("2026-10-10", 20, "2026-11-06"),
    ("2026-06-12", 10, "2026-06-29"),
    ("2025-08-01", 10, "2025-08-15"),
    ("2025-08-01", 15, "2025-08-22"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2026-01-30", 20, "2026-03-05"),
]


@pytest.mark.parametrize(("start", "n", "expected"), WORKING_DAY_VECTORS)
def test_working_days(start: str, n: int, expected: str) -> None:
    due = due_of(start, Limit(n, Unit.WORKING_DAY))
    assert due.due == day(expected)
    assert due.remaining == n
    assert derivation(due, CN)[-1].n == n


@pytest.mark.parametrize(
    ("key", "start", "extended", "expected", "with_extension"),
    [
        ("license.decide", "2026-02-09", 10, "2026-03-13", "2026-03-27"),
        ("license.joint.decide", "2026-08-03", 15, "2026-10-10", "2026-10-30"),
        ("data.conditional_reply", "2026-09-30", 10, "2026-10-20", "2026-11-03"),
        ("data.catalog_update", "2025-08-01", 5, "2025-08-15", "2025-08-22"),
    ],
)
def test_extension_adds_to_the_count_and_not_to_the_date(
    key: str, start: str, extended: int, expected: str, with_extension: str
) -> None:
    limit = default_parameters().limit(key, day(start))
    facts = Facts(on(start), accepted=on(start))
    assert legal_due(facts, limit, start) == day(expected)
    facts = Facts(on(start), accepted=on(start), extensions=(Extension(on(start), extended, limit.approver),))
    assert legal_due(facts, limit, start) == day(with_extension)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2026-09-18", 15, "2026-10-08"),
        ("2026-08-03", 60, "2026-10-08"),
        ("2025-12-10", 60, "2026-02-09"),
        ("2026-01-20", 30, "2026-02-24"),
    ],
)
def test_calendar_days_roll_over_rest_days(start: str, n: int, expected: str) -> None:
    due = due_of(start, Limit(n, Unit.CALENDAR_DAY))
    assert due.due == day(expected)
    last = derivation(due, CN)[-1]
    assert (last.date, last.n, last.counted) == (day(expected), n, False)


STOPS = [
    ("overlapping", (("2026-03-10", "2026-03-24"), ("2026-03-18", "2026-03-27")), "2026-04-17"),
    ("touching", (("2026-03-10", "2026-03-17"), ("2026-03-17", "2026-03-24")), "2026-04-14"),
    ("adjacent", (("2026-03-10", "2026-03-17"), ("2026-03-18", "2026-03-24")), "2026-04-13"),
    ("from the acceptance day", (("2026-03-02", "2026-03-09"),), "2026-04-07"),
    ("begins on a Saturday", (("2026-03-14", "2026-03-18"),), "2026-04-02"),
    ("as if begun on Friday", (("2026-03-13", "2026-03-18"),), "2026-04-02"),
    ("ends on a Saturday", (("2026-03-10", "2026-03-14"),), "2026-04-02"),
    ("ends on a Sunday", (("2026-03-10", "2026-03-15"),), "2026-04-02"),
    ("over the due date", (("2026-03-26", "2026-04-10"),), "2026-04-14"),
    ("second after a first", (("2026-03-10", "2026-03-24"), ("2026-04-08", "2026-04-13")), "2026-04-17"),
    ("excludes nothing", (("2026-03-10", "2026-03-10"),), "2026-03-30"),
    ("none", (), "2026-03-30"),
    ("art. 45", (("2026-03-10", "2026-03-24"),), "2026-04-14"),
]


@pytest.mark.parametrize(("name", "stops", "expected"), STOPS)
def test_stops(name: str, stops: tuple[tuple[str, str], ...], expected: str) -> None:
    due = due_of("2026-03-02", stops=stops)
    assert due.due == day(expected)
    assert due.problems == ()
    lines = derivation(due, CN)
    assert (lines[-1].date, lines[-1].n) == (day(expected), 20)
    reversed_order = due_of("2026-03-02", stops=tuple(reversed(stops)))
    assert reversed_order.due == due.due


@pytest.mark.parametrize("begin", ["2026-03-30", "2026-03-31", "2026-04-20"])
def test_a_stop_on_or_after_the_due_date_is_refused(begin: str) -> None:
    due = due_of("2026-03-02", stops=((begin, "2026-04-30"),))
    assert due.due == day("2026-03-30")
    assert [p.code for p in due.problems] == ["stop_not_before_due"]


def test_hearing_over_the_spring_festival() -> None:
    assert due_of("2026-02-05", stops=(("2026-02-11", "2026-02-26"),)).due == day("2026-03-19")


def test_extension_and_stop_in_either_order() -> None:
    assert due_of("2026-03-02", extend=(("2026-03-20", 10),)).due == day("2026-04-14")
    stop = (("2026-03-10", "2026-03-24"),)
    for approved in ("2026-03-05", "2026-03-12", "2026-04-14"):
        assert due_of("2026-03-02", stops=stop, extend=((approved, 10),)).due == day("2026-04-28")


def test_resubmission_opens_a_new_window_and_silence_accepts() -> None:
    facts = Facts(
        on("2026-03-02"),
        notices=(CorrectionNotice(on("2026-03-05"), frozenset({"plan"})),),
        resubmissions=(on("2026-03-16"),),
    )
    waiting = reckon(facts, Rules(LICENCE), CN, on("2026-03-23"))
    assert waiting.acceptance.how is How.EXAMINING
    assert waiting.acceptance.window_ends == day("2026-03-23")
    done = reckon(facts, Rules(LICENCE), CN, on("2026-03-24"))
    assert done.acceptance.how is How.DEEMED_RESUBMITTED
    assert done.acceptance.on == day("2026-03-16")
    assert done.legal is not None
    assert done.legal.due == day("2026-04-14")


def test_deemed_acceptance_is_dated_back_to_receipt() -> None:
    open_window = reckon(Facts(on("2026-03-02")), Rules(LICENCE), CN, on("2026-03-09"))
    assert open_window.legal is None
    fired = reckon(Facts(on("2026-03-02")), Rules(LICENCE), CN, on("2026-03-10"))
    assert fired.legal is not None
    assert fired.legal.due == day("2026-03-30")
    voucher = reckon(Facts(on("2026-03-02"), accepted=on("2026-03-09")), Rules(LICENCE), CN, on("2026-03-10"))
    assert voucher.legal is not None
    assert voucher.legal.due == day("2026-04-07")
    assert [p.code for p in voucher.problems] == ["voucher_on_last_day"]
    late = reckon(Facts(on("2026-03-02"), accepted=on("2026-03-10")), Rules(LICENCE), CN, on("2026-03-10"))
    assert late.legal is not None
    assert late.legal.due == day("2026-03-30")
    assert {p.code for p in late.problems} == {"late_voucher", "deemed_accepted"}


def test_backward_limits() -> None:
    parameters = default_parameters()
    hearing = parameters.limit("license.hearing.notice", day("2026-03-31"))
    assert latest_day_before(day("2026-03-31"), hearing, CN) == day("2026-03-20")
    renewal = parameters.limit("license.renew.apply_before", day("2026-06-30"))
    assert CN.between(latest_day_before(day("2026-06-30"), renewal, CN), day("2026-06-30")) == 30


def test_limit_zero_is_the_same_day() -> None:
    for unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY):
        assert due_of("2026-03-02", Limit(0, unit)).due == day("2026-03-02")
        assert due_of("2026-03-07", Limit(0, unit)).due == day("2026-03-09")
        assert due_of("2026-10-01", Limit(0, unit)).due == day("2026-10-08")


def test_months_and_years_end_on_the_corresponding_day() -> None:
    assert due_of("2026-01-31", Limit(1, Unit.MONTH)).due == day("2026-02-28")  # worked, a Saturday
    assert due_of("2025-08-31", Limit(6, Unit.MONTH)).due == day("2026-02-28")
    assert due_of("2024-02-29", Limit(1, Unit.YEAR)).due == day("2025-02-28")
    assert due_of("2026-04-03", Limit(6, Unit.MONTH)).due == day("2026-10-08")  # rolls over the holiday


def test_art45_with_its_written_notice() -> None:
    stop = Stop(
        StopKind.HEARING,
        on("2026-03-10"),
        on("2026-03-24"),
        (StopNotice("特告〔2026〕1号", on("2026-03-27")),),
    )
    facts = Facts(on("2026-03-02"), accepted=on("2026-03-02"), stops=(stop,))
    assert legal_due(facts, LICENCE, "2026-03-30") == day("2026-04-14")
