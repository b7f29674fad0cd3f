"""Acceptance, owners of time, promised and legal limit, delivery, missing calendar, re-dating."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.clock.facts_for_tests import CN, LICENCE, day, on
from xiaoneng.core.calendar import WorkingCalendar, load_calendar
from xiaoneng.core.clock import (
    DELIVERY,
    SHANGHAI,
    CorrectionNotice,
    Extension,
    Facts,
    How,
    Light,
    Limit,
    OpenCase,
    Owner,
    Reckoning,
    Rules,
    Stop,
    StopKind,
    StopNotice,
    Unit,
    Wait,
    Weight,
    explain_days,
    reckon,
    redate,
    start_of,
)
from xiaoneng.core.errors import BadInput

RULES = Rules(LICENCE, promised=Limit(10, Unit.WORKING_DAY), delivery=DELIVERY)
RECEIVED = "2026-03-02"


def run(facts: Facts, as_of: str, rules: Rules = RULES) -> Reckoning:
    return reckon(facts, rules, CN, on(as_of))


def codes(found: Reckoning) -> list[str]:
    return [problem.code for problem in found.problems]


def stop(start: str, end: str | None, told: str | None = None, *, notice: bool = True) -> Stop:
    notices = (StopNotice("特告1", on(told) if told else None),) if notice else ()
    return Stop(StopKind.EXPERT_REVIEW, on(start), on(end) if end else None, notices)


def accepted(**more: object) -> Facts:
    return Facts(on(RECEIVED), accepted=on(RECEIVED), **more)  # type: ignore[arg-type]  # short form for tests


def test_legal_and_promised_run_with_the_same_stops() -> None:
    found = run(accepted(stops=(stop("2026-03-10", "2026-03-24"),)), "2026-03-25")
    assert found.legal is not None
    assert found.promised is not None
    assert (found.legal.due, found.promised.due) == (day("2026-04-14"), day("2026-03-30"))
    assert found.leading is found.promised


def test_an_extension_moves_only_the_legal_limit() -> None:
    found = run(accepted(extensions=(Extension(on("2026-03-12"), 10, "agency_head"),)), "2026-03-12")
    assert found.legal is not None
    assert found.promised is not None
    assert (found.legal.due, found.promised.due) == (day("2026-04-14"), day("2026-03-16"))


def test_the_light_is_promised_and_on_time_is_legal() -> None:
    late_for_the_promise = run(accepted(decided=on("2026-03-20")), "2026-04-01")
    assert late_for_the_promise.light is Light.RED
    assert late_for_the_promise.on_time is True
    late = run(accepted(decided=on("2026-03-31")), "2026-04-01")
    assert late.on_time is False
    early = run(accepted(decided=on("2026-03-16")), "2026-06-01")
    assert (early.light, early.on_time) == (Light.GREEN, True)


def test_a_stop_needs_its_written_notice() -> None:
    found = run(accepted(stops=(stop("2026-03-10", "2026-03-24", notice=False),)), "2026-03-25")
    assert found.legal is not None
    assert found.legal.due == day("2026-03-30")
    assert codes(found) == ["stop_without_notice"]
    assert found.problems[0].weight is Weight.REFUSED


def test_a_stop_lasts_to_the_earlier_of_actual_and_told_end() -> None:
    shorter = run(accepted(stops=(stop("2026-03-10", "2026-03-17", "2026-03-24"),)), "2026-03-25")
    longer = run(accepted(stops=(stop("2026-03-10", "2026-03-31", "2026-03-24"),)), "2026-04-01")
    running = run(accepted(stops=(stop("2026-03-10", None, "2026-03-24"),)), "2026-03-16")
    overrun = run(accepted(stops=(stop("2026-03-10", None, "2026-03-24"),)), "2026-03-30")
    assert [r.legal.due for r in (shorter, longer, running, overrun) if r.legal] == [
        day("2026-04-07"),
        day("2026-04-14"),
        day("2026-04-14"),
        day("2026-04-14"),
    ]
    assert running.light is Light.GREY
    assert running.legal is not None
    assert running.legal.projected_due == day("2026-04-03")
    assert (codes(longer), codes(overrun)) == (["stop_beyond_told_end"], ["stop_beyond_told_end"])
    assert overrun.light is not Light.GREY


def test_told_again_lasts_longer() -> None:
    renewed = Stop(
        StopKind.TESTING,
        on("2026-03-10"),
        on("2026-03-31"),
        (StopNotice("1", on("2026-03-24")), StopNotice("2", on("2026-04-03"), at=on("2026-03-23"))),
    )
    found = run(accepted(stops=(renewed,)), "2026-04-01")
    assert found.legal is not None
    assert found.legal.due == CN.add(day("2026-03-30"), CN.between(day("2026-03-10"), day("2026-03-31")))
    assert codes(found) == []


def test_a_notice_does_not_reach_back() -> None:
    told_late = Stop(
        StopKind.TESTING,
        on("2026-03-10"),
        on("2026-03-24"),
        (StopNotice("1", on("2026-03-24"), at=on("2026-03-17")),),
    )
    found = run(accepted(stops=(told_late,)), "2026-04-01")
    assert found.legal is not None
    assert found.legal.due == CN.add(day("2026-03-30"), 5)


def test_overlapping_days_belong_to_the_stop_that_began_first() -> None:
    hearing = Stop(StopKind.HEARING, on("2026-03-10"), on("2026-03-24"), (StopNotice("1"),))
    review = Stop(StopKind.EXPERT_REVIEW, on("2026-03-18"), on("2026-03-27"), (StopNotice("2"),))
    found = run(accepted(stops=(review, hearing)), "2026-03-30", Rules(LICENCE))
    by_label: dict[str, list[date]] = {}
    for line in explain_days(found, CN):
        if line.reason == "stopped":
            by_label.setdefault(line.label, []).append(line.date)
    assert by_label["hearing"][-1] == day("2026-03-24")
    assert by_label["expert_review"] == [day("2026-03-25"), day("2026-03-26"), day("2026-03-27")]
    assert found.owners[Owner.EXCLUDED].working_days == 13


def test_contradictions_are_errors() -> None:
    with pytest.raises(BadInput):
        run(accepted(stops=(stop("2026-02-27", "2026-03-05"),)), "2026-03-10")
    with pytest.raises(BadInput):
        run(accepted(stops=(stop("2026-03-10", "2026-03-09"),)), "2026-03-10")
    with pytest.raises(BadInput):
        run(Facts(on(RECEIVED), stops=(stop("2026-03-05", None),)), "2026-03-06")
    with pytest.raises(BadInput):
        run(Facts(on(RECEIVED), accepted=on("2026-02-27")), "2026-03-06")


ITEMS = frozenset({"plan", "lease"})


def corrected(*notices: CorrectionNotice, back: tuple[str, ...] = (), **more: object) -> Facts:
    return Facts(
        on(RECEIVED),
        notices=notices,
        resubmissions=tuple(on(text) for text in back),
        **more,  # type: ignore[arg-type]  # short form for tests
    )


def test_waiting_for_corrections_is_the_applicants_time_and_nothing_lapses() -> None:
    facts = corrected(CorrectionNotice(on("2026-03-09"), ITEMS))
    found = run(facts, "2026-06-30")
    assert found.acceptance.how is How.WAITING_APPLICANT
    assert found.legal is None
    assert found.light is None
    assert found.owners[Owner.OWN].working_days == 5
    assert found.owners[Owner.APPLICANT].working_days == CN.between(day("2026-03-09"), day("2026-06-30"))


def test_a_notice_after_the_fifth_working_day_has_no_effect() -> None:
    found = run(corrected(CorrectionNotice(on("2026-03-10"), ITEMS)), "2026-03-20")
    assert found.acceptance.how is How.DEEMED
    assert found.acceptance.on == day(RECEIVED)
    assert codes(found) == ["late_notice", "deemed_accepted"]


def test_a_second_notice_may_only_repeat_the_first() -> None:
    first = CorrectionNotice(on("2026-03-05"), ITEMS)
    again = CorrectionNotice(on("2026-03-18"), frozenset({"lease"}))
    repeated = run(corrected(first, again, back=("2026-03-16",)), "2026-05-06")
    assert repeated.acceptance.how is How.WAITING_APPLICANT
    assert codes(repeated) == []
    new_item = CorrectionNotice(on("2026-03-18"), frozenset({"photo"}))
    refused = run(corrected(first, new_item, back=("2026-03-16",)), "2026-05-06")
    assert refused.acceptance.how is How.DEEMED_RESUBMITTED
    assert refused.acceptance.on == day("2026-03-16")
    assert codes(refused) == ["notice_beyond_first", "deemed_accepted"]
    new_facts = CorrectionNotice(on("2026-03-18"), frozenset({"photo"}), new_facts=True)
    flagged = run(corrected(first, new_facts, back=("2026-03-16",)), "2026-05-06")
    assert flagged.acceptance.how is How.WAITING_APPLICANT
    assert codes(flagged) == ["notice_new_facts"]
    twice = run(corrected(first, CorrectionNotice(on("2026-03-06"), ITEMS)), "2026-03-20")
    assert codes(twice) == ["second_notice"]


def test_a_voucher_after_a_resubmission_sets_the_day() -> None:
    facts = corrected(
        CorrectionNotice(on("2026-03-05"), ITEMS), back=("2026-03-16",), accepted=on("2026-03-18")
    )
    found = run(facts, "2026-03-20")
    assert (found.acceptance.how, found.acceptance.on) == (How.VOUCHER, day("2026-03-18"))
    assert found.owners[Owner.APPLICANT].working_days == 7


def test_refusal_in_time_ends_it_and_late_refusal_does_not() -> None:
    refused = run(Facts(on(RECEIVED), refused=on("2026-03-04")), "2026-05-06")
    assert refused.acceptance.how is How.REFUSED
    assert refused.legal is None
    late = run(Facts(on(RECEIVED), refused=on("2026-03-12")), "2026-05-06")
    assert late.acceptance.how is How.DEEMED
    assert codes(late) == ["late_refusal", "deemed_accepted"]


def test_unasked_resubmission_is_a_warning() -> None:
    found = run(corrected(back=("2026-03-04",), accepted=on("2026-03-05")), "2026-03-06")
    assert codes(found) == ["resubmission_unasked"]
    assert found.acceptance.on == day("2026-03-05")


def test_arrival_by_acknowledgement_when_the_item_says_so() -> None:
    rules = Rules(LICENCE, needs_acknowledgement=True)
    assert run(Facts(on(RECEIVED)), "2026-05-06", rules).acceptance.how is How.NOT_ARRIVED
    found = run(Facts(on(RECEIVED), acknowledged=on("2026-03-04")), "2026-05-06", rules)
    assert found.acceptance.on == day("2026-03-04")


def test_a_filing_on_a_rest_day_starts_there() -> None:
    found = run(Facts(on("2026-03-07")), "2026-03-16")
    assert found.acceptance.on == day("2026-03-07")
    assert found.acceptance.window_ends == day("2026-03-13")


def test_close_of_business_as_the_cut_off() -> None:
    evening = datetime(2026, 3, 16, 20, 0, tzinfo=SHANGHAI)
    by_midnight = run(accepted(decided=evening), "2026-04-01", Rules(Limit(10, Unit.WORKING_DAY)))
    by_closing = run(
        accepted(decided=evening), "2026-04-01", Rules(Limit(10, Unit.WORKING_DAY), closes_at=time(17, 30))
    )
    assert (by_midnight.on_time, by_closing.on_time) == (True, False)
    assert by_closing.legal is not None
    assert by_closing.legal.due_at == datetime(2026, 3, 16, 17, 30, tzinfo=SHANGHAI)


def test_delivery_runs_from_the_decision() -> None:
    found = run(accepted(decided=on("2026-03-11")), "2026-03-20")
    assert found.delivery is not None
    assert found.delivery.due == day("2026-03-25")
    late = run(accepted(decided=on("2026-03-11"), delivered=on("2026-03-26")), "2026-06-01")
    assert late.delivery is not None
    assert late.delivery.overdue


def test_waits_are_told_apart_without_stopping_the_clock() -> None:
    waits = (
        Wait(Owner.OTHER_BODY, on("2026-03-04"), on("2026-03-11")),
        Wait(Owner.APPLICANT, on("2026-03-12")),
    )
    found = run(accepted(waits=waits), "2026-03-16")
    assert found.legal is not None
    assert found.legal.due == day("2026-03-30")
    working = {owner: spent.working_days for owner, spent in found.owners.items()}
    assert working == {Owner.OWN: 3, Owner.OTHER_BODY: 5, Owner.APPLICANT: 2, Owner.EXCLUDED: 0}
    owners = {line.date: line.owner for line in explain_days(found, CN)}
    assert owners[day("2026-03-05")] == "other_body"
    assert owners[day("2026-03-12")] == "own"


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), max_size=4)


@given(st.dates(date(2024, 1, 1), date(2026, 3, 1)), SPANS, SPANS, st.integers(0, 90))
def test_every_day_has_one_owner(
    received: date, stops: list[tuple[int, int]], waits: list[tuple[int, int]], later: int
) -> None:
    def at(offset: int) -> datetime:
        return start_of(received + timedelta(days=offset))

    facts = Facts(
        at(0),
        accepted=at(0),
        stops=tuple(Stop(StopKind.TENDER, at(a), at(a + n), (StopNotice("1"),)) for a, n in stops),
        waits=tuple(Wait(Owner.OTHER_BODY, at(a), at(a + n)) for a, n in waits),
    )
    found = reckon(facts, RULES, CN, at(later))
    end = received + timedelta(days=later)
    assert sum(spent.working_days or 0 for spent in found.owners.values()) == CN.between(received, end)
    assert sum(spent.calendar_days for spent in found.owners.values()) == later


def test_beyond_the_calendar_a_case_goes_on() -> None:
    found = run(Facts(on("2026-12-21"), accepted=on("2026-12-22")), "2026-12-23")
    assert found.calendar_missing
    assert found.legal is not None
    assert (found.legal.due, found.legal.remaining, found.light) == (None, None, None)
    assert explain_days(found, CN) == ()
    examining = run(Facts(on("2026-12-30")), "2026-12-31")
    assert examining.acceptance.how is How.EXAMINING
    assert examining.calendar_missing
    later = run(Facts(on("2027-03-01"), accepted=on("2027-03-01")), "2027-03-20")
    assert later.calendar_missing
    assert later.owners[Owner.OWN].working_days is None
    assert later.owners[Owner.OWN].calendar_days == 19


@cache
def with_2027() -> WorkingCalendar:
    """2027 added, two local rest days, three days of a holiday worked."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "2027.toml"
        path.write_text(
            'format = "xiaoneng-calendar"\nversion = 1\nname = "2027"\nextends = "cn"\n'
            '[[year]]\nyear = 2027\nsource = "test"\noff = [{ name = "元旦", on = 2027-01-01 }]\n'
            '[[local]]\nfrom = 2026-08-10\nto = 2026-08-11\nkind = "rest"\nreason = "州庆"\n'
            '[[local]]\nfrom = 2026-09-25\nto = 2026-09-27\nkind = "work"\nreason = "抢险"\n',
            encoding="utf-8",
        )
        return load_calendar(path)


