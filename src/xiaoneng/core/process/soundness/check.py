"""The check of a model: control flow of every scope, and what is missing before it can be published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xiaoneng.core.process.model import Model, Scope
from xiaoneng.core.process.soundness.explore import Path, explore
from xiaoneng.core.process.soundness.net import Net, build
from xiaoneng.core.process.soundness.reduce import reduce

TEXTS: Final = {
    "dead": "{element} is never reached",
    "no_end": "from {element} the end cannot be reached",
    "deadlock": "the case stops for ever before {element}",
    "lack_of_synchronisation": "two tokens meet on the way to {element}: what follows happens twice",
    "unbounded": "tokens on the way to {element} multiply without end",
    "livelock": "the case can go round for ever and never end",
    "not_proven": "{element} has too many markings; the check is incomplete",
    "not_analysed": "{element} decides by its data; the check cannot follow it",
    "lane_without_body": "the lane {element} names no body that is responsible",
}
CONTROL_FLOW: Final = frozenset(
    ("dead", "no_end", "deadlock", "lack_of_synchronisation", "unbounded", "livelock", "not_proven")
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: template and parameters of its message, and the BPMN ids of a path that shows it."""

    kind: str
    element: str
    message: str
    params: Mapping[str, Any]
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message.format(**self.params)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``sound`` speaks of control flow alone; ``publishable`` of everything."""

    sound: bool
    publishable: bool
    problems: tuple[Problem, ...]


def check(model: Model) -> Verdict:
    """Everything that can be found without running the model; ``not_analysed`` alone does not condemn it."""
    problems: list[Problem] = []
    for scope in model.scopes:
        problems += flow_problems(model, scope)
    sound = not any(problem.kind in CONTROL_FLOW for problem in problems)
    for lane in model.lanes:
        if lane.leaf and not lane.facts.body:
            problems.append(of("lane_without_body", lane.id, lane.name or lane.id))
    problems += [Problem(r.kind, r.element, r.message, r.params) for r in model.blockers]
    publishable = not any(problem.kind != "not_analysed" for problem in problems)
    return Verdict(sound, publishable, tuple(problems))


def of(kind: str, identity: str, label: str, path: tuple[str, ...] = ()) -> Problem:
    return Problem(kind, identity, TEXTS[kind], {"element": label}, path)


def flow_problems(model: Model, scope: Scope) -> list[Problem]:
    """Problems of the control flow directly in a scope."""
    found: list[Problem] = []

    def add(kind: str, node: int, path: Path = ()) -> None:
        if node < 0:
            found.append(of(kind, scope.id, scope.name or scope.id))
        else:
            at = model.nodes[node]
            found.append(of(kind, at.id, at.label, tuple(model.nodes[n].id for n in path)))

    net = build(model, scope)
    if not net.transitions:
        return found
    reached = forward(net)
    for number in net.transitions:
        if number not in reached:
            add("dead", number)
    net.transitions = {n: t for n, t in net.transitions.items() if n in reached}
    alive = set().union(*(set().union(*t.modes) for t in net.transitions.values() if t.modes))
    alive |= set().union(*net.starts) if net.starts else set()
    ends = backward(net)
    stray = [number for number in net.transitions if number not in ends]
    if stray:
        add("no_end", stray[0])
    if net.opaque:
        for number in net.opaque:
            add("not_analysed", number)
        return found
    for transition in net.transitions.values():
        # a join one of whose ways in is never taken keeps waiting for it
        if transition.join != "all":
            transition.ins = tuple(place for place in transition.ins if place in alive)
    kept = dict(net.transitions)
    targets = {place: number for number, t in kept.items() for place in t.ins}
    reduce(net)
    targets |= {place: number for number, t in net.transitions.items() for place in t.ins}
    search = explore(net)
    for path, marking in search.deadlocks[:3]:
        joins = [targets[p] for p in sorted(marking) if p in targets]
        add("deadlock", joins[0] if joins else -1, path)
    for path, place, endless in search.meetings[:3]:
        add("unbounded" if endless else "lack_of_synchronisation", targets.get(place, -1), path)
    for path in search.stuck:
        if not stray:
            add("livelock", path[-1] if path else -1, path)
    if not search.complete:
        add("not_proven", -1)
    elif not found:
        for number in net.transitions:
            if number not in search.fired:
                add("dead", number)
    return found


def forward(net: Net) -> set[int]:
    """Transitions to which a way leads from the start."""
    places = set().union(*net.starts) if net.starts else set()
    consumers = net.consumers()
    pending, found = list(places), set[int]()
    while pending:
        for number in consumers.get(pending.pop(), ()):
            if number in found:
                continue
            found.add(number)
            transition = net.transitions[number]
            pending += set().union(*transition.modes) if transition.modes else ()
    return found


def backward(net: Net) -> set[int]:
    """Transitions from which a way leads to an end."""
    producers = net.producers()
    pending = [n for n, t in net.transitions.items() if t.fatal or not t.modes or frozenset() in t.modes]
    found = set(pending)
    while pending:
        for place in net.transitions[pending.pop()].ins:
            fresh = set(producers.get(place, ())) - found
            found |= fresh
            pending += fresh
    return found
