"""Parquet: columns as they are, types kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.datetext import which_first
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.timestamps import offset_of

BATCH = 131_072
LONG_TEXT = 4_096
_FAULTS = (pa.ArrowException, OSError, ValueError, NotImplementedError, OverflowError)


class ParquetRows:
    """The rows of a Parquet file, see ``tabular.Rows``. Columns of lists, structures or bytes are left
    out."""

    format = "parquet"

    def __init__(self, source: Source, context: ReadContext) -> None:
        self._source = source
        self._context = context
        self._read = 0
        try:
            self._file = pq.ParquetFile(context.path)
            schema = self._file.schema_arrow
            kinds = {field.name: _kind(field.type) for field in schema}
            zones = {str(getattr(field.type, "tz", None) or "UTC") for field in schema}
        except _FAULTS as error:
            raise self._damaged(error) from error
        for zone in zones:
            self._check_zone(zone)
        self._check_size()
        if len(kinds) < len(schema):
            raise BadInput(
                "two columns have the same name", place=context.place(), expected="unique column names"
            )
        if len(kinds) > context.limits.columns:
            raise HostileInput(
                "there are {count} columns",
                place=context.place(),
                expected="at most {limit}",
                count=len(kinds),
                limit=context.limits.columns,
            )
        self._kinds = {name: kind for name, kind in kinds.items() if kind is not None}
        self.columns = list(self._kinds)
        self.details: dict[str, Any] = {"left_out": [name for name, kind in kinds.items() if kind is None]}
        texts = [name for name, kind in self._kinds.items() if kind == _TEXT]
        try:
            self._file.close()
            self._file = pq.ParquetFile(context.path, read_dictionary=texts)
        except _FAULTS as error:
            raise self._damaged(error) from error

    def _check_zone(self, zone: str) -> None:
        try:
            offset_of(zone, np.zeros(1, np.int64))
        except BadInput as error:
            raise BadInput(
                error.message,
                place=self._context.place(),
                expected=error.expected,
                hint=error.hint,
                **error.params,
            ) from error

    def _damaged(self, error: Exception) -> BadInput:
        return BadInput(
            "the Parquet file is damaged: {why}",
            place=self._context.place(),
            expected="a complete Parquet file",
            why=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
        )

    def _check_size(self) -> None:
        """Refuse a file that claims to unpack to more than a log needs.

        The sizes of single columns are not looked at: their metadata, when malformed, abort the process
        (Arrow 26).
        """
        limits, packed, unpacked = self._context.limits, self._source.size, 0
        metadata = self._file.metadata
        for number in range(metadata.num_row_groups):
            unpacked += max(metadata.row_group(number).total_byte_size, 0)
            if unpacked > limits.unpacked_free and unpacked > limits.unpacked_ratio * packed:
                raise HostileInput(
                    "{packed} bytes unpack to more than {bytes}: this looks like a zip bomb",
                    place=self._context.place(),
                    expected="at most {ratio} times the packed size, and at most {limit} bytes",
                    packed=packed,
                    bytes=unpacked,
                    ratio=limits.unpacked_ratio,
                    limit=limits.unpacked_bytes,
                )

    def blocks(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._file.iter_batches(BATCH, columns=self.columns, use_threads=False):
                batch.validate(full=True)  # indices and UTF-8 of a damaged file
                yield self._block(batch)
                self._read += len(batch)
        except _FAULTS as error:
            raise self._damaged(error) from error

    def _block(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        arrays = []
        for name in self.columns:
            values, kind = batch.column(name), self._kinds[name]
            if kind == _TEXT:
                values = _texts(values)
                self._check_texts(values, name)
            elif kind is not _AS_IS and values.type != kind:
                values = values.cast(kind)
            arrays.append(values)
        return pa.RecordBatch.from_arrays(arrays, names=self.columns)

    def _check_texts(self, values: pa.DictionaryArray, name: str) -> None:
        """A dictionary can say one huge text a million times; do not write that out."""
        lengths = pc.binary_length(values.dictionary)
        longest = pc.max(lengths).as_py() or 0
        limit = self._context.limits.value_bytes
        if longest > limit or (
            longest > LONG_TEXT and (pc.sum(lengths.take(values.indices)).as_py() or 0) > 16 * limit
        ):
            raise HostileInput(
                "the texts of {field!r} take more than {limit} bytes",
                place=self._context.place(self._read + 1, field=name),
                expected="at most {limit} bytes a value",
                field=name,
                limit=limit,
            )

    def place(self, row: int, column: str) -> Place:
        return self._context.place(row + 1, field=column)

    def proof_of_order(self, column: str) -> bool | None:
        with pq.ParquetFile(self._context.path) as file:
            for batch in file.iter_batches(BATCH, columns=[column], use_threads=False):
                order = which_first(batch.column(0).cast(pa.string()))
                if order is not None:
                    return order
        return None

    def fraction(self) -> float:
        return self._read / max(1, int(self._file.metadata.num_rows))

    def finish(self) -> tuple[int, str]:
        return self._source.size, self._source.finish()

    def close(self) -> None:
        self._file.close()
        self._source.close()


_TEXT = pa.dictionary(pa.int32(), pa.string())
_AS_IS = pa.null()


def _kind(dtype: pa.DataType) -> pa.DataType | None:
    """The type a column is read as; None for one that is left out."""
    types = pa.types
    if types.is_dictionary(dtype):
        dtype = dtype.value_type
    texts = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    if any(is_kind(dtype) for is_kind in texts):
        return _TEXT
    if types.is_boolean(dtype):
        return pa.bool_()
    if types.is_uint64(dtype) or types.is_decimal(dtype) or types.is_time(dtype):
        return pa.string()
    if types.is_integer(dtype):
        return pa.int64()
    if types.is_floating(dtype):
        return pa.float64()
    if types.is_timestamp(dtype) or types.is_date(dtype):
        return _AS_IS
    return None


def _texts(values: pa.Array) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(values.type):
        values = values.cast(pa.string()).dictionary_encode()
    return values.cast(_TEXT)
