"""A model in which every branch may be taken: what a log can be replayed on.

A log says which steps were done, not which data the gateways saw. So conditions, times, numbers of instances
and scripts are replaced by open questions; how tokens move stays the engine's own. A drawing without any
condition becomes replayable in the same way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from xiaoneng.core.process.model import NONE, Flow, Loop, Model, Node, TimerSpec, Trigger

OPEN: Final = 0
"""Number of a formula that is never looked at: whoever asks gets every answer. A higher number stands for the
constant that is one less."""
CONSTANT_LIMIT: Final = 1_000
AUTOMATIC: Final = frozenset(("start", "pass", "end", "send", "script"))
"""Moves that pass by themselves; where the log tells of them they wait for their event."""
TIMED: Final = frozenset(("timer", "conditional"))


def relax(model: Model, visible: frozenset[int]) -> Model:
    """The model with open questions. ``visible`` are the nodes that an event of the log may stand for."""
    flows = tuple(replace(flow, condition=_condition(model, flow)) for flow in model.flows)
    nodes = tuple(_node(model, node, visible) for node in model.nodes)
    return replace(model, flows=flows, nodes=nodes, formulas=(), shapes={})


def _condition(model: Model, flow: Flow) -> int:
    """Whether the flow is taken is open where a condition says so, or where a drawing lacks conditions."""
    source = model.nodes[flow.source]
    if flow.condition != NONE:
        return OPEN
    if len(source.outgoing) < 2 or flow.index == source.default:
        return NONE
    if source.move == "exclusive":
        return OPEN
    drawn = all(model.flows[f].condition == NONE for f in source.outgoing)
    return OPEN if source.move in ("inclusive", "complex") and drawn else NONE


def _node(model: Model, node: Node, visible: frozenset[int]) -> Node:
    found = replace(
        node,
        triggers=tuple(_trigger(trigger) for trigger in node.triggers),
        loop=_loop(model, node.loop) if node.loop is not None else None,
        formula=OPEN if node.move == "complex" and len(node.incoming) > 1 else NONE,
    )
    waits = node.index in visible and (node.move in AUTOMATIC or _tells_outside_only(node))
    closed = node.move == "scope" and (node.index in visible or node.body == NONE)
    return replace(found, move="work", body=NONE) if waits or closed else found


def _tells_outside_only(node: Node) -> bool:
    """A throwing event without effect on its own case."""
    return node.move in ("throw", "throw_end") and all(t.type == "message" for t in node.triggers)


def _trigger(trigger: Trigger) -> Trigger:
    """Timers and conditions may come true at any moment; a repeated one as often as it likes."""
    if trigger.type not in TIMED:
        return trigger
    spec = trigger.timer
    again = trigger.type == "conditional" or (spec is not None and spec.kind == "cycle" and spec.repeats != 1)
    # a limit keeps the engine from working out a due time
    return Trigger("timer", timer=TimerSpec("cycle" if again else "duration", micros=1, limit=0))


def _loop(model: Model, loop: Loop) -> Loop:
    if not loop.many:
        return replace(loop, condition=OPEN if loop.maximum is None else loop.condition)
    number = OPEN
    if loop.cardinality != NONE and not loop.collection:
        text = model.formulas[loop.cardinality].text.strip()
        if text.isdecimal() and int(text) < CONSTANT_LIMIT:
            number = int(text) + 1
    return replace(loop, collection="", item="", outputs="", output="", cardinality=number)


def inside(model: Model, process: str) -> frozenset[int]:
    """The nodes of a process, its sub-processes and the processes it calls."""
    found: set[int] = set()
    pending, seen = [model.processes[process]], set[int]()
    while pending:
        scope = pending.pop()
        if scope in seen:
            continue
        seen.add(scope)
        for number in model.scopes[scope].nodes:
            found.add(number)
            if model.nodes[number].body != NONE:
                pending.append(model.nodes[number].body)
    return frozenset(found)
