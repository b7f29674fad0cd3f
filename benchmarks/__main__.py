"""``python -m benchmarks NAME [--json]``: every module here that has ``run()`` is a benchmark."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil

import benchmarks

HELPERS = {"__main__", "blocks", "generated", "processes", "step_peers"}


def names() -> list[str]:
    """All benchmarks."""
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in HELPERS)


def main() -> None:
    """Run one benchmark and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=names())
    parser.add_argument("--json", action="store_true", help="print only JSON")
    arguments = parser.parse_args()
    result = importlib.import_module(f"benchmarks.{arguments.name}").run()
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for key, value in result.items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
