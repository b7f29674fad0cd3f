"""``xiaoneng``: one command, a module per subcommand.

A subcommand module has ``register(commands)`` that adds its parser and sets ``run``, a function from the
parsed arguments to an exit code. Imports of a subcommand stay in its module, so that a light command
does not pay for a heavy one.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from xiaoneng import __version__
from xiaoneng.core.errors import XiaonengError

SUBCOMMANDS = (
    "analyze",
    "deadline",
    "decision",
    "evidence",
    "feel",
    "id",
    "indicators",
    "platform",
    "process",
    "verify",
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command with its subcommands."""
    parser = argparse.ArgumentParser(prog="xiaoneng", description="效能 Xiaoneng")
    parser.add_argument("--version", action="version", version=f"xiaoneng {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in SUBCOMMANDS:
        importlib.import_module(f"xiaoneng.cli.{name}").register(commands)
    return parser


def language(arguments: argparse.Namespace) -> str:
    """The language for messages: ``--lang``, else the environment, else Chinese."""
    chosen = getattr(arguments, "lang", None)
    if chosen in ("zh", "en"):
        return str(chosen)
    return "en" if os.environ.get("LANG", "").lower().startswith("en") else "zh"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; exit codes are those of ``docs/reference/cli.md``."""
    arguments = build_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except XiaonengError as error:
        from xiaoneng.presentation.i18n import explain

        print(f"xiaoneng: {explain(error, language(arguments))}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # the reader of our output went away (head, less): not an error of ours
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
