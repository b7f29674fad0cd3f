"""How the cost of an import grows with the log: one, three and ten million events, as CSV and as Parquet.

``XIAONENG_BENCH_EVENTS`` is the largest size. The exponent is the slope of log CPU over log events
(1 is linear) after the start-up of an empty import is taken off.
"""

from __future__ import annotations

import math
import os
import shutil
from typing import Any

from benchmarks.generated import write
from benchmarks.measures import INGEST
from benchmarks.processes import Usage, python, work_folder

LIMIT_CPU_S, LIMIT_MB = 60.0, 2048.0
"""For ten million events."""


def run() -> dict[str, Any]:
    """CPU seconds and peak memory per size and format."""
    largest = int(os.environ.get("XIAONENG_BENCH_EVENTS", 10_000_000))
    sizes = [largest // 10, largest * 3 // 10, largest]
    runs = {kind: {n: _import(kind, n) for n in sizes} for kind in ("csv", "parquet")}
    base = _import("csv", 10).cpu_s
    exponents = {
        kind: round(_slope([(n, usage.cpu_s - base) for n, usage in of_kind.items()]), 3)
        for kind, of_kind in runs.items()
    }
    worst = max(runs[kind][largest].cpu_s for kind in runs)
    return {
        "name": "ingest_scale",
        "ours": round(worst, 1),
        "peer": LIMIT_CPU_S,
        "ratio": round(worst / LIMIT_CPU_S, 3),
        "unit": f"CPU seconds for {largest} events, the dearer format, over the target for ten million",
        "how": "whole processes, reading included; generated events in order of time; one run each",
        "exponent": exponents,
        "start_up_cpu_s": round(base, 2),
        "cpu_s": {kind: {n: round(u.cpu_s, 2) for n, u in found.items()} for kind, found in runs.items()},
        "peak_mb": {kind: {n: round(u.peak_mb) for n, u in found.items()} for kind, found in runs.items()},
        "peak_target_mb": LIMIT_MB,
    }


def _import(kind: str, events: int) -> Usage:
    log = write(work_folder(), events, kind)
    into = work_folder() / f"scale-{kind}-{events}"
    shutil.rmtree(into, ignore_errors=True)
    try:
        return python(INGEST, str(log), str(into))
    finally:
        shutil.rmtree(into, ignore_errors=True)


def _slope(points: list[tuple[int, float]]) -> float:
    """Least squares on logarithms."""
    x = [math.log(n) for n, _ in points]
    y = [math.log(seconds) for _, seconds in points]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
