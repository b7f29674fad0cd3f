"""CSV and its relatives: separator and encoding found by looking, cells parsed by Arrow, block by block.

Every cell stays text (a precinct "0306" is no number, and a case "NA" is a case); an empty cell is null.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.datetext import parse_clocks, which_first
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.textsource import TextSource

HEAD = 1 << 18
BLOCK = 8 << 20
LOOKED_AT = 50
SEPARATORS = ",\t;|"
_TEXT = pa.dictionary(pa.int32(), pa.string())


class CsvRows:
    """The rows of a CSV file, see ``tabular.Rows``."""

    format = "csv"

    def __init__(self, source: Source, context: ReadContext) -> None:
        self._source = source
        self._context = context
        self._text = TextSource(source)
        self._head = self._text.read(HEAD)
        self._separator = find_separator(self._head.decode("utf-8", "ignore"), context)
        self.columns = self._header()
        self.details: dict[str, Any] = {"separator": self._separator}
        self._bad_row: tuple[int | None, int, int] | None = None

    def _records(self, text: io.TextIOBase) -> Iterator[tuple[int, list[str]]]:
        """(first line, cells) of every record that is not blank, by the slow parser that knows lines."""
        reader = csv.reader(text, delimiter=self._separator, strict=False)
        begins = 1
        for cells in reader:
            if cells:
                yield begins, cells
            begins = reader.line_num + 1

    def _header(self) -> list[str]:
        text = io.StringIO(self._head.decode("utf-8", "ignore"), newline="")
        with _field_limit(self._context.limits.value_bytes):
            try:
                _, cells = next(self._records(text))
            except (StopIteration, csv.Error) as error:
                raise BadInput(
                    "the first line names no columns",
                    place=self._context.place(1),
                    expected="a line with column names",
                ) from error
        if len(cells) > self._context.limits.columns:
            raise HostileInput(
                "there are {count} columns",
                place=self._context.place(1),
                expected="at most {limit}",
                count=len(cells),
                limit=self._context.limits.columns,
            )
        names = unique_names(cells)
        clocks = parse_clocks(pa.array(names, pa.string()), day_first=True)
        if clocks.valid.any():
            raise BadInput(
                "the first line holds a date, so it is data and no heading",
                place=self._context.place(1, field=names[int(clocks.valid.argmax())]),
                expected="a first line with column names",
            )
        return names

    def _open(self, text: io.RawIOBase, columns: list[str]) -> pacsv.CSVStreamingReader:
        return pacsv.open_csv(
            pa.PythonFile(text, mode="r"),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=self.columns, skip_rows_after_names=1
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self._separator, newlines_in_values=True, invalid_row_handler=self._note
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(self.columns, _TEXT),
                include_columns=columns,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=True,
            ),
        )

    def _note(self, row: pacsv.InvalidRow) -> str:
        self._bad_row = (row.number, row.expected_columns, row.actual_columns)
        return "error"

    def blocks(self) -> Iterator[pa.RecordBatch]:
        text = _Replay(self._head, self._text)
        self._head = b""
        read = 0
        try:
            for batch in self._open(text, self.columns):
                read += len(batch)
                yield batch
        except pa.ArrowInvalid as error:
            self._raise(error, read)
        self.details["encoding"] = self._text.encoding or "ascii"

    def _raise(self, error: pa.ArrowInvalid, read: int) -> None:
        if self._bad_row is not None:
            number, expected, actual = self._bad_row
            raise BadInput(
                "this row has {actual} cells",
                place=self._context.place(self._line(read if number is None else number - 2)),
                expected="{count} cells, as in the first line",
                hint="A cell that contains the separator or a line end must be quoted",
                actual=actual,
                count=expected,
            ) from error
        if "straddl" in str(error):
            raise HostileInput(
                "a row takes more than {limit} bytes, or a quotation mark is never closed",
                place=self._context.place(self._line(read)),
                expected="rows of at most {limit} bytes",
                limit=BLOCK,
            ) from error
        raise BadInput(
            "the rows cannot be read: {why}",
            place=self._context.place(self._line(read)),
            expected="CSV with a heading, quoted as in RFC 4180",
            why=str(error).splitlines()[0][:200],
        ) from error

    def _line(self, row: int) -> int:
        """The line on which a row of data (0-based) begins; reads the file again."""
        source = Source(self._source.path, self._context.limits)
        try:
            text = io.TextIOWrapper(io.BufferedReader(TextSource(source)), "utf-8", "replace", newline="")
            last = 1
            with _field_limit(self._context.limits.value_bytes):
                for number, (line, _) in enumerate(self._records(text)):
                    last = line
                    if number == row + 1:
                        break
        except (csv.Error, BadInput):
            pass
        finally:
            source.close()
        return last

    def place(self, row: int, column: str) -> Place:
        return self._context.place(self._line(row), self.columns.index(column) + 1, column)

    def proof_of_order(self, column: str) -> bool | None:
        source = Source(self._source.path, self._context.limits)
        try:
            for batch in self._open(TextSource(source), [column]):
                order = which_first(batch.column(0).cast(pa.string()))
                if order is not None:
                    return order
        except pa.ArrowInvalid:
            return None  # the main pass will meet the same error and name its place
        finally:
            source.close()
        return None

    def fraction(self) -> float:
        return self._source.fraction()

    def finish(self) -> tuple[int, str]:
        return self._source.size, self._source.finish()

    def close(self) -> None:
        self._source.close()


class _Replay(io.RawIOBase):
    """The beginning that was already read, then the rest."""

    def __init__(self, head: bytes, rest: TextSource) -> None:
        super().__init__()
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        head, self._head = (
            self._head[:count] if count >= 0 else self._head,
            self._head[count:] if count >= 0 else b"",
        )
        if count >= 0 and len(head) == count:
            return head
        return head + self._rest.read(count - len(head) if count >= 0 else -1)


class _field_limit:
    """The csv module's limit for one cell, which is global: set while we read, put back afterwards."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def __enter__(self) -> None:
        self._before = csv.field_size_limit(self._limit)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self._before)


def find_separator(head: str, context: ReadContext) -> str:
    """The separator with which the first records have the same number of cells, and the most."""
    best, most = "", 1
    for separator in SEPARATORS:
        widths: list[int] = []
        try:
            for cells in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
                widths += [len(cells)] if cells else []
                if len(widths) == LOOKED_AT:
                    break
        except csv.Error:
            widths.append(0)  # a cell beyond all measure: judge by the records before it
        if len(widths) > 1 and len(widths) < LOOKED_AT:
            widths.pop()  # the last record may be cut off
        if widths and widths[0] > most and widths.count(widths[0]) * 2 > len(widths):
            best, most = separator, widths[0]
    if not best:
        raise BadInput(
            "this is no table: the first lines have no common separator",
            place=context.place(1),
            expected="CSV separated by comma, semicolon, tab or |, or XES, Excel (.xlsx), Parquet, OCEL 2.0",
        )
    return best


def unique_names(cells: list[str]) -> list[str]:
    """Column names without blanks around; an empty one gets its number, a repeated one a count."""
    names: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(cells, 1):
        base = cell.strip() or f"column {position}"
        name, again = base, 1
        while name in taken:
            again += 1
            name = f"{base} ({again})"
        taken.add(name)
        names.append(name)
    return names
