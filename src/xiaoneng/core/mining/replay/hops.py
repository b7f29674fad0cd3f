"""One move of the engine from a marking, with every answer to what the log does not tell.

The move itself is the engine's: its ``Work`` is asked to complete a task or take an event, and rests. Where
it asks a condition or a number, the answer is chosen; the move is repeated until all answers were given.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from xiaoneng.core.mining.replay.relaxed import OPEN
from xiaoneng.core.process.activities import done
from xiaoneng.core.process.durations import ENDLESS
from xiaoneng.core.process.events import Catch, broadcast, fire, take
from xiaoneng.core.process.faults import CommandRefused, StepFault, StepTooLarge
from xiaoneng.core.process.model import Model, Node
from xiaoneng.core.process.moving import rest
from xiaoneng.core.process.shape import Item, Shape
from xiaoneng.core.process.state import (
    CLOSED,
    DONE,
    ENDED,
    FLOW,
    LISTEN,
    LOOP,
    MULTI,
    NO_EXTRA,
    RUNNING,
    SCOPE,
    WAIT,
    Extra,
    State,
)
from xiaoneng.core.process.work import Token, Work

RUNS_LIMIT: Final = 4_096
CHOICES_LIMIT: Final = 200
ROUNDS_LIMIT: Final = 8
"""How often one step may pass the same gateway: a loop without a step in it leads nowhere new."""
AT: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Times play no part; the engine wants one."""
OVER: Final[tuple[Item, ...]] = ()
"""The marking of a case that has ended."""
HOSTS: Final = (WAIT, SCOPE, LOOP, MULTI)
OUTSIDE: Final = ("message", "signal", "error", "escalation")

Act = Callable[[Work], None]


class Outcome(NamedTuple):
    """Where a move leads: the marking, the flows taken, tokens that gateways consumed and produced, and the
    nodes at which new tokens wait."""

    marking: tuple[Item, ...]
    flows: tuple[int, ...]
    consumed: int
    produced: int
    opened: tuple[int, ...]


class _Pruned(Exception):
    """This way of answering leads nowhere."""


