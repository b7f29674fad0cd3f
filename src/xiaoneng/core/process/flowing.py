"""Sending tokens on: the queue of a step, splits of activities and events."""

from __future__ import annotations

from collections.abc import Sequence

from xiaoneng.core.process.faults import NoBranch
from xiaoneng.core.process.model import NONE, Node
from xiaoneng.core.process.state import FORK
from xiaoneng.core.process.work import Work


def begin_at(work: Work, node: int, parent: int, fork: int = 0) -> None:
    """A token that begins at a node: in the queue it is told from a flow by its sign."""
    work.queue.append((-node - 1, parent, fork))


def send(work: Work, node: Node, flows: Sequence[int], parent: int, fork: int, gives: int = 1) -> None:
    """Put a token (or ``gives``) on each flow; more than one token is an open split."""
    if not flows:
        work.touched[parent] = None
        return
    if len(flows) * gives > 1:
        bits = sum(1 << node.outgoing.index(flow) for flow in flows)
        fork = work.add(FORK, node.index, parent, fork, 0, (bits,)).id
        work.forks = True
        work.event("split", node.index, fork, tuple(work.model.flows[f].id for f in flows))
    for flow in flows:
        for _ in range(gives):
            work.queue.append((flow, parent, fork))


def leave(work: Work, node: Node, parent: int, fork: int, gives: int = 1) -> None:
    """Leave an activity or event: every flow without a condition, those whose condition holds, and the
    default where no condition does (13.3.1)."""
    if node.plain:
        if len(node.outgoing) == 1 and gives == 1:
            work.queue.append((node.outgoing[0], parent, fork))
        else:
            send(work, node, node.outgoing, parent, fork, gives)
        return
    flows = work.model.flows
    chosen, asked, held = [], False, False
    for flow in node.outgoing:
        condition = flows[flow].condition
        if flow == node.default:
            continue
        if condition == NONE:
            chosen.append(flow)
            continue
        asked = True
        if work.holds(condition, parent):
            held = True
            chosen.append(flow)
    if node.default != NONE and not held:
        chosen.append(node.default)
    if not chosen and asked:
        raise no_branch(node)
    send(work, node, [f for f in node.outgoing if f in chosen], parent, fork, gives)


def no_branch(node: Node) -> NoBranch:
    return NoBranch(
        "no condition of {element} holds and it has no default flow",
        element=node.label,
        hint="give the data that the conditions ask for, or draw a default flow",
    )
