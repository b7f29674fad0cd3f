"""Sending a case back to an earlier step, and recalling it.

What runs beside the token since the split that lies after the earlier step would otherwise run twice: it is
withdrawn. The open splits, which every token knows, say exactly what that is.
"""

from __future__ import annotations

from collections.abc import Iterable

from xiaoneng.core.process.faults import CommandRefused
from xiaoneng.core.process.flowing import begin_at
from xiaoneng.core.process.listening import withdraw
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.state import ALIVE, WAIT
from xiaoneng.core.process.work import Token, Work, scope_of


def target_of(work: Work, identity: str) -> Node:
    """The task to go back to. Raises CommandRefused where the id names none."""
    node = work.model.node(identity)
    if node is None or node.move not in ("work", "receive"):
        raise CommandRefused("{to} is no task of this model", to=identity)
    return node


def leads_to(model: Model, start: Node, end: int, avoid: int = NONE) -> bool:
    """Whether a path leads from a node to another one of its scope without visiting a third."""
    pending, seen = [start.index], {avoid}
    while pending:
        number = pending.pop()
        if number == end:
            return True
        if number in seen:
            continue
        seen.add(number)
        node = model.nodes[number]
        pending += [model.flows[flow].target for flow in node.outgoing]
        pending += node.boundary
        if node.link != NONE:
            pending.append(node.link)
    return False


def earlier_steps(model: Model, at: str, done: Iterable[str]) -> list[Node]:
    """Which of the steps that were done (BPMN ids, each once) lie before the step ``at``, in the order in
    which they were done: to them the case can be sent back."""
    here = model.node(at)
    found = []
    for identity in dict.fromkeys(done):
        node = model.node(identity)
        if node is None or here is None or node.scope != here.scope or node is here:
            continue
        if node.move in ("work", "receive") and leads_to(model, node, here.index):
            found.append(node)
    return found


def go_back(work: Work, token: Token, to: Node) -> list[Token]:
    """Move the token back; gives what is withdrawn with it. Raises CommandRefused where no path leads from
    there to here."""
    at = work.outermost(token)
    while scope_of(work, at.parent) != to.scope:
        if not at.parent:
            raise CommandRefused(
                "{to} is no earlier step of {task}", to=to.label, task=work.node_of(token).label
            )
        at = work.outermost(work.items[at.parent])
    if at.node != to.index and not leads_to(work.model, to, at.node):
        raise CommandRefused("{to} is no earlier step of {task}", to=to.label, task=work.node_of(token).label)
    fork = at.fork
    gone = [at]
    while fork:
        split = work.items[fork]
        if leads_to(work.model, to, at.node, avoid=split.node):
            break
        gone = [t for t in work.inside(at.parent) if t.role < ALIVE and under(work, t, fork)]
        fork = split.fork
    touched = dict(work.touched)
    for other in gone:
        withdraw(work, other, "sent_back")
    work.touched = touched
    begin_at(work, to.index, at.parent, fork)
    return gone


def under(work: Work, token: Token, fork: int) -> bool:
    """Whether a token came, directly or through inner splits, out of a split."""
    at = token.fork
    while at and at != fork:
        at = work.items[at].fork
    return at == fork


def open_tasks(work: Work, tokens: list[Token]) -> set[int]:
    """The ids of the open tasks in or below these items."""
    ids = {t.id for t in tokens}
    return {
        t.id
        for t in work.items.values()
        if t.role == WAIT
        and work.node_of(t).move in ("work", "receive")
        and (t.id in ids or any(work.within(t, i) for i in ids))
    }
