"""Everything that is a table of events: CSV, Excel, Parquet, flattened OCEL.

A format supplies blocks of columns; this module guesses the mapping from the first block, turns every
block into raw rows,
and writes the columns that are left over as attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.errors import Place
from xiaoneng.core.eventlog.mapping import ColumnSample, Guess, guess_mapping
from xiaoneng.core.eventlog.raw import INSTANT, ReadingRemark, ReadResult
from xiaoneng.core.eventlog.readers.assemble import Assembler, Column, clocks_of
from xiaoneng.core.eventlog.readers.columns import OFFSET_SUFFIX, ColumnFile, attribute_field, unite_cases
from xiaoneng.core.eventlog.readers.context import (
    Outcome,
    ReadContext,
    complete,
    require_columns,
    require_roles,
)
from xiaoneng.core.eventlog.readers.datetext import parse_clocks, which_first
from xiaoneng.core.eventlog.timestamps import MINUTE, offset_of

SAMPLE = 500
CASE = "case:"
KINDS = {"string": "string", "int64": "int", "double": "float", "bool": "boolean", "timestamp[us]": "date"}


class Rows(Protocol):
    """A table being read."""

    format: str
    columns: list[str]
    """Unique names, in the order of the file."""
    details: dict[str, Any]

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Blocks with exactly ``columns``; types as in :class:`Column`, or dictionary text, or zoned
        timestamps."""
        ...

    def place(self, row: int, column: str) -> Place:
        """Where in the file the cell of a row (0-based) stands."""
        ...

    def proof_of_order(self, column: str) -> bool | None:
        """Look through the whole file whether dates of this column put the day first."""
        ...

    def fraction(self) -> float: ...

    def finish(self) -> tuple[int, str]:
        """(bytes, SHA-256) of the file; BadInput when it changed."""
        ...

    def close(self) -> None: ...


