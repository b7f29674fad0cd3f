"""Timers and conditions that a case listens for: kept, called off, or armed for what the new version adds."""

from __future__ import annotations

from typing import Final

from xiaoneng.core.process.listening import set_timer
from xiaoneng.core.process.migration.items import CONTAINERS, Gone, Move, same_trigger
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.state import ALIVE, COMPENSATE, FLOW, LISTEN, SCOPE, WAIT
from xiaoneng.core.process.work import Token

Known = set[tuple[int, int, int]]
"""host, event node and trigger of the new version that the host has listened for already"""

HOSTS: Final = (WAIT, SCOPE, *CONTAINERS)


def listen(move: Move) -> None:
    """Let every host listen for the events that the new version gives it."""
    work = move.work
    known: Known = set()
    for token in list(work.items.values()):
        if token.role == LISTEN:
            keep_or_end(move, token)
    for token in list(work.items.values()):
        if token.role < ALIVE and token.role not in (FLOW, COMPENSATE):
            known |= listened(move, token)
    known |= {
        (0, event, trigger) for event, trigger in images(move, events_of_scope(move.old, old_scope(move, 0)))
    }
    for token in list(work.items.values()):
        if token.role not in HOSTS:
            continue
        node = work.node_of(token)
        if work.outermost(token) is token:
            for event in node.boundary:
                arm_new(move, move.new.nodes[event], token.id, token.parent, known)
        if token.role == WAIT:
            for event in waited_for(move.new, node):
                arm_new(move, move.new.nodes[event], token.id, token.parent, known)
        if token.role == SCOPE and not work.closed(token.id):
            for event in events_of_scope(move.new, node.body):
                arm_new(move, move.new.nodes[event], token.id, token.id, known)
    if not work.closed(0):
        for event in events_of_scope(move.new, work.process):
            arm_new(move, move.new.nodes[event], 0, 0, known)


def old_scope(move: Move, identity: int) -> int:
    """The scope of the old version whose event sub-processes an instance listened for."""
    if not identity:
        return move.process
    return move.old.nodes[move.was[identity].node].body


def waited_for(model: Model, node: Node) -> tuple[int, ...]:
    """The events for which a token at this node waits itself."""
    if node.move == "catch":
        return (node.index,)
    if node.move == "choice":
        return tuple(model.flows[flow].target for flow in node.outgoing)
    return ()


def events_of_scope(model: Model, scope: int) -> tuple[int, ...]:
    """The start events of the event sub-processes of a scope."""
    if scope == NONE:
        return ()
    subs = model.scopes[scope].event_subs
    return tuple(entry for sub in subs for entry in model.scopes[model.nodes[sub].body].entries)


def images(move: Move, events: tuple[int, ...]) -> set[tuple[int, int]]:
    """What events of the old version are in the new one, trigger by trigger."""
    found: set[tuple[int, int]] = set()
    for number in events:
        image = move.images.nodes[number]
        if image != NONE:
            before, after = move.old.nodes[number], move.new.nodes[image]
            found |= {
                (image, place)
                for trigger in range(len(before.triggers))
                if (place := same_trigger(before, after, trigger)) != NONE
            }
    return found


def listened(move: Move, token: Token) -> Known:
    """What an item of the old version listened for, or had listened for until it came."""
    was = move.was.get(token.id)
    if was is None:
        return set()
    node = move.old.nodes[was.node]
    events = (*node.boundary, *waited_for(move.old, node))
    if token.role == SCOPE:
        events = (*events, *events_of_scope(move.old, node.body))
    return {(token.id, event, trigger) for event, trigger in images(move, events)}


def keep_or_end(move: Move, token: Token) -> None:
    """A timer or condition goes on where its event is still there; a timer keeps the time it was set for."""
    work = move.work
    before = move.old.nodes[token.node]
    image = move.images.nodes[token.node]
    trigger = before.triggers[token.counts[0]]
    place = same_trigger(before, move.new.nodes[image], token.counts[0]) if image != NONE else NONE
    host = work.items.get(token.host)
    if place == NONE or (token.host and host is None) or not belongs(move, move.new.nodes[image], host):
        del work.items[token.id]
        work.notes.pop(token.id, None)
        if trigger.type == "timer":
            move.gone.append(Gone("timer_off", token.id, before.id))
        return
    after = move.new.nodes[image]
    token.node, token.counts = image, (place, *token.counts[1:])
    token.parent = token.host if after.move == "start" else host.parent if host is not None else 0
    one, two = trigger.timer, after.triggers[place].timer
    if one is None or two is None or (one.limit, one.unit) == (two.limit, two.unit):
        return
    # a limit that changed is counted again by whoever has the calendar
    set_timer(work, token, after, two, token.host)


def belongs(move: Move, event: Node, host: Token | None) -> bool:
    """Whether the host listens for this event in the new version."""
    if event.move == "start":
        scope = move.work.process if host is None else move.work.node_of(host).body
        return event.index in events_of_scope(move.new, scope)
    if host is None:
        return False
    node = move.work.node_of(host)
    return event.index in node.boundary or event.index in waited_for(move.new, node)


def arm_new(move: Move, event: Node, host: int, parent: int, known: Known) -> None:
    """Listen for the triggers of an event that the host has not listened for yet."""
    work = move.work
    for number, trigger in enumerate(event.triggers):
        if (host, event.index, number) in known:
            continue
        if trigger.type == "timer" and trigger.timer is not None:
            token = work.add(LISTEN, event.index, parent, 0, host, (number,))
            set_timer(work, token, event, trigger.timer, host)
        elif trigger.type == "conditional":
            work.conditions = True
            work.add(LISTEN, event.index, parent, 0, host, (number, 0))
