"""Six measures on an enriched log of ten million events, against the bare scan and against pm4py.

*Bare* is DuckDB alone reading the same columns with the same group-bys: what no program on it can undercut.
``XIAONENG_BENCH_EVENTS`` changes the number of events (a slice of CI runs a small one).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from benchmarks.generated import write
from benchmarks.processes import Usage, pm4py_python, python, work_folder

OURS = """
import json, sys, time
from pathlib import Path
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.mining.context import Context, Options
from xiaoneng.core.mining.measures import dfg, handovers, rework, throughput, variants
started = time.process_time()
store = EventStore(Path(sys.argv[1]))
with store.connection() as connection:
    context = Context(store, connection, Options())
    edges = dfg.edges(context)
    found = {
        "edges": len(edges), "total": sum(e["count"] for e in edges),
        "variants": variants.number(context), "listed": len(variants.listed(context)),
        "days": throughput.calendar_days(context)["median"],
        "working_days": throughput.working_days(context)["median"],
        "rework": len(rework.counts(context)),
        "handovers": len(handovers.between_persons(context)),
    }
print(json.dumps({**found, "measures_cpu_s": time.process_time() - started}))
"""

BARE = """
import duckdb, json, sys
db = duckdb.connect(":memory:", config={"memory_limit": "512MB", "threads": 2})
events, cases = (f"read_parquet('{sys.argv[1]}/{name}.parquet')" for name in ("events", "cases"))
for query in (
    f"SELECT activity, next_activity, count(*), avg(gap_s), avg(gap_work_s) FROM {events} GROUP BY 1, 2",
    f"SELECT variant, count(*), median(duration_s) FROM {cases} GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
    f"SELECT median(duration_s), avg(duration_s), quantile_cont(duration_s, 0.9) FROM {cases}",
    f"SELECT median(working_days), avg(working_days), quantile_cont(working_days, 0.9), "
    f"median(work_s), avg(work_s), quantile_cont(work_s, 0.9) FROM {cases}",
    f"SELECT activity, count(*) FILTER (occurrence = 2), count(*) FROM {events} "
    "WHERE occurrence >= 2 GROUP BY 1",
    f"SELECT resource, next_resource, count(*) FROM {events} GROUP BY 1, 2",
):
    rows = db.execute(query).fetchall()
"""

PM4PY = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd, pm4py
frame = pd.read_csv(sys.argv[1], dtype=str)
frame["time"] = pd.to_datetime(frame["time"], utc=True)
frame = pm4py.format_dataframe(frame, case_id="case", activity_key="activity", timestamp_key="time")
frame["org:resource"] = frame["person"]
slots = [((24 * d + 9) * 3600, (24 * d + 17) * 3600) for d in range(5)]
steps = {
    "dfg with means": lambda: (pm4py.discover_dfg(frame), pm4py.discover_performance_dfg(frame)),
    "variants": lambda: pm4py.get_variants(frame),
    "throughput": lambda: pm4py.get_all_case_durations(frame),
    "rework": lambda: pm4py.get_rework_cases_per_activity(frame),
    "handovers": lambda: pm4py.discover_handover_of_work_network(frame),
    "working time": lambda: pm4py.get_all_case_durations(
        frame, business_hours=True, business_hour_slots=slots
    ),
}
took = {}
for name, step in steps.items():
    before = time.process_time()
    step()
    took[name] = time.process_time() - before
print(json.dumps(took))
"""

INGEST = """
import sys
from pathlib import Path
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog import ingest
ingest(Path(sys.argv[1]), Path(sys.argv[2]), work_clock=work_clock(load_calendar("cn")))
"""


def store_of(events: int) -> tuple[Path, Usage | None]:
    """The store of a generated Parquet log, and what the import used if it was not there yet."""
    folder = work_folder()
    into = folder / f"store-{events}"
    if into.exists():
        return into, None
    return into, python(INGEST, str(write(folder, events, "parquet")), str(into))


def run() -> dict[str, Any]:
    """CPU of the measures over CPU of the bare scan; pm4py at a tenth of the events when it is there."""
    events = int(os.environ.get("XIAONENG_BENCH_EVENTS", 10_000_000))
    store, imported = store_of(events)
    python(BARE, str(store))  # both find the files in the page cache
    bare = min((python(BARE, str(store)) for _ in range(3)), key=lambda usage: usage.cpu_s)
    ours = min((python(OURS, str(store)) for _ in range(3)), key=lambda usage: usage.cpu_s)
    result: dict[str, Any] = {
        "name": "measures",
        "ours": round(ours.cpu_s, 3),
        "peer": round(bare.cpu_s, 3),
        "ratio": round(ours.cpu_s / bare.cpu_s, 3),
        "unit": "CPU seconds of the whole process, ours over the bare scan (target <= 1.5)",
        "how": f"{events} generated events; the best of three processes each; six measures",
        "peak_mb": round(ours.peak_mb),
        "figures": ours.json(),
    }
    if imported is not None:
        result["ingest_cpu_s"] = round(imported.cpu_s, 2)
        result["ingest_and_measures_cpu_s"] = round(imported.cpu_s + ours.cpu_s, 2)
        result["ingest_peak_mb"] = round(imported.peak_mb)
    if os.environ.get("XIAONENG_PM4PY_PYTHON"):
        result["against_pm4py"] = _against_pm4py(max(events // 10, 1000))
    return result


def _against_pm4py(events: int) -> dict[str, Any]:
    store, _ = store_of(events)
    log = write(work_folder(), events, "csv")
    peer = python(PM4PY, str(log), interpreter=pm4py_python())
    ours = min((python(OURS, str(store)) for _ in range(3)), key=lambda usage: usage.json()["measures_cpu_s"])
    ours_s, peer_s = ours.json()["measures_cpu_s"], sum(peer.json().values())
    return {
        "events": events,
        "ours_cpu_s": round(ours_s, 3),
        "pm4py_cpu_s": round(peer_s, 2),
        "times_less": round(peer_s / ours_s, 1),
        "pm4py_steps_cpu_s": {name: round(value, 2) for name, value in peer.json().items()},
        "pm4py_peak_mb": round(peer.peak_mb),
        "how": "the measures alone: imports and, for pm4py, reading the file into pandas are left out",
    }
