"""Activities: begin, repeat, complete; sub-processes and the end of the case."""

from __future__ import annotations

from typing import Any, Final

from xiaoneng.core.decisions import from_python
from xiaoneng.core.process.faults import StepFault
from xiaoneng.core.process.flowing import begin_at, leave
from xiaoneng.core.process.listening import attach, clear_scope, listen_in, withdraw
from xiaoneng.core.process.model import NONE, Loop, Node
from xiaoneng.core.process.state import (
    ALIVE,
    CLOSED,
    COMPENSATE,
    DONE,
    FLOW,
    FORK,
    HELD,
    LISTEN,
    LOOP,
    MULTI,
    RESET,
    SCOPE,
    SIGNING,
    WAIT,
)
from xiaoneng.core.process.work import Token, Work, joined_fork

INSTANCES_LIMIT: Final = 1_000


def arrive(work: Work, node: Node, flow: int, parent: int, fork: int) -> None:
    """A token reaches an activity; one that needs several begins when enough have come (13.3.2)."""
    if node.needs > 1:
        work.add(FLOW, flow, parent, fork)
        waiting = [
            t
            for t in work.items.values()
            if t.role == FLOW and t.parent == parent and t.node in node.incoming
        ][: node.needs]
        if len(waiting) < node.needs:
            return
        fork = joined_fork(work, [token.fork for token in waiting])
        for token in waiting:
            work.remove(token)
    start(work, node, parent, fork)


def start(work: Work, node: Node, parent: int, fork: int) -> None:
    """Begin an activity, with its loop."""
    loop = node.loop
    if loop is None:
        token = begin(work, node, parent, fork)
        if token is not None and node.boundary:
            attach(work, node, token)
    elif loop.many:
        begin_instances(work, node, loop, parent, fork)
    else:
        begin_loop(work, node, loop, parent, fork)


def begin(
    work: Work, node: Node, parent: int, fork: int, local: dict[str, Any] | None = None
) -> Token | None:
    """Begin the body of an activity once; None where it is done at once."""
    move = node.move
    if move in ("work", "receive"):
        token = work.add(WAIT, node.index, parent, fork)
        work.event("opened", node.index, token.id)
    elif move == "scope":
        token = work.add(SCOPE, node.index, parent, fork)
        work.event("sub_started", node.index, token.id)
    else:
        token = work.add(WAIT, node.index, parent, fork)
    if local:
        work.pure = False
        work.local[token.id] = local
    if move == "scope":
        open_scope(work, node.body, token)
    elif move == "send":
        work.throws.append((token.id, None))
    elif move == "script":
        run_script(work, node, token)
        done(work, token)
        return None
    return token


def open_scope(work: Work, scope: int, token: Token) -> None:
    """Begin what lies in a sub-process or called process."""
    body = work.model.scopes[scope]
    if body.local:
        work.pure = False
        work.local[token.id] = {**dict.fromkeys(body.local), **work.local.get(token.id, {})}
    listen_in(work, scope, token.id)
    if body.adhoc is not None and body.adhoc.activities:
        begun = body.adhoc.activities[:1] if body.adhoc.sequential else body.adhoc.activities
        token.counts = (len(begun),)
        for number in begun:
            begin_at(work, number, token.id)
        return
    for number in body.starts:
        begin_at(work, number, token.id)
    work.touched[token.id] = None


def adhoc_step(work: Work, token: Token) -> None:
    """Something in an ad-hoc sub-process has completed: is it done, and which activity is next."""
    adhoc = work.model.scopes[work.node_of(token).body].adhoc
    if adhoc is None or not adhoc.activities or work.closed(token.id):
        return
    alive = any(t.parent == token.id and t.role < ALIVE for t in work.items.values())
    if (
        adhoc.completion != NONE
        and (adhoc.cancel_rest or not alive)
        and work.holds(adhoc.completion, token.id)
    ):
        clear_scope(work, token.id, "completed")
    elif adhoc.sequential and not alive and token.counts[0] < len(adhoc.activities):
        begin_at(work, adhoc.activities[token.counts[0]], token.id)
        token.counts = (token.counts[0] + 1,)


def run_script(work: Work, node: Node, token: Token) -> None:
    """Evaluate a script task's expression and assign it to the variable that ``xn:result`` names."""
    if node.formula == NONE:
        return
    value = work.value(node.formula, token.id)
    work.event("script", node.index, token.id, (node.facts.result, value))
    if node.facts.result:
        work.assign({node.facts.result: value}, token.parent)


