"""The whole command on a real log of half a million events, against what pm4py needs only to import it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.processes import pm4py_python, python
from benchmarks.processes import run as run_command

LOG = Path(os.environ.get("XIAONENG_SHARED", "../shared")) / "data" / "RoadTraffic.xes.gz"

PM4PY = """
import sys, warnings
warnings.filterwarnings("ignore")
import pm4py
print(len(pm4py.read_xes(sys.argv[1])))
"""


def run() -> dict[str, Any]:
    """CPU seconds of both processes, start-up included."""
    if not LOG.is_file():
        raise SystemExit(f"no log at {LOG}; set XIAONENG_SHARED")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "xiaoneng.cli.main", "analyze", str(LOG)]
        outputs = ["--json", f"{folder}/found.json", "--html", f"{folder}/report.html"]
        ours = min((run_command([*command, *outputs]) for _ in range(2)), key=lambda usage: usage.cpu_s)
    peer = python(PM4PY, str(LOG), interpreter=pm4py_python())
    return {
        "name": "analyze_roadtraffic",
        "ours": round(ours.cpu_s, 2),
        "peer": round(peer.cpu_s, 2),
        "ratio": round(ours.cpu_s / peer.cpu_s, 3),
        "unit": "CPU seconds of the whole process, ours over pm4py's import (target < 1)",
        "how": "561,470 events; ours: analyze with JSON and HTML, best of two; pm4py: read_xes alone",
        "peak_mb": round(ours.peak_mb),
        "pm4py_peak_mb": round(peer.peak_mb),
    }
