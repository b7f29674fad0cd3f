"""The control flow of one scope as a net: places are sequence flows, transitions consume and produce tokens.

A transition takes one token from any incoming place (``any``), one from each (``all``), or one from every
place that has one, once no further token can come (``wait``). It then produces one of its *modes*: a set of
places. Activities choose between their normal way out and their boundary events; data are not looked at, so
every branch counts as possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from xiaoneng.core.process.model import NONE, Model, Node, Scope

MODES_LIMIT: Final = 256
# events that end their whole scope when thrown
FATAL: Final = frozenset(("terminate", "error", "cancel"))


@dataclass(slots=True, eq=False)
class Transition:
    """``node`` is the number of the BPMN node; ``fatal``: everything else in the scope ends with it."""

    node: int
    join: str
    ins: tuple[int, ...]
    modes: tuple[frozenset[int], ...]
    fatal: bool = False


@dataclass(slots=True)
class Net:
    """Transitions by number; ``starts`` are the sets of places that are marked at the beginning; ``steps``
    are the nodes that lie on a place since they were reduced; ``opaque`` nodes cannot be analysed."""

    transitions: dict[int, Transition]
    starts: tuple[frozenset[int], ...]
    places: int
    steps: dict[int, tuple[int, ...]] = field(default_factory=dict)
    opaque: list[int] = field(default_factory=list)

    def consumers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, transition in self.transitions.items():
            for place in transition.ins:
                found.setdefault(place, []).append(number)
        return found

    def producers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, transition in self.transitions.items():
            for place in set().union(*transition.modes) if transition.modes else set():
                found.setdefault(place, []).append(number)
        return found


def subsets(flows: Iterable[int], always: frozenset[int] = frozenset()) -> Iterator[frozenset[int]]:
    """Every choice of flows together with ``always``; where there are too many, single ones, pairs and
    all."""
    free = [flow for flow in flows if flow not in always]
    sizes: Iterable[int] = range(len(free) + 1)
    if 1 << len(free) > MODES_LIMIT:
        sizes = sorted({0, 1, 2, len(free)})
    for size in sizes:
        for chosen in combinations(free, size):
            if chosen or always:
                yield always | frozenset(chosen)


def build(model: Model, scope: Scope) -> Net:
    """The net of a scope; what lies deeper counts as one step."""
    net = Net({}, (), len(model.flows))
    begin: dict[int, int] = {}

    def fresh() -> int:
        net.places += 1
        return net.places - 1

    members = [model.nodes[n] for n in scope.nodes]
    links = {node.link: fresh() for node in members if node.link != NONE}
    for node in members:
        if node.event_sub or node.compensation or node.move == "boundary":
            continue
        ins = tuple(node.incoming)
        if node.index in links:
            ins = (*ins, links[node.index])
        if (
            node.index in scope.starts
            or node.index in scope.entries
            or (scope.adhoc is not None and node.index in scope.adhoc.activities)
        ):
            begin[node.index] = fresh()
            ins = (*ins, begin[node.index])
        if node.needs > 1 or node.gives > 1 or (node.move == "complex" and len(node.incoming) > 1):
            net.opaque.append(node.index)
        net.transitions[node.index] = Transition(
            node.index, join_of(node, ins), ins, modes_of(model, node, links), fatal_of(node)
        )
    if scope.adhoc is not None:
        net.starts = tuple(frozenset((place,)) for place in begin.values())
    else:
        together = frozenset(begin[n] for n in scope.starts if n in begin)
        alone = [frozenset((begin[n],)) for n in scope.entries if n in begin]
        net.starts = tuple(([together] if together else []) + alone)
    return net


def join_of(node: Node, ins: tuple[int, ...]) -> str:
    if len(ins) > 1 and node.move == "parallel":
        return "all"
    if len(ins) > 1 and node.move in ("inclusive", "complex"):
        return "wait"
    return "any"


def fatal_of(node: Node) -> bool:
    return node.move == "throw_end" and any(trigger.type in FATAL for trigger in node.triggers)


def modes_of(model: Model, node: Node, links: dict[int, int]) -> tuple[frozenset[int], ...]:
    """The sets of flows that may get a token when the node is left."""
    if node.link != NONE:
        return (frozenset((links[node.link],)),)
    out = node.outgoing
    if node.move in ("exclusive", "choice") and len(out) > 1:
        normal = [frozenset((flow,)) for flow in out]
    elif node.move in ("inclusive", "complex") and len(out) > 1:
        conditional = any(model.flows[f].condition != NONE for f in out)
        always = frozenset(
            f for f in out if conditional and model.flows[f].condition == NONE and f != node.default
        )
        free = [f for f in out if f != node.default]
        normal = list(subsets(free, always))
        if node.default != NONE and not always:
            normal.append(frozenset((node.default,)))
    elif node.plain or node.move == "parallel":
        normal = [frozenset(out)]
    else:
        conditional_flows = [f for f in out if model.flows[f].condition != NONE]
        fixed = frozenset(f for f in out if f not in conditional_flows and f != node.default)
        normal = [chosen | fixed for chosen in subsets(conditional_flows)]
        if node.default != NONE:
            normal.append(fixed | {node.default})
        elif fixed or not conditional_flows:
            normal.append(fixed)
    beside: list[frozenset[int]] = [frozenset()]
    instead: list[frozenset[int]] = []
    for number in node.boundary:
        event = model.nodes[number]
        ways = boundary_modes(model, event)
        if event.interrupting:
            instead += ways
        else:
            beside = [a | b for a in beside for b in [frozenset(), *ways]]
    return tuple(
        dict.fromkeys([a | b for a in normal for b in beside] + [a | b for a in instead for b in beside])
    )


def boundary_modes(model: Model, event: Node) -> list[frozenset[int]]:
    conditional = [f for f in event.outgoing if model.flows[f].condition != NONE]
    if not conditional:
        return [frozenset(event.outgoing)]
    return list(subsets(conditional, frozenset(event.outgoing) - frozenset(conditional)))
