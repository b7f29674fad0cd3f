"""Attribute tables on the disk, whose columns become known only while they are written."""

from __future__ import annotations

from collections.abc import Mapping as Map
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROW_GROUP = 131_072
OFFSET_SUFFIX = "@offset"


def attribute_field(column: str, key: str, kind: str, dtype: pa.DataType) -> pa.Field:
    """A column of an attribute table; ``key`` and ``kind`` (XES type) are kept for export."""
    return pa.field(column, dtype, metadata={"key": key, "type": kind})


class ColumnFile:
    """A Parquet file written block by block; a block may bring columns that no block before had.

    While the columns stay the same everything goes into one file; when one is added a further part is
    begun, and at the end the parts are copied into one. So memory is bounded by a row group, and the usual
    log is written once.
    """

    def __init__(self, path: Path, key: pa.Field) -> None:
        self.path = path
        self._key = key
        self._fields: dict[str, pa.Field] = {}
        self._blocks: list[pa.Table] = []
        self._waiting = 0
        self._parts: list[Path] = []
        self._writer: pq.ParquetWriter | None = None

    @property
    def schema(self) -> pa.Schema:
        """All columns so far."""
        return pa.schema([self._key, *self._fields.values()])

    def append(self, key: pa.Array, columns: Map[str, pa.Array], fields: Map[str, pa.Field]) -> None:
        """Add rows; ``fields`` describes every column in ``columns``."""
        for name in columns:
            self._fields.setdefault(name, fields[name])
        names = [self._key.name, *columns]
        self._blocks.append(pa.table([key, *columns.values()], names=names))
        self._waiting += len(key)
        if self._waiting >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        schema = self.schema
        if self._writer is None or self._writer.schema != schema:
            self._close_part()
            part = self.path.with_name(f"{self.path.name}.{len(self._parts)}")
            self._parts.append(part)
            self._writer = _writer(part, schema)
        table = pa.concat_tables([_padded(block, schema) for block in self._blocks])
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._blocks, self._waiting = [], 0

    def _close_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def close(self) -> None:
        """Let go of open files; what is written stays for the caller to remove."""
        self._close_part()

    def finish(self) -> Path | None:
        """Complete the file; None when there was no row."""
        self._flush()
        self._close_part()
        if not self._parts:
            return None
        if len(self._parts) == 1:
            self._parts[0].rename(self.path)
            return self.path
        schema = self.schema
        with _writer(self.path, schema) as whole:
            for part in self._parts:
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        whole.write_table(_padded(file.read_row_group(group), schema))
                part.unlink()
        return self.path


def drop_bare(path: Path | None) -> Path | None:
    """Remove an attribute table that has no column beside its key."""
    if path is None or len(pq.read_schema(path)) > 1:
        return path
    path.unlink()
    return None


def unite_cases(path: Path | None) -> int:
    """Make one row of all rows of a case, the last value in file order counting; returns how many went
    away.
    """
    if path is None:
        return 0
    with pq.ParquetFile(path) as file:
        ids = file.read(columns=["case_id"]).column("case_id")
    extra = len(ids) - int(pc.count_distinct(ids).as_py())
    del ids
    if not extra:
        return 0
    schema = pq.read_schema(path)
    parts = [f"max_by({_quoted(f.name)}, file_row_number) AS {_quoted(f.name)}" for f in list(schema)[1:]]
    united = path.with_suffix(".united")
    with duckdb.connect(
        config={"autoinstall_known_extensions": False, "memory_limit": "512MB"}
    ) as connection:
        reader = connection.sql(
            f"SELECT {', '.join(['case_id', *parts])} "  # noqa: S608 - names are quoted
            "FROM read_parquet(?, file_row_number = true) GROUP BY case_id ORDER BY min(file_row_number)",
            params=[str(path)],
        ).to_arrow_reader(ROW_GROUP)
        with _writer(united, schema) as writer:
            for batch in reader:
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
    united.replace(path)
    return extra


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    texts = [f.name for f in schema if pa.types.is_string(f.type)]
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, use_dictionary=texts, store_schema=True
    )


def _padded(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly these columns, null where it had none."""
    columns = [
        table.column(f.name) if f.name in table.schema.names else pa.nulls(len(table), f.type) for f in schema
    ]
    return pa.table(columns, schema=schema)
