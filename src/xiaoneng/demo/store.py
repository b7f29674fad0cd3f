"""The province's log and facts as an enriched event store, filled once.

It appears whole or not at all, and is kept when it is already that of the same day, seed and causes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog import EventStore, ingest
from xiaoneng.core.eventlog.publish import MAPPING
from xiaoneng.demo.causes import DATA
from xiaoneng.demo.facts import all_facts
from xiaoneng.demo.generate import SEED, generate, write_log

Progress = Callable[[float, str], None]
STAMP = "demo.json"


def fill_store(store: Path, *, as_of: date, seed: int = SEED, progress: Progress) -> EventStore:
    """The log and its facts as an enriched store; kept when it is already that of this day and seed.

    The log itself stays beside the store, in ``history/``: live cases are measured together with it.
    """
    stamp = {"seed": seed, "as_of": as_of.isoformat(), "causes": causes_hash()}
    history = store.with_name("history") / "log.parquet"
    if _stamp(store) == stamp and history.is_file():
        return EventStore(store)
    store.parent.mkdir(parents=True, exist_ok=True)
    building = store.with_name(store.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    made = generate(as_of=as_of, seed=seed, progress=lambda share, what: progress(0.6 * share, what))
    log = building / "log.parquet"
    write_log(made, log)
    clock = work_clock(load_calendar("cn"))
    progress(0.6, "event store")
    ingest(
        log,
        building / "store",
        mapping=MAPPING,
        tz="Asia/Shanghai",
        work_clock=clock,
        progress=lambda share, what: progress(0.6 + 0.3 * share, what),
    )
    progress(0.9, "facts")
    facts = building / "store" / "facts"
    facts.mkdir()
    for name, rows in all_facts(made, seed).items():
        pq.write_table(rows, facts / f"{name}.parquet", compression="zstd", row_group_size=131_072)
    (building / "store" / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    history.parent.mkdir(exist_ok=True)
    log.replace(history)
    if store.is_symlink():  # made of history and live cases: it is made again from both
        store.unlink()
    elif store.exists():
        shutil.rmtree(store)
    (building / "store").rename(store)
    shutil.rmtree(building)
    return EventStore(store)


def causes_hash() -> str:
    """A hash of the data from which the province is made, so that a new release makes it anew."""
    digest = hashlib.sha256()
    for path in sorted(DATA.glob("*.toml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _stamp(store: Path) -> dict[str, object] | None:
    path = store / STAMP
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
