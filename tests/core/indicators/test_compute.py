"""Figures of a small log that one can count by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import ingest
from xiaoneng.core.eventlog.vocabulary import CASE, COMMON, FURTHER, fact_table
from xiaoneng.core.indicators import Result, Workspace, compute, find, parse_period
from xiaoneng.demo.store import MAPPING

TYPES = {
    "text": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us"),
}
OPENING = {
    "kind": "approval", "item": "食品经营许可", "item_code": "990100001000", "version": "1",
    "case_body": "甲局",
    "region": "990102", "level": "county", "channel": "window", "high_frequency": True, "cross_body": False,
    "legal_limit": 20, "promised_limit": 10, "materials": 8, "materials_again": 3,
}  # fmt: skip


def event(case: str, kind: str, when: str, /, **values: object) -> dict[str, object]:
    t = datetime.fromisoformat(when)
    return {
        "case": case, "type": kind, "activity": kind, "time": t, "occurred_at": t, "recorded_at": t,
        "lifecycle": "complete", "body": "甲局", **values,
    }  # fmt: skip


def case(
    number: str, filed: str, accepted: str, decided: str | None, steps: int, **opening: object
) -> list[dict[str, object]]:
    rows = [
        event(number, "case.submitted", filed, **{**OPENING, **opening}),
        event(number, "case.accepted", accepted),
    ]
    rows += [event(number, "step.signed", accepted) for _ in range(steps)]
    if decided:
        done = datetime.fromisoformat(decided)
        rows.append(
            event(number, "case.decided", decided, result="granted", instant=steps == 0, finished=done)
        )
    return rows


ROWS = [
    # accepted Friday, decided Monday: one working day; the make-up Saturday 2026-02-14 counts as one, too
    *case("A", "2026-03-06 09:00", "2026-03-06 10:00", "2026-03-09 10:00", 4),
    *case("B", "2026-02-13 09:00", "2026-02-13 10:00", "2026-02-14 10:00", 2),
    *case("C", "2026-03-02 09:00", "2026-03-02 10:00", "2026-03-31 10:00", 6, case_body="乙局"),
    *case("D", "2026-03-20 09:00", "2026-03-20 10:00", None, 1),
    *case(
        "E",
        "2026-03-20 09:00",
        "2026-03-20 10:00",
        "2026-03-20 10:01",
        0,
        item="居住证申领",
        channel="mobile",
    ),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("small")
    columns = {
        a.name: pa.array([row.get(a.name) for row in ROWS], TYPES[a.type]) for a in (*COMMON, *CASE, *FURTHER)
    }
    pq.write_table(pa.table(columns), folder / "log.parquet")
    store = ingest(
        folder / "log.parquet", folder / "store", mapping=MAPPING, tz="Asia/Shanghai",
        work_clock=work_clock(load_calendar("cn")),
    )  # fmt: skip
    (store.folder / "facts").mkdir()
    regions = {c.name: pa.array([None, None], pa.string()) for c in fact_table("regions").columns}
    regions["code"] = pa.array(["990100", "990102"])
    regions["name"] = pa.array(["市", "县"])
    regions["parent"] = pa.array(["", "990100"])
    pq.write_table(pa.table(regions), store.folder / "facts" / "regions.parquet")
    with Workspace(store, load_calendar("cn"), date(2026, 3, 31)) as found:
        yield found


def one(workspace: Workspace, indicator: str, period: str) -> Result:
    return compute(workspace, find(indicator), periods=[parse_period(period)])[0]


def test_handling_time_counts_working_days_after_acceptance(workspace: Workspace) -> None:
    march = one(workspace, "I1", "2026-03")
    assert march.value == pytest.approx((1 + 21 + 0) / 3)
    assert one(workspace, "I1", "2026-02").value == 1.0
    assert march.n == 3
    assert not march.enough
    assert [(e.reason, e.n) for e in march.excluded] == [("not decided yet", 1)]


def test_steps_and_instant_share(workspace: Workspace) -> None:
    assert one(workspace, "I2", "2026-03").value == pytest.approx(10 / 3)
    assert one(workspace, "I10", "2026-Q1").value == pytest.approx(25.0)


def test_overdue_counts_the_open_case_only_when_it_is_past_its_limit(workspace: Workspace) -> None:
    march = one(workspace, "I22", "2026-03")
    assert march.value == pytest.approx(100 / 3)
    assert ("not decided and not yet due", 1) in [(e.reason, e.n) for e in march.excluded]


def test_broken_down_by_body_and_region(workspace: Workspace) -> None:
    by = compute(workspace, find("I1"), by=("body", "region"), periods=[parse_period("2026-03")])
    values = {(r.by, r.key): (r.value, r.n) for r in by}
    assert values["body", "乙局"] == (21.0, 1)
    assert values["body", "甲局"] == (0.5, 2)
    assert values["region", "990100"] == values["region", "990102"]


def test_a_period_without_cases_has_no_value_and_says_so(workspace: Workspace) -> None:
    empty = one(workspace, "I1", "2025-07")
    assert (empty.value, empty.interval, empty.n, empty.enough) == (None, None, 0, False)


def test_change_without_a_baseline_year_is_not_divided_by_nothing(workspace: Workspace) -> None:
    assert one(workspace, "I19", "2026-03").value is None


def test_an_indicator_whose_facts_are_missing_says_which(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="facts_posts"):
        one(workspace, "I23", "2026")
    with pytest.raises(BadInput, match="broken down"):
        compute(workspace, find("I1"), by=("colour",))


def test_a_log_from_elsewhere_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("case,activity,time\n1,a,2026-01-05 10:00\n", encoding="utf-8")
    store = ingest(tmp_path / "log.csv", tmp_path / "store", work_clock=work_clock(load_calendar("cn")))
    with (
        Workspace(store, load_calendar("cn"), date(2026, 3, 31)) as foreign,
        pytest.raises(BadInput, match="I1"),
    ):
        compute(foreign, find("I1"))
