"""``xiaoneng process layout``: draw a model that has no diagram."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.process import read_document
from xiaoneng.core.process.layout import has_diagram, with_diagram


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the action to ``xiaoneng process``."""
    parser = actions.add_parser("layout", help="give a model a diagram")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--output", "-o", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument("--force", action="store_true", help="also in place of a diagram that is there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0. Raises BadInput for a model that has a diagram already, and for what is no model."""
    document = read_document(arguments.file)
    if has_diagram(document) and not arguments.force:
        raise BadInput(
            "the model has a diagram already",
            place=Place(str(arguments.file)),
            hint="--force draws it anew",
        )
    drawn = with_diagram(document.source, str(arguments.file))
    if arguments.output:
        arguments.output.write_bytes(drawn)
    else:
        sys.stdout.write(drawn.decode())
    return 0
