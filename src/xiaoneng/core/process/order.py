"""Which step comes before which: the order relations of a model, and the fewest steps that changed theirs.

Two steps of a model stand in one relation: the first comes before the second, after it, beside it (both in
one case, in any order) or instead of it. A flow that leads back is not followed, so that a loop does not put
everything before everything. Another step in between changes no relation, nor does one that is taken out; so
what is *moved* is the smallest set of steps without which all relations of the others are as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.names import GATEWAYS

TOGETHER = frozenset(("parallel", "inclusive", "complex"))


class Order(NamedTuple):
    """Bits by number of the node: which nodes come after it, and which may be done beside it."""

    after: tuple[int, ...]
    beside: tuple[int, ...]


def order_of(model: Model) -> Order:
    """The order relations of all nodes of a model."""
    ways = _forward(ways_of(model))
    after = [0] * len(ways)
    for number in _backwards(ways):
        for target in ways[number]:
            after[number] |= 1 << target | after[target]
    beside = [0] * len(ways)
    for node in model.nodes:
        for one, other in _branches(model, node, after):
            _put(beside, one & ~other, other & ~one)
            _put(beside, other & ~one, one & ~other)
    return Order(tuple(after), tuple(beside))


def _put(beside: list[int], members: int, others: int) -> None:
    while members:
        lowest = members & -members
        beside[lowest.bit_length() - 1] |= others
        members ^= lowest


def _branches(model: Model, node: Node, after: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of what follows two branches that may both be taken."""
    heads: list[int] = []
    if node.move in TOGETHER or (node.move not in ("exclusive", "choice") and len(node.outgoing) > 1):
        heads = [model.flows[flow].target for flow in node.outgoing]
    pairs = [(1 << a | after[a], 1 << b | after[b]) for n, a in enumerate(heads) for b in heads[n + 1 :]]
    if node.move == "boundary" and not node.interrupting:
        # what a border event begins runs beside its activity and what follows it
        host = model.nodes[node.host]
        mine = 1 << node.index | after[node.index]
        theirs = 1 << host.index
        for flow in host.outgoing:
            theirs |= 1 << model.flows[flow].target | after[model.flows[flow].target]
        pairs.append((mine, theirs))
    return pairs


def ways_of(model: Model) -> list[list[int]]:
    """Where a token goes from each node, into sub-processes and out of them included."""
    ways: list[list[int]] = [[model.flows[f].target for f in node.outgoing] for node in model.nodes]
    for node in model.nodes:
        ways[node.index] += node.boundary
        if node.link != NONE:
            ways[node.index].append(node.link)
    for scope in model.scopes:
        if scope.node == NONE:
            continue
        following = [model.flows[f].target for f in model.nodes[scope.node].outgoing]
        for number in scope.nodes:
            inner = model.nodes[number]
            if not inner.incoming and inner.move != "boundary":
                ways[scope.node].append(number)
            if not inner.outgoing and inner.link == NONE:
                ways[number] += following
    return ways


def _forward(ways: Sequence[Sequence[int]]) -> list[list[int]]:
    """The ways without those that lead back to a node that is still being followed."""
    kept: list[list[int]] = [[] for _ in ways]
    state = [0] * len(ways)
    entered = {target for targets in ways for target in targets}
    for root in [n for n in range(len(ways)) if n not in entered] + list(range(len(ways))):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(ways[root]))]
        while stack:
            number, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                state[number] = 2
                stack.pop()
            elif state[target] != 1:
                kept[number].append(target)
                if not state[target]:
                    state[target] = 1
                    stack.append((target, iter(ways[target])))
    return kept


def _backwards(ways: Sequence[Sequence[int]]) -> list[int]:
    """The nodes so that each comes after all that it leads to."""
    found: list[int] = []
    seen = [False] * len(ways)
    for root in range(len(ways)):
        if seen[root]:
            continue
        seen[root] = True
        stack = [(root, iter(ways[root]))]
        while stack:
            number, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                found.append(number)
                stack.pop()
            elif not seen[target]:
                seen[target] = True
                stack.append((target, iter(ways[target])))
    return found


def displaced(old: Model, new: Model, pairs: Mapping[int, int]) -> set[int]:
    """The fewest steps (numbers in ``old``) without which the others stand to each other as before.

    ``pairs``: number in ``old`` → number in ``new`` of the elements that both have. A smallest set is a
    smallest vertex cover of the relations that changed; taking the one with most of them first (a gateway
    rather than a step) finds it for moves of single steps, and is never far off elsewhere.
    """
    one, two = order_of(old), order_of(new)
    numbers = list(pairs)
    conflicts: dict[int, set[int]] = {number: set() for number in numbers}
    for n, a in enumerate(numbers):
        for b in numbers[n + 1 :]:
            if _relation(one, a, b) != _relation(two, pairs[a], pairs[b]):
                conflicts[a].add(b)
                conflicts[b].add(a)
    moved: set[int] = set()
    while True:
        worst = max(
            numbers, key=lambda n: (len(conflicts[n]), old.nodes[n].kind in GATEWAYS, n), default=NONE
        )
        if worst == NONE or not conflicts[worst]:
            return moved
        moved.add(worst)
        for other in conflicts.pop(worst):
            conflicts[other].discard(worst)
        numbers.remove(worst)


def _relation(order: Order, a: int, b: int) -> tuple[bool, bool, bool]:
    return (
        bool(order.after[a] >> b & 1),
        bool(order.after[b] >> a & 1),
        bool(order.beside[a] >> b & 1),
    )