# completion


def done(work: Work, token: Token) -> None:
    """The body of an activity is done."""
    node = work.node_of(token)
    container = work.items.get(token.parent)
    if container is not None and container.node == token.node:
        if container.role == SIGNING:
            signed(work, token, container)
            return
        if container.role in (LOOP, MULTI):
            instance_done(work, node, token, container)
            return
    finish(work, node, token)


def finish(work: Work, node: Node, token: Token) -> None:
    """An activity is done with all its repetitions: leave it."""
    parent = work.items.get(token.parent)
    compensating = parent is not None and parent.role == COMPENSATE
    if node.compensable and not node.compensation and not compensating:
        record(work, token)
    work.remove(token)
    if not compensating:
        leave(work, node, token.parent, token.fork, node.gives)


def record(work: Work, token: Token) -> None:
    """Note that an activity completed, so that it can be undone; what completed in it goes along."""
    note = work.add(DONE, token.node, token.parent)
    for inner in work.inside(token.id):
        if inner.role == DONE:
            inner.parent = note.id


def scope_done(work: Work, token: Token) -> None:
    """A sub-process has run empty."""
    node = work.node_of(token)
    work.event("sub_ended", node.index, token.id, "completed")
    for inner in work.inside(token.id):
        if inner.role == LISTEN:
            work.disarm(inner)
        elif inner.role in (FORK, RESET, CLOSED):
            del work.items[inner.id]
    if node.event_sub:
        for inner in work.inside(token.id):
            del work.items[inner.id]
        work.remove(token)
    elif node.compensable:
        done(work, token)
        drop_orphans(work, token.id)
    else:
        done(work, token)


def drop_orphans(work: Work, scope: int) -> None:
    for inner in work.inside(scope):
        del work.items[inner.id]


def end_case(work: Work, status: str) -> None:
    """The case is over: nothing remains."""
    for token in list(work.items.values()):
        if token.id in work.items and token.role < ALIVE:
            withdraw(work, token, status)
    for token in list(work.items.values()):
        if token.role == LISTEN:
            work.disarm(token)
    work.items.clear()
    work.queue.clear()
    work.touched.clear()
    work.throws.clear()
    work.owners.clear()
    work.local.clear()
    work.notes.clear()
    work.conditions = work.joins = work.forks = False
    work.status = status
    work.event("ended", NONE, 0, status)


# loops and instances


def begin_loop(work: Work, node: Node, loop: Loop, parent: int, fork: int) -> None:
    counter = {"loopCounter": from_python(0)}
    if loop.maximum == 0 or (
        loop.before and loop.condition != NONE and not work.holds(loop.condition, parent, counter)
    ):
        leave(work, node, parent, fork, node.gives)
        return
    container = work.add(LOOP, node.index, parent, fork, 0, (1,))
    attach(work, node, container)
    begin(work, node, container.id, 0, {"loopCounter": from_python(1)})


def begin_instances(work: Work, node: Node, loop: Loop, parent: int, fork: int) -> None:
    """Several instances: as many as a number says, or one for each item of a collection."""
    items: list[Any] | None = None
    if loop.collection:
        found = work.visible(parent).get(loop.collection)
        work.pure = False
        if not isinstance(found, list):
            raise StepFault(
                "the collection {name} of {element} is {value}",
                name=loop.collection,
                element=node.label,
                value=str(found),
                expected="a list",
            )
        items = found
        total: Any = len(items)
    elif loop.cardinality != NONE:
        total = work.value(loop.cardinality, parent)
    else:
        total = None
    try:
        number = int(total)
        whole = number == total and number >= 0
    except (TypeError, ValueError, ArithmeticError):
        whole, number = False, 0
    if not whole or number > INSTANCES_LIMIT:
        raise StepFault(
            "the number of instances of {element} is {value}",
            element=node.label,
            value=str(total),
            expected="a whole number from 0 to {limit}",
            limit=INSTANCES_LIMIT,
        )
    if number == 0:
        if loop.outputs:
            work.assign({loop.outputs: []}, parent)
        leave(work, node, parent, fork, node.gives)
        return
    begun = 1 if loop.sequential else number
    container = work.add(MULTI, node.index, parent, fork, 0, (number, begun, 0))
    work.pure = False
    work.notes[container.id] = (items, [None] * number if loop.output else None)
    attach(work, node, container)
    for position in range(begun):
        begin(work, node, container.id, 0, instance_data(loop, items, position))


