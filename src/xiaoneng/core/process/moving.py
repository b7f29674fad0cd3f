"""How tokens move: sequence flows, gateways, and the order in which a step comes to rest.

Tokens on the move are dealt with first in, first out. Only when all rest are scopes that ran empty completed,
then inclusive and complex joins decided (they must see every token), then events thrown one by one (so that
whoever waits for them in the same step is already waiting), then conditional events looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xiaoneng.core.decisions import from_python
from xiaoneng.core.process import activities, compensation, events
from xiaoneng.core.process.flowing import leave, no_branch, send
from xiaoneng.core.process.listening import arm
from xiaoneng.core.process.model import NONE, Node
from xiaoneng.core.process.state import ALIVE, COMPENSATE, FLOW, RESET, RUNNING, SCOPE, WAIT
from xiaoneng.core.process.work import Token, Work, joined_fork


def rest(work: Work) -> None:
    """Move until everything waits for something from outside."""
    while True:
        while work.queue:
            flow, parent, fork = work.queue.popleft()
            arrive(work, flow, parent, fork)
        if work.touched and finish_scopes(work):
            continue
        if work.joins and decide_joins(work):
            continue
        if work.throws:
            identity, trigger = work.throws.popleft()
            token = work.items.get(identity)
            if token is not None:
                events.throw(work, token, trigger)
            continue
        if work.conditions and events.look_at_conditions(work):
            continue
        if not work.queue and not work.touched:
            return


def finish_scopes(work: Work) -> bool:
    """Complete scopes in which nothing is alive any more."""
    touched = list(work.touched)
    work.touched.clear()
    for scope in touched:
        token = work.items.get(scope)
        if work.status != RUNNING or (scope and (token is None or token.role not in (SCOPE, COMPENSATE))):
            continue
        if token is not None and token.role == SCOPE:
            activities.adhoc_step(work, token)
        if any(other.parent == scope and other.role < ALIVE for other in work.items.values()) or any(
            entry[1] == scope for entry in work.queue
        ):
            continue
        if token is None:
            activities.end_case(work, "completed")
        elif token.role == COMPENSATE:
            compensation.step(work, token)
        else:
            activities.scope_done(work, token)
    return bool(work.queue or work.touched)


def arrive(work: Work, flow: int, parent: int, fork: int) -> None:
    """A token reaches the end of a sequence flow, or begins at a node."""
    if parent and parent not in work.items:
        return
    number = work.model.flows[flow].target if flow >= 0 else -flow - 1
    node = work.model.nodes[number]
    work.spend(node)
    ENTER[node.move](work, node, flow, parent, fork)


# gateways


def exclusive(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    if len(node.outgoing) <= 1:
        send(work, node, node.outgoing, parent, fork)
        return
    flows = work.model.flows
    for number in node.outgoing:
        condition = flows[number].condition
        if number != node.default and (condition == NONE or work.holds(condition, parent)):
            work.queue.append((number, parent, fork))
            return
    if node.default == NONE:
        raise no_branch(node)
    work.queue.append((node.default, parent, fork))


def parallel(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    if len(node.incoming) > 1:
        work.add(FLOW, flow, parent, fork)
        first: dict[int, Token] = {}
        for token in work.items.values():
            if token.role == FLOW and token.parent == parent and token.node in node.incoming:
                first.setdefault(token.node, token)
        if len(first) < len(node.incoming):
            return
        fork = consume(work, node, list(first.values()))
    send(work, node, node.outgoing, parent, fork)


def consume(work: Work, node: Node, tokens: list[Token]) -> int:
    """Take waiting tokens from the flows before a join; gives the split that remains open around it."""
    fork = joined_fork(work, [token.fork for token in tokens]) if tokens else 0
    for token in tokens:
        work.remove(token)
    work.event("joined", node.index, 0, tuple(work.model.flows[t.node].id for t in tokens))
    return fork


def inclusive(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    if len(node.incoming) > 1:
        work.add(FLOW, flow, parent, fork)
        work.joins = True
    else:
        inclusive_split(work, node, parent, fork)


def inclusive_split(work: Work, node: Node, parent: int, fork: int, *, explicit: bool = False) -> None:
    """Every flow whose condition holds; the default where none does. ``explicit``: a flow without a
    condition gets nothing, and nothing is no fault (the reset of a complex gateway, table 13.5)."""
    flows = work.model.flows
    if len(node.outgoing) == 1 and flows[node.outgoing[0]].condition == NONE and not explicit:
        send(work, node, node.outgoing, parent, fork)
        return
    chosen = []
    for number in node.outgoing:
        condition = flows[number].condition
        if number != node.default and (
            (condition == NONE and not explicit) or (condition != NONE and work.holds(condition, parent))
        ):
            chosen.append(number)
    if not chosen and node.default != NONE:
        chosen.append(node.default)
    elif not chosen and node.outgoing and not explicit:
        raise no_branch(node)
    send(work, node, chosen, parent, fork)


def decide_joins(work: Work) -> bool:
    """Let inclusive and complex joins go on that no further token can reach (13.4.3, 13.4.5)."""
    seen: set[tuple[int, int]] = set()
    for token in list(work.items.values()):
        if token.role != FLOW or token.id not in work.items:
            continue
        node = work.model.nodes[work.model.flows[token.node].target]
        if node.move not in ("inclusive", "complex") or (node.index, token.parent) in seen:
            continue
        seen.add((node.index, token.parent))
        # every decision looks at all tokens: with thousands of them it counts as many moves
        work.moves += len(work.items) >> 6
        work.spend(node)
        decide = decide_inclusive if node.move == "inclusive" else decide_complex
        if decide(work, node, token.parent):
            return True
    return False


def waiting_at(work: Work, node: Node, parent: int) -> list[Token]:
    """The first token on each incoming flow."""
    first: dict[int, Token] = {}
    for token in work.items.values():
        if token.role == FLOW and token.parent == parent and token.node in node.incoming:
            first.setdefault(token.node, token)
    return list(first.values())


def still_coming(work: Work, node: Node, parent: int, here: int) -> bool:
    """Whether a token elsewhere in the scope can reach a flow that is not in ``here``, and none that is."""
    for token in work.items.values():
        if token.parent != parent or token.role >= ALIVE:
            continue
        at = work.model.flows[token.node].target if token.role == FLOW else token.node
        if at == node.index:
            continue
        reached = node.reach.get(at, 0)
        if reached & ~here and not reached & here:
            return True
    return False


def decide_inclusive(work: Work, node: Node, parent: int) -> bool:
    tokens = waiting_at(work, node, parent)
    here = sum(1 << node.incoming.index(token.node) for token in tokens)
    if still_coming(work, node, parent, here):
        return False
    fork = consume(work, node, tokens)
    inclusive_split(work, node, parent, fork)
    return True


def decide_complex(work: Work, node: Node, parent: int) -> bool:
    tokens = waiting_at(work, node, parent)
    here = sum(1 << node.incoming.index(token.node) for token in tokens)
    fired = next(
        (t for t in work.items.values() if t.role == RESET and t.node == node.index and t.parent == parent),
        None,
    )
    if fired is None:
        count = sum(
            1
            for t in work.items.values()
            if t.role == FLOW and t.parent == parent and t.node in node.incoming
        )
        if node.formula != NONE and not work.holds(
            node.formula, parent, {"activationCount": from_python(count)}
        ):
            return False
        fork = consume(work, node, tokens)
        if len(node.incoming) > 1 and here != (1 << len(node.incoming)) - 1:
            work.add(RESET, node.index, parent, 0, 0, (here,))
        inclusive_split(work, node, parent, fork)
        return True
    taken = fired.counts[0]
    if here & taken and not here & ~taken:
        # only flows from which the gateway took already: they belong to the next round
        if still_coming(work, node, parent, taken):
            return False
    elif still_coming(work, node, parent, here | taken):
        return False
    late = [token for token in tokens if not taken >> node.incoming.index(token.node) & 1]
    fork = consume(work, node, late)
    del work.items[fired.id]
    inclusive_split(work, node, parent, fork, explicit=True)
    return True


def complex_(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    if len(node.incoming) > 1:
        work.add(FLOW, flow, parent, fork)
        work.joins = True
    else:
        inclusive_split(work, node, parent, fork)


# events without an effect of their own


def passing(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    leave(work, node, parent, fork)


def link(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    leave(work, work.model.nodes[node.link], parent, fork)


def end(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    work.touched[parent] = None


def throw(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    work.throws.append((work.add(WAIT, node.index, parent, fork).id, None))


def catch(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    token = work.add(WAIT, node.index, parent, fork)
    work.event("waiting", node.index, token.id)
    arm(work, node, token.id, parent)


def choice(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    token = work.add(WAIT, node.index, parent, fork)
    work.event("waiting", node.index, token.id)
    for number in node.outgoing:
        arm(work, work.model.nodes[work.model.flows[number].target], token.id, parent)


Enter = Callable[[Work, Node, int, int, int], None]
ENTER: Final[dict[str, Enter]] = {
    "exclusive": exclusive,
    "parallel": parallel,
    "inclusive": inclusive,
    "complex": complex_,
    "choice": choice,
    "start": passing,
    "pass": passing,
    "link": link,
    "end": end,
    "throw": throw,
    "throw_end": throw,
    "catch": catch,
    "work": activities.arrive,
    "receive": activities.arrive,
    "send": activities.arrive,
    "script": activities.arrive,
    "scope": activities.arrive,
}
