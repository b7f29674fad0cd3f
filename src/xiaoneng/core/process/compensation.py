"""Undoing completed activities, the last one first (13.5.5)."""

from __future__ import annotations

from xiaoneng.core.process.activities import start
from xiaoneng.core.process.flowing import leave
from xiaoneng.core.process.listening import clear_scope
from xiaoneng.core.process.model import NONE, Trigger
from xiaoneng.core.process.state import COMPENSATE, DONE, SCOPE
from xiaoneng.core.process.work import Token, Work

# what follows when all is undone (counts of a COMPENSATE item)
GO_ON, END, CANCELLED, NOTHING = 0, 1, 2, 3


def compensate(work: Work, token: Token, trigger: Trigger) -> None:
    """A compensation event is thrown: the token becomes the undoing, and goes on when all is undone."""
    node = work.node_of(token)
    follows = END if node.move == "throw_end" else GO_ON
    scope = token.parent
    around = work.items.get(scope)
    if around is not None and work.node_of(around).event_sub:
        # inside an event sub-process the activities of the scope around it are meant
        scope = around.parent
    if not trigger.wait:
        own = work.add(COMPENSATE, token.node, token.parent, token.fork, 0, (NOTHING,))
        adopt(work, own, scope, trigger.activity)
        work.touched[own.id] = None
        work.remove(token)
        if follows == GO_ON:
            leave(work, node, token.parent, token.fork)
        return
    token.role, token.counts = COMPENSATE, (follows,)
    adopt(work, token, scope, trigger.activity)
    work.touched[token.id] = None


def adopt(work: Work, undoing: Token, scope: int, activity: int) -> None:
    """Take the records of a scope (of one activity, or of all) into the undoing."""
    for token in work.inside(scope):
        if token.role == DONE and activity in (NONE, token.node):
            token.parent = undoing.id


def step(work: Work, token: Token) -> None:
    """Undo the record that was made last, or go on when there is none left."""
    records = [t for t in work.inside(token.id) if t.role == DONE]
    if not records:
        finish(work, token)
        return
    note = records[-1]
    node = work.node_of(note)
    work.event("compensated", node.index, note.id)
    inner = work.inside(note.id)
    del work.items[note.id]
    if node.handler != NONE:
        for record in inner:
            drop(work, record)
        start(work, work.model.nodes[node.handler], token.id, 0)
        return
    if node.body == NONE:
        work.touched[token.id] = None
        return
    # a sub-process undoes what completed in it: by its own event sub-process, or by default
    event_sub = compensating_sub(work, node.body)
    if event_sub == NONE:
        nested = work.add(COMPENSATE, node.index, token.id, 0, 0, (NOTHING,))
        for record in inner:
            record.parent = nested.id
        work.touched[nested.id] = None
        return
    scope = work.add(SCOPE, node.index, token.id)
    for record in inner:
        record.parent = scope.id
    sub = work.add(SCOPE, event_sub, scope.id)
    work.event("sub_started", event_sub, sub.id)
    body = work.model.scopes[work.model.nodes[event_sub].body]
    for number in body.entries:
        leave(work, work.model.nodes[number], sub.id, 0)
    work.touched[sub.id] = None


def compensating_sub(work: Work, scope: int) -> int:
    """The event sub-process of a scope that starts with compensation."""
    for number in work.model.scopes[scope].event_subs:
        body = work.model.scopes[work.model.nodes[number].body]
        for entry in body.entries:
            if any(t.type == "compensate" for t in work.model.nodes[entry].triggers):
                return number
    return NONE


def drop(work: Work, record: Token) -> None:
    for inner in work.inside(record.id):
        drop(work, inner)
    work.items.pop(record.id, None)


def finish(work: Work, token: Token) -> None:
    """All is undone."""
    follows = token.counts[0]
    node = work.node_of(token)
    work.remove(token)
    if follows == GO_ON:
        leave(work, node, token.parent, token.fork)
    elif follows == CANCELLED:
        for number in node.boundary:
            event = work.model.nodes[number]
            if any(trigger.type == "cancel" for trigger in event.triggers):
                work.event("caught", event.index, token.id)
                leave(work, event, token.parent, token.fork)


def cancel(work: Work, scope: Token) -> None:
    """A transaction is cancelled: what runs in it is withdrawn, what completed in it undone, then its cancel
    event is taken (10.3.5)."""
    clear_scope(work, scope.id, "cancelled")
    for token in [t for t in work.items.values() if t.host == scope.id]:
        work.disarm(token)
    scope.role, scope.counts = COMPENSATE, (CANCELLED,)
    work.touched[scope.id] = None
