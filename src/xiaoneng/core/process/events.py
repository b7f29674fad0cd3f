"""Events: thrown, caught, propagated through scopes."""

from __future__ import annotations

from typing import NamedTuple

from xiaoneng.core.process import compensation
from xiaoneng.core.process.activities import done, end_case, leave_container
from xiaoneng.core.process.flowing import leave
from xiaoneng.core.process.listening import clear_scope, repeat_timer, withdraw
from xiaoneng.core.process.model import NONE, Node, Trigger
from xiaoneng.core.process.state import CLOSED, LISTEN, LOOP, MULTI, SCOPE, SIGNING, WAIT
from xiaoneng.core.process.work import Token, Work, scope_of

HOSTS = (WAIT, SCOPE, LOOP, MULTI, SIGNING)


class Catch(NamedTuple):
    """Who would catch: an item by its own event (``node``), a boundary event, or an event sub-process of a
    scope (``item`` 0: of the case)."""

    how: str
    item: int
    node: int
    trigger: int


def matches(trigger: Trigger, kind: str, name: str) -> bool:
    return trigger.type == kind and (not trigger.name or trigger.name == name)


def catchers(work: Work, kind: str, name: str) -> list[Catch]:
    """Everything that waits for a message or signal: tokens first, then boundary events, then event
    sub-processes; each in the order in which it began to wait."""
    tokens: list[Catch] = []
    borders: list[Catch] = []
    subs: list[Catch] = []
    nodes = work.model.nodes
    for token in work.items.values():
        if token.role not in HOSTS:
            continue
        node = nodes[token.node]
        if token.role == WAIT:
            waiting = (
                [nodes[work.model.flows[f].target] for f in node.outgoing]
                if node.move == "choice"
                else [node]
                if node.move in ("catch", "receive")
                else []
            )
            for target in waiting:
                tokens += [
                    Catch("token", token.id, target.index, number)
                    for number, trigger in enumerate(target.triggers)
                    if matches(trigger, kind, name)
                ]
        if node.boundary and work.outermost(token) is token:
            borders += borders_of(work, token, kind, name)
        if token.role == SCOPE:
            subs += subs_of(work, token.id, kind, name)
    return [*tokens, *borders, *subs, *subs_of(work, 0, kind, name)]


def borders_of(work: Work, token: Token, kind: str, name: str) -> list[Catch]:
    return [
        Catch("border", token.id, event, number)
        for event in work.node_of(token).boundary
        for number, trigger in enumerate(work.model.nodes[event].triggers)
        if matches(trigger, kind, name)
    ]


def subs_of(work: Work, scope: int, kind: str, name: str) -> list[Catch]:
    body = work.model.scopes[scope_of(work, scope)]
    if not body.event_subs or work.closed(scope):
        return []
    return [
        Catch("sub", scope, entry, number)
        for sub in body.event_subs
        for entry in work.model.scopes[work.model.nodes[sub].body].entries
        for number, trigger in enumerate(work.model.nodes[entry].triggers)
        if matches(trigger, kind, name)
    ]


def exact_first(work: Work, found: list[Catch]) -> list[Catch]:
    """Who names the code before who catches any."""
    return sorted(found, key=lambda c: not work.model.nodes[c.node].triggers[c.trigger].name)


def take(work: Work, catch: Catch) -> None:
    """Let a catcher go on."""
    node = work.model.nodes[catch.node]
    if catch.how == "sub":
        if not catch.item or catch.item in work.items:
            open_sub(work, catch.item, node)
        return
    token = work.items.get(catch.item)
    if token is None:
        return
    if catch.how == "border":
        if node.interrupting:
            work.event("caught", node.index, token.id)
            withdraw(work, token, "interrupted")
        else:
            work.event("caught", node.index, token.id)
        leave(work, node, token.parent, token.fork)
        return
    if node.every and not received(work, token, node, catch.trigger):
        return
    work.event("caught", node.index, token.id)
    if work.node_of(token).move == "receive":
        work.event("completed", node.index, token.id)
        done(work, token)
        return
    work.remove(token)
    leave(work, node, token.parent, token.fork)


def received(work: Work, token: Token, node: Node, trigger: int) -> bool:
    """A parallel multiple event: note what came; whether all have."""
    bits = (token.counts[0] if token.counts else 0) | 1 << trigger
    token.counts = (bits,)
    return bits == (1 << len(node.triggers)) - 1


def open_sub(work: Work, scope: int, entry: Node) -> None:
    """Start an event sub-process; an interrupting one stops everything else in its scope."""
    sub = work.model.scopes[entry.scope].node
    work.event("caught", entry.index, scope)
    if entry.interrupting:
        clear_scope(work, scope, "interrupted")
        work.add(CLOSED, sub, scope)
    token = work.add(SCOPE, sub, scope)
    work.event("sub_started", sub, token.id)
    leave(work, entry, token.id, 0)
    work.touched[token.id] = None


