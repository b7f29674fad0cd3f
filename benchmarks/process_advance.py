"""In-memory steps of the nine-task permit process, and of longer ones, on one core.

The process has what a permit has: a check that may send back, a parallel review by three bodies, a decision
by its condition. One *step* is one ``advance`` that completes a task, with its new state and its events. The
same steps are also measured with choosing the task and data at every step (``with_driver``), without
remembered transitions (``worked_out``), and written to bytes and read again each time (``through_bytes``).
"""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from typing import Any

from xiaoneng.core.process import (
    Complete,
    Model,
    Start,
    State,
    advance,
    compile_document,
    dump_state,
    load_state,
    read_document,
)

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAMESPACES = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:permit"'
CASES = 4_000


def permit(extra: int = 0) -> Model:
    """The compiled permit process, see ``permit_document``."""
    return compile_document(read_document(permit_document(extra)))


def permit_document(extra: int = 0) -> bytes:
    """Receive, check (may send back), three reviews side by side, draft, decide, issue or refuse, deliver;
    ``extra`` further tasks in a row before the delivery."""
    tasks = ["receive", "check", "plan", "fire", "green", "draft", "decide", "issue", "refuse", "deliver"]
    tasks += [f"more{i}" for i in range(extra)]
    flows = [
        ("s", "receive"),
        ("receive", "merge"),
        ("merge", "check"),
        ("check", "complete"),
        ("complete", "split"),
        ("complete", "merge", "complete = false"),
        ("split", "plan"),
        ("split", "fire"),
        ("split", "green"),
        ("plan", "join"),
        ("fire", "join"),
        ("green", "join"),
        ("join", "draft"),
        ("draft", "decide"),
        ("decide", "granted"),
        ("granted", "refuse", 'result = "refused"'),
        ("granted", "issue"),
        ("issue", "out"),
        ("refuse", "out"),
    ]
    row = ["out", *(f"more{i}" for i in range(extra)), "deliver", "e"]
    flows += itertools.pairwise(row)
    lines = [f'<definitions {NAMESPACES}><process id="permit" isExecutable="true">', '<startEvent id="s"/>']
    lines += [f'<userTask id="{task}"/>' for task in tasks]
    lines += ['<exclusiveGateway id="merge"/>', '<exclusiveGateway id="out"/>', '<endEvent id="e"/>']
    lines += [
        '<exclusiveGateway id="complete" default="f4"/>',
        '<exclusiveGateway id="granted" default="f16"/>',
    ]
    lines += ['<parallelGateway id="split"/>', '<parallelGateway id="join"/>']
    for number, flow in enumerate(flows):
        condition = f"<conditionExpression>{flow[2]}</conditionExpression>" if len(flow) > 2 else ""
        ends = f'sourceRef="{flow[0]}" targetRef="{flow[1]}"'
        lines.append(f'<sequenceFlow id="f{number}" {ends}>{condition}</sequenceFlow>')
    lines.append("</process></definitions>")
    return "".join(lines).encode()


def one_case(model: Model, *, remember: bool = True, through_bytes: bool = False) -> tuple[int, State, int]:
    """Run a case to its end: steps, last state, bytes of the largest state."""
    data = {"complete": True, "result": "granted"}
    state = advance(model, None, Start(), AT, remember=remember).state
    steps, largest = 0, 0
    while state.ids:
        task = next(i for i, item in zip(state.ids, state.shape.items, strict=True) if item[0] == 0)
        step = advance(model, state, Complete(task, data), AT, remember=remember)
        state = step.state
        steps += 1
        if through_bytes:
            kept = dump_state(state)
            largest = max(largest, len(kept))
            state = load_state(model, kept)
    return steps, state, largest


def per_second(model: Model, cases: int, *, remember: bool = True, through_bytes: bool = False) -> float:
    """Steps per CPU second over the whole loop, the choice of the next task included."""
    one_case(model, remember=remember)
    begun, steps = time.process_time(), 0
    for _ in range(cases):
        steps += one_case(model, remember=remember, through_bytes=through_bytes)[0]
    return steps / (time.process_time() - begun)


def per_call(model: Model, cases: int) -> float:
    """Steps per CPU second of ``advance`` alone: commands and choice of tasks are prepared before."""
    script: list[tuple[State, Complete]] = []
    data = {"complete": True, "result": "granted"}
    state = advance(model, None, Start(), AT).state
    while state.ids:
        task = next(i for i, item in zip(state.ids, state.shape.items, strict=True) if item[0] == 0)
        script.append((state, Complete(task, data if not script else None)))
        state = advance(model, state, script[-1][1], AT).state
    best = 0.0
    for _ in range(5):
        begun = time.process_time()
        for _ in range(cases):
            for before, command in script:
                advance(model, before, command, AT)
        best = max(best, cases * len(script) / (time.process_time() - begun))
    return best


def run() -> dict[str, Any]:
    """Steps per second on one core; ``ratio`` is the rate with 200 tasks against that with nine."""
    model = permit()
    nine = per_call(model, CASES)
    hundreds = {
        extra + 9: per_call(permit(extra), max(20, CASES * 9 // (extra + 9))) for extra in (1, 41, 191)
    }
    return {
        "name": "process_advance",
        "ours": round(nine),
        "peer": round(hundreds[200]),
        "ratio": round(hundreds[200] / nine, 2),
        "unit": "steps per CPU second",
        "how": "peer: the same process with 200 tasks; one step completes a task",
        "by_tasks": {str(tasks): round(rate) for tasks, rate in hundreds.items()},
        "with_driver": round(per_second(model, CASES)),
        "worked_out": round(per_second(model, CASES // 10, remember=False)),
        "through_bytes": round(per_second(model, CASES // 10, through_bytes=True)),
        "largest_state_bytes": one_case(model, through_bytes=True)[2],
    }
