"""Each remark on quality appears where its flaw was planted, with the right count, and on no clean log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.core.eventlog.store.rows import at, make_store
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.quality import EFFECTS
from xiaoneng.core.eventlog.raw import ReadingRemark

MAPPING = Mapping(
    case="c", activity="a", time="t", end="e", started="case:s", finished="case:f", deadline="case:d"
)
HOUR = timedelta(hours=1)
Row = dict[str, Any]


def clean_log() -> list[Row]:
    """Four finished cases of three steps, everything known and at different times."""
    rows = []
    for case in range(4):
        begin = at("2024-03-04T09:00") + case * timedelta(days=1)
        for step in range(3):
            start = begin + step * 4 * HOUR
            rows.append(
                {
                    "case_id": f"case {case}",
                    "activity": "abc"[step],
                    "time": start,
                    "ended": start + HOUR,
                    "resource": "p",
                    "body": "B",
                    "started": begin,
                    "finished": begin + 9 * HOUR,
                    "deadline": begin + 10 * HOUR,
                }
            )
    return rows


def changed(number: int, **values: Any) -> list[Row]:
    rows = clean_log()
    rows[number] = {**rows[number], **values}
    return rows


def everywhere(**values: Any) -> list[Row]:
    return [{**row, **values} for row in clean_log()]


def remarks(
    folder: Path, rows: list[Row], mapping: Mapping = MAPPING, **more: Any
) -> dict[str, dict[str, Any]]:
    return {remark["code"]: remark for remark in make_store(folder / "store", rows, mapping, **more).quality}


def test_nothing_is_wrong_with_a_clean_log(tmp_path: Path) -> None:
    assert remarks(tmp_path, clean_log()) == {}


FIRST = clean_log()[0]
SECOND = clean_log()[1]
PLANTED = {
    "no_time": (changed(1, time=None), 1),
    "missing_activity": (changed(1, activity=None), 1),
    "missing_resource": (changed(1, resource=None), 1),
    "missing_body": (changed(1, body=None), 1),
    "no_activity": (everywhere(activity=None), 12),
    "no_resource": (everywhere(resource=None), 12),
    "no_body": (everywhere(body=None), 12),
    "midnight": (changed(0, time=at("2024-03-04T00:00"), started=at("2024-03-04T00:00")), 1),
    "ties": (changed(1, time=FIRST["time"]), 1),
    "out_of_order": (changed(1, time=FIRST["time"] - HOUR), 1),
    "duplicates": ([FIRST, *clean_log()], 1),
    "end_before_start": (changed(1, ended=SECOND["time"] - HOUR), 1),
    "outside_calendar": (changed(0, time=at("2100-03-04T09:00"), ended=at("2100-03-04T10:00")), 1),
    "long_gaps": (changed(2, time=at("2026-03-04T09:00"), ended=at("2026-03-04T10:00")), 1),
    "one_event_cases": ([{**FIRST, "ended": None, "case_id": "alone"}, *clean_log()], 1),
    "open_cases": ([{**row, "finished": None} for row in clean_log()[:3]] + clean_log()[3:], 1),
    "partial_cover": (
        [{**row, "started": at("2024-01-01T09:00")} for row in clean_log()[:3]] + clean_log()[3:],
        1,
    ),
    "one_timestamp": (everywhere(ended=None), 12),
}


@pytest.mark.parametrize("code", PLANTED)
def test_planted_flaw_is_found(tmp_path: Path, code: str) -> None:
    rows, count = PLANTED[code]
    found = remarks(tmp_path, rows)
    assert found[code]["count"] == count
    text = found[code]["effect"].format(**found[code]["params"])
    assert "{" not in text
    assert found[code]["effect"] == EFFECTS[code]


def test_examples_are_case_ids(tmp_path: Path) -> None:
    assert remarks(tmp_path, changed(4, resource=None))["missing_resource"]["examples"] == ["case 1"]


def test_a_log_that_does_not_tell_ends(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k not in ("ended", "finished")} for row in clean_log()]
    found = remarks(tmp_path, rows, Mapping(case="c", activity="a", time="t"))
    assert found["end_unknown"]["count"] == 4


def test_several_offsets(tmp_path: Path) -> None:
    found = remarks(tmp_path, clean_log(), offsets={60: 8, 120: 3, None: 1})
    assert found["mixed_offsets"]["count"] == 4
    assert found["mixed_offsets"]["params"]["offsets"] == "+01:00, +02:00, -"


def test_what_the_reader_noticed_is_passed_on(tmp_path: Path) -> None:
    remark = ReadingRemark("events_without_case", 3, "{count} events of {kind}", {"kind": "x"}, ("line 4",))
    found = remarks(tmp_path, clean_log(), remarks=(remark,))
    assert found["events_without_case"]["params"] == {"count": 3, "kind": "x"}
    assert found["events_without_case"]["examples"] == ["line 4"]


@pytest.mark.parametrize(
    ("flags", "count"),
    [(["ONTIME"] * 12, None), (["OVERDUE"] + ["ONTIME"] * 11, 1), ([None] + ["按时"] * 11, 1)],
)
def test_own_overdue_flag(tmp_path: Path, flags: list[str | None], count: int | None) -> None:
    attributes = tmp_path / "attributes.parquet"
    pq.write_table(pa.table({"row": range(12), "OnTime_Status": flags}), attributes)
    found = remarks(tmp_path, clean_log(), event_attributes=attributes)
    assert (found.get("own_flag_differs") or {}).get("count") == count


STATUS = [
    ("办结", False),
    ("在办", True),
    ("In progress", True),
    ("CLOSED", False),
    ("something else", None),
    (None, None),
]


@pytest.mark.parametrize(("word", "is_open"), STATUS)
def test_open_by_status(tmp_path: Path, word: str | None, is_open: bool | None) -> None:
    rows = everywhere(status=word)
    store = make_store(tmp_path / "store", rows, Mapping(case="c", activity="a", time="t", status="case:s"))
    assert {row["open"] for row in store.sql("SELECT open FROM cases").to_pylist()} == {is_open}
