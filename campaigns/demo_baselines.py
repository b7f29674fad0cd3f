"""Do the plan's baselines emerge from the causes of the demo province? Every indicator with a baseline, 2023.

The full run also repeats the year with two other seeds, so that one sees what is cause and what is luck.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.indicators import Workspace, compute, current, parse_period
from xiaoneng.demo.generate import SEED
from xiaoneng.demo.store import fill_store

END_OF_BASELINE = date(2023, 12, 31)
TOLERANCE = 0.05


def baselines(seed: int) -> dict[str, dict[str, float | int | bool | None]]:
    """Measured value and distance from the plan's figure for every indicator that has one."""
    with tempfile.TemporaryDirectory() as folder:
        store = fill_store(
            Path(folder) / "store", as_of=END_OF_BASELINE, seed=seed, progress=lambda share, what: None
        )
        found: dict[str, dict[str, float | int | bool | None]] = {}
        with Workspace(store, load_calendar("cn"), END_OF_BASELINE) as workspace:
            for definition in current():
                plan = definition.baseline.value
                if plan is None:
                    continue
                result = compute(workspace, definition, periods=[parse_period("2023")])[0]
                assert result.value is not None
                off = result.value / plan - 1 if plan else result.value
                near = result.value < plan if definition.baseline.bound else abs(off) <= TOLERANCE
                found[definition.id] = {
                    "plan": plan,
                    "measured": round(result.value, 3),
                    "off": round(off, 4),
                    "n": result.n,
                    "ok": near,
                }
        return found


def run(*, seed: int, slice: bool) -> dict[str, Any]:
    """``ok``: every baseline of the default province within 5 %, or below where the plan says "below"."""
    default = baselines(SEED)
    figures: dict[str, Any] = {"ok": all(row["ok"] for row in default.values()), "default": default}
    if not slice:
        figures["other_seeds"] = {str(other): baselines(other) for other in (seed, seed + 1)}
    return figures
