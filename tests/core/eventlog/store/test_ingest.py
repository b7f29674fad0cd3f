"""The whole import from a file: attributes numbered, clocks right, a changing file refused."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.eventlog.store.rows import EveryDayEightHours
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import EventStore, Mapping, ingest

CLOCK = EveryDayEightHours()

XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <trace>
    <string key="concept:name" value="NA"/><string key="channel" value="desk"/>
    <event>
      <string key="concept:name" value="b"/><date key="time:timestamp" value="2024-03-31T03:30:00+02:00"/>
    </event>
    <event>
      <string key="concept:name" value="a"/><date key="time:timestamp" value="2024-03-31T01:30:00+01:00"/>
    </event>
  </trace>
  <trace>
    <string key="concept:name" value="2"/>
    <event>
      <string key="concept:name" value="a"/><date key="time:timestamp" value="2024-03-30T00:00:00+01:00"/>
    </event>
  </trace>
  <trace>
    <string key="concept:name" value="3"/><string key="channel" value="post"/>
    <event><string key="concept:name" value="a"/></event>
  </trace>
</log>
"""


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    source = tmp_path / "log.xes.gz"
    source.write_bytes(gzip.compress(XES.encode()))
    return ingest(source, tmp_path / "store", work_clock=CLOCK)


def test_case_attributes_are_numbered(store: EventStore) -> None:
    rows = store.sql("SELECT case_no, channel FROM case_attributes ORDER BY ALL").to_pylist()
    assert [row for row in rows if row["channel"] is not None] == [
        {"case_no": 0, "channel": "desk"},
        {"case_no": 2, "channel": "post"},
    ]


def test_elapsed_time_is_between_instants_and_calendar_looks_at_the_wall(store: EventStore) -> None:
    """Summer time began between the two events: two hours on the wall, one in fact."""
    case = store.sql("SELECT * FROM cases WHERE case_id = 'NA'").to_pylist()[0]
    assert case["duration_s"] == 3600
    assert (case["last_local"] - case["first_local"]).total_seconds() == 7200
    assert (
        case["start_activity"] == store.sql("SELECT id FROM activities WHERE name = 'a'").to_pylist()[0]["id"]
    )


def test_midnight_stays_at_its_day(store: EventStore) -> None:
    row = store.sql("SELECT local::DATE::VARCHAR AS day, flags FROM events WHERE flags & 2 > 0").to_pylist()
    assert row == [{"day": "2024-03-30", "flags": 2}]


def test_meta_names_source_and_calendar(store: EventStore) -> None:
    assert store.meta["name"] == "log.xes.gz"
    assert store.meta["format"] == "xes"
    assert len(store.meta["sha256"]) == 64
    assert store.meta["calendar"] == {
        "name": CLOCK.name,
        "fingerprint": CLOCK.fingerprint,
        "seconds_per_day": 28_800.0,
    }
    assert store.meta["counts"]["events"] == 4


CSV = "case,step,start,end\n1,a,2024-11-03 00:30,2024-11-03 03:30\n2,a,2024-11-04 09:00,\n"
ROLES = Mapping(case="case", activity="step", time="start", end="end")


def test_end_of_an_event_has_its_own_wall_clock(tmp_path: Path) -> None:
    """In New York the clock went back between start and end: three hours on the wall, four in fact."""
    source = tmp_path / "log.csv"
    source.write_text(CSV)
    store = ingest(source, tmp_path / "store", mapping=ROLES, tz="America/New_York", work_clock=CLOCK)
    first, second = store.sql("SELECT * FROM cases ORDER BY case_no").to_pylist()
    assert first["duration_s"] == 4 * 3600
    assert first["last_local"].isoformat() == "2024-11-03T03:30:00"
    assert (first["open"], second["open"]) == (False, True)


def test_little_memory_gives_the_same_store(tmp_path: Path) -> None:
    source = tmp_path / "log.csv"
    lines = [
        f"{n % 3000},{'abc'[n % 7 % 3]},2024-01-01 {n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}"
        for n in range(150_000)
    ]
    source.write_text("case,step,start\n" + "\n".join(lines) + "\n")
    mapping = Mapping(case="case", activity="step", time="start")
    small, large = (
        ingest(source, tmp_path / str(mb), mapping=mapping, work_clock=CLOCK, memory_mb=mb)
        for mb in (1, 1024)
    )
    for table in ("events", "cases", "variants"):
        assert small.sql(f"FROM {table}").equals(large.sql(f"FROM {table}"))


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "log.csv"
    source.write_text("case,step,start\n" + "1,a,2024-01-01 09:00\n" * 1000)

    def append(share: float, what: str) -> None:
        with source.open("a") as file:
            file.write("2,a,2024-01-01 09:00\n")

    with pytest.raises(BadInput, match="chang"):
        ingest(source, tmp_path / "store", work_clock=CLOCK, progress=append)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv"]


def test_core_eventlog_is_importable_without_the_rest() -> None:
    code = (
        "import sys, xiaoneng.core.eventlog; print([m for m in sys.modules if m.split('.')[0] == 'django'])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
