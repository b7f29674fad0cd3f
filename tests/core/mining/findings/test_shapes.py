"""Logs that tell how long work lasts: the wait before a step does not contain the work of the step before."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.core.mining.office import START, RoundTheClock
from xiaoneng.core.calendar.builtin import weekdays
from xiaoneng.core.calendar.workclock import work_clock
from xiaoneng.core.eventlog import EventStore, Mapping, ingest
from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.mining.analysis import analyse

CASES = 200
DAY = timedelta(days=1)


def write(tmp_path: Path, pairs: bool, clock: WorkClock) -> tuple[EventStore, float]:
    """Examine takes five days, Decide waits two days and takes one; the store and the waiting days in all."""
    rng = np.random.default_rng(4)
    path, waited = tmp_path / "log.csv", 0.0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "activity", "time", "end", "lifecycle", "person"])
        for number in range(CASES):
            moment = START + timedelta(days=365 * number / CASES)
            for activity, wait, work in (("Examine", 0.0, 5.0), ("Decide", 2.0, 1.0)):
                days = wait * float(rng.uniform(0.5, 1.5))
                waited += days
                moment += days * DAY
                end = moment + work * DAY
                if pairs:
                    writer.writerow([number, activity, moment, "", "start", "ann"])
                    writer.writerow([number, activity, end, "", "complete", "ann"])
                else:
                    writer.writerow([number, activity, moment, end, "", "ann"])
                moment = end
    mapping = Mapping(
        case="case",
        activity="activity",
        time="time",
        end="" if pairs else "end",
        lifecycle="lifecycle" if pairs else "",
        resource="person",
    )
    return ingest(path, tmp_path / "store", mapping=mapping, work_clock=clock), waited


@pytest.mark.parametrize("pairs", [False, True])
def test_the_wait_is_told_apart_from_the_work(pairs: bool, tmp_path: Path) -> None:
    store, waited = write(tmp_path, pairs, RoundTheClock())
    found: list[dict[str, Any]] = analyse(store)["findings"]
    assert [f["kind"] for f in found] == ["waiting_before_step"]
    assert found[0]["params"]["activity"] == "Decide"
    assert found[0]["params"]["mean"] == pytest.approx(waited / CASES, rel=1e-6)
    (row,) = store.sql(found[0]["query"]).to_pylist()
    assert row["hours_a_year"] == pytest.approx(found[0]["size"])


def test_working_time_counts_from_the_end_of_the_work(tmp_path: Path) -> None:
    """Five working days of seven hours a week: two days of waiting are about 1.4 working days."""
    store, waited = write(tmp_path, False, work_clock(weekdays()))
    (found,) = analyse(store)["findings"]
    assert found["params"]["clock"] == "working"
    assert found["params"]["mean"] == pytest.approx(waited / CASES * 5 / 7, rel=0.1)


def test_starts_and_completions_are_not_rework(tmp_path: Path) -> None:
    store, _ = write(tmp_path, True, RoundTheClock())
    assert "rework_loop" not in [f["kind"] for f in analyse(store)["findings"]]
