"""``xiaoneng process``: check, run, compare, lay out, replay and simulate process models (BPMN)."""

from __future__ import annotations

import argparse

from xiaoneng.cli import process_check, process_layout, process_replay, process_run, process_simulate


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand with its actions."""
    parser = commands.add_parser("process", help="check, run or compare process models (BPMN)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|run|diff|layout|…")
    for module in (process_check, process_run, process_layout, process_replay, process_simulate):
        module.register(actions)
