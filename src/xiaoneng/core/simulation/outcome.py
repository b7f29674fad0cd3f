"""One replication as columns, whatever kernel it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiaoneng.core.process.state import FLOW, WAIT
from xiaoneng.core.simulation.agenda import Int64
from xiaoneng.core.simulation.chart import Chart, Mark
from xiaoneng.core.simulation.kernel import Kernel
from xiaoneng.core.simulation.plan import Crew, Plan
from xiaoneng.core.simulation.scenario import micros

Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Outcome:
    """``arrived`` and ``ended`` by case (−1: still under way); the others by row, in the order in which tasks
    opened. Times are µs since 1970 UTC."""

    plan: Plan
    replication: int
    arrived: Int64
    ended: Int64
    case: Int64
    node: Int64
    opened: Int64
    begun: Int64
    finished: Int64
    person: Int64
    state: Int64
    busy: Int64
    """Work (µs) of each crew."""
    crews: tuple[Crew, ...]
    statuses: dict[str, int]
    last: int
    """When the last thing happened."""
    stuck: dict[str, int]
    """Element → cases of the last that nothing can move any more, and that have a token there."""

    @property
    def in_progress(self) -> int:
        """Cases that have not ended."""
        return int((self.ended < 0).sum())


def simulate_once(
    plan: Plan,
    seed: int,
    replication: int,
    cases: int,
    chart: Chart | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """One replication on the first kernel. ``chart`` may be shared by replications of one plan."""
    kernel = Kernel(plan, chart if chart is not None else Chart(plan), seed, replication, cases)
    until = plan.scenario.until
    kernel.run(micros(until) if until is not None else None, progress)
    rows = kernel.rows
    count = len(rows.case)

    def column(values: list[int]) -> Int64:
        return np.array(values[:count], np.int64)

    return Outcome(
        plan=plan,
        replication=replication,
        arrived=kernel.arrivals[: kernel.come],
        ended=kernel.ended[: kernel.come],
        case=column(rows.case),
        node=column(rows.node),
        opened=column(rows.opened),
        begun=column(rows.begun),
        finished=column(rows.ended),
        person=column(rows.person),
        state=column(rows.state),
        busy=np.array(kernel.crowd.busy, np.int64),
        crews=tuple(kernel.crowd.crews),
        statuses=dict(sorted(kernel.statuses.items())),
        last=kernel.now,
        stuck={} if until is not None else stuck_at(plan, [case.mark for case in kernel.live.values()]),
    )


def stuck_at(plan: Plan, marks: Iterable[Mark]) -> dict[str, int]:
    """Where the tokens of cases lie that nothing moves any more."""
    found: dict[str, int] = {}
    model = plan.model
    for mark in marks:
        nodes = {
            model.flows[node].target if role == FLOW else node
            for role, node, *_ in mark.shape.items
            if role in (WAIT, FLOW)
        }
        for node in nodes:
            found[model.nodes[node].id] = found.get(model.nodes[node].id, 0) + 1
    return dict(sorted(found.items()))
