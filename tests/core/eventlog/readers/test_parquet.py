"""Parquet: types as they are stored."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.core.eventlog.readers.reading import read
from xiaoneng.core.errors import BadInput, HostileInput


def _file(tmp_path: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_types(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 5, 1, tzinfo=UTC)
    path = _file(
        tmp_path,
        {
            "case_id": pa.array([7, 7, 8], pa.int32()),
            "activity": pa.array(["A", "B", "A"]).dictionary_encode(),
            "time": pa.array([moment] * 3, pa.timestamp("ns", "Asia/Shanghai")),
            "deadline": pa.array([date(2024, 2, 1), None, date(2024, 2, 2)]),
            "amount": pa.array([Decimal("1.50"), None, Decimal("2.00")]),
            "u": pa.array([1, None, 2], pa.uint8()),
            "half": pa.array([0.5, 1, 2], pa.float32()),
            "list": pa.array([[1], [], None]),
            "nothing": pa.nulls(3),
        },
    )
    found = read(path, tmp_path / "p")
    assert found.column("case_id") == ["7", "7", "8"]
    assert found.column("time") == [datetime(2024, 1, 5, 1)] * 3
    assert found.column("local") == [datetime(2024, 1, 5, 9)] * 3
    assert found.column("deadline") == [datetime(2024, 2, 1), None, datetime(2024, 2, 2)]
    assert found.events["amount"] == ["1.50", None, "2.00"]
    assert found.events["u"] == [1, None, 2]
    assert found.events["half"] == [0.5, 1.0, 2.0]
    assert found.events["nothing"] == [None, None, None]
    assert found.result.details == {"left_out": ["list"]}
    assert found.result.zone is None


def test_clocks_without_zone_stay_where_they_are(tmp_path: Path) -> None:
    midnight = datetime(2024, 1, 5)
    path = _file(
        tmp_path, {"case": ["c"], "activity": ["A"], "time": pa.array([midnight], pa.timestamp("ms"))}
    )
    found = read(path, tmp_path / "p", tz="America/New_York")
    assert found.column("local") == [midnight]
    assert found.column("time") == [datetime(2024, 1, 5, 5)]


def test_utc_is_read_in_the_zone_and_fixed_offsets_are_kept(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 5, 1, tzinfo=UTC)
    for zone, clock in (("UTC", 9), ("+05:30", 6), ("-03:00", 22)):
        stamps = pa.array([moment], pa.timestamp("us", zone))
        path = _file(tmp_path, {"case": ["c"], "activity": ["A"], "time": stamps})
        assert read(path, tmp_path / "p").column("local")[0].hour == clock


def test_texts_as_times(tmp_path: Path) -> None:
    path = _file(tmp_path, {"case": ["c", "c"], "activity": ["A", "B"], "time": ["2024-01-05", "soon"]})
    with pytest.raises(BadInput, match="no column was recognised as the time"):
        read(path, tmp_path / "p")


def test_damage_and_bombs(tmp_path: Path) -> None:
    good = _file(
        tmp_path, {"case": ["c"] * 5, "activity": ["A"] * 5, "time": ["2024-01-05"] * 5}
    ).read_bytes()
    path = tmp_path / "b.parquet"
    for data in (good[:-10], good[: len(good) // 2], b"PAR1" + b"\0" * 100 + b"PAR1"):
        path.write_bytes(data)
        with pytest.raises(BadInput, match="Parquet file is damaged"):
            read(path, tmp_path / "p")
    huge = pa.array(["x" * 100_000]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), huge.dictionary)
    bomb = _file(tmp_path, {"case": column, "activity": column, "time": ["2024-01-05"] * 100_000})
    with pytest.raises(HostileInput):
        read(bomb, tmp_path / "p")


def test_an_unknown_zone_is_named_with_its_file(tmp_path: Path) -> None:
    stamps = pa.array([1], pa.timestamp("us", "Mars/Base"))
    path = _file(tmp_path, {"case": ["c"], "activity": ["A"], "time": stamps})
    with pytest.raises(BadInput, match="unknown time zone 'Mars/Base'") as caught:
        read(path, tmp_path / "p")
    assert str(caught.value.place) == "a.parquet"
