"""Real logs on small models drawn by hand. The figures are those of another implementation's optimal
alignments of the same models and events (every case taken as closed)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import blocks
from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog.ingest import ingest
from xiaoneng.core.mining.replay import Traces, heat, replay, replay_traces, steps_of
from xiaoneng.core.mining.replay.traces import read_traces


@pytest.mark.parametrize(
    ("name", "block", "fitting"),
    [
        ("receipt", blocks.RECEIPT, 1215),
        ("BPIC15_1", blocks.BUILDING, 156),
        ("RoadTraffic", blocks.ROAD, 141_023),
    ],
)
def test_as_many_cases_fit_as_another_implementation_says(
    shared_data: Path, tmp_path: Path, name: str, block: blocks.Block, fitting: int
) -> None:
    clock = work_clock(load_calendar("weekdays"))
    store = ingest(shared_data / f"{name}.xes.gz", tmp_path / "store", work_clock=clock)
    traces = read_traces(store)
    closed = Traces([trace._replace(closed=True) for trace in traces.traces], traces.of_case)
    activities = store.sql("SELECT name FROM activities ORDER BY id").column("name").to_pylist()
    model = blocks.model(block)
    strict = replay_traces(closed, activities, [""] * len(closed.of_case), model, leave_out_unknown=True)
    assert strict.fitting == fitting
    assert strict.exact
    # a case that the log calls open may stop anywhere
    found = replay(store, model, leave_out_unknown=True)
    still_open = sum(trace.cases for trace in traces.traces if not trace.closed)
    assert fitting <= found.fitting <= fitting + still_open
    assert found.cases == store.meta["counts"]["cases"]
    assert found.events == store.meta["counts"]["events"]
    # every event of a step is in one place: done as the model says, or a deviation
    known = {a for a in activities if a in found.naming.nodes}
    events = sum(
        trace.cases * sum(activities[a] in known for a in trace.path if a >= 0) for trace in traces.traces
    )
    steps = steps_of(found)
    astray = sum(s.deviations["not_enabled"] + s.deviations["out_of_order"] for s in steps)
    assert sum(step.count for step in steps) + astray == events
    # what flows into a step was done there, is missing there, or still lies there
    warm = heat(found)
    for step in steps:
        node = found.model.node(step.element)
        assert node is not None
        inflow = sum(warm.get(found.model.flows[f].id, {"count": 0})["count"] for f in node.incoming)
        assert step.count <= inflow
