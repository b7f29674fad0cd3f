"""What each step and each flow of the model saw: the figures of a table, and of heat on the diagram."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from xiaoneng.core.mining.replay.judge import KINDS
from xiaoneng.core.mining.replay.replayed import Replay
from xiaoneng.core.mining.replay.spans import UNKNOWN_TIMES, Span, Spans
from xiaoneng.core.process.model import NONE


@dataclass
class Step:
    """One step: how often it was done and in how many cases, in how many more than once (``rework``), the
    deviations at it by kind, and its times."""

    element: str
    name: str
    activities: tuple[str, ...]
    count: int = 0
    cases: int = 0
    rework: int = 0
    deviations: Counter[str] = field(default_factory=Counter)
    spans: Spans = UNKNOWN_TIMES


def steps_of(replay: Replay) -> list[Step]:
    """Every step that is expected in the log, in order of the model."""
    found: dict[int, Step] = {}
    for number in sorted(replay.naming.visible):
        node = replay.model.nodes[number]
        names = tuple(a for a, nodes in replay.naming.nodes.items() if number in nodes)
        found[number] = Step(node.id, node.name, names)
    for trace, verdict in zip(replay.traces, replay.verdicts, strict=True):
        for number, times in Counter(n for n in verdict.nodes if n != NONE).items():
            step = found[number]
            step.count += times * trace.cases
            step.cases += trace.cases
            step.rework += trace.cases if times > 1 else 0
        for deviation in verdict.deviations:
            if deviation.node in found:
                found[deviation.node].deviations[deviation.kind] += trace.cases
    for number, spans in replay.spans.items():
        if number in found:
            found[number].spans = spans
    return list(found.values())


def as_row(step: Step) -> dict[str, Any]:
    """A step for JSON: ``elapsed``, ``waiting`` and ``working`` are {count, median_seconds, p90_seconds}, or
    null where the log does not tell."""
    return {
        "element": step.element,
        "name": step.name,
        "activities": list(step.activities),
        "count": step.count,
        "cases": step.cases,
        "rework": step.rework,
        "deviations": {kind: step.deviations[kind] for kind in KINDS if step.deviations[kind]},
        "elapsed": _row(step.spans.elapsed),
        "waiting": _row(step.spans.waiting),
        "working": _row(step.spans.working),
    }


def _row(span: Span | None) -> dict[str, float] | None:
    if span is None:
        return None
    return {"count": span.steps, "median_seconds": span.median, "p90_seconds": span.p90}


def heat(replay: Replay) -> dict[str, dict[str, Any]]:
    """What to draw on a diagram, by BPMN id.

    Sequence flows and gateways and events that a case passes: {count}. Steps: {count, cases, rework,
    deviations (their number), and median seconds elapsed, waiting, working where the log tells}.
    """
    model = replay.model
    found: dict[str, dict[str, Any]] = {}
    taken = replay.flows
    through: Counter[int] = Counter()
    for flow, count in taken.items():
        found[model.flows[flow].id] = {"count": count}
        through[model.flows[flow].target] += count
        if not model.nodes[model.flows[flow].source].incoming:
            through[model.flows[flow].source] += count
    for number, count in through.items():
        found[model.nodes[number].id] = {"count": count}
    for step in steps_of(replay):
        found[step.element] = {
            "count": step.count,
            "cases": step.cases,
            "rework": step.rework,
            "deviations": step.deviations.total(),
        }
        for name, span in zip(("elapsed", "waiting", "working"), step.spans, strict=True):
            if span is not None:
                found[step.element][f"{name}_seconds"] = span.median
    return found
