"""CSV and Parquet: one row per event, the attributes of the case repeated on it with ``case:`` before their
names.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.eventlog.writers.rows import OFFSET_SUFFIX, Attribute, Plan, batches, plan
from xiaoneng.core.eventlog.writers.text import as_text

ROW_GROUP = 131_072


def _headings(laid_out: Plan) -> list[tuple[str, Attribute]]:
    """Unique names of the columns."""
    named: dict[str, Attribute] = {}
    for prefix, attributes in (("case:", laid_out.case), ("", laid_out.event)):
        for attribute in attributes:
            name = prefix + attribute.key
            while name in named:
                name += f" ({attribute.kind})"
            named[name] = attribute
    return list(named.items())


def write_csv(store: EventStore) -> Iterator[bytes]:
    """Comma separated, UTF-8, quoted where necessary; an empty cell is a missing value, dates carry their
    offset.
    """
    laid_out = plan(store)
    columns = _headings(laid_out)
    head = True
    with store.connection() as connection:
        for batch in batches(connection, laid_out):
            texts = [as_text(batch, attribute) for _, attribute in columns]
            table = pa.table(texts, names=[name for name, _ in columns])
            out = io.BytesIO()
            pacsv.write_csv(table, out, pacsv.WriteOptions(include_header=head, quoting_style="needed"))
            head = False
            yield out.getvalue()


def write_parquet(store: EventStore, target: Path) -> None:
    """Types kept; a date is the wall clock, its offset in minutes stands beside it in ``<name>@offset``."""
    laid_out = plan(store)
    columns = _headings(laid_out)
    writer: pq.ParquetWriter | None = None
    try:
        with store.connection() as connection:
            for batch in batches(connection, laid_out):
                arrays, names = [], []
                for name, attribute in columns:
                    arrays.append(batch.column(attribute.column))
                    names.append(name)
                    if attribute.offset is not None:
                        arrays.append(batch.column(attribute.offset))
                        names.append(name + OFFSET_SUFFIX)
                table = pa.table(arrays, names=names)
                writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
                writer.write_table(table, row_group_size=ROW_GROUP)
    finally:
        if writer is not None:
            writer.close()
