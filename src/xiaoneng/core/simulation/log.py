"""A replication as an event log in the house's format: one event per task done, with begin, end, person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xiaoneng.core.eventlog import EventStore, Mapping, WorkClock, ingest
from xiaoneng.core.eventlog.writers import check_ending, export_log
from xiaoneng.core.simulation.agenda import DAY_US, MICRO, Int64
from xiaoneng.core.simulation.outcome import Outcome
from xiaoneng.core.simulation.plan import EVENT, NOT_A_ROW
from xiaoneng.core.simulation.rows import DONE
from xiaoneng.core.simulation.scenario import EPOCH

MAPPING = Mapping(
    case="case",
    activity="activity",
    time="time",
    end="end",
    resource="resource",
    role="pool",
    started="case:startDate",
    finished="case:endDate",
    body="",
    lifecycle="",
    deadline="",
    planned="",
    item="",
    item_body="",
    status="",
)


def log_table(o: Outcome) -> pa.Table:
    """Events in order of their begin. Columns: case, activity (the step's name, else its id), element, time
    (begin), end, resource, pool; start and end of the case (the end is null while it runs)."""
    plan = o.plan
    kept = np.flatnonzero(np.isin(plan.queue, (EVENT, NOT_A_ROW), invert=True)[o.node] & (o.state == DONE))
    order = kept[np.argsort(o.begun[kept], kind="stable")]
    nodes = plan.model.nodes
    names = [node.name or node.id for node in nodes]
    doubled = {name for name in names if names.count(name) > 1}
    labels = [
        f"{n.name} ({n.id})" if n.name in doubled else name for n, name in zip(nodes, names, strict=True)
    ]
    width = len(str(max(len(o.arrived) - 1, 0)))
    people = [""] * sum(crew.number for crew in o.crews)
    pools = [""] * len(people)
    seen: dict[int, int] = {}
    for crew in o.crews:
        for person in range(crew.first, crew.first + crew.number):
            seen[crew.pool] = seen.get(crew.pool, 0) + 1
            pools[person] = plan.pools[crew.pool].name
            people[person] = f"{pools[person]} {seen[crew.pool]}"
    case, node, person = o.case[order], o.node[order].tolist(), o.person[order].tolist()
    zone = ZoneInfo(plan.scenario.zone)

    return pa.table(
        {
            "case": pa.array([f"{number:0{width}d}" for number in case.tolist()]),
            "activity": pa.array([labels[n] for n in node]),
            "element": pa.array([nodes[n].id for n in node]),
            **clock("time", o.begun[order], zone),
            **clock("end", o.finished[order], zone),
            "resource": pa.array([people[p] if p >= 0 else None for p in person], pa.string()),
            "pool": pa.array([pools[p] if p >= 0 else None for p in person], pa.string()),
            **clock("case:startDate", o.arrived[case], zone),
            **clock("case:endDate", o.ended[case], zone),
        }
    )


def clock(name: str, values: Int64, zone: ZoneInfo) -> dict[str, pa.Array]:
    """A column of wall clocks with their offsets (minutes) beside it; −1 is no time."""
    days, place = np.unique(values // DAY_US, return_inverse=True)
    offsets = [_offset(day, zone) for day in days.tolist()]
    offset = np.array(offsets, np.int16)[place.ravel()]
    missing = values < 0
    local = values + offset.astype(np.int64) * (60 * MICRO)
    return {
        name: pa.array(local, pa.int64(), mask=missing).view(pa.timestamp("us")),
        f"{name}@offset": pa.array(offset, pa.int16(), mask=missing),
    }


def _offset(day: int, zone: ZoneInfo) -> int:
    """Minutes east of Greenwich at noon of a day (days since 1970)."""
    found = (EPOCH + timedelta(days=day, hours=12)).astimezone(zone).utcoffset()
    return 0 if found is None else found // timedelta(minutes=1)


def log_store(o: Outcome, into: Path, work_clock: WorkClock) -> EventStore:
    """The log as an enriched store in the new folder ``into``: what every measure of the first loop reads."""
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "simulation.parquet"
        pq.write_table(log_table(o), raw)
        return ingest(raw, into, mapping=MAPPING, tz=o.plan.scenario.zone, work_clock=work_clock)


def write_log(o: Outcome, target: Path, work_clock: WorkClock) -> Path:
    """The log as a file; its ending says the format (XES, CSV, Parquet, OCEL). Raises BadInput
    for another."""
    check_ending(target)
    with TemporaryDirectory() as folder:
        return export_log(log_store(o, Path(folder) / "store", work_clock), target)