class TabularReader:
    """See ``core/eventlog/raw.py`` for the protocol."""

    def __init__(self, rows: Rows, context: ReadContext) -> None:
        self._rows = rows
        self._context = context
        self._events = ColumnFile(context.events_file, pa.field("row", pa.int64()))
        self._cases = ColumnFile(context.cases_file, pa.field("case_id", pa.string()))
        self._guess: Guess | None = None
        self._assembler = Assembler(context.mapping, context.zone)
        self._day_first: dict[str, bool | None] = {}
        self._read = 0
        """Rows of the file so far, with those that were left out."""
        self._written = 0
        self._counts: Counter[str] = Counter()
        self._examples: list[str] = []
        require_columns(context, rows.columns)

    def __enter__(self) -> TabularReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._events.close()
        self._cases.close()
        self._rows.close()

    def fraction(self) -> float:
        return self._rows.fraction()

    def batches(self) -> Iterator[pa.RecordBatch]:
        for block in self._rows.blocks():
            if not len(block):
                continue
            if self._guess is None:
                self._decide(block)
            raw = self._raw(block)
            self._read += len(block)
            if raw is not None:
                yield raw

    # ------------------------------------------------------------------ mapping

    def _decide(self, block: pa.RecordBatch) -> None:
        head = block.slice(0, SAMPLE)
        samples = [_sample(name, head.column(name)) for name in self._rows.columns]
        guess = guess_mapping(samples, self._context.mapping)
        require_roles(self._context, guess, self._rows.columns)
        self._guess = guess
        self._assembler = Assembler(guess.mapping, self._context.zone)

    def _day_first_of(self, name: str, texts: pa.Array) -> bool | None:
        """Whether the dates of a column put the day before the month; looked up once per column."""
        if name not in self._day_first:
            order = None
            if parse_clocks(texts).ambiguous is not None:
                order = which_first(texts)
                if order is None:
                    order = self._rows.proof_of_order(name)
            else:
                return None
            self._day_first[name] = order
        return self._day_first[name]

    # ------------------------------------------------------------------ rows

    def _raw(self, block: pa.RecordBatch) -> pa.RecordBatch | None:
        mapping = self._assembler.mapping
        block, numbers = self._with_case(block, mapping.case or "")
        if not len(block):
            return None

        def where_in(name: str) -> Any:
            return lambda at: self._rows.place(int(numbers[at]), name)

        def column(role: str) -> Column | None:
            name = getattr(mapping, role)
            if not name:
                return None
            if role in _CLOCKS:
                return self._clocks(block, name, where_in(name))
            return Column(_plain(block.column(name)))

        raw = self._assembler.batch(len(block), column, where_in(mapping.time or ""))
        self._write(block, raw.column("case_id"))
        return raw

    def _with_case(self, block: pa.RecordBatch, case: str) -> tuple[pa.RecordBatch, Any]:
        """Only the rows that name a case, with their numbers in the file."""
        numbers = np.arange(self._read, self._read + len(block))
        values = block.column(case)
        if pa.types.is_dictionary(values.type):
            blank = pc.index(values.dictionary, "").as_py()
            there = (
                pc.is_valid(values) if blank < 0 else pc.fill_null(pc.not_equal(values.indices, blank), False)
            )
        elif pa.types.is_string(values.type):
            there = pc.fill_null(pc.not_equal(values, ""), False)
        else:
            there = pc.is_valid(values)
        missing = len(block) - (pc.sum(there).as_py() or 0)
        if not missing:
            return block, numbers
        keep = there.to_numpy(zero_copy_only=False)
        self._counts["events_without_case"] += missing
        for at in np.flatnonzero(~keep)[: max(0, 5 - len(self._examples))]:
            self._examples.append(str(self._rows.place(int(numbers[at]), case)))
        return block.filter(there), numbers[keep]

    def _clocks(self, block: pa.RecordBatch, name: str, where: Any) -> Column:
        values = block.column(name)
        if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
            return _attribute(block, name)
        texts = values.cast(pa.string()) if not pa.types.is_string(values.type) else values
        trimmed = pc.utf8_trim_whitespace(texts) if _padded(texts) else texts
        return clocks_of(trimmed, where, name, self._day_first_of(name, trimmed))

    def _write(self, block: pa.RecordBatch, case_ids: pa.Array) -> None:
        """What does not go into raw rows: event attributes by row, case attributes once per case and
        block."""
        mapping = self._assembler.mapping
        raw = {mapping.case, mapping.time} | {
            getattr(mapping, role) for role in ("activity", "resource", "role", "body", "lifecycle")
        }
        events: dict[str, Column] = {}
        cases: dict[str, Column] = {}
        for name in block.schema.names:
            values = block.column(name)
            textual = pa.types.is_string(values.type) or pa.types.is_dictionary(values.type)
            if _is_offset(block, name):
                continue
            if name.startswith(CASE):
                if not (name == mapping.case and textual):
                    cases[name] = _attribute(block, name)
            elif not (name in raw and (textual or name == mapping.time)):
                events[name] = _attribute(block, name)
        if events:
            numbers = pa.array(np.arange(self._written, self._written + len(block)))
            self._events.append(numbers, *_table(events, ""))
        if cases:
            arrays, fields = _table(cases, CASE)
            table = pa.table([case_ids.cast(pa.string()), *arrays.values()], names=["case_id", *arrays])
            once = table.group_by("case_id", use_threads=False).aggregate([(name, "last") for name in arrays])
            once = once.rename_columns(
                [n.removesuffix("_last") if n != "case_id" else n for n in once.schema.names]
            )
            self._cases.append(
                once.column("case_id").combine_chunks(),
                {name: once.column(name).combine_chunks() for name in arrays},
                fields,
            )
        self._written += len(block)

    # ------------------------------------------------------------------ the end

    def result(self) -> ReadResult:
        size, sha256 = self._rows.finish()
        guess = self._guess or Guess(self._context.mapping, {})
        events, cases = self._events.finish(), self._cases.finish()
        unite_cases(cases)
        outcome = Outcome(
            format=self._rows.format,
            columns=tuple(self._rows.columns),
            guess=guess,
            rows=self._written,
            assembler=self._assembler,
            event_attributes=events,
            case_attributes=cases,
            remarks=[
                ReadingRemark(
                    "events_without_case",
                    self._counts["events_without_case"],
                    "Events outside any case cannot be assigned and were left out.",
                    {},
                    tuple(self._examples),
                )
            ]
            if self._counts["events_without_case"]
            else [],
            details=self._rows.details,
        )
        return complete(self._context, outcome, size, sha256)


