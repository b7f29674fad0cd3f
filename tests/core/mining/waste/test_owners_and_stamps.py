"""Time by owner and checks without effect, on small logs whose answer is counted by hand."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.core.mining.office import Case, RoundTheClock, office
from xiaoneng.core.eventlog import EventStore, Mapping, ingest
from xiaoneng.core.mining.context import Context, NotMeasurable, Options
from xiaoneng.core.mining.waste.owners import owner_of_role, owners
from xiaoneng.core.mining.waste.stamps import MIN_CASES, rubber_stamps

NOON = datetime(2025, 3, 3, 12)
HOUR = 3600.0


def store_of(tmp_path: Path, rows: list[tuple[str, str, int, str, str]]) -> EventStore:
    """Rows of case, activity, hour, role, body."""
    path = tmp_path / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "activity", "time", "role", "body"])
        for case, activity, hour, role, body in rows:
            writer.writerow([case, activity, (NOON + timedelta(hours=hour)).isoformat(" "), role, body])
    mapping = Mapping(
        case="case",
        activity="activity",
        time="time",
        role="role" if any(row[3] for row in rows) else "",
        body="body" if any(row[4] for row in rows) else "",
    )
    return ingest(path, tmp_path / "store", mapping=mapping, work_clock=RoundTheClock())


def test_an_interval_belongs_to_who_acts_next(tmp_path: Path) -> None:
    store = store_of(
        tmp_path,
        [
            ("1", "Submit", 0, "申请人", "Hall"),
            ("1", "Examine", 5, "经办人", "Hall"),
            ("1", "Supplement", 25, "申请人", "Hall"),
            ("1", "Opinion", 32, "协办部门", "Water"),
            ("1", "Decide", 33, "审批人", "Hall"),
            ("1", "Note", 34, "", "Hall"),
        ],
    )
    with store.connection() as connection:
        found = owners(Context(store, connection, Options()))
    assert found["basis"] == "role"
    assert {row["owner"]: row["seconds"] / HOUR for row in found["owners"]} == {
        "applicant": 20,
        "other_body": 7,
        "own": 6,
        "unknown": 1,
    }
    assert sum(row["share"] for row in found["owners"]) == pytest.approx(1)
    assert all(row["work_seconds"] == row["seconds"] for row in found["owners"])


def test_without_telling_roles_time_goes_by_body_and_by_activity_where_mapped(tmp_path: Path) -> None:
    rows = [("1", "A", 0, "clerk", "Hall"), ("1", "B", 4, "clerk", "Water"), ("1", "C", 5, "clerk", "Hall")]
    store = store_of(tmp_path, rows)
    with store.connection() as connection:
        context = Context(store, connection, Options())
        by_body = owners(context)
        by_activity = owners(context, {"B": "applicant", "C": "own"})
    assert (by_body["basis"], by_activity["basis"]) == ("body", "activity")
    assert [(r["owner"], r["seconds"] / HOUR) for r in by_body["owners"]] == [("Water", 4), ("Hall", 1)]
    assert [(r["owner"], r["seconds"] / HOUR) for r in by_activity["owners"]] == [
        ("applicant", 4),
        ("own", 1),
    ]


def test_nothing_known_of_owners_is_not_measurable(tmp_path: Path) -> None:
    store = store_of(tmp_path, [("1", "A", 0, "", ""), ("1", "B", 4, "", "")])
    with store.connection() as connection, pytest.raises(NotMeasurable) as gap:
        owners(Context(store, connection, Options()))
    assert gap.value.reason == "no_owner"


def test_roles_are_recognised_by_their_words() -> None:
    assert [owner_of_role(n) for n in ("企业经办", "外部门联络员", "听证", "局长", "clerk")] == [
        "applicant",
        "other_body",
        "excluded",
        "own",
        "own",
    ]


def stamps(tmp_path: Path, refuse: float, redo: float, cases: int = 300) -> list[str]:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.step("Receive")
        case.step("Examine")
        if case.rng.random() < refuse:
            case.step("REJECTED by head", days=1)
        else:
            case.step("APPROVED by head", days=1)
        if case.rng.random() < redo:
            case.step("Examine")
        case.step("Send")

    store = office(tmp_path, story, cases=cases).store
    with store.connection() as connection:
        return [row["activity"] for row in rubber_stamps(Context(store, connection, Options()))]


def test_a_check_that_never_says_no_is_listed(tmp_path: Path) -> None:
    assert stamps(tmp_path, refuse=0, redo=0) == ["APPROVED by head"]


def test_a_check_that_sometimes_says_no_is_not(tmp_path: Path) -> None:
    assert stamps(tmp_path, refuse=0.08, redo=0) == []


def test_a_check_after_which_work_is_redone_is_not(tmp_path: Path) -> None:
    assert stamps(tmp_path, refuse=0, redo=0.08) == []


def test_too_few_cases_prove_nothing(tmp_path: Path) -> None:
    assert stamps(tmp_path, refuse=0, redo=0, cases=MIN_CASES - 5) == []


def test_a_spotless_check_has_the_bound_of_the_rule_of_three(tmp_path: Path) -> None:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.step("收件")
        case.step("审核", days=1)
        case.step("办结")

    store = office(tmp_path, story, cases=300).store
    with store.connection() as connection:
        (row,) = rubber_stamps(Context(store, connection, Options()))
    assert (row["activity"], row["cases"], row["changed"]) == ("审核", 300, 0)
    assert row["upper_bound"] == pytest.approx(0.01, rel=0.02)
    assert row["interval"][0] == 0
    assert 0.8 * 86_400 < row["median_wait_seconds"] < 1.2 * 86_400
