"""The compiled kernel, the first kernel and the engine's own ``advance`` give the same rows.

Random sound processes (sequences, exclusive, parallel and inclusive splits, loops, sub-processes;
probabilities and FEEL conditions) in random worlds (pools with shared roles, calendars, absences, priorities,
every distribution) are
simulated three times: with every step worked out by ``advance``, with remembered steps, and by the compiled
loop. Every row (case, node, opened, begun, ended, person, state), the work of every crew and the end of every
case must be the same whole numbers. Where numba is missing, the same loop runs uncompiled.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from campaigns._simulation_models import random_plan
from xiaoneng.core.simulation import Outcome, simulate_once
from xiaoneng.core.simulation.chart import Chart
from xiaoneng.core.simulation.fast import simulate_fast
from xiaoneng.core.simulation.tight import COMPILED

MODELS, SLICE = 1_000, 30
CASES, BY_ADVANCE = 80, 12
COLUMNS = ("arrived", "ended", "case", "node", "opened", "begun", "finished", "person", "state", "busy")


def differences(a: Outcome, b: Outcome) -> list[str]:
    """The columns in which two outcomes differ."""
    found = [name for name in COLUMNS if not np.array_equal(getattr(a, name), getattr(b, name))]
    if (a.statuses, a.last) != (b.statuses, b.last):
        found.append("statuses")
    return found


def one(seed: int, cases: int) -> tuple[int, list[str]]:
    """Rows compared, and what differed."""
    plan = random_plan(seed, rich=False)
    first = simulate_once(plan, seed, 0, cases)
    fast = simulate_fast(plan, seed, 0, cases, Chart(plan))
    wrong = ["refused"] if fast is None else differences(first, fast)
    short = simulate_once(plan, seed, 0, BY_ADVANCE)
    exact = simulate_once(plan, seed, 0, BY_ADVANCE, Chart(plan, remember=False))
    wrong += [f"advance {name}" for name in differences(exact, short)]
    return len(first.case) + len(exact.case), wrong


def run(seed: int, slice: bool) -> dict[str, Any]:  # the name that every campaign has
    """``MODELS`` random models (a slice: ``SLICE``); the record lists the seeds that differ."""
    chance = random.Random(seed)
    rows, wrong = 0, []
    models = SLICE if slice else MODELS
    for _ in range(models):
        number = chance.randrange(10**9)
        compared, found = one(number, CASES // 4 if slice else CASES)
        rows += compared
        if found:
            wrong.append({"seed": number, "differs": found})
    return {"ok": not wrong, "models": models, "rows": rows, "compiled": COMPILED, "wrong": wrong[:20]}
