"""Out and in again: nothing is lost that the format can hold."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.core.eventlog.readers.reading import event, log, read, trace, write
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import ingest
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.eventlog.writers import FORMATS, export_log

HEADER = (
    '<extension name="Time" prefix="time" uri="http://x/time.xesext"/>'
    '<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>'
    '<classifier name="A &amp; B" keys="concept:name"/>'
    '<int key="total" value="2"><string key="in" value="v"><boolean key="deep" value="true"/></string></int>'
)
ODD = "&lt;&amp;&gt;&quot; 中文 &#10;&#9; '"
EVENTS = (
    event(
        ODD,
        "2024-01-02T09:00:00.123+01:00",
        f'<string key="org:resource" value="{ODD}"/><int key="n" value="-7"/><float key="x" value="1.5E300"/>'
        '<boolean key="b" value="false"/><id key="i" value="u-1"/>'
        '<date key="d" value="2024-07-02T09:00:00+02:00"/>',
    ),
    event("B", "2024-01-02T09:00:00+01:00", '<string key="n" value="text"/><string key="empty" value=""/>'),
    event("A", "2024-01-01T00:00:00+01:00", '<string key="p" value="1"><list key="l">'
          '<values><int key="e" value="1"/></values></list></string>'),
    event("C", "2024-01-03T00:00:00-05:30",
          '<list key="bare"><values><string key="e" value="x"/></values></list>'),
)  # fmt: skip
CASE = (
    '<date key="deadline" value="2024-02-01T00:00:00+01:00"/>'
    '<string key="dept" value="D"><int key="q" value="1"/></string>'
)
DOCUMENT = log(trace("c&amp;1", *EVENTS, more=CASE), trace("NA", event("B")), header=HEADER)


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    clock = work_clock(load_calendar("cn"))
    return ingest(write(tmp_path, "in.xes", DOCUMENT), tmp_path / "store", work_clock=clock)


def test_xes_comes_back_whole(store: EventStore, tmp_path: Path) -> None:
    first = read(tmp_path / "in.xes", tmp_path / "p1")
    second = read(export_log(store, tmp_path / "out.xes"), tmp_path / "p2")
    assert second.raw == first.raw
    assert second.events == first.events
    assert second.cases == first.cases
    assert second.result.xes == first.result.xes
    assert second.result.mapping == first.result.mapping
    packed = export_log(store, tmp_path / "out.xes.gz")
    assert gzip.decompress(packed.read_bytes()) == (tmp_path / "out.xes").read_bytes()
    types = {
        f.name: f.metadata[b"type"]
        for f in pq.read_schema(tmp_path / "p2" / "event_attributes.parquet")
        if f.metadata
    }
    assert types["i"] == b"id"
    assert types["n"] == b"int"
    assert types["n (string)"] == b"string"


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_tables_come_back_with_every_event(store: EventStore, tmp_path: Path, ending: str) -> None:
    first = read(tmp_path / "in.xes", tmp_path / "p1")
    second = read(export_log(store, tmp_path / f"out{ending}"), tmp_path / "p2")
    for column in ("case_id", "activity", "time", "local", "resource"):
        assert second.column(column) == first.column(column), column
    assert second.column("deadline") == first.column("deadline")
    assert second.cases["dept"] == ["D", None]
    if ending == ".parquet":
        assert second.events["n"] == first.events["n"]
        assert second.events["d@offset"] == first.events["d@offset"]


def test_ocel_comes_back_with_every_event(store: EventStore, tmp_path: Path) -> None:
    path = export_log(store, tmp_path / "out.json")
    document = json.loads(path.read_text())
    assert {t["name"] for t in document["objectTypes"]} == {"case", "resource", "body"}
    declared = {a["name"]: a["type"] for a in document["eventTypes"][0]["attributes"]}
    assert declared["d"] == "time"
    assert declared["x"] == "float"
    first = read(tmp_path / "in.xes", tmp_path / "p1")
    second = read(path, tmp_path / "p2")
    for column in ("case_id", "activity", "time", "local", "resource"):
        assert second.column(column) == first.column(column), column


def test_real_log_out_and_in(shared_data: Path, tmp_path: Path) -> None:
    clock = work_clock(load_calendar("cn"))
    for name in ("receipt", "BPIC20_RequestForPayment"):
        source = shared_data / f"{name}.xes.gz"
        store = ingest(source, tmp_path / name, work_clock=clock)
        first = read(source, tmp_path / f"{name}1")
        second = read(export_log(store, tmp_path / f"{name}.xes"), tmp_path / f"{name}2")
        assert second.raw == first.raw
        assert second.events == first.events
        assert second.cases == first.cases
        assert second.result.xes == first.result.xes


def test_a_store_from_a_table_gets_the_keys_of_the_standard(tmp_path: Path) -> None:
    text = "办件编号,环节,时间,经办人,备注\nc,受理,2024-01-05,张,\x01odd\n"
    store = ingest(
        write(tmp_path, "a.csv", text), tmp_path / "store", work_clock=work_clock(load_calendar("cn"))
    )
    found = read(export_log(store, tmp_path / "out.xes"), tmp_path / "p")
    assert found.result.mapping.as_dict() == {
        "case": "case:concept:name",
        "activity": "concept:name",
        "time": "time:timestamp",
        "resource": "org:resource",
    }
    assert found.events["备注"] == ["\ufffdodd"]
    assert found.result.offsets == {480: 1}


def test_an_unknown_ending_is_refused_and_nothing_is_left(store: EventStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot be written as 'out\.docx'") as caught:
        export_log(store, tmp_path / "out.docx")
    assert ".xes.gz" in str(caught.value)
    with pytest.raises(BadInput):
        export_log(store, tmp_path / "out.parquet.gz")
    assert not list(tmp_path.glob("out*"))


def test_an_export_that_fails_leaves_the_old_file(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write(tmp_path, "out.csv", "old")
    (store.folder / "events.parquet").write_bytes(b"broken")
    with pytest.raises(Exception, match="events"):
        export_log(store, target)
    assert target.read_text() == "old"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_log_gives_the_same_bytes(store: EventStore, tmp_path: Path, ending: str) -> None:
    first = export_log(store, tmp_path / f"a{ending}").read_bytes()
    assert export_log(store, tmp_path / f"b{ending}").read_bytes() == first
