"""A look at the head of a file: its columns, some rows, and which column plays which role.

Tables (CSV, Excel, Parquet) show their first block. An XES file is cut after its first megabytes, closed,
and read like
any other. OCEL names its own columns: there is nothing to confirm.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.limits import LIMITS
from xiaoneng.core.eventlog.mapping import ColumnSample, Guess, Mapping, guess_mapping
from xiaoneng.core.eventlog.readers import open_reader
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.csv import CsvRows
from xiaoneng.core.eventlog.readers.datetext import parse_clocks, which_first
from xiaoneng.core.eventlog.readers.detect import detect
from xiaoneng.core.eventlog.readers.excel import ExcelRows
from xiaoneng.core.eventlog.readers.parquet import ParquetRows
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.tabular import Rows

# a log may begin with megabytes of its own attributes
HEAD_BYTES = (1 << 20, 1 << 23, 1 << 26)
SAMPLED = 2000
SHOWN = 8
CELL = 80
TABLES: dict[str, Callable[[Source, ReadContext], Rows]] = {
    "csv": CsvRows,
    "xlsx": ExcelRows,
    "parquet": ParquetRows,
}


def peek(path: Path, name: str) -> dict[str, Any]:
    """``{format, columns, sample, mapping, reasons}`` of the file, JSON-able; ``name`` is what the user
    calls it.

    Raises:
        BadInput, HostileInput: the file cannot be read, with the place.
    """
    source = Source(path, LIMITS)
    try:
        kind = detect(source)
        if kind in TABLES:
            with tempfile.TemporaryDirectory() as part:
                return _table(kind, source, ReadContext(path, Path(part), Mapping(), None, LIMITS, None))
    finally:
        source.close()
    if kind == "xes":
        return _xes(path, name)
    return {"format": kind, "columns": [], "sample": [], "mapping": {}, "reasons": {}}


def _table(kind: str, source: Source, context: ReadContext) -> dict[str, Any]:
    rows = TABLES[kind](source, context)
    try:
        block = next((b for b in rows.blocks() if len(b)), None)
        if block is None:
            raise BadInput(
                "the log has no events", place=context.place(), expected="at least one row below the heads"
            )
        head = block.slice(0, SAMPLED)
        guess = guess_mapping([_sampled(n, head.column(n)) for n in rows.columns])
        sample = [[_text(head.column(n)[i]) for n in rows.columns] for i in range(min(SHOWN, len(head)))]
        return _found(kind, list(rows.columns), sample, guess)
    finally:
        rows.close()


def _sampled(name: str, values: pa.Array) -> ColumnSample:
    filled = 1 - values.null_count / len(values)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        return ColumnSample(name, True, filled)
    if not (pa.types.is_string(values.type) or pa.types.is_dictionary(values.type)):
        return ColumnSample(name, False, filled)
    texts = pc.utf8_trim_whitespace(values.cast(pa.string()).fill_null(""))
    filled = 1 - (pc.sum(pc.equal(texts, "")).as_py() or 0) / len(texts)
    clocks = parse_clocks(texts, day_first=which_first(texts) or False)
    return ColumnSample(name, filled > 0 and clocks.bad is None, filled)


def _xes(path: Path, name: str) -> dict[str, Any]:
    head = next((closed for size in HEAD_BYTES if (closed := _closed(_head(path, size)))), None)
    if head is None:
        raise BadInput(
            "the log has no events in its first {mb} MB",
            place=Place(file=name),
            expected="a trace with events",
            mb=HEAD_BYTES[-1] >> 20,
        )
    with tempfile.TemporaryDirectory() as folder:
        short, part = Path(folder) / "head.xes", Path(folder) / "part"
        short.write_bytes(head)
        part.mkdir()
        with open_reader(short, part) as reader:
            batches = list(reader.batches())
            result = reader.result()
            shown = pa.Table.from_batches([result.settle(b) for b in batches]).slice(0, SHOWN)
    keys = {
        "case_id": "case",
        "activity": "activity",
        "time": "time",
        "resource": "resource",
        "role": "role",
        "body": "body",
        "lifecycle": "lifecycle",
    }
    mapping = result.mapping.as_dict()
    filled = {mapping[role]: column for column, role in keys.items() if mapping.get(role)}
    columns = [*filled, *(c for c in result.columns if c not in filled)]
    sample = [
        [_text(shown.column(filled[c])[i]) if c in filled else "" for c in filled] for i in range(len(shown))
    ]
    return _found("xes", columns, sample, Guess(result.mapping, dict(result.reasons)))


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            file.seek(0)
            try:
                with gzip.GzipFile(fileobj=file) as packed:
                    return packed.read(size)
            except (EOFError, OSError, zlib.error) as error:
                raise BadInput("the packed file is damaged", place=Place(file=path.name)) from error
        file.seek(0)
        return file.read(size)


def _closed(head: bytes) -> bytes | None:
    """The head, cut after its last whole trace (or event) and closed; None when there is no whole event in
    it."""
    if head.rstrip().endswith(b"</log>"):
        return head
    end = head.rfind(b"</trace>")
    if end >= 0:
        return head[: end + len(b"</trace>")] + b"</log>"
    end = head.rfind(b"</event>")
    return head[: end + len(b"</event>")] + b"</trace></log>" if end >= 0 else None


def _found(kind: str, columns: Sequence[str], sample: list[list[str]], guess: Guess) -> dict[str, Any]:
    reasons = {
        role: {"template": reason.template, "params": {k: str(v) for k, v in reason.params.items()}}
        for role, reason in guess.reasons.items()
    }
    return {
        "format": kind,
        "columns": list(columns),
        "sample": sample,
        "mapping": guess.mapping.as_dict(),
        "reasons": reasons,
    }


def _text(value: pa.Scalar) -> str:
    text = "" if value.as_py() is None else str(value.as_py())
    return text if len(text) <= CELL else text[: CELL - 1] + "…"
