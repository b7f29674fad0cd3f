"""What passes from a reader to the enricher: raw rows, and what was learned while reading.

The contract, with the reasons, stands in ``docs/reference/event-store.md`` ("Raw rows").
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from xiaoneng.core.eventlog.mapping import Mapping, Reason
from xiaoneng.core.eventlog.timestamps import settle

TEXT = pa.dictionary(pa.int32(), pa.string())
INSTANT = pa.timestamp("us")

TEXT_ROLES = ("case_id", "activity", "lifecycle", "resource", "role", "body")
CASE_TIME_ROLES = ("deadline", "planned", "started", "finished")
CASE_TEXT_ROLES = ("item", "item_body", "status")
OFFSET = "_offset"


def raw_schema(mapping: Mapping) -> pa.Schema:
    """The schema of every batch of one reader: the fixed columns, then one or two per mapped case role."""
    fields = [
        pa.field("case_id", TEXT, nullable=False),
        pa.field("activity", TEXT),
        pa.field("time", INSTANT),
        pa.field("local", INSTANT),
        pa.field("local_offset", pa.int16()),
        pa.field("ended", INSTANT),
        pa.field("lifecycle", TEXT),
        pa.field("resource", TEXT),
        pa.field("role", TEXT),
        pa.field("body", TEXT),
    ]
    for role in CASE_TIME_ROLES:
        if getattr(mapping, role):
            fields += [pa.field(role, INSTANT), pa.field(role + OFFSET, pa.int16())]
    fields += [pa.field(role, TEXT) for role in CASE_TEXT_ROLES if getattr(mapping, role)]
    return pa.schema(fields)


@dataclass(frozen=True, slots=True)
class ReadingRemark:
    """Something noticed while reading; becomes an entry of ``quality.json``."""

    code: str
    count: int
    effect: str
    """English template, filled from ``params``: what it does to the figures."""
    params: Map[str, Any] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a reader knows when it is exhausted."""

    format: str
    """``xes``, ``csv``, ``parquet``, ``xlsx``, ``ocel-json``, ``ocel-xml``, ``ocel-sqlite``."""
    name: str
    """File name without folders."""
    bytes: int
    sha256: str
    """Of the file as it lies on the disk (packed, if it is packed)."""
    rows: int
    mapping: Mapping
    """The mapping in force: what was asked for, completed by guesses; an absent role is None."""
    reasons: Map[str, Reason]
    """Role → why this column."""
    columns: tuple[str, ...]
    """All column names or keys of the source, case attributes with ``case:`` in XES."""
    zone: str | None
    """Not None: clocks with a recorded offset must be read in this zone, see :meth:`settle`."""
    tz: str
    """The zone in force for stamps without offset."""
    offsets: Map[int | None, int]
    """Recorded offset in minutes (None: the text had none) → number of event times."""
    event_attributes: Path | None
    """Parquet: ``row`` INT64 and a typed column per further attribute, in file order; None: there are
    none.
    """
    case_attributes: Path | None
    """Parquet: ``case_id`` and a typed column per case attribute; no case is there twice."""
    xes: Map[str, Any] | None
    """XES only: what does not fit into columns, for ``xes.json``."""
    remarks: tuple[ReadingRemark, ...]
    details: Map[str, Any] = field(default_factory=dict)
    """Encoding, separator, sheet, object type … whatever the format decided."""

    def settle(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with final wall clocks and without its ``*_offset`` columns.

        Whether all recorded offsets are zero (then ``tz`` tells where the clock hung) is known only at the
        end of the file; so batches come with clocks as recorded, and this puts them right afterwards.
        Cheap when ``zone`` is None.
        """
        walls = [n[: -len(OFFSET)] for n in batch.schema.names if n.endswith(OFFSET)]
        columns: dict[str, pa.Array] = {}
        for name in batch.schema.names:
            if name.endswith(OFFSET):
                continue
            column = batch.column(name)
            if self.zone is not None and name in walls:
                column = settle(column, batch.column(name + OFFSET), self.zone)
            columns[name] = column
        return pa.RecordBatch.from_pydict(columns)


class Reader(Protocol):
    """One file being read. Made by ``open_reader``; a context manager, so that nothing stays open."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raw rows in file order, schema :func:`raw_schema`; can be iterated once.

        Raises BadInput or HostileInput with the place; the caller then removes the part-folder.
        """
        ...

    def result(self) -> ReadResult:
        """After the last batch; also raises BadInput when the file changed while it was read."""
        ...

    def fraction(self) -> float:
        """How much of the file has been read, 0 to 1."""
        ...

    def __enter__(self) -> Reader: ...

    def __exit__(self, *exception: object) -> None: ...
