"""The splits out of which the items of a case came."""

from __future__ import annotations

from collections.abc import Iterator

from xiaoneng.core.process.migration.items import Move, outer
from xiaoneng.core.process.migration.versionmap import problem
from xiaoneng.core.process.state import ALIVE, CLOSED, LISTEN
from xiaoneng.core.process.work import joined_fork


def chain(move: Move, identity: int) -> Iterator[int]:
    """The splits out of which an item came, innermost first, those around its sub-processes too."""
    while identity:
        fork = move.was[identity].fork
        while fork:
            yield fork
            fork = move.was[fork].fork
        identity = move.was[identity].parent


def fork_in(move: Move, identity: int, parent: int) -> int:
    """The innermost split of an item that lies in this instance."""
    for fork in chain(move, identity):
        found = move.work.items.get(fork)
        if found is not None and found.parent == parent:
            return fork
    return 0


def link_forks(move: Move) -> None:
    """Every item learns its split again; what was made around several tokens has the split of all."""
    work = move.work
    for token in (*work.items.values(), *move.going):
        before = move.was.get(token.id)
        if before is not None and token.role not in (LISTEN, CLOSED) and outer(move, before):
            token.fork = fork_in(move, token.id, token.parent)
    for identity, inside in move.made.items():
        token = work.items[identity]
        forks = [fork_in(move, one, token.parent) for one in inside]
        token.fork = joined_fork(work, forks) if forks else 0
    for token in move.dropped:
        # what else came out of the split must still be there: it is what the join waited for
        fork = move.was[token.id].fork
        alive = [t for t in (*work.items.values(), *move.going) if t.role < ALIVE and t.id in move.was]
        if not fork or not any(fork in chain(move, other.id) for other in alive):
            move.note(problem("gone", move.old.flows[token.node].id))
