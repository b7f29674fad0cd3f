"""The sub-processes in which the items of a case lie in the new version."""

from __future__ import annotations

from collections.abc import Iterator

from xiaoneng.core.process.migration.items import CONTAINERS, Gone, Move, forget, outer
from xiaoneng.core.process.model import NONE, Node
from xiaoneng.core.process.state import ALIVE, CLOSED, DONE, FLOW, LISTEN, SCOPE
from xiaoneng.core.process.work import Token


def place_all(move: Move) -> None:
    """Find or make the scope of every item that lies directly in one, outer sub-processes first. What keeps
    no scope alive comes last: it makes none."""
    work = move.work
    items = [t for t in (*work.items.values(), *move.going) if t.role != LISTEN and outer(move, t)]
    depth = {t.id: sum(1 for _ in ancestors(move, t.id)) for t in items}
    items.sort(key=lambda t: (t.role >= ALIVE, t.role not in (SCOPE, *CONTAINERS), depth[t.id]))
    for token in items:
        if token.role == CLOSED:
            if surviving(move, token.parent) != token.parent:
                move.tell("gone", move.old.nodes[move.was[token.parent].node])
            continue
        parent = place(move, token)
        if parent is not None:
            token.parent = parent
        elif token.role == DONE:
            token.parent = surviving(move, token.parent)
        elif token.role >= ALIVE:
            forget(work, token)
        else:
            return


def ancestors(move: Move, identity: int) -> Iterator[int]:
    """The items in which an item lay, innermost first; at last 0, the case."""
    while identity:
        identity = move.was[identity].parent
        yield identity


def surviving(move: Move, identity: int) -> int:
    """An item, or the innermost one around it that is still there."""
    while identity and identity not in move.work.items:
        identity = move.was[identity].parent
    return identity


def at_node(move: Move, token: Token) -> Node:
    """The node of the new version at which an item is, or before which it waits."""
    return move.new.nodes[move.new.flows[token.node].target if token.role == FLOW else token.node]


def place(move: Move, token: Token) -> int | None:
    """The instance in which an item lies now; sub-processes that were drawn around it are begun. None, with
    a problem for what is alive, where that cannot be."""
    bodies: dict[int, int] = {}
    for identity in ancestors(move, token.id):
        at = move.work.items.get(identity)
        if not identity or (at is not None and at.role == SCOPE):
            bodies.setdefault(move.scope_of(identity), identity)
    needed: list[int] = []
    scope = at_node(move, token).scope
    while scope not in bodies:
        inside = move.new.scopes[scope]
        node = move.new.nodes[inside.node] if inside.node != NONE else None
        if node is None or node.event_sub or node.loop is not None:
            if token.role < ALIVE:
                move.tell("no_scope", at_node(move, token), scope=inside.name or inside.id)
            return None
        needed.append(node.index)
        scope = node.scope
    parent = bodies[scope]
    for number in reversed(needed):
        found = running(move, parent, number)
        if found is None:
            if token.role >= ALIVE:
                return None
            found = begin(move, parent, number)
        parent = found
        if parent in move.made:
            move.made[parent].append(token.id)
    return parent


def running(move: Move, parent: int, node: int) -> int | None:
    """The running instance of a sub-process in a scope."""
    for token in move.work.items.values():
        if token.role == SCOPE and token.parent == parent and token.node == node:
            return token.id
    return None


def begin(move: Move, parent: int, node: int) -> int:
    """Begin a sub-process around items that were there before it."""
    token = move.work.add(SCOPE, node, parent)
    move.work.event("sub_started", node, token.id)
    move.made[token.id] = []
    return token.id


def leave_empty(move: Move) -> None:
    """A sub-process whose steps have all moved out of it is over; one that only some have left is a
    problem."""
    work = move.work
    alive = [t for t in (*work.items.values(), *move.going) if t.role < ALIVE and t.id in move.was]
    for identity, before in reversed(move.was.items()):
        token = work.items.get(identity)
        if token is None or token.role != SCOPE:
            continue
        left = [t for t in alive if identity in ancestors(move, t.id) and not work.within(t, identity)]
        here = [t for t in (*work.items.values(), *move.going) if t.parent == identity and t.role < ALIVE]
        if left and (here or not outer(move, before)):
            scope = move.new.nodes[token.node].label
            move.tell("left_scope", at_node(move, left[0]), scope=scope)
        elif left:
            for inner in work.inside(identity):
                if inner.role == DONE:
                    inner.parent = token.parent
                elif inner.role != LISTEN:
                    forget(work, inner)
            forget(work, token)
            move.gone.append(Gone("sub_ended", identity, move.old.nodes[before.node].id))
