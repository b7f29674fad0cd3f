"""Excel workbooks as openpyxl writes them, and as attackers do."""

from __future__ import annotations

import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.core.eventlog.readers.reading import read
from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.limits import Limits

ROW: list[object] = ["c", "A", datetime(2024, 1, 5), "x", 1]
HEAD: list[object] = ["办件编号", "环节", "办理时间", "办理人", "n"]


def _book(tmp_path: Path, rows: list[list[object]], merge: str | None = None) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "明细"
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


def _edit(path: Path, member: str, change: tuple[bytes, bytes]) -> None:
    """Replace bytes in one part of the workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    assert change[0] in parts[member]
    parts[member] = parts[member].replace(*change)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)


def test_texts_numbers_dates(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        HEAD,
        ["c1", "受理", datetime(2024, 1, 5, 9, 30), "张", 1],
        [20240001, "审批", date(2024, 1, 6), None, 2.5],
        [],
        ["c2", "受理", "2024-01-07 08:00", "李", True],
    ]
    found = read(_book(tmp_path, rows), tmp_path / "p")
    assert found.column("case_id") == ["c1", "20240001", "c2"]
    assert found.column("local") == [
        datetime(2024, 1, 5, 9, 30),
        datetime(2024, 1, 6),
        datetime(2024, 1, 7, 8),
    ]
    assert found.column("resource") == ["张", None, "李"]
    assert found.events["n"] == ["1", "2.5", "true"]
    assert found.result.details["sheet"] == "明细"


def test_the_first_visible_sheet_is_read(tmp_path: Path) -> None:
    path = _book(tmp_path, [HEAD, ["c", "A", datetime(2024, 1, 5), "x", 1]])
    book = Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.sheet_state = "hidden"
    shown = book.create_sheet("二")
    shown.append(HEAD)
    shown.append(["d", "B", datetime(2024, 1, 5), "x", 1])
    book.save(path)
    assert read(path, tmp_path / "p").column("case_id") == ["d"]


@pytest.mark.parametrize(("merge", "place"), [("B1:C1", "a.xlsx:1:2"), ("A2:A3", "a.xlsx:2:1")])
def test_merged_cells_are_named(tmp_path: Path, merge: str, place: str) -> None:
    rows: list[list[object]] = [HEAD, ["c", "A", datetime(2024, 1, 5)], ["c", "B", datetime(2024, 1, 6)]]
    with pytest.raises(BadInput, match=f"the cells {merge} on sheet '明细' are merged") as caught:
        read(_book(tmp_path, rows, merge), tmp_path / "p")
    assert str(caught.value.place) == place
    assert caught.value.hint


def test_errors_name_row_and_column(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'soon' in '办理时间' is not a date") as caught:
        read(_book(tmp_path, [HEAD, ROW, [], ["c", "A", "soon"], ROW]), tmp_path / "p")
    assert str(caught.value.place) == "a.xlsx:4:3 [办理时间]"
    with pytest.raises(BadInput, match="beyond the last heading") as caught:
        read(_book(tmp_path, [HEAD, ["c", "A", datetime(2024, 1, 5), "x", 1, "more"]]), tmp_path / "p")
    assert str(caught.value.place) == "a.xlsx:2:6"
    with pytest.raises(BadInput, match="is empty"):
        read(_book(tmp_path, []), tmp_path / "p")


def test_a_cell_in_the_last_corner_costs_nothing(tmp_path: Path) -> None:
    path = _book(tmp_path, [HEAD, ROW, ["d", "A", datetime(2024, 1, 5), "x", 1]])
    _edit(path, "xl/worksheets/sheet1.xml", (b'r="E3"', b'r="XFD1048576"'))
    with pytest.raises(BadInput, match="beyond the last heading"):
        read(path, tmp_path / "p")


def test_bombs(tmp_path: Path) -> None:
    path = _book(tmp_path, [HEAD, ROW])
    _edit(path, "xl/worksheets/sheet1.xml", (b"<sheetData>", b"<sheetData>" + b" " * (100 << 20)))
    with pytest.raises(HostileInput, match="zip bomb"):
        read(path, tmp_path / "p")
    path = _book(tmp_path, [HEAD, ROW])
    _edit(path, "xl/styles.xml", (b"<styleSheet", b'<!DOCTYPE a [<!ENTITY a "aaaa">]><styleSheet'))
    with pytest.raises(HostileInput, match="document type"):
        read(path, tmp_path / "p")
    with pytest.raises(HostileInput, match="5 columns"):
        read(_book(tmp_path, [HEAD, ROW]), tmp_path / "p", limits=Limits(columns=4))


def test_other_zip_files_are_no_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(BadInput, match="no workbook"):
        read(path, tmp_path / "p")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BadInput, match="zip file is damaged"):
        read(path, tmp_path / "p")


def test_hostile_markup_is_searched_in_linear_time(tmp_path: Path) -> None:
    path = _book(tmp_path, [HEAD, ROW])
    _edit(path, "xl/worksheets/sheet1.xml", (b"</sheetData>", b"</sheetData>" + b"<mergeCell " * 200_000))
    started = time.process_time()
    with pytest.raises(BadInput, match="not well-formed"):
        read(path, tmp_path / "p")
    assert time.process_time() - started < 5
