"""Figures that a bundle claims, computed from its events by the measures that read any log."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog import EventStore, ingest
from xiaoneng.core.eventlog.proof.evidence import StoredEvent
from xiaoneng.core.eventlog.publish import MAPPING, SCHEMA, ZONE, Row, rows_of, to_table
from xiaoneng.core.mining.context import Context, NotMeasurable, Options
from xiaoneng.core.mining.measures import throughput

NAMES = ("cases", "events", "ended", "median_days", "p90_days")
"""Cases with a completed step; completed steps; cases decided, answered or withdrawn; days from the first to
the last step of a case, calendar days of 24 hours."""

ROWS = 50_000
TOLERANCE = 1e-9


class Figure(NamedTuple):
    """A figure as it was claimed and as it was computed; None: not measurable, or not claimed."""

    name: str
    claimed: float | None
    computed: float | None
    ok: bool


def figures_of(events: Iterable[StoredEvent], scratch: Path) -> dict[str, float | None]:
    """The figures of events that come by case and place; ``scratch`` is an empty folder to work in."""
    log = scratch / "log.parquet"
    with pq.ParquetWriter(log, SCHEMA, compression="zstd") as writer:
        rows = _rows(events)
        while found := list(itertools.islice(rows, ROWS)):
            writer.write_table(to_table(found))
    if not pq.read_metadata(log).num_rows:
        return {"cases": 0, "events": 0, "ended": 0, "median_days": None, "p90_days": None}
    store = ingest(
        log, scratch / "store", mapping=MAPPING, tz=ZONE, work_clock=work_clock(load_calendar("cn"))
    )
    return _measured(store)


def compare(claimed: Iterable[Any], computed: dict[str, float | None]) -> list[Figure]:
    """What a manifest claims beside what was computed."""
    said = {
        entry["name"]: _number(entry.get("value"))
        for entry in claimed
        if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    }
    names = [*NAMES, *sorted(name for name in said if name not in NAMES)]
    figures = []
    for name in names:
        one, other = said.get(name), computed.get(name)
        same = one is None and other is None and name in said
        if one is not None and other is not None:
            same = abs(one - other) <= TOLERANCE * max(1.0, abs(other))
        figures.append(Figure(name, one, other, same))
    return figures


def _number(value: Any) -> float | None:
    """What JSON gave, if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        return None
    return value


def _rows(events: Iterable[StoredEvent]) -> Iterator[Row]:
    for _, group in itertools.groupby(events, key=lambda event: event.case):
        yield from rows_of(list(group))


def _measured(store: EventStore) -> dict[str, float | None]:
    counts = store.meta["counts"]
    with store.connection() as connection:
        context = Context(store, connection, Options())
        (ended,) = context.row("SELECT count(finished) FROM cases")
        try:
            days = throughput.calendar_days(context)
        except NotMeasurable:
            days = {"median": None, "p90": None}
    return {
        "cases": counts["cases"],
        "events": counts["events"],
        "ended": ended,
        "median_days": days["median"],
        "p90_days": days["p90"],
    }
