"""``xiaoneng up | serve | worker | migrate | demo``: run the platform on this machine.

Only the words are here. The platform joins every part, so it is run by ``xiaoneng.config``, which lies
above this
package: the command replaces itself by ``python -m xiaoneng.config``.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

COMMANDS = {
    "up": "prepare everything and run the platform: database, demo province, pages, worker",
    "serve": "serve pages and API only",
    "worker": "work off background jobs only",
    "migrate": "create or update the database",
    "demo": "load the demo province",
}


def register(commands: Any) -> None:
    """Add the subcommands."""
    for name, text in COMMANDS.items():
        parser = commands.add_parser(name, help=text, description=text)
        parser.add_argument("--lang", choices=("zh", "en"), help="language of messages")
        parser.set_defaults(run=run)
        if name == "up":
            parser.add_argument(
                "--demo",
                action=argparse.BooleanOptionalAction,
                default=True,
                help="load the demo province if empty",
            )
        if name == "demo":
            parser.add_argument("--again", action="store_true", help="even if there is data already")


def run(arguments: argparse.Namespace) -> int:
    """Become the process that runs the platform; does not return."""
    words = [sys.executable, "-m", "xiaoneng.config", arguments.command]
    if arguments.lang:
        words += ["--lang", arguments.lang]
    if arguments.command == "up" and not arguments.demo:
        words.append("--no-demo")
    if arguments.command == "demo" and arguments.again:
        words.append("--again")
    sys.stdout.flush()
    os.execv(sys.executable, words)  # noqa: S606  # our own words, no shell
    return 0
