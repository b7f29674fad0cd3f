"""Nobody waits for what is done after the end that a case states."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.core.mining.office import START, RoundTheClock
from xiaoneng.core.eventlog import Mapping, ingest
from xiaoneng.core.mining.analysis import analyse

CASES = 200
DAY = timedelta(days=1)


def analysis(tmp_path: Path, shape: str, stated: bool) -> dict[str, Any]:
    """Cases that are decided at once; thirty days later someone verifies, and it never changes anything."""
    rng = np.random.default_rng(7)
    tmp_path.mkdir(exist_ok=True)
    path = tmp_path / f"{shape}-{stated}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "activity", "time", "end", "lifecycle", "finished"])
        for number in range(CASES):
            received = START + timedelta(days=365 * number / CASES)
            decided = received + DAY / 24
            verified = decided + float(rng.uniform(25, 35)) * DAY
            for activity, begin, end in (
                ("收件", received, received),
                ("决定", decided, decided),
                ("承诺核查", verified, verified + DAY / 24),
            ):
                done = decided if stated else ""
                if shape == "pairs":
                    writer.writerow([number, activity, begin, "", "start", done])
                    writer.writerow([number, activity, end, "", "complete", done])
                else:
                    writer.writerow([number, activity, begin, end if shape == "ends" else "", "", done])
    mapping = Mapping(
        case="case",
        activity="activity",
        time="time",
        end="end" if shape == "ends" else "",
        lifecycle="lifecycle" if shape == "pairs" else "",
        finished="finished" if stated else "",
    )
    return analyse(ingest(path, tmp_path / "store", mapping=mapping, work_clock=RoundTheClock()))


@pytest.mark.parametrize("shape", ["moments", "ends", "pairs"])
def test_a_check_after_the_stated_end_is_no_wait(tmp_path: Path, shape: str) -> None:
    found = analysis(tmp_path, shape, stated=True)
    assert found["rubber_stamps"] == []
    assert not [f for f in found["findings"] if f["params"].get("activity") == "承诺核查"]


@pytest.mark.parametrize("shape", ["moments", "ends"])
def test_without_a_stated_end_the_same_check_is_one(tmp_path: Path, shape: str) -> None:
    found = analysis(tmp_path, shape, stated=False)
    assert [row["activity"] for row in found["rubber_stamps"]] == ["承诺核查"]
    assert [f for f in found["findings"] if f["params"].get("activity") == "承诺核查"]


def test_nor_does_anybody_wait_for_it_in_the_split(tmp_path: Path) -> None:
    split = {
        stated: {
            row["activity"]: row["waiting_seconds"]
            for row in analysis(tmp_path / str(stated), "ends", stated)["time_split"]["activities"]
        }
        for stated in (True, False)
    }
    assert split[True]["承诺核查"] == 0
    assert split[False]["承诺核查"] > CASES * 25 * 86_400
