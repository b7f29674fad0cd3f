"""Replay of logs on models: events per CPU second on one core, and pm4py's token replay of the same.

*Permit* is a generated log of the permit process (``XIAONENG_BENCH_CASES`` cases, fixed seed): six opinions
in any order, corrections that go round, and in every tenth case a step too few, too many or at the wrong
place; *permit_right* is the same without anything wrong. ``events_per_second`` counts the events of all
cases, as a log is replayed; ``path_events_per_second`` those of the distinct paths alone, which is what is
really walked. Reading the paths out of the store is included, timing of the steps is measured apart. The peer
replays the same events as a pandas frame, without reading it.
"""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc

from benchmarks import blocks
from benchmarks.processes import python, work_folder
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog.ingest import ingest
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.mining.replay import replay
from xiaoneng.core.process import Model

CASES = int(os.environ.get("XIAONENG_BENCH_CASES", "100000"))
OPINIONS = tuple(f"opinion {n}" for n in range(1, 7))
PERMIT: blocks.Block = (
    "seq",
    "receive",
    ("loop", "check", "correct"),
    ("and", *OPINIONS),
    "draft",
    ("xor", "grant", ("seq", "hear", "refuse")),
    "deliver",
)
PM4PY = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd, pm4py
net, start, end = pm4py.convert_to_petri_net(pm4py.read_bpmn(sys.argv[1]))
frame = pd.read_csv(sys.argv[2], dtype=str)
frame["time"] = pd.to_datetime(frame["time"], utc=True)
log = pm4py.format_dataframe(frame, case_id="case", activity_key="activity", timestamp_key="time")
begun = time.process_time()
found = pm4py.fitness_token_based_replay(log, net, start, end)
print(json.dumps({**found, "cpu_s": time.process_time() - begun, "events": len(log)}))
"""


def one_case(chance: random.Random, wrong: float) -> list[str]:
    """The steps of a case, in the share ``wrong`` of them with something wrong."""
    steps = ["receive", "check"]
    while chance.random() < 0.2:
        steps += ["correct", "check"]
    steps += chance.sample(OPINIONS, len(OPINIONS))
    steps += ["draft", *(["grant"] if chance.random() < 0.8 else ["hear", "refuse"]), "deliver"]
    if chance.random() < wrong:
        at = chance.randrange(len(steps) - 1)
        kind = chance.randrange(3)
        if kind == 0:
            del steps[at]
        elif kind == 1:
            steps.insert(at, chance.choice(steps))
        else:
            steps[at : at + 2] = reversed(steps[at : at + 2])
    return steps


def write_log(path: Path, cases: int, wrong: float) -> None:
    """A CSV of permit cases, one event an hour."""
    chance = random.Random(20_260_105)
    columns: dict[str, list[Any]] = {"case": [], "activity": [], "time": []}
    begin = datetime(2025, 1, 6, 9, tzinfo=UTC)
    for number in range(cases):
        for hour, step in enumerate(one_case(chance, wrong)):
            columns["case"].append(f"C{number:07}")
            columns["activity"].append(step)
            columns["time"].append((begin + timedelta(hours=hour)).isoformat())
    pc.write_csv(pa.table(columns), path)


def measured(store: EventStore, model: Model) -> dict[str, Any]:
    """The best of three replays of a store; activities that are no step take no part."""
    best, timed = float("inf"), float("inf")
    for _ in range(3):
        begun = time.process_time()
        found = replay(store, model, leave_out_unknown=True, times=False)
        best = min(best, time.process_time() - begun)
        begun = time.process_time()
        replay(store, model, leave_out_unknown=True)
        timed = min(timed, time.process_time() - begun)
    distinct = sum(len(trace.path) for trace in found.traces)
    return {
        "cases": found.cases,
        "events": found.events,
        "paths": len(found.traces),
        "fitness": round(found.fitness, 4),
        "fitting": found.fitting,
        "exact": found.exact,
        "cpu_s": round(best, 3),
        "events_per_second": round(found.events / best),
        "path_events_per_second": round(distinct / best),
        "with_times_per_second": round(found.events / timed),
    }


def peer(model: Path, log: Path) -> dict[str, Any] | None:
    """pm4py's token replay; None where no interpreter with it is named."""
    interpreter = os.environ.get("XIAONENG_PM4PY_PYTHON")
    if not interpreter:
        return None
    found: dict[str, Any] = python(PM4PY, str(model), str(log), interpreter=interpreter).json()
    return found


def run() -> dict[str, Any]:
    """Events per CPU second of the generated log; the real logs beside it where they are at hand."""
    folder = work_folder()
    clock = work_clock(load_calendar("weekdays"))
    drawing = folder / "permit.bpmn"
    drawing.write_text(blocks.bpmn(PERMIT), encoding="utf-8")
    model = blocks.model(PERMIT)
    logs: dict[str, Any] = {}
    for name, wrong in (("permit", 0.1), ("permit_right", 0.0)):
        source, into = folder / f"{name}_{CASES}.csv", folder / f"{name}_{CASES}"
        if not into.is_dir():
            write_log(source, CASES, wrong)
            ingest(source, into, work_clock=clock)
        logs[name] = measured(EventStore(into), model)
        logs[name]["pm4py"] = peer(drawing, source)
    shared = Path(os.environ.get("XIAONENG_SHARED", "../shared")) / "data"
    for name, block in (
        ("receipt", blocks.RECEIPT),
        ("BPIC15_1", blocks.BUILDING),
        ("RoadTraffic", blocks.ROAD),
    ):
        source, into = shared / f"{name}.xes.gz", folder / name
        if source.is_file():
            store = EventStore(into) if into.is_dir() else ingest(source, into, work_clock=clock)
            logs[name] = measured(store, blocks.model(block))
    ours = logs["permit"]["events_per_second"]
    theirs = logs["permit"]["pm4py"]
    rate = round(theirs["events"] / theirs["cpu_s"]) if theirs else None
    return {
        "name": "process_replay",
        "ours": ours,
        "peer": rate,
        "ratio": round(ours / rate, 1) if rate else None,
        "unit": "events per CPU second",
        "how": "the generated permit log; peer: pm4py's token replay of the same events",
        "logs": logs,
    }