_CLOCKS = frozenset(("time", "end", "deadline", "planned", "started", "finished"))


def _plain(values: pa.Array) -> pa.Array:
    """Stamps as text where a text is asked for; a whole number stored as a float without its ``.0``."""
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        return values.cast(pa.string())
    if pa.types.is_floating(values.type):
        whole = pc.cast(values, pa.int64(), safe=False)
        if pc.all(pc.equal(whole.cast(pa.float64()), values)).as_py() is not False:
            return whole
    return values


def _padded(texts: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts.slice(0, SAMPLE), r"^\s|\s$")).as_py())


def stamps(values: pa.Array) -> Column:
    """A column of timestamps or dates: wall clocks, with the offset of the zone where there is one."""
    zone = getattr(values.type, "tz", None)
    if not zone:
        return Column(values.cast(INSTANT, safe=False))
    us = values.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())
    missing = pc.is_null(us).to_numpy(zero_copy_only=False)
    instants = pc.fill_null(us, 0).to_numpy(zero_copy_only=False)
    offset = offset_of(zone, instants)
    return Column(
        pa.array(instants + offset, INSTANT, mask=missing),
        pa.array((offset // MINUTE).astype(np.int16), mask=missing),
    )


def _sample(name: str, values: pa.Array) -> ColumnSample:
    rows = len(values)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        return ColumnSample(name, True, 1 - values.null_count / rows)
    if not (pa.types.is_string(values.type) or pa.types.is_dictionary(values.type)):
        return ColumnSample(name, False, 1 - values.null_count / rows)
    texts = pc.utf8_trim_whitespace(values.cast(pa.string()).fill_null(""))
    filled = 1 - (pc.sum(pc.equal(texts, "")).as_py() or 0) / rows
    valid = (
        parse_clocks(texts, day_first=True, go_on=True).valid | parse_clocks(texts, False, go_on=True).valid
    )
    return ColumnSample(name, filled > 0 and float(valid.mean()) > filled / 2, filled)


def _is_offset(block: pa.RecordBatch, name: str) -> bool:
    """A column of offsets in minutes beside a column of clocks without zone, as our own Parquet export has
    it.
    """
    base = name.removesuffix(OFFSET_SUFFIX)
    if base == name or base not in block.schema.names or not pa.types.is_integer(block.column(name).type):
        return False
    clock = block.column(base).type
    return bool(pa.types.is_timestamp(clock) and clock.tz is None)


def _attribute(block: pa.RecordBatch, name: str) -> Column:
    values = block.column(name)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        column = stamps(values)
        offset = name + OFFSET_SUFFIX
        if offset in block.schema.names and _is_offset(block, offset):
            return Column(column.values, block.column(offset).cast(pa.int16(), safe=False))
        return column
    if pa.types.is_dictionary(values.type):
        return Column(values.cast(pa.string()))
    return Column(values)


def _table(columns: dict[str, Column], prefix: str) -> tuple[dict[str, pa.Array], dict[str, pa.Field]]:
    arrays: dict[str, pa.Array] = {}
    fields: dict[str, pa.Field] = {}
    for name, column in columns.items():
        short = name.removeprefix(prefix)
        if short in ("row", "case_id"):
            short += " (2)"
        arrays[short] = column.values
        fields[short] = attribute_field(short, name, KINDS[str(column.values.type)], column.values.type)
        if column.offset is not None and column.offset.null_count < len(column.offset):
            arrays[short + OFFSET_SUFFIX] = column.offset
            fields[short + OFFSET_SUFFIX] = attribute_field(short + OFFSET_SUFFIX, name, "offset", pa.int16())
    return arrays, fields
