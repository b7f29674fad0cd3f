"""One step being worked out: a mutable picture of the state, thrown away or frozen at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from xiaoneng.core.decisions import from_python
from xiaoneng.core.process.faults import CommandRefused, StepTooLarge
from xiaoneng.core.process.model import Model, Node, Trigger
from xiaoneng.core.process.state import (
    ALIVE,
    CLOSED,
    FLOW,
    FORK,
    HELD,
    LISTEN,
    LOOP,
    MULTI,
    NO_EXTRA,
    SIGNING,
    WAIT,
    Extra,
    State,
    intern,
)

MOVES_LIMIT: Final = 20_000
ITEMS_LIMIT: Final = 10_000


class Event(NamedTuple):
    """Something that happened in a step. ``kind`` is one of ``EVENTS``, ``node`` the number of the node
    (-1: the case), ``item`` the id of the task, timer, scope or token, ``data`` what else is to know."""

    kind: str
    node: int
    item: int
    data: Any = None


EVENTS: Final = {
    "started": "the case began; data: the process",
    "opened": "a task waits to be done",
    "completed": "a task was done",
    "withdrawn": "a task was taken away undone; data: why",
    "claimed": "someone took a task; data: who",
    "released": "a task was given back; data: who held it",
    "delegated": "a task was handed over; data: to whom",
    "signers": "further signers were asked; data: who",
    "sent_back": "the case went back to this step; data: from which",
    "recalled": "the case was taken back to this step",
    "waiting": "a token waits for an event",
    "caught": "an event was caught",
    "split": "a split opened branches; data: ids of the flows",
    "joined": "a join went on",
    "sub_started": "a sub-process or called process began",
    "sub_ended": "a sub-process or called process ended",
    "timer_set": "a timer was armed; data: due (datetime, or (limit, unit) for a calendar) ",
    "timer_off": "a timer is no longer needed",
    "message": "a message is sent; data: its name",
    "signal": "a signal is broadcast; data: its name",
    "error": "an error was thrown; data: its code",
    "escalation": "an escalation was thrown; data: its code",
    "compensated": "a completed activity is being undone",
    "script": "an expression was assigned; data: (variable, value)",
    "suspended": "the case was suspended",
    "resumed": "the case was resumed",
    "ended": "the case ended; data: its status",
}


@dataclass(slots=True, eq=False)
class Token:
    """An item of the state while a step is worked out; references are ids (0: none, the case itself)."""

    id: int
    role: int
    node: int
    parent: int = 0
    fork: int = 0
    host: int = 0
    counts: tuple[int, ...] = ()


class Work:
    """A step being worked out."""

    __slots__ = (
        "asked",
        "at",
        "conditions",
        "events",
        "forks",
        "items",
        "joins",
        "local",
        "model",
        "moves",
        "next",
        "notes",
        "owners",
        "process",
        "pure",
        "queue",
        "status",
        "throws",
        "touched",
        "variables",
    )

    def __init__(self, model: Model, state: State | None, at: datetime) -> None:
        self.model, self.at = model, at
        self.items: dict[int, Token] = {}
        self.queue: deque[tuple[int, int, int]] = deque()
        self.throws: deque[tuple[int, Trigger | None]] = deque()
        self.touched: dict[int, None] = {}
        self.events: list[Event] = []
        self.moves = 0
        self.joins = self.conditions = self.forks = False
        # what a remembered transition must ask again, and whether it may be remembered at all
        self.asked: list[tuple[int, bool]] = []
        self.pure = True
        if state is None:
            self.process, self.status, self.next = 0, "running", 1
            self.variables: Mapping[str, Any] = {}
            self.owners: dict[int, str] = {}
            self.local: dict[int, dict[str, Any]] = {}
            self.notes: dict[int, Any] = {}
            return
        shape, ids = state.shape, state.ids
        self.process, self.status, self.next = shape.process, shape.status, state.next
        self.variables, self.owners = state.variables, dict(state.owners)
        self.local = {i: dict(v) for i, v in state.extra.local.items()}
        self.notes = dict(state.extra.notes)
        for identity, (role, node, parent, fork, host, counts) in zip(ids, shape.items, strict=True):
            self.items[identity] = Token(
                identity,
                role,
                node,
                ids[parent] if parent >= 0 else 0,
                ids[fork] if fork >= 0 else 0,
                ids[host] if host >= 0 else 0,
                counts,
            )
            if role == FLOW:
                self.joins = True
            elif role == FORK:
                self.forks = True
            elif role == LISTEN and model.nodes[node].triggers[counts[0]].type == "conditional":
                self.conditions = True

    # items

    def add(
        self,
        role: int,
        node: int,
        parent: int,
        fork: int = 0,
        host: int = 0,
        counts: tuple[int, ...] = (),
    ) -> Token:
        """A new item with the next id."""
        identity = self.next
        self.next += 1
        token = self.items[identity] = Token(identity, role, node, parent, fork, host, counts)
        if len(self.items) > ITEMS_LIMIT:
            raise StepTooLarge(
                "the case would hold more than {limit} tokens; the last one is at {element}",
                limit=ITEMS_LIMIT,
                element=self.model.nodes[node].label if role != FLOW else self.model.flows[node].id,
                hint="look for a loop that splits without joining",
            )
        return token

    def remove(self, token: Token) -> None:
        """Take an item away with what listens for it; its scope may now be done."""
        del self.items[token.id]
        self.owners.pop(token.id, None)
        self.local.pop(token.id, None)
        self.notes.pop(token.id, None)
        if token.role < ALIVE:
            self.touched[token.parent] = None
            for other in [o for o in self.items.values() if o.host == token.id and o.role == LISTEN]:
                self.disarm(other)

    def disarm(self, token: Token) -> None:
        """Take a listener away, if it is still there."""
        if self.items.pop(token.id, None) is None:
            return
        self.notes.pop(token.id, None)
        if self.node_of(token).triggers[token.counts[0]].type == "timer":
            self.event("timer_off", token.node, token.id)

    def inside(self, parent: int) -> list[Token]:
        """The items directly in a scope or container, in order of their ids."""
        return [token for token in self.items.values() if token.parent == parent]

    def node_of(self, token: Token) -> Node:
        return self.model.nodes[token.node]

    def outermost(self, token: Token) -> Token:
        """The container of a looped or signed activity, to which its boundary events belong."""
        while token.parent:
            parent = self.items[token.parent]
            if parent.role not in (LOOP, MULTI, SIGNING) or parent.node != token.node:
                break
            token = parent
        return token

    def task(self, identity: int) -> Token:
        """The open task with this id. Raises CommandRefused where there is none."""
        token = self.items.get(identity)
        if token is None or token.role != WAIT or self.node_of(token).move not in ("work", "receive"):
            if token is not None and token.role in (SIGNING, HELD):
                raise CommandRefused("the task {task} waits for other signers", task=identity)
            raise CommandRefused("the task {task} is not open", task=identity)
        return token

    def within(self, token: Token, scope: int) -> bool:
        """Whether the item lies, at any depth, in the scope."""
        parent = token.parent
        while parent:
            if parent == scope:
                return True
            parent = self.items[parent].parent
        return scope == 0

    # events, budget, data

    def event(self, kind: str, node: int, item: int, data: Any = None) -> None:
        self.events.append(Event(kind, node, item, data))

    def spend(self, node: Node) -> None:
        """Count a move. Raises StepTooLarge for a step that does not come to rest."""
        self.moves += 1
        if self.moves > MOVES_LIMIT:
            raise StepTooLarge(
                "the step has not come to rest after {limit} moves; it is at {element}",
                limit=MOVES_LIMIT,
                element=node.label,
                hint="look for a loop without a task or event that waits",
            )

    def scope_chain(self, start: int) -> Iterator[int]:
        """The item and its scopes, innermost first."""
        while start:
            yield start
            start = self.items[start].parent

    def visible(self, start: int, more: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The variables that an expression at an item or in a scope sees."""
        if self.local and start:
            found = dict(self.variables)
            for identity in reversed(list(self.scope_chain(start))):
                found.update(self.local.get(identity, {}))
            return {**found, **more} if more else found
        return {**self.variables, **more} if more else self.variables

    def holds(self, formula: int, start: int, more: Mapping[str, Any] | None = None) -> bool:
        """Whether a condition is true at an item or in a scope."""
        compiled = self.model.formulas[formula]
        answer = compiled.holds(self.visible(start, more), self.at)
        if more is None and compiled.timeless and not self.local:
            self.asked.append((formula, answer))
        else:
            self.pure = False
        return answer

    def value(self, formula: int, start: int, more: Mapping[str, Any] | None = None) -> Any:
        self.pure = False
        return self.model.formulas[formula].value(self.visible(start, more), self.at)

    def assign(self, data: Mapping[str, Any] | None, start: int, *, every: bool = False) -> None:
        """Set variables: in the innermost scope that has one of the name, else in the case. Names that no
        expression of the model uses are not kept."""
        if not data:
            return
        names = self.model.names
        kept = {name: from_python(value) for name, value in data.items() if every or name in names}
        if not kept:
            return
        if self.local and start:
            for identity in self.scope_chain(start):
                own = self.local.get(identity)
                if own is not None:
                    for name in [name for name in kept if name in own]:
                        self.pure = False
                        own[name] = kept.pop(name)
        if kept:
            self.variables = {**self.variables, **kept}

    # the end of a step

    def freeze(self) -> State:
        """The state after the step."""
        if self.forks:
            self.close_forks()
        items, ids = self.items, tuple(self.items)
        position = {identity: number for number, identity in enumerate(ids)}
        position[0] = -1
        rows = tuple(
            (t.role, t.node, position[t.parent], position[t.fork], position[t.host], t.counts)
            for t in items.values()
        )
        extra = Extra(self.local, self.notes) if self.local or self.notes else NO_EXTRA
        shape = intern(self.model, self.process, self.status, rows)
        return State(shape, ids, self.next, self.variables, self.owners, extra)

    def close_forks(self) -> None:
        """A split with at most one branch left is no split any more."""
        while True:
            members: dict[int, list[Token]] = {t.id: [] for t in self.items.values() if t.role == FORK}
            for token in self.items.values():
                if token.fork in members and (token.role < ALIVE or token.role == FORK):
                    members[token.fork].append(token)
            single = [identity for identity, found in members.items() if len(found) <= 1]
            if not single:
                return
            for identity in single:
                fork = self.items.pop(identity)
                for token in self.items.values():
                    if token.fork == identity:
                        token.fork = fork.fork

    def closed(self, scope: int) -> bool:
        return any(token.role == CLOSED and token.parent == scope for token in self.items.values())


def scope_of(work: Work, token: int) -> int:
    """The number of the scope in which an item's children lie; 0: the case's process."""
    if not token:
        return work.process
    return work.model.nodes[work.items[token].node].body


def joined_fork(work: Work, forks: Iterable[int]) -> int:
    """The innermost split that all of them belong to."""
    chains = []
    for fork in forks:
        chain = [fork]
        while chain[-1]:
            chain.append(work.items[chain[-1]].fork)
        chains.append(chain)
    common = set(chains[0]).intersection(*chains[1:])
    return next(fork for fork in chains[0] if fork in common)
