"""CPU time and peak memory of a command, as the kernel counts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used: user and system seconds of all its threads, peak resident MB, its output."""

    cpu_s: float
    peak_mb: float
    output: str

    def json(self) -> Any:
        """The last line of the output, read as JSON."""
        return json.loads(self.output.strip().splitlines()[-1])


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Usage:
    """Run ``command`` to its end; raises RuntimeError with its messages when it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdout=out, stderr=errors, cwd=ROOT, env={**os.environ, **(environment or {})}
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{command[:3]} failed: {errors.read().decode(errors='replace')[-2000:]}")
        return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out.read().decode())


def python(code: str, *arguments: str, interpreter: str = sys.executable) -> Usage:
    """Run Python source in a fresh interpreter; ``sys.argv[1:]`` are the arguments."""
    return run([interpreter, "-c", code, *arguments])


def pm4py_python() -> str:
    """The interpreter that has pm4py (AGPL, so never in ours), named by XIAONENG_PM4PY_PYTHON."""
    found = os.environ.get("XIAONENG_PM4PY_PYTHON", "")
    if not found:
        raise SystemExit("set XIAONENG_PM4PY_PYTHON to the Python of an environment with pm4py")
    return found


def work_folder() -> Path:
    """Where generated logs and stores lie: XIAONENG_BENCH, else the system's temporary folder."""
    folder = Path(os.environ.get("XIAONENG_BENCH", Path(tempfile.gettempdir()) / "xiaoneng-benchmarks"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
