"""``python -m campaigns NAME [--slice] [--seed N]``: run a campaign and write ``docs/campaigns/NAME.json``.

A campaign is a module here with ``run(seed: int, slice: bool) -> dict``; the dictionary has ``ok`` and
figures. A slice is the small part that CI runs; it prints and writes nothing. Exit 0: ok, 1: not ok.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "campaigns"


def names() -> list[str]:
    """The campaigns that exist."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def circumstances(seed: int) -> dict[str, Any]:
    """What a reader needs to run it again: commit, seed, machine."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "commit": commit,
        "seed": seed,
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "processor": platform.processor() or platform.machine(),
        },
    }


def main(argv: list[str] | None = None) -> int:
    """Run one campaign."""
    parser = argparse.ArgumentParser(prog="python -m campaigns", description="Long proofs with a record.")
    parser.add_argument("name", choices=names())
    parser.add_argument("--slice", action="store_true", help="the small part that CI runs; writes no record")
    parser.add_argument("--seed", type=int, default=20260101)
    arguments = parser.parse_args(argv)
    module = importlib.import_module(f"campaigns.{arguments.name}")
    known = circumstances(arguments.seed)
    start, cpu = time.perf_counter(), time.process_time()
    figures = module.run(seed=arguments.seed, slice=arguments.slice)
    record = {
        "campaign": arguments.name,
        **known,
        "seconds": round(time.perf_counter() - start, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        **figures,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    if not arguments.slice:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{arguments.name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0 if record["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
