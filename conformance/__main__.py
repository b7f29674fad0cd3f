"""``python -m conformance SUITE DIR``: run a suite and report what passed."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

SUITES = tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")))


def main(argv: list[str] | None = None) -> int:
    """Exit 0 when everything passed, 1 when something failed, 2 when the suite cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print only JSON")
    arguments = parser.parse_args(argv)
    if not arguments.folder.is_dir():
        print(f"conformance: {arguments.folder}: no such folder", file=sys.stderr)
        return 2
    report = importlib.import_module(f"conformance.{arguments.suite}").run(arguments.folder)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for failure in report["failures"]:
            print(f"FAILED {failure['case']}: expected {failure['expected']}, got {failure['got']}")
            for first, then in failure.get("out_of_order", ()):
                print(f"  {then} happened before {first}")
        print(f"{report['passed']} of {report['total']} passed, {report['failed']} failed", end="; ")
        print(f"non-null: {report['non_null']['passed']} passed, {report['non_null']['failed']} failed")
    return 0 if not report["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
