"""Several replications of one plan, or of two plans under common random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from xiaoneng.core.simulation.chart import Chart
from xiaoneng.core.simulation.measures import Estimate, Figures, estimate, figures
from xiaoneng.core.simulation.outcome import Outcome, simulate_once
from xiaoneng.core.simulation.plan import Plan
from xiaoneng.core.simulation.remarks import Remark

Progress = Callable[[float], None]
Simulate = Callable[[Plan, int, int, int, Chart, Callable[[int], None]], Outcome]
COMPILED: Final = find_spec("numba") is not None
"""numba is an extra; without it the first kernel does all the work."""
COMPILE_FROM: Final = 200_000
TIMES: Final = ("cycle", "waiting", "working", "cost")


@dataclass(frozen=True, eq=False)
class Study:
    """The replications of a plan."""

    plan: Plan
    seed: int
    cases: int
    replications: tuple[Figures, ...]
    first: Outcome
    """The first replication as it happened: its rows are the event log."""

    def mean(self, what: str) -> Estimate:
        """The mean of ``cycle``, ``waiting``, ``working`` (seconds by case) or ``cost``."""
        return estimate([_mean(getattr(f, what)) for f in self.replications])

    def p90(self, what: str) -> Estimate:
        """Its 90th percentile, by linear interpolation in each replication."""
        return estimate(
            [
                float(np.percentile(values, 90)) if len(values) else math.nan
                for values in (getattr(f, what) for f in self.replications)
            ]
        )

    def utilisation(self) -> list[tuple[str, int, Estimate, Estimate]]:
        """Pool, persons, share of the open hours worked, hours worked."""
        return [
            (
                pool.name,
                pool.number,
                estimate([f.utilisation[n] for f in self.replications]),
                estimate([f.busy_hours[n] for f in self.replications]),
            )
            for n, pool in enumerate(self.plan.pools)
        ]

    def steps(self) -> list[tuple[int, Estimate, Estimate, Estimate]]:
        """Node, times done per replication, mean seconds of waiting and working; as the model has them."""
        nodes = sorted({node for f in self.replications for node in f.steps})
        rows = []
        for node in nodes:
            found = [f.steps.get(node, (0, math.nan, math.nan)) for f in self.replications]
            count, wait, work = (estimate([float(row[n]) for row in found]) for n in range(3))
            rows.append((node, count, wait, work))
        return rows

    def remarks(self) -> list[Remark]:
        """What to know besides the figures."""
        found = list(self.plan.remarks)
        stuck = sum(f.in_progress for f in self.replications)
        if stuck:
            found.append(
                Remark(
                    "in_progress",
                    "",
                    "{count} of {cases} cases have not ended; they are not in the times",
                    {"count": stuck, "cases": sum(f.arrived for f in self.replications)},
                )
            )
        elements = sorted({element for f in self.replications for element in f.stuck})
        if elements:
            found.append(
                Remark(
                    "stuck",
                    elements[0],
                    "nothing can move these cases any more; their tokens lie at {elements}",
                    {"elements": ", ".join(elements)},
                )
            )
        if len(self.replications) == 1:
            found.append(Remark("one_replication", "", "one replication gives no intervals"))
        return found


def _mean(values: Any) -> float:
    return float(values.mean()) if len(values) else math.nan


def _compiled() -> Simulate:
    """The compiled kernel, with the first one for what it does not do. Loading the compiler takes a second,
    so it is loaded only here."""
    from xiaoneng.core.simulation.fast import simulate_fast

    def simulate(
        plan: Plan, seed: int, replication: int, cases: int, chart: Chart, progress: Callable[[int], None]
    ) -> Outcome:
        found = simulate_fast(plan, seed, replication, cases, chart, progress) if COMPILED else None
        return found or simulate_once(plan, seed, replication, cases, chart, progress)

    return simulate


def study(
    plan: Plan,
    *,
    seed: int,
    replications: int,
    cases: int,
    progress: Progress | None = None,
    kernel: str = "auto",
) -> Study:
    """Simulate. ``progress`` gets the share done. ``kernel``: plain, compiled (where the plan and the machine
    allow it), or auto: compiled from ``COMPILE_FROM`` cases on. The figures are the same."""
    chart = Chart(plan)
    compiled = kernel == "compiled" or (kernel == "auto" and cases * replications >= COMPILE_FROM)
    simulate = _compiled() if compiled else simulate_once
    found: list[Figures] = []
    first: Outcome | None = None
    for number in range(replications):

        def part(arrived: int, number: int = number) -> None:
            if progress is not None:
                progress((number + arrived / cases) / replications)

        part(0)
        outcome = simulate(plan, seed, number, cases, chart, part)
        first = first or outcome
        found.append(figures(outcome))
    assert first is not None
    return Study(plan, seed, cases, tuple(found), first)


def difference(a: Study, b: Study, what: str) -> Estimate:
    """How much more ``b`` takes than ``a``, replication by replication: both had the same random numbers."""
    return estimate(
        [
            _mean(getattr(y, what)) - _mean(getattr(x, what))
            for x, y in zip(a.replications, b.replications, strict=True)
        ]
    )
