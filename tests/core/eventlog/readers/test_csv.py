"""CSV: separators, encodings, dates, guesses, and errors with line and column."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.core.eventlog.readers.reading import read, write
from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.limits import Limits
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.readers import csv as csv_reader

ROWS = (
    "case,activity,time,resource\nc1,受理,2024-01-05 09:00:00,张\n"
    "c1,审批,2024-01-06 10:30:00,\nc2,受理,2024-01-07 08:00:00,李\n"
)


def test_rows_and_guess(tmp_path: Path) -> None:
    found = read(write(tmp_path, "a.csv", ROWS), tmp_path / "p")
    assert found.column("case_id") == ["c1", "c1", "c2"]
    assert found.column("activity") == ["受理", "审批", "受理"]
    assert found.column("resource") == ["张", None, "李"]
    assert found.column("local")[1] == datetime(2024, 1, 6, 10, 30)
    assert found.column("time")[1] == datetime(2024, 1, 6, 2, 30)
    assert found.result.mapping == Mapping(case="case", activity="activity", time="time", resource="resource")
    assert "usual" in str(found.result.reasons["time"])
    assert found.result.event_attributes is None


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_separators_and_encodings(tmp_path: Path, separator: str, encoding: str) -> None:
    plain = read(write(tmp_path, "a.csv", ROWS), tmp_path / "p").raw
    data = ROWS.replace(",", separator).encode(encoding)
    found = read(write(tmp_path, "b.csv", data), tmp_path / "q")
    assert found.raw == plain
    assert found.result.details["separator"] == separator


def test_the_encoding_is_found_late_in_a_long_file(tmp_path: Path) -> None:
    head = "case,activity,time\n" + "c,A,2024-01-05\n" * 100_000
    found = read(write(tmp_path, "a.csv", (head + "c,审批,2024-01-05\n").encode("gb18030")), tmp_path / "p")
    assert found.column("activity")[-1] == "审批"
    text = (head + "c,审批,2024-01-05\n" * 100_000).encode() + "审".encode("gb18030") + b"\n"
    with pytest.raises(BadInput, match="not valid utf-8"):
        read(write(tmp_path, "b.csv", text), tmp_path / "q")


def test_quoted_separators_line_ends_and_quotes(tmp_path: Path) -> None:
    text = 'case,activity,time,note\nc,"A, ""x""\nB",2024-01-05,"1\n2"\n'
    found = read(write(tmp_path, "a.csv", text), tmp_path / "p")
    assert found.column("activity") == ['A, "x"\nB']
    assert found.events == {"row": [0], "note": ["1\n2"]}


def test_nothing_is_taken_for_missing_but_the_empty_cell(tmp_path: Path) -> None:
    text = "case,activity,time,resource,precinct\nNA,null,2024-01-05,NaN,0306\nnull,NA,2024-01-05,,\n"
    found = read(write(tmp_path, "a.csv", text), tmp_path / "p")
    assert found.column("case_id") == ["NA", "null"]
    assert found.column("activity") == ["null", "NA"]
    assert found.column("resource") == ["NaN", None]
    assert found.events["precinct"] == ["0306", None]


def test_rows_without_a_case_are_left_out_and_said(tmp_path: Path) -> None:
    text = "case,activity,time,x\n" + "c,A,2024-01-05,1\n,B,2024-01-06,2\nd,C,2024-01-07,3\n"
    found = read(write(tmp_path, "a.csv", text), tmp_path / "p", Mapping(case="case"))
    assert found.column("activity") == ["A", "C"]
    assert found.events == {"row": [0, 1], "x": ["1", "3"]}
    assert found.remarks() == {"events_without_case": 1}
    assert found.result.remarks[0].examples == ("a.csv:3:1 [case]",)


def test_five_date_formats_in_one_column(tmp_path: Path) -> None:
    dates = [
        "2024-01-05 10:00",
        "2024/1/5 10:00:00",
        "2024年1月5日 10时0分",
        "20240105100000",
        "05-Jan-2024 10:00 AM",
    ]
    text = "case,activity,time\n" + "".join(f"c,A,{d}\n" for d in dates)
    found = read(write(tmp_path, "a.csv", text), tmp_path / "p")
    assert found.column("local") == [datetime(2024, 1, 5, 10)] * 5


def test_day_first_is_proved_by_any_row_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK", 1 << 16)
    text = "case;activity;time\n" + "c;A;03/04/2024 10:00\n" * 10_000
    path = write(tmp_path, "a.csv", text + "c;A;13/04/2024 10:00\n")
    assert set(read(path, tmp_path / "p").column("local")[:-1]) == {datetime(2024, 4, 3, 10)}
    with pytest.raises(BadInput, match="day first or month first") as caught:
        read(write(tmp_path, "b.csv", text), tmp_path / "q")
    assert str(caught.value.place) == "b.csv:2:3 [time]"


def test_offsets_are_kept_and_all_utc_is_read_in_the_zone(tmp_path: Path) -> None:
    moments = ("2024-01-05T00:00:00+01:00", "2024-07-05T00:00:00+02:00", "2024-01-05T00:00:00Z")
    mixed = "case,activity,time\n" + "".join(f"c,{i},{m}\n" for i, m in enumerate(moments))
    found = read(write(tmp_path, "a.csv", mixed), tmp_path / "p")
    assert found.column("local")[:2] == [datetime(2024, 1, 5), datetime(2024, 7, 5)]
    assert found.column("time")[0] == datetime(2024, 1, 4, 23)
    assert found.result.offsets == {60: 1, 120: 1, 0: 1}
    utc = "case,activity,time,deadline\nc,A,2024-01-05T00:00:00Z,2024-02-01\n"
    found = read(write(tmp_path, "b.csv", utc), tmp_path / "q")
    assert found.result.zone == "Asia/Shanghai"
    assert found.column("local") == [datetime(2024, 1, 5, 8)]
    assert found.column("deadline") == [datetime(2024, 2, 1)]
    asked = read(write(tmp_path, "c.csv", mixed), tmp_path / "r", tz="Europe/Amsterdam")
    assert asked.column("local")[2] == datetime(2024, 1, 5, 1)
    with pytest.raises(BadInput, match="unknown time zone 'Mars/Base'"):
        read(write(tmp_path, "d.csv", mixed), tmp_path / "s", tz="Mars/Base")


def test_case_attributes_have_one_row_per_case(tmp_path: Path) -> None:
    rows = ("c,A,2024-01-05,", "d,A,2024-01-05,X", "c,B,2024-01-06,Y", "c,C,2024-01-07,")
    text = "\n".join(("case:id,activity,time,case:dept", *rows, ""))
    found = read(write(tmp_path, "a.csv", text), tmp_path / "p", Mapping(case="case:id"))
    assert found.cases == {"case_id": ["c", "d"], "dept": ["Y", "X"]}


def test_start_and_end_in_one_row(tmp_path: Path) -> None:
    text = "case,activity,start_time,end_time\nc,A,2024-01-05 09:00,2024-01-05 10:00\nd,A,2024-01-05 09:00,\n"
    found = read(write(tmp_path, "a.csv", text), tmp_path / "p")
    assert found.result.mapping.end == "end_time"
    assert found.column("ended") == [datetime(2024, 1, 5, 2), None]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("case,activity,time\nc,A,2024-01-05\nc,B\n", "a.csv:3", "this row has 2 cells"),
        ('case,activity,time\nc,"A\nB",2024-01-05\nc,B,2024-01-06,x\n', "a.csv:4", "this row has 4 cells"),
        ('case,activity,time\nc,"A\nB",2024-01-05\nc,B,soon\nc,C,2024-01-06\n', "a.csv:4:3 [time]",
         "'soon' in 'time' is not a date"),
        ("case,activity,time\n\nc,B,2024-02-30\n" + "c,B,2024-02-20\n" * 3, "a.csv:3:3 [time]", "not a date"),
        ("case,activity,when\nc,B,2024-02-20\n", "a.csv:1", "recognised as the time of an event"),
        ("case,activity,time\nc,B,\n", "a.csv [time]", "no event has a time"),
        ("case,activity,time\n", "a.csv", "the log has no events"),
        ("c1,A,2024-01-05 09:00\nc2,A,2024-01-06 09:00\n", "a.csv:1 [2024-01-05 09:00]",
         "the first line holds a date"),
        ("just one column\nx\n", "a.csv:1", "no common separator"),
        ("case,activity,time\nc,A,2024-01-05\nc,\"A,2024-01-05\n" + "c,A,2024-01-05\n" * 20_000,
         "a.csv:3", "never closed"),
    ],
)  # fmt: skip
def test_an_error_names_line_and_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, place: str, message: str
) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK", 1 << 16)
    with pytest.raises(BadInput, match=message) as caught:
        read(write(tmp_path, "a.csv", text), tmp_path / "p", Mapping(time="time") if ",\n" in text else None)
    assert str(caught.value.place) == place
    assert caught.value.expected


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\x03" * 100, b"a,b\n\xff\xfe\xfa\xff,\x80\n", b"\x7fELF" + bytes(range(256))]
)
def test_binary_junk_is_no_table(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadInput):
        read(write(tmp_path, "a.csv", data), tmp_path / "p")


def test_too_many_columns_and_too_long_cells(tmp_path: Path) -> None:
    wide = ",".join(f"c{i}" for i in range(200))
    with pytest.raises(HostileInput, match="200 columns"):
        read(write(tmp_path, "a.csv", f"{wide}\n"), tmp_path / "p", limits=Limits(columns=100))
    long = "case,activity,time\nc," + "x" * (20 << 20) + ",2024-01-05\n"
    with pytest.raises(HostileInput, match="takes more than"):
        read(write(tmp_path, "b.csv", long), tmp_path / "q")
