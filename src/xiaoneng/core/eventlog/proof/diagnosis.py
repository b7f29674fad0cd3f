"""What happened to a chain that does not fit: which events were changed, deleted, inserted, moved.

Only what can be shown is said. The hash of an event covers its place and the hash before it; so an event
whose hash follows from what stands before it is genuine at that place, wherever it stands now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xiaoneng.core.eventlog.chain import link
from xiaoneng.core.eventlog.proof.evidence import Problem, StoredEvent

EXAMINED = 400
"""Longer chains get the first place that does not fit and no more: the search is quadratic."""

GAP = 16
"""Most events in a row whose deletion is told from a change after the rest was renumbered."""


def diagnose(case: str, rows: Sequence[StoredEvent], start: bytes) -> list[Problem]:
    """The problems of a chain, by place; ``rows`` by stored place, ``start`` the hash before the first."""
    if len(rows) > EXAMINED:
        return [_first(case, rows, start)]
    return _Search(case, rows, start).run()


def _first(case: str, rows: Sequence[StoredEvent], start: bytes) -> Problem:
    previous = start
    for place, row in enumerate(rows, 1):
        if row.seq != place:
            return Problem("deleted" if row.seq > place else "inserted", case, min(place, row.seq))
        if link(previous, row.covered(place)) != row.hash:
            return Problem("changed", case, place)
        previous = row.hash
    return Problem("changed", case, len(rows))


class _Search:
    """Follows the chain from its beginning, taking at each place whatever genuinely follows."""

    def __init__(self, case: str, rows: Sequence[StoredEvent], start: bytes) -> None:
        self.case = case
        self.waiting = list(rows)
        self.previous = start
        self.place = 1
        self.taken: list[StoredEvent] = []
        self.found: list[Problem] = []

    def run(self) -> list[Problem]:
        while self.waiting:
            row = self._genuine()
            if row is None:
                row = self._doubtful()
            if row is None:
                break
            self.waiting.remove(row)
            self.taken.append(row)
            self.previous, self.place = row.hash, self.place + 1
        self.found += [Problem("inserted", self.case, row.seq) for row in self.waiting]
        self.found += self._moved()
        return sorted(self.found, key=lambda problem: (problem.seq, problem.kind))

    def _candidates(self) -> Iterator[StoredEvent]:
        """Who stands at the place first, then the others."""
        here = [row for row in self.waiting if row.seq == self.place]
        yield from here
        yield from (row for row in self.waiting if row.seq != self.place)

    def _genuine(self) -> StoredEvent | None:
        for row in self._candidates():
            if link(self.previous, row.covered(self.place)) == row.hash:
                return row
        return None

    def _follows(self, row: StoredEvent, place: int) -> bool:
        """Whether some other event genuinely follows ``row``, if that stood at ``place``."""
        return any(
            link(row.hash, other.covered(place + 1)) == other.hash
            for other in self.waiting
            if other is not row
        )

    def _doubtful(self) -> StoredEvent | None:
        """Nothing follows from what is before: the event was changed, or one or more are missing here."""
        here = [row for row in self.waiting if row.seq == self.place]
        for row in here:
            if self._follows(row, self.place):
                self.found.append(Problem("changed", self.case, self.place))
                return row
        for gap in range(1, GAP + 1):
            for row in self.waiting:
                if self._follows(row, self.place + gap):
                    return self._after_gap(row, gap)
        if here:
            self.found.append(Problem("changed", self.case, self.place))
            return here[0]
        later = [row for row in self.waiting if row.seq > self.place]
        if not later:
            return None
        return self._after_gap(later[0], later[0].seq - self.place)

    def _after_gap(self, row: StoredEvent, gap: int) -> StoredEvent:
        """``row`` belongs ``gap`` places further on. What stands between them under its own number has lost
        its hash; where nothing stands, something is missing."""
        end = self.place + gap
        standing = {other.seq: other for other in self.waiting} if row.seq == end else {}
        for place in range(self.place, end):
            other = standing.get(place)
            self.found.append(Problem("changed" if other else "deleted", self.case, place))
            if other:
                self.waiting.remove(other)
                self.taken.append(other)
        self.place = end
        return row

    def _moved(self) -> Iterator[Problem]:
        """The first event that stands behind one that it belongs before; or, where nothing else is wrong, at
        a place that is not its own."""
        highest = 0
        for place, row in enumerate(self.taken, 1):
            if row.seq < highest or (not self.found and row.seq != place):
                yield Problem("reordered", self.case, min(row.seq, place) if row.seq >= highest else row.seq)
                return
            highest = row.seq
