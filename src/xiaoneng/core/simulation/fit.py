"""A scenario out of a log: arrivals, branches, durations, people; what the log cannot tell is said.

Branches are counted by the replay of the log on the model (the nearest run of every path), so parallel
branches and loops are counted right. Durations need begin and end of each step; where the log has one moment
per step, the time since the event that enabled it stands for both waiting and work, and there are no pools:
such a scenario repeats the times of the log, and cannot be asked what one more person would change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from xiaoneng.core.calendar import DEFAULT_HOURS, Hours, load_calendar
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog import EventStore
from xiaoneng.core.mining.replay import Replay, StepMap, replay
from xiaoneng.core.process import Model
from xiaoneng.core.simulation.agenda import MICRO, Agenda, Int64, agenda_of, always
from xiaoneng.core.simulation.arrivals import stretches
from xiaoneng.core.simulation.distributions import ZERO, Distribution
from xiaoneng.core.simulation.remarks import Remark
from xiaoneng.core.simulation.scenario import (
    ALWAYS,
    EPOCH,
    Arrivals,
    Office,
    Pool,
    Scenario,
    StepPlan,
)

OFFICE: Final = "office"
QUANTILES: Final = 101
IN_HOURS: Final = 0.95
"""Share of arrivals, or of steps, in office hours from which on the office's calendar is theirs."""
BEYOND: Final = 1.3
OVERLAP: Final = 0.5


@dataclass(frozen=True, eq=False)
class Fitted:
    """``scenario``, how well the log fits the model (the fitness of its replay), and what to know."""

    scenario: Scenario
    replay: Replay
    remarks: tuple[Remark, ...]


def fit(
    store: EventStore,
    model: Model,
    *,
    calendar: str = "cn",
    hours: Hours = DEFAULT_HOURS,
    zone: str = "Asia/Shanghai",
    steps: StepMap | None = None,
    process: str = "",
) -> Fitted:
    """Estimate a scenario. ``calendar`` and ``hours``: when the office of the log works.

    Raises BadInput where the log has fewer than two cases with a time, and what :func:`replay` raises.
    """
    found = replay(store, model, steps=steps, process=process, leave_out_unknown=True)
    remarks = [
        Remark(
            "fitness",
            "",
            "{fitting} of {cases} cases of the log follow the model; fitness {fitness}",
            {"fitting": found.fitting, "cases": found.cases, "fitness": round(found.fitness, 4)},
        )
    ]
    arrived = _arrived(store)
    start = (EPOCH + timedelta(microseconds=int(arrived[0]))).astimezone(ZoneInfo(zone))
    office = agenda_of(OFFICE, load_calendar(calendar), hours, zone, start)
    arrivals = _arrivals(arrived, office, zone)
    durations, timed, in_hours = _durations(store, found, remarks)
    at_work = OFFICE if in_hours else ALWAYS
    pools, roles = _pools(store, found, at_work, remarks) if timed else ((), {})
    nodes = model.nodes
    scenario = Scenario(
        start=start,
        zone=zone,
        cases=len(arrived),
        process=process,
        calendar=at_work if timed else ALWAYS,
        calendars={OFFICE: Office(calendar, hours)},
        arrivals=arrivals,
        pools=pools,
        steps={nodes[n].id: StepPlan(d, roles.get(n)) for n, d in sorted(durations.items())},
        flows=_flows(model, found, remarks),
    )
    return Fitted(scenario, found, tuple(remarks))


def _arrived(store: EventStore) -> Int64:
    """First events of the cases, sorted (µs)."""
    column = store.sql("SELECT epoch_us(first) AS t FROM cases WHERE first IS NOT NULL ORDER BY t").column(0)
    times: Int64 = column.to_numpy().astype(np.int64)
    if len(times) < 2:
        raise BadInput(
            "the log has {count} cases with a time", count=len(times), expected="at least two cases"
        )
    return times


def _arrivals(times: Int64, office: Agenda, zone: str) -> Arrivals:
    """Exponential gaps at the pace of hour and weekday, in office hours where cases come in office hours."""
    inside = office.spent_many(times + 1) > office.spent_many(times)
    keeps = float(inside.mean()) >= IN_HOURS
    agenda = office if keeps else always()
    kept = times[inside] if keeps else times
    begin, spent, hour, weekday = stretches(agenda, int(times[0]), int(times[-1]) + 1, zone)
    counts = np.bincount(np.searchsorted(begin, kept, side="right") - 1, minlength=len(begin))
    by_hour, by_day = _pace(hour, counts, spent, 24), _pace(weekday, counts, spent, 7)
    clock = float((spent * np.array(by_hour)[hour] * np.array(by_day)[weekday]).sum()) / MICRO
    every = Distribution("exponential", (clock / len(kept),))
    return Arrivals(every, OFFICE if keeps else ALWAYS, by_hour, by_day)


