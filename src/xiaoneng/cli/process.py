"""``xiaoneng process``: check a process model, run it on a virtual clock, compare two versions."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from xiaoneng.cli import process_layout, process_simulate
from xiaoneng.cli.feel import moment, read_object
from xiaoneng.core.decisions import dump_json, phrase, to_json
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import Complete, Model, Start, TimerDue, advance, compile_document, read_document
from xiaoneng.core.process.diff import compare
from xiaoneng.core.process.soundness import check
from xiaoneng.presentation.i18n import Translate, translator

STEPS_LIMIT = 10_000


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand with its actions."""
    parser = commands.add_parser("process", help="check, run or compare process models (BPMN)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|run|diff|layout|…")
    checking = actions.add_parser("check", help="soundness, and what is missing before publishing")
    checking.set_defaults(run=run_check)
    running = actions.add_parser("run", help="run a case; answers are given per task")
    running.add_argument("--answers", metavar="FILE", help='JSON: {"start": {…}, "TASK": {…} or [{…}, …]}')
    running.add_argument("--clock", choices=("virtual",), default="virtual")
    running.add_argument("--process", default="", metavar="ID")
    running.add_argument("--at", metavar="T", help="when the case begins; default: now")
    running.set_defaults(run=run_case)
    comparing = actions.add_parser("diff", help="what changed from one version to another")
    comparing.set_defaults(run=run_diff)
    comparing.add_argument("file", metavar="A", type=Path)
    comparing.add_argument("other", metavar="B", type=Path)
    for action in (checking, running):
        action.add_argument("file", metavar="FILE", type=Path)
    process_layout.register(actions)
    process_simulate.register(actions)
    for action in (checking, running, comparing):
        action.add_argument("--json", action="store_true", help="print JSON and nothing else")
        action.add_argument("--lang", choices=("zh", "en"))


def run_check(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the model can be published, 1 when not."""
    t = _translator(arguments)
    verdict = check(compile_document(read_document(arguments.file)))
    problems = [
        {
            "kind": problem.kind,
            "element": problem.element,
            "message": phrase(problem.message, problem.params, t),
            "path": list(problem.path),
        }
        for problem in verdict.problems
    ]
    if arguments.json:
        report = {"sound": verdict.sound, "publishable": verdict.publishable, "problems": problems}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for problem in problems:
            print(f"✗ {problem['element']}: {problem['message']}")
            if problem["path"]:
                print("    " + " → ".join(problem["path"]))
        print(f"sound: {verdict.sound}; publishable: {verdict.publishable}")
    return 0 if verdict.publishable else 1


def run_case(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the case completed, 1 when it waits or ended otherwise."""
    answers = read_object(f"@{arguments.answers}") if arguments.answers else {}
    model = compile_document(read_document(arguments.file))
    report = simulate(model, arguments.process, answers, moment(arguments.at))
    if arguments.json:
        print(dump_json(report, 1))
    else:
        print(" → ".join(report["trace"]))
        print(report["status"])
    return 0 if report["status"] == "completed" else 1


def run_diff(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the versions are alike, 1 when something changed."""
    old, new = (compile_document(read_document(path)) for path in (arguments.file, arguments.other))
    found = compare(old, new)
    report = {
        "added": list(found.added),
        "removed": list(found.removed),
        "moved": list(found.moved),
        "changed": [{"element": identity, "what": list(what)} for identity, what in found.changed],
    }
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for sign, elements in (("+", found.added), ("-", found.removed), ("→", found.moved)):
            for identity in elements:
                print(sign, identity)
        for identity, what in found.changed:
            print("~", identity, ", ".join(what))
    return 1 if any(report.values()) else 0


def simulate(model: Model, process: str, answers: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Complete tasks in the order in which they open; time jumps to the next timer when none is open."""
    state = None
    step = advance(model, None, Start(process, "", answers.get("start", {})), at)
    tasks: list[int] = []
    timers: dict[int, datetime] = {}
    trace: list[str] = []
    given: dict[str, int] = {}
    for _ in range(STEPS_LIMIT):
        state = step.state
        tasks = [i for i in [*tasks, *(task.id for task in step.tasks)] if i in state.ids]
        timers.update({t.id: t.due for t in step.timers if isinstance(t.due, datetime)})
        timers = {i: due for i, due in timers.items() if i in state.ids}
        if state.ended or not (tasks or timers):
            break
        if tasks:
            task = tasks.pop(0)
            node = model.nodes[state.shape.items[state.ids.index(task)][1]]
            answer = answers.get(node.id, {})
            if isinstance(answer, list):
                number = given.get(node.id, 0)
                given[node.id] = number + 1
                answer = answer[min(number, len(answer) - 1)] if answer else {}
            if not isinstance(answer, dict):
                raise BadInput(
                    "the answer of {task} is no object", task=node.id, expected="values by variable name"
                )
            trace.append(node.id)
            step = advance(model, state, Complete(task, answer), at)
        else:
            timer = min(timers, key=lambda i: (timers[i], i))
            at = max(at, timers.pop(timer))
            step = advance(model, state, TimerDue(timer), at)
    else:
        raise BadInput("the case has not ended after {limit} steps", limit=STEPS_LIMIT)
    status = state.status if state.ended else "waiting"
    return {
        "status": status,
        "trace": trace,
        "variables": {k: to_json(v) for k, v in state.variables.items()},
    }


def _translator(arguments: argparse.Namespace) -> Translate:
    from xiaoneng.cli.main import language

    return translator(language(arguments))
