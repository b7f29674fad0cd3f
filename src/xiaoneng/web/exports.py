"""Downloads of tables: CSV for any program, xlsx for a spreadsheet. Cells never become formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from xiaoneng.web.tables import Cell, Column

# what a spreadsheet takes for the start of a formula (CWE-1236)
RISKY = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx")


def download(kind: str, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The rows as a file of ``kind``; any other kind does not exist."""
    if kind not in KINDS:
        raise Http404
    titles = [str(c.title) for c in columns]
    content = _csv(titles, rows) if kind == "csv" else _xlsx(titles, rows)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8" if kind == "csv" else XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{kind}")
    return response


def _csv(titles: list[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(t) for t in titles])
    for row in rows:
        writer.writerow([harmless(cell.exported) for cell in row])
    # the mark lets spreadsheets read Chinese right
    return out.getvalue().encode("utf-8-sig")


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def _xlsx(titles: list[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    head = []
    for title in titles:
        cell = WriteOnlyCell(sheet, value=title)
        cell.font = bold
        head.append(cell)
    sheet.append(head)
    for row in rows:
        cells = []
        for item in row:
            cell = WriteOnlyCell(sheet, value=item.exported)
            if isinstance(item.exported, str):
                cell.data_type = "s"  # also where it starts with "="
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()
