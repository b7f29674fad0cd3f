"""``xiaoneng process run``: one case on a virtual clock, with answers for its tasks and events."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from xiaoneng.cli.feel import moment, read_object
from xiaoneng.cli.process_check import model_of
from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.clock import Limit, Unit, count
from xiaoneng.core.decisions import dump_json, from_json, to_json
from xiaoneng.core.errors import BadInput, CalendarNotPublished, Place
from xiaoneng.core.process import (
    Command,
    CommandRefused,
    Complete,
    Message,
    Model,
    Node,
    Signal,
    Start,
    State,
    ThrowError,
    TimerDue,
    advance,
)
from xiaoneng.core.process.state import FLOW, WAIT
from xiaoneng.presentation.i18n import translator
from xiaoneng.presentation.text import printable

STEPS_LIMIT = 10_000
TOLD = {"completed": "task done", "caught": "event came", "script": "value computed"}
ENDINGS = {
    "completed": "the case is completed",
    "waiting": "the case waits for {elements}",
    "terminated": "the case was terminated",
    "cancelled": "the case was cancelled",
    "failed": "the case failed",
}


def register(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser("run", help="run a case; answers are given per task and event")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--answers", metavar="FILE", help='JSON: {"start": {…}, "TASK": {…} or [{…}, …], …}')
    parser.add_argument("--clock", choices=("virtual",), default="virtual", help="time passes when all wait")
    parser.add_argument("--process", default="", metavar="ID", help="which process, where there are several")
    parser.add_argument("--at", metavar="T", help="when the case begins; default: now")
    parser.add_argument("--calendar", default="cn", metavar="cn|weekdays|FILE")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the case completed, 1 when it waits or ended otherwise."""
    from xiaoneng.cli.main import language

    model = model_of(arguments.file)
    answers = read_answers(model, arguments.answers)
    calendar = load_calendar(arguments.calendar)

    def due_of(limit: int, unit: str, start: datetime) -> datetime:
        due = count(Limit(limit, Unit(unit)), start, calendar, start).due_at
        if due is None:
            raise CalendarNotPublished("a timer of the case is due outside the calendar")
        return due

    case = Case(model, answers, moment(arguments.at), due_of)
    report = case.play(arguments.process)
    if arguments.json:
        print(dump_json(report, 1))
    else:
        t = translator(language(arguments))
        for step in report["steps"]:
            at = step["at"].replace("T", " ")[:16]
            print(printable(f"{at}  {t(TOLD[step['kind']])}  {step['element']} {step['name']}".rstrip()))
        ending = t(ENDINGS[report["status"]])
        print(printable(ending.format(elements=", ".join(report["waiting"]) or "-")))
    return 0 if report["status"] == "completed" else 1


def read_answers(model: Model, path: str | None) -> dict[str, Any]:
    """The answers by element id. Raises BadInput for an id that is none, and for what is no answer."""
    found = read_object(f"@{path}") if path else {}
    place = Place(file=path)
    for name, answer in found.items():
        if name != "start" and name not in model.by_id:
            raise BadInput(
                "{name} is no element of the model",
                name=name,
                place=place,
                expected="start, or the id of a task or event",
            )
        each = answer if isinstance(answer, list) else [answer]
        if not all(isinstance(one, dict) or (one is None and name != "start") for one in each):
            raise BadInput(
                "the answer of {task} is no object",
                task=name,
                place=place,
                expected="values by variable name",
            )
    if isinstance(found.get("start"), list):
        raise BadInput(
            "the answer of {task} is no object", task="start", place=place, expected="values by variable name"
        )
    return found


DueOf = Callable[[int, str, datetime], datetime]


