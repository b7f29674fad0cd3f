"""Control flow of one scope: from the structure of its net, then from its markings."""

from __future__ import annotations

from collections import deque
from typing import Final

from xiaoneng.core.process.model import NONE, Model, Scope
from xiaoneng.core.process.soundness.explore import Path, Search, explore
from xiaoneng.core.process.soundness.net import Net, build
from xiaoneng.core.process.soundness.problem import Problem, of
from xiaoneng.core.process.soundness.reduce import reduce

SHOWN: Final = 3
# how far the whole net is searched for the path of a problem that the reduced net has shown
PATH_STEPS: Final = 5_000


def flow_problems(model: Model, scope: Scope) -> list[Problem]:
    """Problems of the control flow directly in a scope.

    The path of a problem is a run from the start: the nodes in the order in which they are passed, the last
    one being where it goes wrong. It is cut short only where the whole net is too large to be searched and
    the problem was found on the reduced one.
    """
    found: list[Problem] = []

    def add(kind: str, node: int, path: Path = ()) -> None:
        ids = tuple(model.nodes[n].id for n in path)
        if node == NONE:
            found.append(of(kind, scope.id, scope.name or scope.id, ids))
        else:
            found.append(of(kind, model.nodes[node].id, model.nodes[node].label, ids))

    net, dead, stray = pruned(model, scope)
    for number in dead:
        add("dead", number)
    if not net.transitions:
        return found
    if stray:
        add("no_end", stray[0], way_to(net, stray[0]))
    if net.opaque:
        for number in net.opaque:
            add("not_analysed", number)
        return found
    targets = {place: t for t in net.transitions.values() for place in t.ins}
    search = examine(model, scope, net)
    for path, marking in search.deadlocks[:SHOWN]:
        waiting = [targets[p] for p in marking if p in targets]
        joins = [transition for transition in waiting if transition.join != "any"]
        add("deadlock", next((t.node for t in (*joins, *waiting)), NONE), path)
    for path, place, endless in search.meetings[:SHOWN]:
        node = targets[place].node if place in targets else NONE
        add("unbounded" if endless else "lack_of_synchronisation", node, path)
    for path in search.stuck:
        if not stray:
            add("livelock", path[-1] if path else NONE, path)
    if not search.complete and not search.found:
        add("not_proven", NONE)
    elif search.complete and not found:
        for number in net.transitions:
            if number >= 0 and number not in search.fired:
                add("dead", number)
    return found


def pruned(model: Model, scope: Scope) -> tuple[Net, list[int], list[int]]:
    """The net without what no way leads to; the nodes without a way from the start, and without one to an
    end."""
    net = build(model, scope)
    reached = forward(net)
    dead = [number for number in net.transitions if number >= 0 and number not in reached]
    net.transitions = {n: t for n, t in net.transitions.items() if n in reached}
    alive = set().union(
        *net.starts, *(place for t in net.transitions.values() for place in (*t.modes, *t.late))
    )
    ends = backward(net)
    stray = [number for number in net.transitions if number >= 0 and number not in ends]
    for transition in net.transitions.values():
        # a join one of whose ways in is never taken keeps waiting for it; a complex gateway knows them by
        # position
        if transition.join in ("any", "wait"):
            transition.ins = tuple(place for place in transition.ins if place in alive)
    net.opaque = [number for number in net.opaque if number in reached]
    net.sampled &= set(reached)
    return net, dead, stray


def examine(model: Model, scope: Scope, net: Net) -> Search:
    """Search the net: reduced first, which proves most models at once; where it shows a problem, or where
    it cannot be reduced, whole, so that the paths are those of the model."""
    if not net.reducible:
        return explore(net)
    reduced = pruned(model, scope)[0]
    reduce(reduced)
    # branches that were taken together are one; what remains of a split with too many modes is not known
    reduced.sampled = {
        number
        for number in reduced.sampled & set(reduced.transitions)
        if len(set().union(*reduced.transitions[number].modes)) > 1
    }
    quick = explore(reduced)
    if quick.complete and not quick.found and quick.fired >= set(reduced.transitions):
        quick.fired = set(net.transitions)
        return quick
    whole = explore(net, PATH_STEPS) if quick.complete else explore(net)
    if whole.complete or whole.found:
        return whole
    return quick


def way_to(net: Net, target: int) -> Path:
    """A shortest way from the start to a transition along the flows."""
    consumers = net.consumers()
    queue: deque[tuple[int, Path]] = deque(
        (number, (number,)) for start in net.starts for place in start for number in consumers.get(place, ())
    )
    seen: set[int] = set()
    while queue:
        number, path = queue.popleft()
        if number == target:
            return path
        if number in seen:
            continue
        seen.add(number)
        for place in sorted(set().union(*net.transitions[number].modes)):
            queue += [(other, (*path, other)) for other in consumers.get(place, ())]
    return ()


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
            pending += set().union(*transition.modes, *transition.late)
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
