"""The platform's own cases as a published log on disk, continued from where the last export ended.

    stores/live/log.parquet      rows of ``core/eventlog/publish.py``, in the order of export
    stores/live/lengths.parquet  how many events of each chain have been exported

Both are replaced together. Events are only ever added, so a row once written stays true; a chain that grew is
read again from its beginning, because a step that ends now may have begun long ago.
"""

from __future__ import annotations

import fcntl
import itertools
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from xiaoneng.apps.eventlog.errors import Changed
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.apps.organisations.selectors import bodies_visible, public_scope
from xiaoneng.core.eventlog.publish import SCHEMA, Row, rows_of, to_table

LOG, LENGTHS = "log.parquet", "lengths.parquet"
TOGETHER = 200
"""Chains that are read by one query."""

STATE = pa.schema([("chain", pa.int64()), ("length", pa.int64())])


class Exported(NamedTuple):
    """What lies on disk: ``rows`` of the log, ``events`` of the chains they were made from; how many of both
    this export added."""

    rows: int
    events: int
    new_rows: int
    new_events: int


def folder() -> Path:
    """Where the live log lies."""
    return Path(settings.HOME) / "stores" / "live"


@contextmanager
def locked() -> Iterator[None]:
    """One export at a time; the lock of a killed process is void.

    Raises:
        Changed: another one is under way.
    """
    stores = folder().parent
    stores.mkdir(parents=True, exist_ok=True)
    with (stores / ".live.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Changed("another export is running", hint="Try again when it is done") from error
        yield


def export() -> Exported:
    """Add what happened since the last export; again without new events changes nothing. Call it locked."""
    known = _lengths()
    now = dict(chains.lengths())
    grown = [chain for chain, length in now.items() if known.get(chain, 0) < length]
    before = _rows()
    if not grown:
        return Exported(before, sum(known.values()), 0, 0)
    names = dict(bodies_visible(public_scope()).values_list("code", "name"))
    building = folder().with_name("live.part")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    rows, done = 0, dict(known)
    with pq.ParquetWriter(building / LOG, SCHEMA, compression="zstd") as writer:
        for batch in _old():
            writer.write_batch(batch)
        for start in range(0, len(grown), TOGETHER):
            found = _published(grown[start : start + TOGETHER], done, names)
            writer.write_table(found)
            rows += found.num_rows
    state = sorted(done.items())
    columns = [pa.array([pair[n] for pair in state], pa.int64()) for n in (0, 1)]
    pq.write_table(pa.Table.from_arrays(columns, schema=STATE), building / LENGTHS)
    replace(building, folder())
    events = sum(done.values())
    return Exported(before + rows, events, rows, events - sum(known.values()))


def batches() -> Iterator[pa.RecordBatch]:
    """The rows on disk."""
    return _old()


def replace(new: Path, place: Path) -> None:
    """Put a finished folder into the place of another."""
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _published(chain_ids: list[int], done: dict[int, int], names: Mapping[str, str]) -> pa.Table:
    """The new rows of some chains; ``done`` learns how far they were read."""
    rows: list[Row] = []
    for chain, pairs in itertools.groupby(chains.events_in(chain_ids), key=lambda pair: pair[0]):
        events = [event for _, event in pairs]
        rows += rows_of(events, after=done.get(chain, 0), body_name=lambda code: names.get(code, code))
        done[chain] = len(events)
    return to_table(rows)


def _lengths() -> dict[int, int]:
    path = folder() / LENGTHS
    if not path.is_file():
        return {}
    table = pq.read_table(path, schema=STATE)
    keys, values = (np.asarray(table.column(name)).tolist() for name in STATE.names)
    return dict(zip(keys, values, strict=True))


def _rows() -> int:
    path = folder() / LOG
    return int(pq.read_metadata(path).num_rows) if path.is_file() else 0


def _old() -> Iterator[pa.RecordBatch]:
    path = folder() / LOG
    if path.is_file():
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches()
