"""Splits that the case has passed and whose branches are not the same in the new version.

A case waits at a join for the branches that its split has opened. A branch that the new version added
counts as passed: a token waits for it before the join, unless the map opens the branch, so that the case runs
it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xiaoneng.core.process.migration.items import Move, waits_there
from xiaoneng.core.process.migration.ways import exits, flows_ahead
from xiaoneng.core.process.model import Node
from xiaoneng.core.process.state import ALIVE, FLOW, FORK, SCOPE
from xiaoneng.core.process.work import Token, joined_fork

CHOICES = ("exclusive", "inclusive", "complex", "choice")


def ahead_of(move: Move, token: Token, avoid: Collection[int]) -> set[int]:
    """The flows to which a token, or what it becomes, can come."""
    if token.role == FLOW:
        return flows_ahead(move.new, [token.node], avoid)
    return flows_ahead(move.new, exits(move.new, move.new.nodes[token.node]), avoid)


def always_splits(node: Node) -> bool:
    """Whether a token that leaves the node takes all its flows."""
    return len(node.outgoing) > 1 and node.plain and node.move not in CHOICES


def settle(move: Move, chosen: Collection[str]) -> None:
    """Open the branches that the map asks for, and let the others that were added count as passed."""
    opened = {move.new.flow_by_id[identity] for identity in chosen if identity in move.new.flow_by_id}
    work = move.work
    instances = [0, *(t.id for t in work.items.values() if t.role == SCOPE)]
    for parent in instances:
        for number in move.new.scopes[move.scope_of(parent)].nodes:
            node = move.new.nodes[number]
            if len(node.outgoing) < 2:
                continue
            forks = [t for t in work.items.values() if t.role == FORK and t.node == number]
            forks = [t for t in forks if t.parent == parent]
            for fork in forks:
                recognise(move, node, fork)
                branches(move, node, fork, opened)
            if not forks and always_splits(node):
                entered(move, node, parent, opened)


def alive_in(move: Move, parent: int) -> list[Token]:
    """The tokens directly in an instance, those that are about to go on included."""
    return [t for t in (*move.work.items.values(), *move.going) if t.parent == parent and t.role < ALIVE]


def recognise(move: Move, node: Node, fork: Token) -> None:
    """Branches whose first flow is another one now are known by the tokens that lie in them alone."""
    if move.images.known.issuperset(node.outgoing):
        return
    ways = [flows_ahead(move.new, [flow], (node.index,)) for flow in node.outgoing]
    members = [t for t in alive_in(move, fork.parent) if under(move, t, fork.id)]
    had = fork.counts[0]
    for token in members:
        here = [place for place, way in enumerate(ways) if not way.isdisjoint(behind(move, token))]
        if len(here) == 1:
            had |= 1 << here[0]
    fork.counts = (had,)


def branches(move: Move, node: Node, fork: Token, opened: Collection[int]) -> None:
    """The branches that the case did not take at a split that it has passed."""
    fresh = [flow for place, flow in enumerate(node.outgoing) if not fork.counts[0] >> place & 1]
    asked = [flow for flow in fresh if flow in opened]
    if always_splits(node):
        members = [t for t in alive_in(move, fork.parent) if under(move, t, fork.id)]
        count_as_passed(move, node, fork, members, [flow for flow in fresh if flow not in asked])
    begin_branches(move, node, fork, asked)


def under(move: Move, token: Token, fork: int) -> bool:
    """Whether a token came out of a split, directly or through inner ones."""
    at = token.fork
    while at and at != fork:
        at = move.work.items[at].fork
    return at == fork


def begin_branches(move: Move, node: Node, fork: Token, flows: Collection[int]) -> None:
    """Put a token on each branch that the map opens."""
    if not flows:
        return
    work = move.work
    added = sum(1 << node.outgoing.index(flow) for flow in flows)
    fork.counts = (fork.counts[0] | added,)
    work.forks = True
    work.event("split", node.index, fork.id, tuple(move.new.flows[flow].id for flow in flows))
    for flow in flows:
        work.queue.append((flow, fork.parent, fork.id))


def unfed(
    move: Move, node: Node, members: list[Token], fresh: Collection[int]
) -> Iterator[tuple[list[Token], list[int]]]:
    """For each join ahead of some of these tokens: which they are, and the flows into it that only the other
    branches of the split could bring."""
    for number in move.new.scopes[node.scope].nodes:
        join = move.new.nodes[number]
        if join.move != "parallel" or not waits_there(join) or join is node:
            continue
        avoid = (node.index, join.index)
        here = [token for token in members if inside(move, token, node, avoid)]
        if not here:
            continue
        coming = set[int]().union(*(ahead_of(move, t, avoid) for t in alive_in(move, here[0].parent)))
        from_fresh = flows_ahead(move.new, fresh, avoid)
        flows = [f for f in join.incoming if f in from_fresh and f not in coming]
        if flows:
            yield here, flows


def inside(move: Move, token: Token, split: Node, avoid: tuple[int, int]) -> bool:
    """Whether a token lies between a split and a join: behind the one, before the other."""
    join = move.new.nodes[avoid[1]]
    return not (
        behind(move, token).isdisjoint(flows_ahead(move.new, split.outgoing, avoid))
        or ahead_of(move, token, avoid).isdisjoint(join.incoming)
    )


def behind(move: Move, token: Token) -> set[int]:
    """The flows along which a token may have come to where it is."""
    return {token.node} if token.role == FLOW else set(move.new.nodes[token.node].incoming)


def count_as_passed(
    move: Move, node: Node, fork: Token, members: list[Token], fresh: Collection[int]
) -> None:
    """Branches that the case does not run: their tokens already wait before the join."""
    if not fresh:
        return
    for _, flows in list(unfed(move, node, members, fresh)):
        for flow in flows:
            move.work.add(FLOW, flow, fork.parent, fork.id)
    fork.counts = (fork.counts[0] | sum(1 << node.outgoing.index(flow) for flow in fresh),)


def entered(move: Move, node: Node, parent: int, opened: Collection[int]) -> None:
    """A split that was drawn before steps at which the case already is: it is taken as passed by the
    branches in which these steps lie."""
    if move.images.known.issuperset(node.outgoing):
        return
    found = list(unfed(move, node, alive_in(move, parent), node.outgoing))
    if not found:
        return
    members = list({token.id: token for here, _ in found for token in here}.values())
    joins = [move.new.flows[flows[0]].target for _, flows in found]
    work = move.work
    here = set[int]().union(*(behind(move, token) for token in members))
    taken = [f for f in node.outgoing if not here.isdisjoint(flows_ahead(move.new, [f], (node.index,)))]
    within = flows_ahead(move.new, node.outgoing, (node.index, *joins))
    around = joined_fork(work, [token.fork for token in members])
    while around and not within.isdisjoint(behind(move, work.items[around])):
        # a split that lies in the new block
        around = work.items[around].fork
    counts = sum(1 << node.outgoing.index(flow) for flow in taken)
    fork = work.add(FORK, node.index, parent, around, 0, (counts,))
    work.forks = True
    for token in members:
        top = token
        while top.fork != around:
            top = work.items[top.fork]
        if top is not fork:
            top.fork = fork.id
    branches(move, node, fork, opened)