def test_redating_tells_what_moved() -> None:
    cases = [
        OpenCase("year", Facts(on("2026-12-21"), accepted=on("2026-12-21")), RULES),
        OpenCase("later", Facts(on("2026-08-03"), accepted=on("2026-08-03")), RULES),
        OpenCase("same", Facts(on("2026-03-02"), accepted=on("2026-03-02")), RULES),
    ]
    report = redate(cases, CN, with_2027(), on("2026-08-07"))
    assert (report.cases, report.dated, report.held, report.still_missing) == (3, 1, 0, 0)
    year, later = report.moved
    assert (year.key, year.legal_before, year.legal_after) == ("year", None, CN_2027_DUE)
    assert (later.key, later.legal_before, later.legal_after) == (
        "later",
        day("2026-08-31"),
        day("2026-09-02"),
    )
    assert later.days == (day("2026-08-10"), day("2026-08-11"))


CN_2027_DUE = date(2027, 1, 19)


def test_redating_never_makes_a_case_overdue() -> None:
    """Three days become working days, so that due dates move into the past."""
    facts = Facts(on("2026-09-21"), accepted=on("2026-09-21"))
    rules = Rules(Limit(4, Unit.WORKING_DAY))
    as_of = on("2026-09-27")
    before = reckon(facts, rules, CN, as_of)
    naive = reckon(facts, rules, with_2027(), as_of)
    assert before.legal is not None
    assert naive.legal is not None
    assert not before.legal.overdue
    assert naive.legal.overdue
    report = redate([OpenCase("a", facts, rules)], CN, with_2027(), as_of)
    assert report.held == 1
    held = reckon(report.moved[0].facts, rules, with_2027(), as_of) if report.moved else None
    assert held is not None
    assert held.legal is not None
    assert not held.legal.overdue
    assert held.legal.held
    assert held.legal.due == day("2026-09-27")


