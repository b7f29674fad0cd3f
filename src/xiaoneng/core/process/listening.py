"""Arming timers and conditions, and taking items away with everything in them."""

from __future__ import annotations

from xiaoneng.core.process.durations import ENDLESS, after, micros, moment, of_feel, representable
from xiaoneng.core.process.faults import StepFault
from xiaoneng.core.process.model import NONE, Node, TimerSpec
from xiaoneng.core.process.state import CLOSED, LISTEN, SCOPE, WAIT
from xiaoneng.core.process.work import Token, Work


def arm(work: Work, node: Node, host: int, parent: int) -> None:
    """Listen for the timers and conditions of an event. ``host`` is the item that waits (0: the case)."""
    for number, trigger in enumerate(node.triggers):
        if trigger.type == "timer" and trigger.timer is not None:
            work.pure = False
            token = work.add(LISTEN, node.index, parent, 0, host, (number,))
            set_timer(work, token, node, trigger.timer, host)
        elif trigger.type == "conditional":
            work.pure = False
            work.conditions = True
            work.add(LISTEN, node.index, parent, 0, host, (number, 0))


def set_timer(work: Work, token: Token, node: Node, timer: TimerSpec, host: int) -> None:
    """Work out when a timer is due. Raises StepFault for an expression that gives no time."""
    kind, months, micro, instant = timer.kind, timer.months, timer.micros, timer.instant
    if timer.limit is not None:
        work.notes[token.id] = (None, 1)
        work.event("timer_set", node.index, token.id, (timer.limit, timer.unit))
        return
    if timer.formula != NONE:
        value = work.value(timer.formula, token.parent)
        found = of_feel(value)
        if found is None:
            raise StepFault(
                "the timer of {element} is {value}",
                element=node.label,
                value=str(value),
                expected="a duration, or a date and time with offset",
            )
        kind, months, micro = found
        if kind == "date":
            instant = micro
    dated = kind == "date" or (kind == "cycle" and instant)
    due = representable(instant) if dated else after(work.at, months, micro)
    if due is None:
        raise StepFault(
            "the timer of {element} is due outside the years 1 to 9999",
            element=node.label,
            hint="look at its date or duration",
        )
    repeats = timer.repeats if kind == "cycle" else 1
    if repeats == 0:
        del work.items[token.id]
        return
    work.notes[token.id] = (due, repeats)
    work.event("timer_set", node.index, token.id, moment(due))


def repeat_timer(work: Work, token: Token, timer: TimerSpec) -> bool:
    """Count a timer that has fired; whether it will fire again.

    Rounds of a counted timer that were missed are made up, each at once. Of an endless one they are left
    out: after a stop of a year nobody wants a reminder for every hour of it."""
    due, left = work.notes[token.id]
    if timer.kind != "cycle" or left == 1:
        return False
    again = after(moment(due), timer.months, timer.micros)
    if left == ENDLESS and again is not None:
        now = micros(work.at)
        if not timer.months:
            again += max(0, -(-(now - again) // timer.micros)) * timer.micros
        while again is not None and again < now:
            again = after(moment(again), timer.months, timer.micros)
    if again is None:
        return False
    work.notes[token.id] = (again, left if left == ENDLESS else left - 1)
    work.event("timer_set", token.node, token.id, moment(again))
    return True


def attach(work: Work, node: Node, token: Token) -> None:
    """Listen for the boundary events of an activity; ``token`` is its outermost item."""
    for number in node.boundary:
        arm(work, work.model.nodes[number], token.id, token.parent)


def listen_in(work: Work, scope: int, host: int) -> None:
    """Listen for the event sub-processes of a scope that begins."""
    for number in work.model.scopes[scope].event_subs:
        body = work.model.scopes[work.model.nodes[number].body]
        for entry in body.entries:
            arm(work, work.model.nodes[entry], host, host)


def withdraw(work: Work, token: Token, why: str) -> None:
    """Take away an item and all that lies in it."""
    if token.id not in work.items:
        return
    for inner in work.inside(token.id):
        if inner.role == LISTEN:
            work.disarm(inner)
        else:
            withdraw(work, inner, why)
    node = work.node_of(token) if token.role in (WAIT, SCOPE) else None
    if node is not None and token.role == WAIT and node.move in ("work", "receive"):
        work.event("withdrawn", node.index, token.id, why)
    elif node is not None and token.role == SCOPE:
        work.event("sub_ended", node.index, token.id, why)
    if token.id in work.items:
        work.remove(token)


def clear_scope(work: Work, scope: int, why: str, keep: int = 0) -> None:
    """Take away everything alive in a scope, and its listeners; tokens on the move included."""
    for token in work.inside(scope):
        if token.id == keep or token.id not in work.items:
            continue
        if token.role == LISTEN:
            work.disarm(token)
        elif token.role not in (CLOSED,) and token.role < LISTEN:
            withdraw(work, token, why)
    kept = [entry for entry in work.queue if entry[1] != scope]
    work.queue.clear()
    work.queue.extend(kept)
