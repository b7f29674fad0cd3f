"""From the columns of a source to raw rows: the part that all formats share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.raw import CASE_TEXT_ROLES, CASE_TIME_ROLES, INSTANT, OFFSET, TEXT, raw_schema
from xiaoneng.core.eventlog.readers.datetext import EXPECTED, NO_OFFSET, instants, parse_clocks
from xiaoneng.core.eventlog.timestamps import zone_table

Where = Callable[[int], Place]
"""From a position in a column to the place in the file."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a block of rows, as the source has it."""

    values: pa.Array
    """string, int64, double, bool, or timestamp[us] (wall clock as recorded)."""
    offset: pa.Array | None = None
    """int16 minutes, null where none was recorded; only beside timestamps."""


def clocks_of(texts: pa.Array, where: Where, field: str, day_first: bool | None = None) -> Column:
    """Parse texts as dates; BadInput names the first that is none. Empty texts become null."""
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(pa.string())
    clocks = parse_clocks(texts, day_first)
    if clocks.bad is not None:
        raise BadInput(
            "{value!r} in {field!r} is not a date",
            place=where(clocks.bad),
            expected=EXPECTED,
            value=_short(texts[clocks.bad].as_py()),
            field=field,
        )
    if clocks.ambiguous is not None:
        raise BadInput(
            "{value!r} in {field!r} can be read day first or month first, and no other value tells which",
            place=where(clocks.ambiguous),
            expected="a date such as 2024-01-31",
            hint="Write the year first",
            value=_short(texts[clocks.ambiguous].as_py()),
            field=field,
        )
    empty = ~clocks.valid
    return Column(
        pa.array(clocks.wall, INSTANT, mask=empty),
        pa.array(clocks.offset, pa.int16(), mask=empty | (clocks.offset == NO_OFFSET)),
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


class Assembler:
    """Builds raw batches of one mapping, and counts the recorded offsets of event times."""

    def __init__(self, mapping: Mapping, zone: str) -> None:
        self.mapping = mapping
        self.schema = raw_schema(mapping)
        self.offsets: Counter[int | None] = Counter()
        self.times = 0
        self._zone = zone

    def batch(self, rows: int, column: Callable[[str], Column | None], where: Where) -> pa.RecordBatch:
        """One batch; ``column`` gives the source's column for a role, None when the block has none."""
        out: dict[str, pa.Array] = {}

        def text(name: str, role: str) -> None:
            found = column(role)
            out[name] = pa.nulls(rows, TEXT) if found is None else as_text(found.values)

        text("case_id", "case")
        text("activity", "activity")
        time = self._clock(column("time"), "time", where)
        out["time"] = self._instant(time, rows)
        out["local"] = pa.nulls(rows, INSTANT) if time is None else time.values
        out["local_offset"] = _offset(time, rows)
        self._count(time)
        out["ended"] = self._instant(self._clock(column("end"), "end", where), rows)
        for role in ("lifecycle", "resource", "role", "body"):
            text(role, role)
        for role in CASE_TIME_ROLES:
            if role in self.schema.names:
                clock = self._clock(column(role), role, where)
                out[role] = pa.nulls(rows, INSTANT) if clock is None else clock.values
                out[role + OFFSET] = _offset(clock, rows)
        for role in CASE_TEXT_ROLES:
            if role in self.schema.names:
                text(role, role)
        return pa.RecordBatch.from_arrays([out[name] for name in self.schema.names], schema=self.schema)

    def _clock(self, column: Column | None, role: str, where: Where) -> Column | None:
        if column is None or pa.types.is_timestamp(column.values.type):
            return column
        return clocks_of(column.values.cast(pa.string()), where, getattr(self.mapping, role))

    def _instant(self, clock: Column | None, rows: int) -> pa.Array:
        if clock is None:
            return pa.nulls(rows, INSTANT)
        if clock.offset is None:
            offset = np.full(rows, NO_OFFSET, np.int64)
        else:
            offset = pc.fill_null(clock.offset, NO_OFFSET).to_numpy(zero_copy_only=False).astype(np.int64)
        wall = pc.fill_null(clock.values.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
        by_zone = np.zeros(rows, np.int64)
        if (offset == NO_OFFSET).any():
            by_zone = wall - zone_table(self._zone).to_instant(wall)
        found = instants(wall, offset, by_zone)
        if clock.values.null_count:
            return pa.array(found, INSTANT, mask=pc.is_null(clock.values).to_numpy(zero_copy_only=False))
        return pa.array(found, INSTANT)

    def _count(self, time: Column | None) -> None:
        if time is None:
            return
        there = len(time.values) - time.values.null_count
        self.times += there
        if time.offset is None:
            self.offsets[None] += there
            return
        counted = pc.value_counts(time.offset.drop_null())
        for entry in counted.to_pylist():
            self.offsets[entry["values"]] += entry["counts"]
        self.offsets[None] += there - (len(time.offset) - time.offset.null_count)
        if not self.offsets[None]:
            del self.offsets[None]


def as_text(values: pa.Array) -> pa.Array:
    """As dictionary text; an empty text is no value."""
    if not pa.types.is_dictionary(values.type):
        if not pa.types.is_string(values.type):
            values = values.cast(pa.string())
        values = values.dictionary_encode()
    words = values.dictionary
    blank = pc.index(words, "").as_py()
    if blank < 0:
        return values
    return pa.DictionaryArray.from_arrays(
        pc.if_else(pc.equal(values.indices, blank), pa.scalar(None, pa.int32()), values.indices), words
    )


def _offset(clock: Column | None, rows: int) -> pa.Array:
    if clock is None or clock.offset is None:
        return pa.nulls(rows, pa.int16())
    return clock.offset


def zone_in_force(offsets: Counter[int | None], asked: str | None, default: str) -> str | None:
    """The time zone rule: None when clocks stand as recorded, else the zone that recorded offsets are read
    in.
    """
    recorded = {minutes for minutes, count in offsets.items() if minutes is not None and count}
    if not recorded:
        return None
    if asked is not None:
        return asked
    return default if recorded == {0} else None
