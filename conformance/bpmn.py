"""Executable BPMN models with the trace each must leave (``cases.json``), run on a virtual clock.

What belongs to the suite alone is translated here, in the document, before it is compiled: script markers
become work for a connector, which the runner does; ``test.contains("a")`` and the like become FEEL.

A case passes when three things hold. What happened is what the suite expects, entry by entry and as often;
the suite compares sorted lists, so it says nothing of the order. The order is what the model demands: a step
on every way to another comes before it (``_order``). And what ended in an error ended in the expected one: a
model that cannot be deployed, or a fault while running, either of which is a ``GenericError`` where the
suite expects that; entries written before the error count. As in the suite, the marker file is looked for
only where it is expected.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from conformance._order import out_of_order
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import (
    CommandRefused,
    Complete,
    Message,
    Model,
    NotExecutable,
    Signal,
    Start,
    State,
    StepFault,
    TimerDue,
    advance,
    compile_document,
    dump_state,
    load_state,
    read_document,
)
from xiaoneng.core.process.document import Document
from xiaoneng.core.process.names import XN
from xiaoneng.core.process.xml import Element

# Cases whose expectation contradicts BPMN 2.0.2 or their own model, with the clause that decides.
INTERRUPTS: Final = (
    "13.5.3: when a boundary event whose cancelActivity is set (its default in the schema) occurs, the "
    "activity is cancelled, of several instances all; "
)
OUT_OF_SCOPE: Final = {
    "MultiInstance_OneBehavior": INTERRUPTS + "the expected trace lets the other instances go on",
    "WCP09_Structured_Discriminator_MultiInstance": INTERRUPTS
    + "the expected trace lets the other instances go on",
    "MultiInstance_ComplexBehavior": INTERRUPTS + "the expected trace leaves the cancelled activity by its "
    "normal flow too, which 13.3.2 gives tokens only to a completed one",
    "AdHocSubProcess_Sequential": "13.3.3, Script Task: upon activation the associated script is invoked; "
    "the task after the sub-process has the script SCRIPT_task1, the expected trace wants Task3, which no "
    "script of the model writes",
}

CONTAINS: Final = re.compile(r'(!?)\s*test\.contains\("(\w+)"\)')
# what stands in a file of the suite by mistake, and what it must be
MISPRINTS: Final = {'test.contains("a")>': 'test.contains("a")'}
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
STAMP_TASK: Final = timedelta(seconds=5)
STEPS_LIMIT: Final = 10_000
EXPRESSIONS: Final = (
    "conditionExpression",
    "condition",
    "loopCondition",
    "loopCardinality",
    "completionCondition",
    "activationCondition",
)


def run(folder: Path) -> dict[str, Any]:
    """Run every case of the suite; the report of ``docs/reference/bpmn.md``."""
    report: dict[str, Any] = {
        "total": 0,
        "passed": 0,
        "failed": 0,
        "out_of_scope": [],
        "non_null": {"passed": 0, "failed": 0},
        "failures": [],
    }
    for process in json.loads((folder / "cases.json").read_text(encoding="utf-8")):
        for number, case in enumerate(process["cases"], 1):
            name = f"{process['process']}/{number}"
            got, wrong = run_case(folder / process["file"], process["process"], case)
            passed = Counter(got) == Counter(case["expect"]) and not wrong
            report["total"] += 1
            report["passed" if passed else "failed"] += 1
            if case["expect"]:
                report["non_null"]["passed" if passed else "failed"] += 1
            if not passed:
                report["failures"].append(
                    {"case": name, "expected": case["expect"], "got": got, "out_of_order": wrong}
                )
                if process["process"] in OUT_OF_SCOPE:
                    report["out_of_scope"].append({"case": name, "clause": OUT_OF_SCOPE[process["process"]]})
    return report


def run_case(path: Path, process: str, case: dict[str, Any]) -> tuple[list[str], list[tuple[str, str]]]:
    """The trace of one case, an error being an entry of it, and the pairs of nodes out of order."""
    other = dict(case.get("other", ()))
    world = World()
    data: dict[str, Any] = {"test": "".join(text.removeprefix("input").lower() for text in case["inputs"])}
    if "setIntegerVariable" in other:
        data["integerVariable"] = int(other["setIntegerVariable"])
    document = translate(read_document(path))
    trace = world.trace
    try:
        world.model = compile_document(document)
        if "useParallelProcess" in other:
            world.start("ParallelProcess", data)
        world.start(process, data)
        world.run()
    except StepFault:
        trace.append("RuntimeException")
    except (NotExecutable, BadInput) as error:
        if isinstance(error, CommandRefused):
            raise
        trace.append("DeploymentError")
    if "MarkerExists" in case["expect"] and world.marker:
        trace.append("MarkerExists")
    if overlapping(world.stamps):
        trace.append("ExecutionParallel")
    if "GenericError" in case["expect"]:
        # the suite accepts either kind of failure there
        errors = ("RuntimeException", "DeploymentError")
        trace = ["GenericError" if entry in errors else entry for entry in trace]
    return trace, out_of_order(document, world.nodes)


def overlapping(stamps: list[tuple[datetime, datetime]]) -> bool:
    """Whether two of the spans overlap."""
    return any(a[0] < b[1] and b[0] < a[1] for i, a in enumerate(stamps) for b in stamps[i + 1 :])


def translate(document: Document) -> Document:
    """The suite's markers as work of a connector, its conditions as FEEL."""
    document.root.attributes.pop("expressionLanguage", None)
    for element in document.root.iterate():
        if element.tag in ("scriptTask", "globalScriptTask"):
            script = next(e for e in element.elements() if e.tag == "script")
            set_tag(element, "serviceTask" if element.tag == "scriptTask" else "globalTask")
            element.prefixes = {**element.prefixes, "xn": XN}
            element.attributes["xn:connector"] = script.content().strip()
        elif element.tag in EXPRESSIONS:
            element.text = feel(element.content().strip())
            element.children = []
    return document


