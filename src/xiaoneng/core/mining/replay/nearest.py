"""The run of the model that lies nearest to a path: fewest events without a step and steps without an event.

This is an optimal alignment (Adriansyah, van Dongen, van der Aalst 2011) with cost 1 for an event that is no
step of the run (*insert*) and for a visible step that the path lacks (*skip*); silent moves cost nothing. A*
with an admissible estimate: what a closed case still needs to reach the end, less the events still to come.
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


class _Record(NamedTuple):
    position: int
    marking: int
    parent: int
    move: Move | None
    cost: int


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

    def estimate(self, position: int, marking: int) -> int:
        if not self.closed:
            return 0
        return max(0, self.automaton.rest(marking, REST_LIMIT) - (len(self.path) - position))

    def push(self, record: _Record) -> None:
        total = record.cost + self.estimate(record.position, record.marking)
        while len(self.buckets) <= total:
            self.buckets.append([])
        self.buckets[total].append(record)

    def run(self) -> Run:
        for hop in self.automaton.beginnings:
            self.push(_Record(0, hop.target, -1, Move(START, 0, hop, NONE), 0))
        while True:
            last = self.search()
            if last is not None:
                break
            self.narrow()
        moves: list[Move] = []
        number, end = last, self.records[last]
        while number >= 0:
            record = self.records[number]
            if record.move is not None:
                moves.append(record.move)
            number = record.parent
        moves.reverse()
        return Run(moves, end.cost, self.exact and self.automaton.complete, end.marking)

    def search(self) -> int | None:
        """Settle states until the path is done; None when the limit is reached."""
        end = len(self.path)
        budget = self.limit
        new = self.automaton.size + min(NEW_LIMIT, self.limit)
        total = 0
        while total < len(self.buckets):
            bucket = self.buckets[total]
            if not bucket:
                total += 1
                continue
            record = bucket.pop()
            key = (record.position, record.marking)
            if key in self.settled:
                continue
            self.settled.add(key)
            self.records.append(record)
            number = len(self.records) - 1
            if record.position == end and (record.marking == ENDED or not self.closed):
                return number
            budget -= 1
            if budget < 0 or self.automaton.size > new:
                return None
            self.expand(record, number)
        return None

    def expand(self, record: _Record, number: int) -> None:
        """Push what may come next; what promises most last, as it is popped first."""
        position, marking, _, _, cost = record
        ways = self.automaton.ways(marking)
        wanted: tuple[int, ...] = ()
        for hops in ways.visible.values():
            for hop in hops:
                move = Move(SKIP, position, hop, marking)
                self.push(_Record(position, hop.target, number, move, cost + 1))
        if position < len(self.path):
            wanted = self.nodes[self.path[position]]
            move = Move(INSERT, position, None, marking)
            self.push(_Record(position + 1, marking, number, move, cost + 1))
        for hop in self.promising(ways.silent, position):
            self.push(_Record(position, hop.target, number, Move(SILENT, position, hop, marking), cost))
        for node in wanted:
            for hop in self.promising(ways.visible.get(node, ()), position + 1):
                move = Move(SYNC, position, hop, marking)
                self.push(_Record(position + 1, hop.target, number, move, cost))

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
        number = max(
            range(len(self.records)), key=lambda n: (self.records[n].position, -self.records[n].cost, n)
        )
        best = self.records[number]
        self.buckets, self.settled = [], set()
        if best.position == len(self.path):
            # nothing reaches the end from here: the case stays open
            self.closed = False
        if best.position > self.base or not self.closed:
            self.base = best.position
            self.push(best._replace(parent=number, move=None))
        else:
            self.base += 1
            move = Move(INSERT, best.position, None, best.marking)
            self.push(_Record(best.position + 1, best.marking, number, move, best.cost + 1))
