"""Each kind is found where it was planted, with its true size, and not where it was not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polib
import pytest

from tests.core.mining.findings.test_words import CATALOGUE
from tests.core.mining.office import Case, Office, Story, add, office
from xiaoneng.core.mining.analysis import analyse


def plain(case: Case) -> None:
    """An office in order: four steps within the hour or two."""
    for activity in ("Receive", "Examine", "Decide", "Send"):
        case.step(activity)


def in_order(case: Case, planted: dict[str, float]) -> None:
    plain(case)


def lying(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine")
    add(planted, "hours", case.step("Decide", days=4))
    case.step("Send")


def left_lying_at_times(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine")
    add(planted, "hours", case.step("Decide", days=9 if case.rng.random() < 0.15 else 0.01))
    case.step("Send")


def passed_on(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine", person="ann")
    if case.rng.random() < 0.4:
        add(planted, "hours", case.step("Decide", days=5, person="bob") - 0.2)
    else:
        case.step("Decide", days=0.2, person="ann")
    case.step("Send")


def repeated(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine")
    if case.rng.random() < 0.2:
        add(planted, "hours", case.step("Ask", days=1) + case.step("Examine", days=3))
    case.step("Decide")


def handed_in_again(case: Case, planted: dict[str, float]) -> None:
    case.step("收件")
    case.step("审查")
    if case.rng.random() < 0.25:
        add(planted, "hours", case.step("补正材料", days=8))
    case.step("决定")


def on_thursdays(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine")
    before = case.now
    thursday = before + timedelta(days=(3 - before.weekday()) % 7 or 7)
    case.now = thursday.replace(hour=10, minute=0, second=0, microsecond=0)
    case.events.append(("Meet", case.now, "ann", case.body))
    add(planted, "hours", (case.now - before).total_seconds() / 86_400)
    case.step("Send")


def one_person(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine")
    if case.rng.random() < 0.9:
        add(planted, "hours", case.step("Measure", days=6, person="eva"))
    else:
        case.step("Measure", days=0.5, person="fay")
    case.step("Send")


def stamped(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine")
    add(planted, "hours", case.step("Approve by deputy head", days=3))
    case.step("Decide")


def to_and_fro(case: Case, planted: dict[str, float]) -> None:
    case.step("Receive")
    case.step("Examine", person="ann")
    if case.rng.random() < 0.3:
        away = case.step("Ask", days=2, person="bob")
        add(planted, "hours", away + case.step("Examine", days=2, person="ann"))
    case.step("Decide")


def two_bodies(case: Case, planted: dict[str, float]) -> None:
    case.item = "Permit"
    case.body = "East" if case.rng.random() < 0.5 else "West"
    case.step("Receive")
    took = sum(case.step(a, days=6 if case.body == "East" else 2) for a in ("Examine", "Decide"))
    add(planted, case.body, took)
    add(planted, case.body + " cases", 1)


def late_with_experts(case: Case, planted: dict[str, float]) -> None:
    start = case.now
    case.step("Receive")
    case.deadline = start + timedelta(days=20)
    experts = case.rng.random() < 0.2
    case.step("Examine", days=10)
    if experts:
        case.step("Experts", days=9)
    case.step("Decide", days=3)
    add(planted, "experts", experts)
    add(planted, "late", experts and case.now > case.deadline)


def just_in_time(case: Case, planted: dict[str, float]) -> None:
    case.deadline = case.now + timedelta(days=30)
    start = case.now
    case.step("Receive")
    used = case.rng.uniform(0.92, 1.0) if case.rng.random() < 0.6 else case.rng.uniform(0.05, 0.9)
    add(planted, "hugging", used > 0.92)
    case.now = start + used * timedelta(days=30)
    case.events.append(("Decide", case.now, "ann", case.body))


def silent(case: Case, planted: dict[str, float]) -> None:
    plain(case)
    quiet = float(case.rng.uniform(20, 40))
    case.finished = case.now + timedelta(days=quiet)
    add(planted, "days", quiet)


def forgotten(case: Case, planted: dict[str, float]) -> None:
    plain(case)
    if case.rng.random() < 0.9 or (case.now.month < 3 and case.now.year == 2026):
        case.finished = case.now + timedelta(days=float(case.rng.uniform(1, 4)))
    else:
        add(planted, "open", 1)


def findings_of(made: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = analyse(made.store)["findings"]
    return found


HOURS: list[tuple[str, Story]] = [
    ("waiting_before_step", lying),
    ("waiting_before_step", left_lying_at_times),
    ("slow_handover", passed_on),
    ("rework_loop", repeated),
    ("repeated_submission", handed_in_again),
    ("batch_days", on_thursdays),
    ("single_person", one_person),
    ("rubber_stamp", stamped),
    ("ping_pong", to_and_fro),
]


@pytest.mark.parametrize(("kind", "story"), HOURS, ids=lambda x: getattr(x, "__name__", x))
def test_a_planted_wait_is_found_with_its_hours(kind: str, story: Story, tmp_path: Path) -> None:
    made = office(tmp_path, story)
    truth = made.hours_a_year(made.planted["hours"])
    found = [f for f in findings_of(made) if f["kind"] == kind]
    assert len(found) == 1
    assert found[0]["size"] == pytest.approx(truth, rel=0.10)
    assert found[0]["interval"][0] <= truth <= found[0]["interval"][1]
    assert found[0]["hours_a_year"] == pytest.approx(truth, rel=0.10)


@pytest.mark.parametrize("seed", range(5))
def test_an_office_in_order_has_no_findings(seed: int, tmp_path: Path) -> None:
    """Chance alone must not become advice."""
    found = findings_of(office(tmp_path, in_order, seed=seed))
    assert [f["kind"] for f in found] == []


def test_the_same_item_in_two_bodies(tmp_path: Path) -> None:
    made = office(tmp_path, two_bodies)
    (found,) = [f for f in findings_of(made) if f["kind"] == "body_divergence"]
    means = {body: made.planted[body] / made.planted[body + " cases"] for body in ("East", "West")}
    assert found["size"] == pytest.approx(means["East"] - means["West"], rel=0.01)
    assert (found["params"]["slow_body"], found["params"]["fast_body"]) == ("East", "West")
    assert not found["params"]["additive"]


def test_overdue_cases_are_traced_to_the_step_they_share(tmp_path: Path) -> None:
    made = office(tmp_path, late_with_experts)
    (found,) = [f for f in findings_of(made) if f["kind"] == "overdue_concentration"]
    assert found["params"]["mark"] == "Experts"
    assert found["size"] == pytest.approx(made.planted["late"] / made.planted["experts"])


def test_deadlines_that_set_the_pace(tmp_path: Path) -> None:
    made = office(tmp_path, just_in_time)
    (found,) = [f for f in findings_of(made) if f["kind"] == "deadline_hugging"]
    assert found["size"] == pytest.approx(made.planted["hugging"] / 400, abs=0.02)


def test_time_that_the_log_does_not_show(tmp_path: Path) -> None:
    made = office(tmp_path, silent)
    (found,) = [f for f in findings_of(made) if f["kind"] == "unrecorded_time"]
    assert found["size"] == pytest.approx(made.planted["days"] / 400, rel=1e-6)


def test_open_cases_that_were_forgotten(tmp_path: Path) -> None:
    made = office(tmp_path, forgotten)
    (found,) = [f for f in findings_of(made) if f["kind"] == "open_cases_ageing"]
    assert 0 < found["size"] <= made.planted["open"]
    assert found["hours_a_year"] is None


STORIES = [story for _, story in HOURS] + [two_bodies, late_with_experts, just_in_time, silent, forgotten]


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.__name__)
def test_every_query_reproduces_its_figure(story: Story, tmp_path: Path) -> None:
    made = office(tmp_path, story, cases=300, seed=2)
    found = findings_of(made)
    named = {entry.msgid for entry in polib.pofile(str(CATALOGUE))} | {"cases", "share"}
    assert found
    for finding in found:
        assert {key.replace("_", " ") for key in finding["evidence"]} <= named  # as the report shows them
        (row,) = made.store.sql(finding["query"]).to_pylist()
        assert next(iter(row.values())) == pytest.approx(finding["size"], rel=1e-9), finding["kind"]
        low, high = finding["interval"] or (finding["size"], finding["size"])
        assert low <= finding["size"] <= high
        assert 0 < len(finding["cases"]) <= 50
        assert finding["params"]["cases_total"] >= len(finding["cases"])


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.__name__)
def test_hours_of_additive_findings_never_exceed_the_waiting_there_is(story: Story, tmp_path: Path) -> None:
    made = office(tmp_path, story, cases=300, seed=3)
    (row,) = made.store.sql("SELECT sum(gap_s) / 3600 AS hours FROM events").to_pylist()
    per_year = 365.25 / made.span_days
    told = sum(
        f["hours_a_year"] or 0.0
        for f in findings_of(made)
        if f["params"]["additive"] and f["kind"] != "unrecorded_time"
    )
    assert told <= row["hours"] * per_year * (1 + 1e-9)


def test_a_fixed_period_is_a_rule_and_no_finding(tmp_path: Path) -> None:
    def fixed(case: Case, planted: dict[str, float]) -> None:
        case.step("Receive")
        case.now += timedelta(days=60)
        case.events.append(("Add penalty", case.now, "ann", case.body))

    assert findings_of(office(tmp_path, fixed)) == []


def test_a_step_that_every_case_has_twice_is_no_rework(tmp_path: Path) -> None:
    def twice(case: Case, planted: dict[str, float]) -> None:
        case.step("Receive")
        case.step("Publish")
        case.step("Publish", days=10)

    assert "rework_loop" not in [f["kind"] for f in findings_of(office(tmp_path, twice))]


def test_a_handful_of_cases_is_no_finding(tmp_path: Path) -> None:
    assert findings_of(office(tmp_path, lying, cases=20)) == []