class _Recorder(deque[tuple[int, int, int]]):
    """The queue of a step that remembers which flows were taken."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[int] = []

    def append(self, entry: tuple[int, int, int]) -> None:
        if entry[0] >= 0:
            self.taken.append(entry[0])
        super().append(entry)


class _FreeWork(Work):
    """A step in which conditions and numbers are chosen."""

    __slots__ = ("answers", "most", "recorder", "rounds", "sizes")

    def __init__(self, model: Model, state: State | None, answers: list[int], most: int) -> None:
        super().__init__(model, state, AT)
        self.queue = self.recorder = _Recorder()
        self.answers, self.most = answers, most
        self.sizes: list[int] = []
        self.rounds: Counter[int] = Counter()

    def choose(self, size: int) -> int:
        position = len(self.sizes)
        if position >= CHOICES_LIMIT:
            raise _Pruned
        if position == len(self.answers):
            self.answers.append(0)
        self.sizes.append(size)
        return self.answers[position]

    def holds(self, formula: int, start: int, more: Mapping[str, Any] | None = None) -> bool:
        return self.choose(2) == 0

    def value(self, formula: int, start: int, more: Mapping[str, Any] | None = None) -> Any:
        if formula > OPEN:
            return formula - 1
        # one instance, two, … and last none
        return (self.choose(self.most + 1) + 1) % (self.most + 1)

    def spend(self, node: Node) -> None:
        super().spend(node)
        if node.move == "exclusive":
            self.rounds[node.index] += 1
            if self.rounds[node.index] > ROUNDS_LIMIT:
                raise _Pruned


def outcomes(
    model: Model, marking: tuple[Item, ...] | None, process: int, act: Act, most: int
) -> tuple[list[Outcome], bool]:
    """Every outcome of a move, and whether these are all. ``most`` bounds numbers of instances."""
    found: dict[tuple[tuple[Item, ...], tuple[int, ...]], Outcome] = {}
    answers: list[int] = []
    for _ in range(RUNS_LIMIT):
        work = _FreeWork(model, None if marking is None else _state(model, marking, process), answers, most)
        try:
            act(work)
            if work.status == RUNNING:
                rest(work)
        except (_Pruned, StepFault, StepTooLarge, CommandRefused):
            pass
        else:
            outcome = _outcome(work, 0 if marking is None else len(marking))
            found.setdefault((outcome.marking, tuple(sorted(outcome.flows))), outcome)
        del answers[len(work.sizes) :]
        while answers and answers[-1] + 1 >= work.sizes[len(answers) - 1]:
            answers.pop()
        if not answers:
            return list(found.values()), True
        answers[-1] += 1
    return list(found.values()), False


def _state(model: Model, marking: tuple[Item, ...], process: int) -> State:
    ids = tuple(range(1, len(marking) + 1))
    notes: dict[int, Any] = {}
    for identity, item in zip(ids, marking, strict=True):
        if item[0] == LISTEN:
            timer = model.nodes[item[1]].triggers[item[5][0]].timer
            notes[identity] = (0, ENDLESS if timer is not None and timer.kind == "cycle" else 1)
        elif item[0] == MULTI:
            notes[identity] = (None, None)
    extra = Extra({}, notes) if notes else NO_EXTRA
    return State(Shape(process, RUNNING, marking), ids, len(ids) + 1, {}, {}, extra)


def _outcome(work: _FreeWork, known: int) -> Outcome:
    consumed = produced = 0
    for event in work.events:
        if event.kind == "split":
            consumed, produced = consumed + 1, produced + len(event.data)
        elif event.kind == "joined":
            consumed, produced = consumed + len(event.data), produced + 1
    flows = tuple(work.recorder.taken)
    if work.status in ENDED:
        return Outcome(OVER, flows, consumed, produced, ())
    if work.forks:
        work.close_forks()
    opened = tuple(t.node for t in work.items.values() if t.role == WAIT and t.id > known)
    return Outcome(canonical(work.model, work.items.values()), flows, consumed, produced, opened)


# markings that differ only in the order of their items are one


def canonical(model: Model, items: Iterable[Token]) -> tuple[Item, ...]:
    """The items in an order that depends on nothing but what they are and where they lie."""
    tokens = list(items)
    by_id = {token.id: token for token in tokens}
    below: dict[int, list[Token]] = {}
    undone = 0
    counts: dict[int, tuple[int, ...]] = {}
    for token in tokens:
        below.setdefault(token.parent, []).append(token)
        if token.fork:
            below.setdefault(token.fork, []).append(token)
        counts[token.id] = _counts(model, token)
    rank: dict[int, tuple[int, ...]] = dict(counts)
    for token in tokens:
        if token.role == DONE:
            # what completed last is undone first: their order matters
            undone += 1
            rank[token.id] = (undone,)
    own: dict[int, tuple[Any, ...]] = {0: ()}
    whole: dict[int, tuple[Any, ...]] = {0: ()}
    content: dict[int, tuple[Any, ...]] = {}

    def what(identity: int) -> tuple[Any, ...]:
        if identity not in own:
            token = by_id[identity]
            own[identity] = (token.role, token.node, rank[identity], what(token.fork), what(token.host))
        return own[identity]

    def holding(identity: int) -> tuple[Any, ...]:
        if identity not in content:
            content[identity] = tuple(sorted((what(t.id), holding(t.id)) for t in below.get(identity, ())))
        return content[identity]

    def path(identity: int) -> tuple[Any, ...]:
        if identity not in whole:
            token = by_id[identity]
            around = holding(token.fork) if token.fork else ()
            whole[identity] = (*path(token.parent), (what(identity), holding(identity), around))
        return whole[identity]

    if len(tokens) > 1:
        tokens.sort(key=lambda token: path(token.id))
    position = {token.id: number for number, token in enumerate(tokens)}
    position[0] = -1
    return tuple(
        (t.role, t.node, position[t.parent], position[t.fork], position[t.host], counts[t.id]) for t in tokens
    )


def _counts(model: Model, token: Token) -> tuple[int, ...]:
    """A loop that may go on for ever is in the same state in every round."""
    if token.role == LOOP:
        loop = model.nodes[token.node].loop
        if loop is not None and loop.maximum is None:
            return (1,)
    return token.counts


def without_listeners(marking: tuple[Item, ...]) -> tuple[Item, ...]:
    """A marking without what listens for times: two that are alike so far differ in nothing but what may
    still happen silently."""
    kept = [n for n, item in enumerate(marking) if item[0] != LISTEN]
    place = {old: new for new, old in enumerate(kept)}
    place[-1] = -1
    return tuple(
        (i[0], i[1], place[i[2]], place[i[3]], place[i[4]], i[5]) for i in (marking[n] for n in kept)
    )


# what can happen next


def acts(model: Model, marking: tuple[Item, ...], process: int) -> Iterator[tuple[int, Act]]:
    """Everything that can come from outside: the node it happens at, and the engine's move."""
    nodes = model.nodes
    for position, (role, number, parent, *_) in enumerate(marking):
        if role == FLOW:
            continue
        identity, node = position + 1, nodes[number]
        if role == WAIT:
            if node.move in ("work", "receive"):
                yield number, _complete(identity)
            waiting = [nodes[model.flows[f].target] for f in node.outgoing] if node.move == "choice" else []
            for target in [node] if node.move == "catch" else waiting:
                yield from _catches(model, "token", identity, target)
        elif role == LISTEN:
            yield number, _fire(identity)
        elif role == SCOPE:
            yield from _subs(model, marking, identity, node.body)
        repeated = parent >= 0 and marking[parent][:2] in ((LOOP, number), (MULTI, number))
        if role in HOSTS and not repeated:
            for event in node.boundary:
                yield from _catches(model, "border", identity, nodes[event])
    yield from _subs(model, marking, 0, process)


def _subs(model: Model, marking: tuple[Item, ...], scope: int, body: int) -> Iterator[tuple[int, Act]]:
    if any(item[0] == CLOSED and item[2] + 1 == scope for item in marking):
        return
    for sub in model.scopes[body].event_subs:
        for entry in model.scopes[model.nodes[sub].body].entries:
            yield from _catches(model, "sub", scope, model.nodes[entry])


def _catches(model: Model, how: str, identity: int, node: Node) -> Iterator[tuple[int, Act]]:
    for number, trigger in enumerate(node.triggers):
        if trigger.type == "signal":
            yield node.index, _broadcast(trigger.name)
        elif trigger.type in OUTSIDE:
            yield node.index, _take(Catch(how, identity, node.index, number))


def _complete(identity: int) -> Act:
    def act(work: Work) -> None:
        done(work, work.items[identity])

    return act


def _fire(identity: int) -> Act:
    return lambda work: fire(work, work.items[identity])


def _broadcast(name: str) -> Act:
    def act(work: Work) -> None:
        broadcast(work, name)

    return act


def _take(catch: Catch) -> Act:
    return lambda work: take(work, catch)
