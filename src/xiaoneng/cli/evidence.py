"""``xiaoneng platform seal | verify | bundle | proof``: the platform's own events, sealed and proven.

Only the words are here, as in ``cli/platform.py``: the command replaces itself by
``python -m xiaoneng.config.evidence``, which reads the database.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any


def register(commands: Any) -> None:
    """Add the subcommand."""
    text = "seal, verify and export the platform's own events"
    parser = commands.add_parser("platform", help=text, description=text)
    add_actions(parser)
    parser.set_defaults(run=run)


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions and their options; both processes read them."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    sealing = actions.add_parser("seal", help="seal all chains now")
    change = sealing.add_mutually_exclusive_group()
    change.add_argument(
        "--rotate", action="store_true", help="make a new key that signs from the next seal on"
    )
    change.add_argument("--successor", metavar="HEX", help="public key that signs from the next seal on")
    verifying = actions.add_parser("verify", help="verify the database and the folder of seals")
    verifying.add_argument("--key", metavar="HEX", help="public key that must have signed the first seal")
    bundling = actions.add_parser("bundle", help="write a bundle that xiaoneng verify reads anywhere")
    bundling.add_argument("out", metavar="OUT", help="the new file, .zip")
    bundling.add_argument("--from", dest="first", metavar="D", help="cases opened from this day on")
    bundling.add_argument("--to", dest="last", metavar="D", help="cases opened up to this day")
    proving = actions.add_parser("proof", help="write the proof that a case is in the last seal")
    proving.add_argument("case", metavar="CASE")
    proving.add_argument("out", metavar="OUT", help="the new file, .json")
    for action in (sealing, verifying, bundling, proving):
        action.add_argument("--json", action="store_true", help="print JSON only")
        action.add_argument("--lang", choices=("zh", "en"), help="language of texts")


def run(arguments: argparse.Namespace) -> int:
    """Become the process that does it; does not return."""
    return become(sys.argv[sys.argv.index("platform") + 1 :])


def become(words: Sequence[str]) -> int:
    """Replace this process by the one that sees the database."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "xiaoneng.config.evidence", *words])  # noqa: S606  # no shell
    return 0