@given(st.dates(date(2026, 8, 1), date(2026, 10, 20)), st.integers(0, 30), st.integers(0, 60))
def test_redating_in_general(start: date, n: int, later: int) -> None:
    facts = Facts(start_of(start), accepted=start_of(start))
    rules = Rules(Limit(n, Unit.WORKING_DAY))
    as_of = start_of(min(start + timedelta(days=later), date(2026, 12, 31)))
    for old, new in ((CN, with_2027()), (with_2027(), CN)):
        before = reckon(facts, rules, old, as_of)
        report = redate([OpenCase("a", facts, rules)], old, new, as_of)
        kept = report.moved[0].facts if report.moved else facts
        after = reckon(kept, rules, new, as_of)
        assert before.legal is not None
        assert after.legal is not None
        assert before.legal.overdue or not after.legal.overdue
        if not report.moved:
            assert after.legal.due == before.legal.due


def test_holding_one_limit_does_not_forgive_the_other() -> None:
    """The promise was broken before the calendar changed; only the legal date may be held."""
    facts = Facts(on("2026-09-21"), accepted=on("2026-09-21"))
    rules = Rules(Limit(4, Unit.WORKING_DAY), promised=Limit(1, Unit.WORKING_DAY))
    report = redate([OpenCase("a", facts, rules)], CN, with_2027(), on("2026-09-27"))
    after = reckon(report.moved[0].facts, rules, with_2027(), on("2026-09-27"))
    assert after.legal is not None
    assert after.promised is not None
    assert not after.legal.overdue
    assert after.promised.overdue
    assert after.light is Light.RED