@dataclass
class Case:
    """One case being played. ``due_of`` counts a limit on the calendar."""

    model: Model
    answers: Mapping[str, Any]
    at: datetime
    due_of: DueOf
    state: State | None = None
    tasks: list[int] = field(default_factory=list)
    timers: dict[int, datetime] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def play(self, process: str) -> dict[str, Any]:
        """Tasks are done in the order in which they open; when none can be done an event comes for which
        there is an answer, else time jumps to the next timer."""
        start = self.answers.get("start", {})
        self.step(Start(process, "", self.values(start)))
        for _ in range(STEPS_LIMIT):
            assert self.state is not None
            if self.state.ended or not (self.task() or self.event() or self.timer()):
                return self.report()
        raise BadInput(
            "the case has not ended after {limit} steps; it is at {elements}",
            limit=STEPS_LIMIT,
            elements=", ".join(self.waiting()),
            hint="the answers keep it in a loop; a list gives another answer every time",
        )

    def step(self, command: Command) -> None:
        step = advance(self.model, self.state, command, self.at)
        self.state = step.state
        ids = set(self.state.ids)
        self.tasks = [i for i in [*self.tasks, *(task.id for task in step.tasks)] if i in ids]
        for timer in step.timers:
            due = timer.due
            if not isinstance(due, datetime):
                limit, unit = due
                due = self.due_of(limit, unit, self.at)
            self.timers[timer.id] = due
        self.timers = {i: due for i, due in self.timers.items() if i in ids}
        for event in step.events:
            if event.kind in TOLD:
                node = self.model.nodes[event.node]
                self.steps.append(
                    {"element": node.id, "name": node.name, "kind": event.kind, "at": self.at.isoformat()}
                )

    def node(self, item: int) -> Node:
        assert self.state is not None
        return self.model.nodes[self.state.shape.items[self.state.ids.index(item)][1]]

    def values(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The variables of an answer, noted for the report."""
        values = {name: from_json(value) for name, value in answer.items() if not name.startswith("@")}
        self.data.update(values)
        return values

    def answer(self, element: str) -> dict[str, Any] | None:
        """The next answer of an element; of a list the last one stays. None: nobody does it."""
        answers = self.answers.get(element, {})
        if not isinstance(answers, list):
            answers = [answers]
        answer: dict[str, Any] | None = (
            answers[min(self.given.get(element, 0), len(answers) - 1)] if answers else {}
        )
        return answer

    def task(self) -> bool:
        """Do the oldest task that somebody does."""
        for task in self.tasks:
            node = self.node(task)
            answer = self.answer(node.id)
            if answer is None:
                continue
            self.given[node.id] = self.given.get(node.id, 0) + 1
            self.tasks.remove(task)
            data = self.values(answer)
            if "@error" in answer:
                self.step(ThrowError(task, str(answer["@error"]), data))
            else:
                self.step(Complete(task, data))
            return True
        return False

    def event(self) -> bool:
        """Let a message or signal come for which there is an answer, each once (of a list: each in turn)."""
        for name in self.answers:
            node = self.model.node(name)
            answers = self.answers[name] if isinstance(self.answers[name], list) else [self.answers[name]]
            used = self.given.get(name, 0)
            if node is None or node.move in ("work", "receive") or used >= len(answers):
                continue
            answer = answers[used]
            trigger = next((t for t in node.triggers if t.type in ("message", "signal")), None)
            if trigger is None or answer is None:
                continue
            data = {key: from_json(value) for key, value in answer.items()}
            kind = Message if trigger.type == "message" else Signal
            try:
                self.step(kind(trigger.name, data))
            except CommandRefused:
                continue  # nobody waits for it yet
            self.values(answer)
            self.given[name] = used + 1
            return True
        return False

    def timer(self) -> bool:
        """Let time pass until the next timer."""
        if not self.timers:
            return False
        timer = min(self.timers, key=lambda i: (self.timers[i], i))
        self.at = max(self.at, self.timers.pop(timer))
        self.step(TimerDue(timer))
        return True

    def waiting(self) -> list[str]:
        """The ids of the elements at which the case waits."""
        assert self.state is not None
        model = self.model
        held = {"work", "receive", "catch", "choice"}
        found = []
        for role, node, *_ in self.state.shape.items:
            if role == WAIT and model.nodes[node].move in held:
                found.append(model.nodes[node].id)
            elif role == FLOW:
                found.append(model.nodes[model.flows[node].target].id)
        return list(dict.fromkeys(found))

    def report(self) -> dict[str, Any]:
        """The report of ``docs/reference/cli.md``."""
        assert self.state is not None
        variables = {**self.data, **self.state.variables}
        return {
            "status": self.state.status if self.state.ended else "waiting",
            "trace": [step["element"] for step in self.steps if step["kind"] == "completed"],
            "variables": {name: to_json(value) for name, value in variables.items()},
            "waiting": [] if self.state.ended else self.waiting(),
            "steps": self.steps,
        }
