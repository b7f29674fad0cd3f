"""A small slice of the benchmarks: they run and answer in the agreed shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def test_measures_on_a_small_log(tmp_path: Path) -> None:
    environment = {**os.environ, "XIAONENG_BENCH": str(tmp_path), "XIAONENG_BENCH_EVENTS": "3000"}
    environment.pop("XIAONENG_PM4PY_PYTHON", None)
    command = [sys.executable, "-m", "benchmarks", "measures", "--json"]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    result = json.loads(found.stdout)
    assert {"name", "ours", "peer", "ratio", "unit", "how"} <= set(result)
    figures = result["figures"]
    assert figures["rework"] > 0
    assert 0 < figures["total"] < 3000
    assert result["peak_mb"] < 300