def _pace(cell: Int64, counts: Int64, spent: Int64, cells: int) -> tuple[float, ...]:
    """How much faster than on average cases come in each cell; 0 where it is never open."""
    came = np.bincount(cell, counts, cells)
    time = np.bincount(cell, spent, cells)
    overall = came.sum() / time.sum()
    return tuple(round(float(c / t / overall), 4) if t else 0.0 for c, t in zip(came, time, strict=True))


def _durations(
    store: EventStore, found: Replay, remarks: list[Remark]
) -> tuple[dict[int, Distribution], bool, bool]:
    """By node; whether the log tells begin and end; whether steps begin in office hours."""
    rows = store.sql(
        """SELECT a.name AS name, (epoch_us(e.ended) - epoch_us(e.time)) / 1e6 AS elapsed,
                  e.end_work_s - e.work_s AS worked
           FROM events e JOIN activities a ON a.id = e.activity
           WHERE e.ended IS NOT NULL AND e.time IS NOT NULL"""
    )
    durations: dict[int, Distribution] = {}
    if not rows.num_rows:
        for node, spans in found.spans.items():
            if spans.elapsed is not None:
                durations[node] = _of_span(spans.elapsed.median, spans.elapsed.p90)
        remarks.append(
            Remark(
                "one_moment",
                "",
                "the log has one moment per step: waiting and work are one, and people are not simulated",
            )
        )
        return durations, False, False
    names = np.array(rows.column("name").to_pylist(), object)
    elapsed = rows.column("elapsed").to_numpy()
    worked = rows.column("worked").to_numpy()
    # working time and elapsed time differ only by nights: a step within hours has some of the first
    in_hours = float(np.mean((elapsed <= 0) | (np.nan_to_num(worked) > 0))) >= IN_HOURS
    values = np.nan_to_num(worked) if in_hours else elapsed
    for activity in sorted(set(names)):
        own = np.sort(np.maximum(values[names == activity], 0))
        quantiles = np.quantile(own, np.linspace(0, 1, QUANTILES)).round(3)
        fitted = Distribution("quantiles", tuple(quantiles.tolist()))
        for node in found.naming.nodes.get(activity, ()):
            durations[node] = fitted if own[-1] > 0 else ZERO
    return durations, True, in_hours


def _of_span(median: float, p90: float) -> Distribution:
    """Quantiles through 0, the median and the 90 % quantile, and a little beyond: no tail is made up."""
    known = (0.0, max(median, 0.0), max(p90, 0.0), max(p90, 0.0) * BEYOND)
    grid = np.interp(np.linspace(0, 1, 11), (0, 0.5, 0.9, 1), known).round(3)
    return Distribution("quantiles", tuple(grid.tolist()))


def _pools(
    store: EventStore, found: Replay, calendar: str, remarks: list[Remark]
) -> tuple[tuple[Pool, ...], dict[int, str]]:
    """Who does what: steps whose persons are largely the same share a pool of so many persons."""
    rows = store.sql(
        """SELECT a.name AS name, r.name AS person, count(*) AS n FROM events e
           JOIN activities a ON a.id = e.activity JOIN resources r ON r.id = e.resource
           GROUP BY ALL ORDER BY ALL"""
    ).to_pylist()
    people: dict[str, set[str]] = {}
    for row in rows:
        if row["name"] in found.naming.nodes:
            people.setdefault(row["name"], set()).add(row["person"])
    groups: list[tuple[list[str], set[str]]] = []
    for activity, own in people.items():
        for activities, persons in groups:
            if len(own & persons) >= OVERLAP * min(len(own), len(persons)):
                activities.append(activity)
                persons |= own
                break
        else:
            groups.append(([activity], set(own)))
    if groups:
        remarks.append(
            Remark(
                "persons_counted",
                "",
                "every person whom the log names is taken to be there in all working hours",
            )
        )
    pools = []
    roles: dict[int, str] = {}
    for number, (activities, persons) in enumerate(groups, 1):
        name = f"{number} {activities[0]}"
        pools.append(Pool(name, len(persons), (name,), calendar))
        for activity in activities:
            roles.update(dict.fromkeys(found.naming.nodes[activity], name))
    return tuple(pools), roles


def _flows(model: Model, found: Replay, remarks: list[Remark]) -> dict[str, float]:
    """The share of each flow that leaves an exclusive or inclusive split, by the times it was taken."""
    taken = found.flows
    shares: dict[str, float] = {}
    for node in model.nodes:
        if node.move not in ("exclusive", "inclusive") or len(node.outgoing) < 2:
            continue
        out = [taken.get(flow, 0) for flow in node.outgoing]
        came = sum(out)
        if node.move == "inclusive":
            came = sum(taken.get(flow, 0) for flow in node.incoming)
        if not came:
            remarks.append(
                Remark("never_reached", node.id, "no case came here; all ways are taken equally often")
            )
            out, came = [1] * len(out), len(out)
        for flow, times in zip(node.outgoing, out, strict=True):
            shares[model.flows[flow].id] = min(1.0, times / came)
    return shares
