"""The real logs: every attribute as an independent parser reads it, and the traps that they hold."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.core.eventlog.readers.reading import Reading, read, write

XES = ["receipt", "BPIC15_2", "BPIC20_RequestForPayment"]
ALL = [*XES, "BPIC15_1", "RoadTraffic"]


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "reference.json").read_text())
    return found


@pytest.fixture(scope="module")
def readings(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    folder = tmp_path_factory.mktemp("real")
    return {name: read(shared_data / f"{name}.xes.gz", folder / name) for name in ALL}


def _typed(kind: str, text: str) -> Any:
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    if kind == "boolean":
        return text == "true"
    return datetime.fromisoformat(text) if kind == "date" else text


def _attributes(element: ElementTree.Element) -> dict[str, Any]:
    return {
        child.get("key", ""): _typed(child.tag.rpartition("}")[2], child.get("value", ""))
        for child in element
        if child.get("key") is not None
    }


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """A dictionary per row, dates as instants, without what is missing."""
    rows: list[dict[str, Any]] = [{} for _ in next(iter(columns.values()))]
    for name, values in columns.items():
        offsets = columns.get(name + "@offset")
        for at, value in enumerate(values):
            if value is None or "@" in name:
                continue
            if offsets is not None and (offset := offsets[at]) is not None:
                value = (value - timedelta(minutes=offset)).replace(tzinfo=UTC)
            rows[at][name] = value
    return rows


RAW = {
    "concept:name": "activity",
    "org:resource": "resource",
    "org:role": "role",
    "org:group": "body",
    "lifecycle:transition": "lifecycle",
}


@pytest.mark.parametrize("name", XES)
def test_every_attribute_of_every_event(shared_data: Path, readings: dict[str, Reading], name: str) -> None:
    found = readings[name]
    raw = {column: found.column(column) for column in [*RAW.values(), "case_id", "time", "local"]}
    cases = {row["case_id"]: row for row in _rows(found.cases)}
    events = _rows(found.events)
    row = 0
    seen: Counter[str] = Counter()
    with gzip.open(shared_data / f"{name}.xes.gz") as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag.rpartition("}")[2] != "trace":
                continue
            wanted = _attributes(element)
            case = wanted.pop("concept:name")
            assert cases[case] == {"case_id": case, **wanted}
            for event in element.iter():
                if event.tag.rpartition("}")[2] != "event":
                    continue
                wanted = _attributes(event)
                seen.update(wanted.keys())
                time = wanted.pop("time:timestamp")
                assert raw["case_id"][row] == case
                assert raw["time"][row] == time.astimezone(UTC).replace(tzinfo=None)
                assert raw["local"][row] == time.replace(tzinfo=None)
                for key, column in RAW.items():
                    assert raw[column][row] == wanted.pop(key, None)
                assert events[row] == {"row": row, **wanted}
                row += 1
            element.clear()
    assert row == len(found.raw)
    assert seen["concept:name"] == row


@pytest.mark.parametrize("name", ALL)
def test_counts_and_bounds_of_the_reference(
    readings: dict[str, Reading], reference: dict[str, Any], name: str
) -> None:
    found, wanted = readings[name], reference["logs"][name]
    case_ids, times = found.column("case_id"), found.column("time")
    assert len(case_ids) == wanted["events"]
    assert len(set(case_ids)) == wanted["cases"]
    assert len(set(found.column("activity"))) == wanted["activities"]
    resources = found.column("resource")
    assert len(set(resources) - {None}) == wanted["resources"]
    assert resources.count(None) == wanted["events_without_resource"]
    assert min(times).replace(tzinfo=UTC) == datetime.fromisoformat(wanted["first"])
    assert max(times).replace(tzinfo=UTC) == datetime.fromisoformat(wanted["last"])
    same = sum(1 for i in range(1, len(times)) if case_ids[i] == case_ids[i - 1] and times[i] == times[i - 1])
    assert same == wanted["quality"]["events_same_time_as_predecessor"]


def test_midnight_dates_never_shift(readings: dict[str, Reading]) -> None:
    """RoadTraffic has dates only, written as local midnight with +01:00 or +02:00."""
    clocks = readings["RoadTraffic"].raw.column("local")
    assert {moment.time() for moment in clocks.unique().to_pylist()} == {datetime.min.time()}
    assert readings["RoadTraffic"].result.zone is None


def test_open_cases_have_no_invented_end(readings: dict[str, Reading]) -> None:
    """The global default of ``enddate`` is 1970; cases without an end date must stay without one."""
    found = readings["receipt"]
    ends = dict(zip(found.column("case_id"), found.column("finished"), strict=True))
    assert sum(end is None for end in ends.values()) == 105
    assert min(end for end in ends.values() if end).year >= 2010


def test_the_table_and_the_document_of_receipt_agree(
    shared_data: Path, readings: dict[str, Reading], tmp_path: Path
) -> None:
    table, document = read(shared_data / "receipt.csv", tmp_path / "p"), readings["receipt"]
    assert table.result.offsets == document.result.offsets == {120: 4259, 60: 4318}
    for column in (
        "case_id",
        "activity",
        "time",
        "local",
        "resource",
        "body",
        "deadline",
        "planned",
        "finished",
    ):
        assert table.column(column) == document.column(column), column
    assert table.result.mapping == document.result.mapping


def test_a_case_called_na_is_a_case(tmp_path: Path) -> None:
    text = "case_id,activity,timestamp\nNA,A,2024-01-05\nnan,A,2024-01-05\nNULL,A,2024-01-05\n"
    assert read(write(tmp_path, "a.csv", text), tmp_path / "p").column("case_id") == ["NA", "nan", "NULL"]


def test_a_table_with_one_row_per_case(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "boston311_raw_sample.csv"
    found = read(path, tmp_path / "p")
    mapping = found.result.mapping
    assert (mapping.case, mapping.time, mapping.end) == ("CASE_ENQUIRY_ID", "OPEN_DT", "CLOSED_DT")
    assert (mapping.deadline, mapping.body, mapping.status) == ("TARGET_DT", "Department", "CASE_STATUS")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(found.raw) == len(rows) == 4995
    assert sum(d is not None for d in found.column("deadline")) == 4284
    assert [str(t) for t in found.column("local")] == [r["OPEN_DT"] for r in rows]
    assert found.events["precinct"] == [r["precinct"] or None for r in rows]
