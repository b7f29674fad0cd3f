"""Replay of paths and logs on a compiled model."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.mining.replay.automaton import Automaton, Beliefs
from xiaoneng.core.mining.replay.judge import Verdict, judge
from xiaoneng.core.mining.replay.naming import Naming, StepMap, name_steps
from xiaoneng.core.mining.replay.nearest import SEARCH_LIMIT, Run, nearest
from xiaoneng.core.mining.replay.relaxed import inside, relax
from xiaoneng.core.mining.replay.replayed import Replay
from xiaoneng.core.mining.replay.spans import measure
from xiaoneng.core.mining.replay.traces import LEFT_OUT, Trace, Traces, read_traces
from xiaoneng.core.process.faults import NotExecutable
from xiaoneng.core.process.model import Model

INSTANCES_LIMIT = 20
"""Instances of one activity that are tried at most."""
NOT_FOLLOWED = frozenset(("unsupported", "event_gateway", "call_cycle", "quantity"))
"""Remarks on a model that keep it from being replayed; missing conditions and times do not."""
Progress = Callable[[float, str], None]


def replay(
    store: EventStore,
    model: Model,
    *,
    steps: StepMap | None = None,
    process: str = "",
    leave_out_unknown: bool = False,
    progress: Progress | None = None,
    limit: int = SEARCH_LIMIT,
    times: bool = True,
) -> Replay:
    """Replay a log on a process of a model (default: the only one that no other calls).

    ``leave_out_unknown``: activities without a step take no part instead of being deviations. ``limit``
    bounds the search for the nearest run of one path; without ``times`` the steps are not timed. Raises
    NotExecutable for a drawing that cannot be followed, NotFound for a process or step that is not there,
    BadInput where no activity is a step.
    """
    if progress is not None:
        progress(0.0, "reading the paths")
    traces = read_traces(store)
    with store.connection() as connection:
        activities = [
            name for (name,) in connection.execute("SELECT name FROM activities ORDER BY id").fetchall()
        ]
        case_ids = [
            case for (case,) in connection.execute("SELECT case_id FROM cases ORDER BY case_no").fetchall()
        ]
    found = replay_traces(
        traces,
        activities,
        case_ids,
        model,
        steps=steps,
        process=process,
        leave_out_unknown=leave_out_unknown,
        progress=progress,
        limit=limit,
    )
    if not times:
        return found
    if progress is not None:
        progress(1.0, "measuring the steps")
    return dataclasses.replace(found, spans=measure(store, found.verdicts, found.of_case))


def replay_traces(
    traces: Traces,
    activities: Sequence[str],
    case_ids: Sequence[str],
    model: Model,
    *,
    steps: StepMap | None = None,
    process: str = "",
    leave_out_unknown: bool = False,
    progress: Progress | None = None,
    limit: int = SEARCH_LIMIT,
) -> Replay:
    """Replay paths that are already at hand; as :func:`replay`."""
    process = chosen(model, process)
    for remark in model.blockers:
        if remark.kind in NOT_FOLLOWED:
            raise NotExecutable("the model cannot be followed: {reason}", reason=str(remark))
    members = inside(model, process)
    naming = name_steps(model, members, activities, steps)
    if activities and not naming.nodes:
        raise BadInput(
            "no activity of the log is a step of the model",
            expected="the same names or ids in both, such as {step}",
            step=next((n.name or n.id for n in model.nodes if n.index in naming.visible), "-"),
            hint="Give a map from activities to steps",
        )
    judged = _Judges(model, process, naming, activities, traces.traces, leave_out_unknown, limit)
    verdicts: list[Verdict] = []
    every = max(1, len(traces.traces) // 50)
    for number, trace in enumerate(traces.traces):
        if progress is not None and number % every == 0:
            progress(number / len(traces.traces), "replaying")
        verdicts.append(judged.verdict(trace))
    if progress is not None:
        progress(1.0, "replaying")
    return Replay(
        model,
        process,
        naming,
        tuple(activities),
        tuple(traces.traces),
        tuple(verdicts),
        np.asarray(traces.of_case, np.int64),
        tuple(case_ids),
        judged.automaton.complete and all(v.exact for v in verdicts),
    )


def chosen(model: Model, process: str) -> str:
    """The process to replay on. Raises NotFound where it is not there or not told."""
    if process:
        if process not in model.processes:
            raise NotFound(
                "there is no process {name} in the model", name=process, expected=", ".join(model.processes)
            )
        return process
    called = {node.body for node in model.nodes}
    free = [
        name for name, scope in model.processes.items() if scope not in called and model.scopes[scope].nodes
    ]
    if len(free) != 1:
        raise NotFound(
            "the model has {count} processes: {names}",
            count=len(free),
            names=", ".join(free) or "-",
            hint="name the one to replay on",
        )
    return free[0]


class _Judges:
    """Replays paths one after the other; what was worked out for one serves the next."""

    def __init__(
        self,
        model: Model,
        process: str,
        naming: Naming,
        activities: Sequence[str],
        traces: Sequence[Trace],
        leave_out_unknown: bool,
        limit: int,
    ) -> None:
        self.limit = limit
        # activities that stand for the same steps are one
        groups = list(dict.fromkeys(naming.nodes.values()))
        number = {nodes: position for position, nodes in enumerate(groups)}
        self.group = {
            a: number[naming.nodes[name]] for a, name in enumerate(activities) if name in naming.nodes
        }
        self.left_out = {LEFT_OUT} | {a for a, name in enumerate(activities) if name in naming.ignored}
        self.leave_out_unknown = leave_out_unknown
        most = max((n for trace in traces for n in Counter(trace.path).values()), default=1)
        relaxed = relax(model, naming.visible)
        many = any(node.loop is not None and node.loop.many for node in model.nodes)
        self.automaton = Automaton(
            relaxed, process, naming.visible, max(1, min(most, INSTANCES_LIMIT)) if many else 1
        )
        self.nodes: list[tuple[int, ...]] = groups
        self.beliefs = Beliefs(self.automaton, groups)
        self.runs: dict[tuple[tuple[int, ...], bool], Run] = {}

    def verdict(self, trace: Trace) -> Verdict:
        """How a path goes through the model."""
        path: list[int] = []
        places: list[int] = []
        beside: list[int] = []
        for position, activity in enumerate(trace.path):
            group = self.group.get(activity)
            if group is not None:
                path.append(group)
                places.append(position)
            elif activity not in self.left_out and not self.leave_out_unknown:
                beside.append(position)
        key = (tuple(path), trace.closed)
        run = self.runs.get(key)
        if run is None:
            run = self.runs[key] = nearest(self.beliefs, path, trace.closed, limit=self.limit)
        wanted = [self.nodes[group] for group in path]
        return judge(self.automaton, run, wanted, places, beside, len(trace.path))