def set_tag(element: Element, tag: str) -> None:
    element.name = element.name.replace(element.tag, tag)
    element.tag = tag


def feel(text: str) -> str:
    """A condition of the suite as FEEL."""
    text = MISPRINTS.get(text, text)
    match = CONTAINS.fullmatch(text)
    if match is not None:
        found = f'contains(test, "{match[2]}")'
        return f"not({found})" if match[1] else found
    if text.startswith("${") and text.endswith("}"):
        return text[2:-1]
    return text


@dataclass
class World:
    """All cases of one run, with the connectors and the virtual clock around them."""

    model: Model = field(init=False)
    cases: list[State] = field(default_factory=list)
    now: datetime = BEGINNING
    trace: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    marker: bool = False
    stamps: list[tuple[datetime, datetime]] = field(default_factory=list)
    agenda: list[tuple[datetime, int, int, str, int]] = field(default_factory=list)
    order: int = 0
    outbox: list[tuple[str, str]] = field(default_factory=list)

    def start(self, process: str, data: dict[str, Any], event: str = "") -> None:
        self.cases.append(None)  # type: ignore[arg-type] # the case does not exist before its first step
        self.step(len(self.cases) - 1, Start(process, event, data))

    def step(self, case: int, command: Any) -> None:
        """One step; its state goes through bytes, as it would through a database."""
        step = advance(self.model, self.cases[case], command, self.now)
        self.cases[case] = load_state(self.model, dump_state(step.state))
        for task in step.tasks:
            delay = STAMP_TASK if self.script(task.node).startswith("CREATE_TIMESTAMP") else timedelta()
            self.plan(self.now + delay, case, "task", task.id)
        for timer in step.timers:
            self.plan(timer.due, case, "timer", timer.id)
        for kind, names in (("message", step.messages), ("signal", step.signals)):
            self.outbox += [(kind, name) for name in names]
        outbox, self.outbox = self.outbox, []
        for kind, name in outbox:
            self.deliver(kind, name, case)

    def script(self, node: int) -> str:
        """The marker of a task."""
        return self.model.nodes[node].facts.connector

    def plan(self, due: datetime, case: int, kind: str, item: int) -> None:
        self.order += 1
        self.agenda.append((due, self.order, case, kind, item))

    def deliver(self, kind: str, name: str, sender: int) -> None:
        """Hand a message or signal to the other cases, or start what it starts."""
        command = Message(name) if kind == "message" else Signal(name)
        for case in range(len(self.cases)):
            if case != sender:
                try:
                    self.step(case, command)
                except CommandRefused:
                    continue  # this case does not wait for it
                if kind == "message":
                    return
        for process, scope in self.model.processes.items():
            for entry in self.model.scopes[scope].entries:
                node = self.model.nodes[entry]
                if any(t.type == kind and t.name == name for t in node.triggers):
                    self.start(process, {}, node.id)

    def run(self) -> None:
        """Do work and let time pass until nothing is left to do."""
        for _ in range(STEPS_LIMIT):
            if not self.agenda:
                return
            self.agenda.sort()
            self.now, _, case, kind, item = self.agenda.pop(0)
            state = self.cases[case]
            if item not in state.ids:
                continue
            if kind == "timer":
                self.step(case, TimerDue(item))
            else:
                position = state.ids.index(item)
                self.work(case, item, self.script(state.shape.items[position][1]))
        raise RuntimeError("the case does not come to an end")

    def work(self, case: int, item: int, script: str) -> None:
        """What a marker means."""
        state = self.cases[case]
        self.nodes.append(self.model.nodes[state.shape.items[state.ids.index(item)][1]].id)
        data: dict[str, Any] = {}
        if script.startswith("SCRIPT_"):
            self.trace.append(script.removeprefix("SCRIPT_").capitalize())
        elif script == "CREATE_MARKER_FILE":
            self.marker = True
        elif script.startswith("INCREMENT_INTEGER_VARIABLE"):
            data["integerVariable"] = self.cases[case].variables["integerVariable"] + 1
            if script.endswith("_AND_LOG"):
                self.trace.append("Increment")
        elif script.startswith("CREATE_TIMESTAMP"):
            self.stamps.append((self.now - STAMP_TASK, self.now))
        self.step(case, Complete(item, data))
