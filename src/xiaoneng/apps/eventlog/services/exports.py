"""The platform's store: what was brought in (history) and what happens here (live), measured as one log.

stores/history/log.parquet  a log in the platform's vocabulary that was brought in once, e.g. the demo's
stores/live/                the platform's own cases, see ``livelog.py``
stores/platform             the enriched store that the cockpit reads, made of both; keeps its facts; a link
                            to stores/platform-000001, … once there are live cases
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from xiaoneng.apps.eventlog import livelog
from xiaoneng.apps.eventlog.errors import Changed
from xiaoneng.apps.outbox import services as outbox
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog import ingest
from xiaoneng.core.eventlog.publish import MAPPING, SCHEMA, ZONE

REFRESH = "eventlog.refresh"
TOGETHER = timedelta(minutes=10)
"""Refreshes that are asked for within this time are done as one."""

STAMP = "live.json"
ROW_GROUP = 131_072
Progress = Callable[[float, str], None]


def platform_store_refresh(at: datetime) -> int:
    """Have the worker bring the live cases into the platform's store, and whatever depends on it computed
    again. Asked for several times within ten minutes it is done once, at their end."""
    start = at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % TOGETHER
    due = start + TOGETHER
    return outbox.send(topic=REFRESH, payload={}, at=at, key=f"{REFRESH}@{due.isoformat()}", available_at=due)


def store_refresh(progress: Progress = lambda share, what: None) -> bool:
    """Export what is new and make the store of history and live cases; False when it was current already.

    Raises:
        Changed: another refresh is under way.
    """
    with livelog.locked():
        exported = livelog.export()
        store = Path(settings.HOME) / "stores" / "platform"
        history = store.with_name("history") / "log.parquet"
        stamp = {"history": _identity(history), "rows": exported.rows}
        if not exported.rows or _stamp(store) == stamp:
            return False
        if store.exists() and not history.is_file() and _stamp(store) is None:
            raise Changed(
                "the platform's store was made without keeping its log",
                hint="Load the demo province again: xiaoneng demo --again",
            )
        _build(store, history, stamp, progress)
    return True


def _build(store: Path, history: Path, stamp: dict[str, object], progress: Progress) -> None:
    building = store.with_name("platform.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    log = building / "log.parquet"
    with pq.ParquetWriter(log, SCHEMA, compression="zstd", compression_level=1) as writer:
        for batch in itertools.chain(_history(history), livelog.batches()):
            writer.write_batch(batch, row_group_size=ROW_GROUP)
    made = ingest(
        log,
        building / "store",
        mapping=MAPPING,
        tz=ZONE,
        work_clock=work_clock(load_calendar("cn")),
        progress=progress,
    ).folder
    for kept in ("facts", "demo.json"):
        source = store / kept
        if source.is_dir():
            shutil.copytree(source, made / kept)
        elif source.is_file():
            shutil.copy2(source, made / kept)
    (made / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    _put(made, store)
    shutil.rmtree(building)


def _put(made: Path, store: Path) -> None:
    """Make ``made`` the store. ``store`` is a link to the version in force, so that whoever opened it before
    goes on reading the version he opened; the one before the present stays for him, older ones go."""
    earlier = sorted(store.parent.glob("platform-[0-9]*"))
    number = int(earlier[-1].name.removeprefix("platform-")) + 1 if earlier else 1
    target = store.with_name(f"platform-{number:06d}")
    made.rename(target)
    link, old = store.with_name("platform.link"), store.with_name("platform.old")
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    if store.is_dir() and not store.is_symlink():  # as the demo made it
        shutil.rmtree(old, ignore_errors=True)
        store.rename(old)
    link.replace(store)
    for path in (old, *earlier[:-1]):
        shutil.rmtree(path, ignore_errors=True)


def _history(path: Path) -> Iterator[pa.RecordBatch]:
    """The log that was brought in, in the columns of the vocabulary; one that it lacks is empty."""
    if not path.is_file():
        return
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            columns = [
                batch.column(field.name).cast(field.type)
                if field.name in batch.schema.names
                else pa.nulls(batch.num_rows, field.type)
                for field in SCHEMA
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _identity(path: Path) -> object:
    """Changes when another file lies there."""
    if not path.is_file():
        return None
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _stamp(store: Path) -> object:
    path = store / STAMP
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
