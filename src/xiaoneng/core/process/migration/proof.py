"""Whether a case can end from where it is: a search from its marking, scope by scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiaoneng.core.process.compensation import NOTHING
from xiaoneng.core.process.migration.versionmap import Problem, problem
from xiaoneng.core.process.model import Model
from xiaoneng.core.process.soundness.explore import explore
from xiaoneng.core.process.soundness.net import Net, build
from xiaoneng.core.process.soundness.reduce import reduce
from xiaoneng.core.process.state import ALIVE, COMPENSATE, FLOW, SCOPE, State

Marking = tuple[tuple[bool, int], ...]
"""Tokens directly in an instance: (whether it waits on a flow, number of the flow or node), in order"""


def markings(model: Model, state: State) -> list[tuple[int, Marking]]:
    """(scope, marking) of every instance; what undoes something and then goes nowhere is left out."""
    inside: dict[int, list[tuple[bool, int]]] = {-1: []}
    for position, item in enumerate(state.shape.items):
        if item[0] == SCOPE:
            inside[position] = []
    for role, node, parent, _, _, counts in state.shape.items:
        if role < ALIVE and (role != COMPENSATE or counts[0] != NOTHING) and parent in inside:
            inside[parent].append((role == FLOW, node))
    return [
        (state.shape.process if at < 0 else model.nodes[state.shape.items[at][1]].body, tuple(sorted(found)))
        for at, found in inside.items()
    ]


def prove(model: Model, state: State, known: dict[Any, Any]) -> list[Problem]:
    """What keeps a case from ending. ``known`` remembers the verdict on each marking."""
    found: list[Problem] = []
    for scope, marking in markings(model, state):
        key = (model, scope, marking)
        if key not in known:
            known[key] = search(model, scope, marking)
        found += [one for one in known[key] if one not in found]
    return found


def search(model: Model, number: int, marking: Marking) -> list[Problem]:
    """Every branch counts as possible; what lies deeper as one step."""
    scope = model.scopes[number]
    net = build(model, scope)
    begun: dict[int, int] = {}
    start: set[int] = set()
    label = scope.name or scope.id
    for waits, at in marking:
        if waits:
            place = at
        elif at in net.transitions:
            place = begun.setdefault(at, net.places + len(begun))
        else:
            continue
        if place in start:
            return [problem("not_proven", scope.id, label, blocks=False)]
        start.add(place)
    if not start:
        return []
    for at, place in begun.items():
        # what a token is at takes one token from any way in: this is one more
        net.transitions[at].ins = (*net.transitions[at].ins, place)
    net.places += len(begun)
    net.starts = (frozenset(start),)
    reached, alive = forward(net)
    net.transitions = {n: t for n, t in net.transitions.items() if n in reached}
    if any(at in net.transitions for at in net.opaque):
        return [problem("not_proven", scope.id, label, blocks=False)]
    for transition in net.transitions.values():
        # a join one of whose ways in is never taken keeps waiting for it
        if transition.join in ("any", "wait"):
            transition.ins = tuple(place for place in transition.ins if place in alive)
    targets = {place: t.node for t in net.transitions.values() for place in t.ins}
    nodes = [model.nodes[at] for at in net.transitions]
    if all(node.needs == node.gives == 1 and node.move != "complex" for node in nodes):
        reduce(net)
    targets |= {place: t.node for t in net.transitions.values() for place in t.ins}
    result = explore(net)
    found: list[Problem] = []

    def tell(kind: str, at: int | None) -> None:
        node = model.nodes[at] if at is not None else None
        told = problem(kind, node.id, node.label) if node else problem(kind, scope.id, label)
        if told not in found:
            found.append(told)

    for _, stuck in result.deadlocks:
        joins = [targets[place] for place in sorted(stuck) if place in targets]
        tell("deadlock", joins[0] if joins else None)
    for _, place, _ in result.meetings:
        tell("meet", targets.get(place))
    for path in result.stuck:
        tell("no_end", path[-1] if path else None)
    if not result.complete:
        found.append(problem("not_proven", scope.id, label, blocks=False))
    return found


def forward(net: Net) -> tuple[set[int], set[int]]:
    """The transitions to which a token may come, and the places."""
    consumers = net.consumers()
    places = set().union(*net.starts)
    pending, found = list(places), set[int]()
    while pending:
        for number in consumers.get(pending.pop(), ()):
            if number not in found:
                found.add(number)
                fresh = set().union(*net.transitions[number].modes) - places
                places |= fresh
                pending += fresh
    return found, places


def multiplicity(model: Model, state: State) -> Mapping[tuple[int, bool, int], int]:
    """How often two tokens of one instance are at the same place, by (scope, on a flow, number)."""
    found: dict[tuple[int, bool, int], int] = {}
    for scope, marking in markings(model, state):
        for waits, at in set(marking):
            if (count := marking.count((waits, at))) > 1:
                found[scope, waits, at] = max(found.get((scope, waits, at), 0), count)
    return found
