"""The store's Parquet files: their schemas, and how numpy columns become them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from xiaoneng.core.eventlog.enrich import NAT, Columns
from xiaoneng.core.eventlog.names import Names

ROW_GROUP = 1 << 17
"""Rows per row group: DuckDB gives whole groups to its threads."""

INSTANT = pa.timestamp("us")
EVENTS = pa.schema(
    [
        pa.field("case_no", pa.int32(), nullable=False),
        pa.field("seq", pa.int32(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("activity", pa.int32()),
        pa.field("time", INSTANT),
        pa.field("local", INSTANT),
        pa.field("ended", INSTANT),
        pa.field("lifecycle", pa.int32()),
        pa.field("resource", pa.int32()),
        pa.field("role", pa.int32()),
        pa.field("body", pa.int32()),
        pa.field("occurrence", pa.int32(), nullable=False),
        pa.field("next_activity", pa.int32()),
        pa.field("next_resource", pa.int32()),
        pa.field("next_body", pa.int32()),
        pa.field("gap_s", pa.float64()),
        pa.field("work_s", pa.float64()),
        pa.field("gap_work_s", pa.float64()),
        pa.field("end_work_s", pa.float64()),
        pa.field("flags", pa.int32(), nullable=False),
        pa.field("deadline", INSTANT),
        pa.field("planned", INSTANT),
    ]
)
"""``events.parquet``."""

CASES = pa.schema(
    [
        pa.field("case_no", pa.int32(), nullable=False),
        pa.field("events", pa.int32(), nullable=False),
        pa.field("activities", pa.int32(), nullable=False),
        pa.field("resources", pa.int32(), nullable=False),
        pa.field("bodies", pa.int32(), nullable=False),
        pa.field("variant", pa.int32(), nullable=False),
        pa.field("start_activity", pa.int32()),
        pa.field("end_activity", pa.int32()),
        pa.field("first", INSTANT),
        pa.field("last", INSTANT),
        pa.field("first_local", INSTANT),
        pa.field("last_local", INSTANT),
        pa.field("duration_s", pa.float64()),
        pa.field("work_s", pa.float64()),
        pa.field("working_days", pa.int32()),
        pa.field("handovers", pa.int32(), nullable=False),
        pa.field("body_handovers", pa.int32(), nullable=False),
        pa.field("rework", pa.int32(), nullable=False),
        pa.field("deadline", INSTANT),
        pa.field("planned", INSTANT),
        pa.field("started", INSTANT),
        pa.field("finished", INSTANT),
        pa.field("stated_s", pa.float64()),
        pa.field("open", pa.int8()),
        pa.field("item", pa.int32()),
        pa.field("item_body", pa.int32()),
        pa.field("status", pa.int32()),
    ]
)
"""``cases.parquet`` before names and final variant numbers are put in; see :func:`write_cases`."""

CASE_NAMES = ("item", "item_body", "status")
"""Text columns of ``cases.parquet`` that are ids until the end."""


def to_table(columns: Columns, schema: pa.Schema) -> pa.Table:
    """The columns of ``schema``; NaT, NaN and -1 become null, a column that is not there is all null."""
    rows = len(columns["case_no"])
    arrays = [
        _array(columns[field.name], field) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: npt.NDArray[Any], field: pa.Field) -> pa.Array:
    kind = field.type
    if pa.types.is_timestamp(kind):
        missing = values == NAT
        array = pa.array(values, pa.int64(), mask=missing if missing.any() else None)
        return array.view(kind)
    if not field.nullable:
        return pa.array(values, kind)
    missing = np.isnan(values) if pa.types.is_floating(kind) else values < 0
    return pa.array(values, mask=missing if missing.any() else None).cast(kind)


RISING = ("case_no", "seq", "row", "time", "local", "ended", "deadline", "planned")
"""Columns in which neighbours differ little, so that differences are stored."""


def _is_id(field: pa.Field) -> bool:
    return bool(pa.types.is_int32(field.type))


class EventWriter:
    """``events.parquet`` in full row groups, however the pieces come."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(
            path,
            EVENTS,
            compression="zstd",
            compression_level=1,
            use_dictionary=[field.name for field in EVENTS if field.name not in RISING and _is_id(field)],
            column_encoding=dict.fromkeys(RISING, "DELTA_BINARY_PACKED"),
            write_statistics=["case_no"],
        )
        self._waiting: pa.Table = EVENTS.empty_table()

    def write(self, table: pa.Table) -> None:
        """Add one piece."""
        self._waiting = pa.concat_tables([self._waiting, table])
        full = self._waiting.num_rows // ROW_GROUP * ROW_GROUP
        if full:
            self._writer.write_table(self._waiting.slice(0, full), row_group_size=ROW_GROUP)
            self._waiting = self._waiting.slice(full)

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None and self._waiting.num_rows:
            self._writer.write_table(self._waiting, row_group_size=ROW_GROUP)
        self._writer.close()


def write_cases(
    spilled: Path, target: Path, names: dict[str, Names], variants: npt.NDArray[np.int32]
) -> None:
    """``cases.parquet`` from the spilled case columns: case ids, texts and final variant numbers put in."""
    case_ids = names["case_id"].to_list()
    texts = {name: pa.array(names[name].to_list(), pa.string()) for name in CASE_NAMES}
    fields = [
        pa.field("case_no", pa.int32(), nullable=False),
        pa.field("case_id", pa.string(), nullable=False),
    ]
    for field in list(CASES)[1:]:
        if field.name in CASE_NAMES:
            field = pa.field(field.name, pa.string())
        elif field.name == "open":
            field = pa.field("open", pa.bool_())
        fields.append(field)
    schema = pa.schema(fields)
    with (
        pa.OSFile(str(spilled)) as source,
        pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer,
    ):
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            low = batch.column("case_no")[0].as_py()
            columns = []
            for field in schema:
                if field.name == "case_id":
                    columns.append(pa.array(case_ids[low : low + batch.num_rows], pa.string()))
                    continue
                column = batch.column(field.name)
                if field.name == "variant":
                    column = pa.array(variants[column.to_numpy()])
                elif field.name in CASE_NAMES:
                    column = texts[field.name].take(column)
                elif field.name == "open":
                    column = column.cast(pa.bool_())
                columns.append(column)
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema), row_group_size=ROW_GROUP)


def write_names(path: Path, names: list[str]) -> None:
    """An ``id, name`` table."""
    table = pa.table({"id": pa.array(range(len(names)), pa.int32()), "name": pa.array(names, pa.string())})
    pq.write_table(table, path, compression="zstd")
