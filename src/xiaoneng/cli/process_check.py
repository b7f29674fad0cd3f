"""``xiaoneng process check``: whether a model is sound, and whether it can be published."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from xiaoneng.core.decisions import phrase
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.process.soundness import HINTS, Verdict, check
from xiaoneng.presentation.i18n import Translate, translator
from xiaoneng.presentation.text import printable


def register(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser("check", help="soundness, and what is missing before publishing")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the model can be published, 1 when not, 2 when it is no model."""
    from xiaoneng.cli.main import language

    verdict = check(model_of(arguments.file))
    t = translator(language(arguments))
    if arguments.json:
        print(json.dumps(as_json(verdict, t), ensure_ascii=False, indent=1))
    else:
        for line in as_text(verdict, t):
            print(printable(line))
    return 0 if verdict.publishable else 1


def model_of(path: Path) -> Model:
    """The compiled model of a file. Raises BadInput for a file without a process."""
    model = compile_document(read_document(path))
    if not model.processes:
        raise BadInput(
            "the file has no process", place=Place(file=str(path)), expected="a BPMN 2.0 model with a process"
        )
    return model


def as_json(verdict: Verdict, t: Translate) -> dict[str, Any]:
    """The report of ``docs/reference/cli.md``."""
    return {
        "sound": verdict.sound,
        "publishable": verdict.publishable,
        "problems": [
            {
                "kind": problem.kind,
                "element": problem.element,
                "message": phrase(problem.message, problem.params, t),
                "path": list(problem.path),
            }
            for problem in verdict.problems
        ],
    }


def as_text(verdict: Verdict, t: Translate) -> list[str]:
    """The problems, what merely was not checked marked with a dot, then the verdict."""
    lines: list[str] = []
    for problem in verdict.problems:
        mark = "·" if problem.kind in HINTS else "✗"
        lines.append(f"{mark} {problem.element}: {phrase(problem.message, problem.params, t)}")
        if problem.path:
            lines.append("    " + " → ".join(problem.path))
    lines.append(t("the control flow is sound") if verdict.sound else t("the control flow is not sound"))
    lines.append(t("it can be published") if verdict.publishable else t("it cannot be published like this"))
    return lines
