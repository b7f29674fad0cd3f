"""Figures of a simulation: per replication, then means over replications with 95 % intervals.

The mean over replications with Student's t: replications are independent, cases of one replication are not.
One replication gives figures without intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from xiaoneng.core.indicators.intervals import student
from xiaoneng.core.simulation.agenda import MICRO, Agenda, Int64
from xiaoneng.core.simulation.chance import Float64
from xiaoneng.core.simulation.outcome import Outcome
from xiaoneng.core.simulation.plan import COMES, FREE
from xiaoneng.core.simulation.rows import DONE, WAITING, WORKING

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications; ``interval`` is None below two of them, ``mean`` where nothing was
    measured."""

    mean: float | None
    interval: tuple[float, float] | None
    values: tuple[float, ...]

    def json(self) -> dict[str, Any]:
        return {"mean": self.mean, "ci95": None if self.interval is None else list(self.interval)}


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of replications (NaN: not measured in that one) with its interval by Student's t."""
    kept = [value for value in values if not math.isnan(value)]
    if not kept:
        return Estimate(None, None, ())
    mean = math.fsum(kept) / len(kept)
    if len(kept) < 2:
        return Estimate(mean, None, tuple(kept))
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in kept) / (len(kept) - 1))
    half = student(len(kept) - 1) * spread / math.sqrt(len(kept))
    return Estimate(mean, (mean - half, mean + half), tuple(kept))


@dataclass(frozen=True, eq=False)
class Figures:
    """One replication. Cases that arrived in the warm-up count nowhere but in utilisation and conservation;
    times in seconds, by measured case that ended."""

    arrived: int
    ended: int
    in_progress: int
    measured: int
    cycle: Float64
    waiting: Float64
    """Seconds in which tasks of the case were open and nobody was at them."""
    working: Float64
    """Seconds of work in working hours: nights that a task lay over do not count."""
    cost: Float64
    cost_total: float
    utilisation: tuple[float, ...]
    """By pool: work done per open hour of its persons, from the start to the last event."""
    busy_hours: tuple[float, ...]
    open_hours: tuple[float, ...]
    steps: dict[int, tuple[int, float, float]]
    """Node → rows done, mean seconds of waiting and of working."""
    statuses: dict[str, int]
    stuck: dict[str, int]


def figures(o: Outcome) -> Figures:
    """The figures of a replication."""
    plan = o.plan
    scenario = plan.scenario
    begin = scenario.start_us + round(scenario.warm_up * MICRO)
    cases = len(o.arrived)
    over = (o.ended >= 0) & (o.arrived >= begin)
    kind = np.array(plan.queue)[o.node]
    tasks = (kind >= FREE) | (kind == COMES)
    done = tasks & (o.state == DONE)
    waited = np.where(done, o.begun - o.opened, 0)
    # work that stopped or did not yet begin: waiting as far as it went
    cut = tasks & ((o.state == WAITING) | (o.state == WORKING)) & (o.finished < 0)
    stopped = tasks & ~done & ~cut
    waited = np.where(stopped, np.where(o.begun >= 0, o.begun, o.finished) - o.opened, waited)
    effort = _effort(o, done)
    waiting = sums(o, waited / MICRO)
    working = sums(o, effort * HOUR)
    fixed = sums(o, np.array(plan.costs)[o.node] * done) + scenario.case_cost
    busy = [0.0] * len(plan.pools)
    opened = [0.0] * len(plan.pools)
    rate = np.zeros(sum(crew.number for crew in o.crews) + 1)
    for crew, work in zip(o.crews, o.busy.tolist(), strict=True):
        busy[crew.pool] += work / MICRO / HOUR
        span = crew.agenda.spent(o.last) - crew.agenda.spent(scenario.start_us)
        opened[crew.pool] += crew.number * span / MICRO / HOUR
        rate[crew.first : crew.first + crew.number] = plan.pools[crew.pool].cost_per_hour
    cost = fixed + sums(o, effort * rate[o.person])
    ended = int((o.ended >= 0).sum())
    return Figures(
        arrived=cases,
        ended=ended,
        in_progress=cases - ended,
        measured=int(over.sum()),
        cycle=(o.ended - o.arrived)[over] / MICRO,
        waiting=waiting[over],
        working=working[over],
        cost=cost[over],
        cost_total=float(cost.sum()),
        utilisation=tuple(b / n if n else math.nan for b, n in zip(busy, opened, strict=True)),
        busy_hours=tuple(busy),
        open_hours=tuple(opened),
        steps=_steps(o, done & over[o.case], effort * HOUR),
        statuses=o.statuses,
        stuck=o.stuck,
    )


def sums(o: Outcome, values: Float64) -> Float64:
    """The sum over the rows of each case."""
    found: Float64 = np.bincount(o.case, values, len(o.arrived)).astype(np.float64)
    return found


def _effort(o: Outcome, done: np.ndarray[Any, Any]) -> Float64:
    """Hours of work in each row done: time in the person's working hours. One piece of work for several rows
    is shared among them."""
    hours = np.zeros(len(o.case))
    alone = np.flatnonzero(done & (o.person < 0) & (np.array(o.plan.queue)[o.node] == FREE))
    hours[alone] = open_between(o.plan.free_agenda, o.begun[alone], o.finished[alone]) / MICRO / HOUR
    for crew in o.crews:
        rows = np.flatnonzero(done & (o.person >= crew.first) & (o.person < crew.first + crew.number))
        if len(rows):
            spent = open_between(crew.agenda, o.begun[rows], o.finished[rows])
            _, group, size = np.unique(
                np.stack((o.person[rows], o.begun[rows], o.finished[rows], o.node[rows])),
                axis=1,
                return_inverse=True,
                return_counts=True,
            )
            hours[rows] = spent / MICRO / HOUR / size[group.ravel()]
    return hours


def open_between(agenda: Agenda, begin: Int64, end: Int64) -> Int64:
    """Open time (µs) between moments."""
    return agenda.spent_many(end) - agenda.spent_many(begin)


def _steps(o: Outcome, chosen: np.ndarray[Any, Any], work: Float64) -> dict[int, tuple[int, float, float]]:
    found: dict[int, tuple[int, float, float]] = {}
    nodes = o.node[chosen]
    waits, works = (o.begun - o.opened)[chosen] / MICRO, work[chosen]
    for node in np.unique(nodes).tolist():
        own = nodes == node
        found[node] = (int(own.sum()), float(waits[own].mean()), float(works[own].mean()))
    return found