def instance_data(loop: Loop, items: list[Any] | None, position: int) -> dict[str, Any]:
    local: dict[str, Any] = {"loopCounter": from_python(position + 1)}
    if items is not None and loop.item:
        local[loop.item] = items[position]
    if loop.output:
        local[loop.output] = None
    return local


def instance_done(work: Work, node: Node, token: Token, container: Token) -> None:
    """One repetition is done: go on, or leave."""
    loop = node.loop
    assert loop is not None
    local = work.local.get(token.id, {})
    if node.compensable and not node.compensation:
        note = work.add(DONE, token.node, container.parent)
        for inner in work.inside(token.id):
            if inner.role == DONE:
                inner.parent = note.id
    if loop.many:
        many_done(work, node, loop, token, container, local)
        return
    work.remove(token)
    (begun,) = container.counts
    again = loop.maximum is None or begun < loop.maximum
    if again and loop.condition != NONE:
        again = work.holds(loop.condition, container.parent, {"loopCounter": from_python(begun)})
    elif loop.condition == NONE and loop.maximum is None:
        again = False
    if again:
        work.spend(node)
        container.counts = (begun + 1,)
        begin(work, node, container.id, 0, {"loopCounter": from_python(begun + 1)})
    else:
        leave_container(work, node, container)


def many_done(
    work: Work, node: Node, loop: Loop, token: Token, container: Token, local: dict[str, Any]
) -> None:
    work.pure = False
    total, begun, completed = container.counts
    items, outputs = work.notes[container.id]
    completed += 1
    if outputs is not None:
        position = int(local["loopCounter"]) - 1
        outputs = [*outputs[:position], local.get(loop.output), *outputs[position + 1 :]]
        work.notes[container.id] = (items, outputs)
    work.remove(token)
    active = begun - completed
    counters = {
        "loopCounter": from_python(completed),
        "numberOfInstances": from_python(total),
        "numberOfActiveInstances": from_python(active),
        "numberOfCompletedInstances": from_python(completed),
        "numberOfTerminatedInstances": from_python(0),
    }
    for when, condition, trigger in loop.throws:
        if (
            when == "each"
            or (when == "one" and completed == 1)
            or (when == "when" and condition != NONE and work.holds(condition, container.parent, counters))
        ):
            work.throws.append((container.id, trigger))
    container.counts = (total, begun, completed)
    enough = loop.completion != NONE and work.holds(
        loop.completion, container.parent, {**counters, loop.outputs: outputs} if loop.outputs else counters
    )
    if enough or completed == total:
        if work.throws and any(identity == container.id for identity, _ in work.throws):
            # what the last instance throws must still find the activity's boundary events
            container.counts = (total, begun, total)
            return
        leave_container(work, node, container)
    elif begun < total and loop.sequential:
        work.spend(node)
        container.counts = (total, begun + 1, completed)
        begin(work, node, container.id, 0, instance_data(loop, items, begun))


def leave_container(work: Work, node: Node, container: Token) -> None:
    """The loop is done: what still runs in it is withdrawn, results are collected."""
    for inner in work.inside(container.id):
        withdraw(work, inner, "completed")
    loop = node.loop
    if loop is not None and loop.many and loop.outputs:
        work.assign({loop.outputs: work.notes[container.id][1]}, container.parent)
    work.remove(container)
    parent = work.items.get(container.parent)
    if parent is None or parent.role != COMPENSATE:
        leave(work, node, container.parent, container.fork, node.gives)


# further signers


def signed(work: Work, token: Token, container: Token) -> None:
    """One of several signers is done: the next is asked, or the task is done."""
    node = work.node_of(token)
    work.pure = False
    work.remove(token)
    queue = work.notes.get(container.id, ())
    if queue:
        work.notes[container.id] = queue[1:]
        next_signer(work, container, queue[0])
        return
    if any(t.parent == container.id and t.role < ALIVE for t in work.items.values()):
        return
    work.notes.pop(container.id, None)
    if container.parent and work.items[container.parent].node == container.node:
        done(work, container)
    else:
        finish(work, node, container)


def next_signer(work: Work, container: Token, who: str) -> None:
    """Ask the next signer; an empty name wakes the task that was held for the others."""
    held = next((t for t in work.inside(container.id) if t.role == HELD), None)
    if not who and held is not None:
        held.role = WAIT
        work.event("opened", held.node, held.id)
        return
    token = work.add(WAIT, container.node, container.id)
    work.event("opened", container.node, token.id)
    work.owners[token.id] = who
