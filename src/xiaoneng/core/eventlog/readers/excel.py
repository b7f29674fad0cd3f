"""Excel workbooks (.xlsx): the first visible sheet, its first row as heading.

Read with expat from the zip file, row by row. Ready-made libraries were weighed: one is twelve times
slower, the other
allocates the whole rectangle of a sheet, so that one cell in the last corner kills the process.

Every cell becomes the text that a person would read: dates as ISO 8601, whole numbers without a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from xml.parsers import expat

import pyarrow as pa

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.readers.archive import Archive
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.csv import unique_names
from xiaoneng.core.eventlog.readers.datetext import which_first
from xiaoneng.core.eventlog.readers.source import Source

ROWS_PER_BLOCK = 50_000
LONGEST_FORMAT = 255
"""Characters of a number format, Excel's own limit."""
_DATE_IDS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_MERGED = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]*?ref\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']"
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class ExcelRows:
    """The rows of the first visible sheet, see ``tabular.Rows``."""

    format = "xlsx"

    def __init__(self, source: Source, context: ReadContext) -> None:
        self._source = source
        self._context = context
        self._archive = Archive(context)
        self._rows: Generator[tuple[int, dict[int, str]], None, None] | None = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        if "xl/workbook.xml" not in self._archive.names():
            raise BadInput(
                "this zip file is no workbook", place=self._context.place(), expected="an .xlsx file"
            )
        sheet, self._member, epoch_1904 = self._find_sheet()
        self._epoch = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock
        self._refuse_merged(sheet)
        self._strings = self._shared_strings()
        self._dates = self._date_styles()
        self._rows = self._sheet_rows()
        first = next(self._rows, None)
        if first is None:
            raise BadInput(
                "the sheet {sheet!r} is empty", place=self._context.place(), expected="a table", sheet=sheet
            )
        self._heading, cells = first
        width = max(cells) + 1
        if width > self._context.limits.columns:
            raise HostileInput(
                "there are {count} columns",
                place=self._context.place(self._heading),
                expected="at most {limit}",
                count=width,
                limit=self._context.limits.columns,
            )
        self.columns = unique_names([cells.get(i) or "" for i in range(width)])
        self._lines: list[int] = []
        self.details: dict[str, Any] = {"sheet": sheet}

    # ------------------------------------------------------------------ parts of the workbook

    def _parse(
        self, member: str, start: Callable[..., None], end: Callable[..., None], text: Callable[..., None]
    ) -> Generator[None, None, None]:
        """Parse a part chunk by chunk; yields after each, so that the caller can take what was found."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, xml: start(name.rpartition("}")[2], xml)
        parser.EndElementHandler = lambda name: end(name.rpartition("}")[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            with closing(self._archive.chunks(member)) as chunks:
                for data in chunks:
                    parser.Parse(data, False)
                    yield
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise BadInput(
                "the part {name!r} of the workbook is not well-formed: {why}",
                place=self._context.place(),
                expected="an .xlsx file",
                name=member,
                why=expat.errors.messages.get(error.code, str(error)),
            ) from error
        yield

    def _doctype(self, *_: object) -> None:
        raise HostileInput(
            "a part of the workbook declares a document type; entity bombs need one",
            place=self._context.place(),
            expected="an .xlsx file as Excel writes it",
        )

    def _elements(self, member: str) -> list[tuple[str, dict[str, str]]]:
        found: list[tuple[str, dict[str, str]]] = []
        for _ in self._parse(member, lambda name, xml: found.append((name, xml)), _nothing, _nothing):
            pass
        return found

    def _find_sheet(self) -> tuple[str, str, bool]:
        """(name, member, whether days count from 1904) of the first visible sheet."""
        book = self._elements("xl/workbook.xml")
        epoch_1904 = any(n == "workbookPr" and x.get("date1904") in ("1", "true") for n, x in book)
        targets = {x.get("Id"): x.get("Target", "") for n, x in self._elements("xl/_rels/workbook.xml.rels")}
        for name, xml in book:
            if name == "sheet" and xml.get("state", "visible") == "visible":
                relation = next((v for k, v in xml.items() if k.rpartition("}")[2] == "id"), None)
                target = targets.get(relation, "")
                member = target.removeprefix("/") if target.startswith("/") else "xl/" + target
                return xml.get("name", ""), member, epoch_1904
        raise BadInput(
            "the workbook has no visible sheet", place=self._context.place(), expected="a sheet with a table"
        )

    def _refuse_merged(self, sheet: str) -> None:
        """Merged cells leave holes that nobody can fill reliably: name the first and stop."""
        before = b""
        chunks = self._archive.chunks(self._member)
        for data in chunks:
            found = _MERGED.search(before + data)
            if found:
                chunks.close()
                cells = b"%s%s:%s%s" % found.groups()
                raise BadInput(
                    "the cells {cells} on sheet {sheet!r} are merged",
                    place=self._context.place(int(found[2]), _column_number(found[1].decode()) + 1),
                    expected="a plain table: column names in the first row, one row per event, no "
                    "merged cells",
                    hint="Unmerge the cells and repeat the value in each",
                    cells=cells.decode(),
                    sheet=sheet,
                )
            before = data[-200:]

    def _shared_strings(self) -> list[str]:
        strings: list[str] = []
        if "xl/sharedStrings.xml" not in self._archive.names():
            return strings
        parts: list[str] = []
        inside = [False, False]  # in <t>; in <rPh> (how to pronounce it: not part of the text)

        def start(name: str, xml: dict[str, str]) -> None:
            if name == "si":
                parts.clear()
            elif name == "rPh":
                inside[1] = True
            elif name == "t":
                inside[0] = not inside[1]

        def end(name: str) -> None:
            if name == "si":
                strings.append("".join(parts))
            elif name == "rPh":
                inside[1] = False
            elif name == "t":
                inside[0] = False

        def text(data: str) -> None:
            if inside[0]:
                parts.append(data)

        for _ in self._parse("xl/sharedStrings.xml", start, end, text):
            pass
        return strings

    def _date_styles(self) -> set[int]:
        """Numbers of the cell styles that show a number as a date."""
        if "xl/styles.xml" not in self._archive.names():
            return set()
        custom: dict[str, bool] = {}
        dates: set[int] = set()
        count, inside = 0, False
        for name, xml in self._elements("xl/styles.xml"):
            if name == "numFmt":
                code = _NOT_FORMAT.sub("", xml.get("formatCode", "")[:LONGEST_FORMAT]).lower()
                custom[xml.get("numFmtId", "")] = any(c in code for c in "ymdhs年月日")
            elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = name == "cellXfs"
            elif name == "xf" and inside:
                number = xml.get("numFmtId", "0")
                if custom.get(number, number.isdecimal() and int(number) in _DATE_IDS):
                    dates.add(count)
                count += 1
        return dates

    # ------------------------------------------------------------------ cells

    def _sheet_rows(self) -> Generator[tuple[int, dict[int, str]], None, None]:
        """(row number, column → text) of every row that has a text."""
        done: list[tuple[int, dict[int, str]]] = []
        row: dict[int, str] = {}
        state: dict[str, Any] = {"row": 0, "column": -1, "type": "n", "style": "0", "text": None, "in": False}

        def start(name: str, xml: dict[str, str]) -> None:
            if name == "c":
                reference = _REFERENCE.fullmatch(xml.get("r", ""))
                state["column"] = _column_number(reference[1]) if reference else state["column"] + 1
                state.update(type=xml.get("t", "n"), style=xml.get("s", "0"), text=[])
            elif name in ("v", "t"):
                state["in"] = state["text"] is not None
            elif name == "row":
                row.clear()
                number = xml.get("r", "")
                state["row"] = int(number) if number.isdecimal() and len(number) < 9 else state["row"] + 1
                state["column"] = -1

        def end(name: str) -> None:
            if name in ("v", "t"):
                state["in"] = False
            elif name == "c" and state["text"] is not None:
                value = self._value("".join(state["text"]), state["type"], state["style"], state["row"])
                if value:
                    row[state["column"]] = value
                state["text"] = None
            elif name == "row" and row:
                done.append((state["row"], dict(row)))

        def text(data: str) -> None:
            if state["in"]:
                state["text"].append(data)

        with closing(self._parse(self._member, start, end, text)) as steps:
            for _ in steps:
                yield from done
                done.clear()

    def _value(self, text: str, kind: str, style: str, row: int) -> str:
        if not text or kind == "e":
            return ""
        if kind in ("str", "inlineStr", "d"):
            return text
        if kind == "b":
            return "true" if text == "1" else "false"
        try:
            if kind == "s":
                return self._strings[int(text)]
            number = float(text)
            if style.isdecimal() and int(style) in self._dates:
                return self._date(number)
        except (ValueError, IndexError, OverflowError) as error:
            raise BadInput(
                "a cell of type {kind} holds {value!r}",
                place=self._context.place(row),
                expected="a workbook as Excel writes it",
                kind=kind,
                value=text[:60],
            ) from error
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)

    def _date(self, serial: float) -> str:
        if serial < 61 and self._epoch.year == 1899:
            serial += 1  # Excel's calendar has a 29 February 1900
        moment = self._epoch + timedelta(milliseconds=round(serial * 86_400_000))
        return moment.isoformat(" ")

    # ------------------------------------------------------------------ rows

    def blocks(self) -> Iterator[pa.RecordBatch]:
        held: list[dict[int, str]] = []
        assert self._rows is not None
        for number, cells in self._rows:
            if max(cells) >= len(self.columns):
                raise BadInput(
                    "this row has a cell beyond the last heading",
                    place=self._context.place(number, max(cells) + 1),
                    expected="a column name above every value",
                )
            held.append(cells)
            self._lines.append(number)
            if len(held) == ROWS_PER_BLOCK:
                yield self._block(held)
                held = []
        if held:
            yield self._block(held)

    def _block(self, rows: list[dict[int, str]]) -> pa.RecordBatch:
        arrays = [pa.array([r.get(i) for r in rows], pa.string()) for i in range(len(self.columns))]
        return pa.RecordBatch.from_arrays(arrays, names=self.columns)

    def place(self, row: int, column: str) -> Place:
        return self._context.place(self._lines[row], self.columns.index(column) + 1, column)

    def proof_of_order(self, column: str) -> bool | None:
        at = self.columns.index(column)
        with closing(self._sheet_rows()) as rows:
            for _, cells in rows:
                order = which_first(pa.array([cells.get(at, "")]))
                if order is not None:
                    return order
        return None

    def fraction(self) -> float:
        return 0.5

    def finish(self) -> tuple[int, str]:
        return self._source.size, self._source.finish()

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()
        self._archive.close()
        self._source.close()


def _nothing(*_: object) -> None:
    """A handler for what is of no interest."""


def _column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
