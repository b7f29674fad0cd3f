"""The run of the model that lies nearest to a path: fewest events without a step and steps without an event.

This is an optimal alignment (Adriansyah, van Dongen, van der Aalst 2011) with cost 1 for an event that is no
step of the run (*insert*) and for a visible step that the path lacks (*skip*); silent moves cost nothing. A*
with an admissible estimate: the events whose step cannot come any more, and the steps that a closed case
still needs, less the events that may be one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from xiaoneng.core.mining.replay.automaton import ENDED, Automaton, Beliefs, Hop, Trail
from xiaoneng.core.process.model import NONE

START: Final = "start"
SYNC: Final = "sync"
SILENT: Final = "silent"
SKIP: Final = "skip"
INSERT: Final = "insert"
SEARCH_LIMIT: Final = 30_000
"""States that one search may settle before it goes on from the best one."""
NEW_LIMIT: Final = 3_000
"""Markings that one search may work out."""
REST_LIMIT: Final = 3_000


class Move(NamedTuple):
    """One step of a run: its kind, the position of the event it belongs to or comes before, the hop, and the
    marking before it."""

    kind: str
    position: int
    hop: Hop | None
    before: int


class Run(NamedTuple):
    """A run beside a path. ``cost`` inserts and skips; ``exact``: no run has fewer."""

    moves: list[Move]
    cost: int
    exact: bool
    last: int


# position, marking, number of the record before (NONE: none), kind and hop of the move from there ("": the
# search went on from it), cost so far; a plain tuple, as most are never looked at again
_Record = tuple[int, int, int, str, Hop | None, int]


def nearest(beliefs: Beliefs, path: Sequence[int], closed: bool, *, limit: int = SEARCH_LIMIT) -> Run:
    """The nearest run of a path of activities; a closed case must reach the end."""
    found = beliefs.fit(path, closed)
    if found is not None:
        return Run(_straight(*found), 0, True, found[0])
    return _Search(beliefs, path, closed, limit).run()


def _straight(last: int, trail: list[Trail]) -> list[Move]:
    """The moves of a path that fits, read backwards along its trail."""
    moves: list[Move] = []
    marking = last
    for position in range(len(trail) - 1, -1, -1):
        before, hops = trail[position][marking]
        later: list[Move] = []
        at = before
        for number, hop in enumerate(hops):
            kind = SILENT if number else SYNC if position else START
            # silent moves come after the event, so before the next one
            later.append(Move(kind, position - 1 if kind == SYNC else position, hop, at))
            at = hop.target
        moves += reversed(later)
        marking = before
    moves.reverse()
    return moves


class _Search:
    """One search; buckets by cost and estimate, last in first out within one."""

    def __init__(self, beliefs: Beliefs, path: Sequence[int], closed: bool, limit: int) -> None:
        self.automaton: Automaton = beliefs.automaton
        self.nodes, self.path, self.closed, self.limit = beliefs.nodes, path, closed, limit
        self.records: list[_Record] = []
        self.buckets: list[list[_Record]] = []
        self.settled: set[tuple[int, int]] = set()
        self.exact = True
        self.base = 0
        self.masks = [sum(1 << node for node in self.nodes[activity]) for activity in path]
        self.late: dict[tuple[int, int], int] = {}

    def push(self, record: _Record) -> None:
        position, marking, cost = record[0], record[1], record[5]
        # events whose step cannot come any more, and steps to the end that no other event can be
        late = self.too_late(position, marking)
        cost += late
        if self.closed:
            needed = self.automaton.rest(marking, REST_LIMIT) - (len(self.path) - position - late)
            if needed > 0:
                cost += needed
        buckets = self.buckets
        while len(buckets) <= cost:
            buckets.append([])
        buckets[cost].append(record)

    def too_late(self, position: int, marking: int) -> int:
        """How many of the events to come have no step that can still be reached."""
        reach = self.automaton.reach(marking)
        found = self.late.get((position, reach))
        if found is None:
            found = sum(not mask & reach for mask in self.masks[position:])
            self.late[(position, reach)] = found
        return found

    def run(self) -> Run:
        for first in self.automaton.beginnings:
            self.push((0, first.target, NONE, START, first, 0))
        while (last := self.search()) is None:
            self.narrow()
        moves: list[Move] = []
        number = last
        while number != NONE:
            _, _, before, kind, hop, _ = self.records[number]
            if kind:
                place, marking = self.records[before][:2] if before != NONE else (0, NONE)
                moves.append(Move(kind, place, hop, marking))
            number = before
        moves.reverse()
        _, marking, _, _, _, cost = self.records[last]
        return Run(moves, cost, self.exact and self.automaton.complete, marking)

    def search(self) -> int | None:
        """Settle states until the path is done; None when the limit is reached."""
        end = len(self.path)
        budget = self.limit
        new = self.automaton.size + min(NEW_LIMIT, self.limit)
        buckets, settled, records = self.buckets, self.settled, self.records
        total = 0
        while total < len(buckets):
            if not buckets[total]:
                total += 1
                continue
            record = buckets[total].pop()
            position, marking = record[0], record[1]
            key = (position, marking)
            if key in settled:
                continue
            settled.add(key)
            records.append(record)
            if position == end and (marking == ENDED or not self.closed):
                return len(records) - 1
            budget -= 1
            if budget < 0 or self.automaton.size > new:
                return None
            self.expand(position, marking, record[5], len(records) - 1)
        return None

    def expand(self, position: int, marking: int, cost: int, number: int) -> None:
        """Push what may come next; what promises most last, as it is popped first."""
        settled, push = self.settled, self.push
        visible, silent = self.automaton.ways(marking)
        for hops in visible.values():
            for hop in hops:
                if (position, hop.target) not in settled:
                    push((position, hop.target, number, SKIP, hop, cost + 1))
        wanted: tuple[int, ...] = ()
        if position < len(self.path):
            wanted = self.nodes[self.path[position]]
            push((position + 1, marking, number, INSERT, None, cost + 1))
        for hop in self.promising(silent, position):
            push((position, hop.target, number, SILENT, hop, cost))
        for node in wanted:
            for hop in self.promising(visible.get(node, ()), position + 1):
                push((position + 1, hop.target, number, SYNC, hop, cost))

    def promising(self, hops: Sequence[Hop], position: int) -> Sequence[Hop]:
        """Those behind which the next event finds its step last."""
        if len(hops) < 2:
            return hops
        if position == len(self.path):
            return sorted(hops, key=lambda hop: -len(self.automaton.waiting(hop.target)))
        wanted = self.nodes[self.path[position]]
        return sorted(hops, key=lambda hop: any(n in self.automaton.waiting(hop.target) for n in wanted))

    def narrow(self) -> None:
        """The search was too wide, or there is no way on: go on from the state that got furthest."""
        self.exact = False
        number = max(range(len(self.records)), key=lambda n: (self.records[n][0], -self.records[n][5], n))
        position, marking, _, _, _, cost = self.records[number]
        self.buckets, self.settled = [], set()
        if position == len(self.path):
            # nothing reaches the end from here: the case stays open
            self.closed = False
        if position > self.base or not self.closed:
            self.base = position
            self.push((position, marking, number, "", None, cost))
        else:
            self.base += 1
            self.push((position + 1, marking, number, INSERT, None, cost + 1))