def broadcast(work: Work, name: str) -> int:
    """A signal reaches everything that waits for it; how many that were."""
    found = catchers(work, "signal", name)
    for catch in found:
        take(work, catch)
    return len(found)


def throw(work: Work, token: Token, only: Trigger | None = None) -> None:
    """A throwing event takes effect: its own triggers, or the one that an activity with several instances
    throws."""
    node = work.node_of(token)
    for trigger in (only,) if only is not None else node.triggers:
        if token.id in work.items:
            throw_one(work, token, node, trigger)
    if token.id not in work.items:
        return
    if only is not None:
        total, _, completed = token.counts
        if completed == total and not any(identity == token.id for identity, _ in work.throws):
            leave_container(work, node, token)
        return
    if token.role != WAIT:
        return
    if node.move == "send":
        work.event("completed", node.index, token.id)
        done(work, token)
    else:
        work.remove(token)
        if node.move == "throw":
            leave(work, node, token.parent, token.fork)


def throw_one(work: Work, token: Token, node: Node, trigger: Trigger) -> None:
    kind = trigger.type
    if kind in ("message", "signal"):
        work.event(kind, node.index, token.id, trigger.name)
        if kind == "signal":
            broadcast(work, trigger.name)
    elif kind == "escalation":
        escalate(work, token, trigger.name)
    elif kind == "error":
        if not raise_error(work, token, trigger.name):
            end_case(work, "failed")
    elif kind == "terminate":
        terminate(work, token)
    elif kind == "cancel":
        scope = work.items.get(token.parent)
        while scope is not None and work.node_of(scope).kind != "transaction":
            scope = work.items.get(scope.parent)
        if scope is not None:
            compensation.cancel(work, scope)
    elif kind == "compensate":
        compensation.compensate(work, token, trigger)


def terminate(work: Work, token: Token) -> None:
    """End the scope at once; at the top the case (13.5.6)."""
    if not token.parent:
        end_case(work, "terminated")
    else:
        clear_scope(work, token.parent, "terminated")


def climb(work: Work, token: Token, kind: str, code: str, *, own: bool) -> Catch | None:
    """The innermost catcher of an error or escalation: a boundary event on the way out, or an event
    sub-process of a scope on the way."""
    at: Token | None = token
    while at is not None:
        outer = work.outermost(at)
        if own:
            found = exact_first(work, borders_of(work, outer, kind, code))
            if found:
                return found[0]
        found = exact_first(work, subs_of(work, outer.parent, kind, code))
        if found:
            return found[0]
        own = True
        at = work.items.get(outer.parent)
    return None


def raise_error(work: Work, token: Token, code: str, *, own: bool = False) -> bool:
    """Throw an error; whether something catches it. ``own``: a task throws it, so its own boundary events
    count."""
    work.event("error", token.node, token.id, code)
    catch = climb(work, token, "error", code, own=own)
    if catch is None:
        return False
    take(work, catch)
    return True


def escalate(work: Work, token: Token, code: str, *, own: bool = False) -> None:
    """Throw an escalation; where nothing catches it, it is only noted."""
    work.event("escalation", token.node, token.id, code)
    catch = climb(work, token, "escalation", code, own=own)
    if catch is not None:
        take(work, catch)


# timers and conditions


def fire(work: Work, listener: Token) -> None:
    """A timer or condition: let what listens go on."""
    node = work.node_of(listener)
    number = listener.counts[0]
    trigger = node.triggers[number]
    once = node.interrupting if node.move in ("boundary", "start") else True
    if trigger.type == "timer" and trigger.timer is not None:
        if once or not repeat_timer(work, listener, trigger.timer):
            del work.items[listener.id]
            work.notes.pop(listener.id, None)
    elif once:
        del work.items[listener.id]
    if node.move == "start":
        take(work, Catch("sub", listener.host, node.index, number))
    elif node.host != NONE:
        take(work, Catch("border", listener.host, node.index, number))
    else:
        take(work, Catch("token", listener.host, node.index, number))


def look_at_conditions(work: Work) -> bool:
    """Fire conditional events that have become true; whether any has."""
    work.pure = False
    fired = False
    for listener in [t for t in work.items.values() if t.role == LISTEN and len(t.counts) == 2]:
        if listener.id not in work.items:
            continue
        node = work.node_of(listener)
        number, before = listener.counts
        formula = node.triggers[number].formula
        answer = formula != NONE and work.holds(formula, listener.parent)
        listener.counts = (number, int(answer))
        if answer and not before:
            work.spend(node)
            fire(work, listener)
            fired = True
    return fired
