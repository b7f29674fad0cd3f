"""A small process-oriented simulation: journeys are generators, desks are first-come first-served queues.

Time is a float, hours since ``EPOCH`` on the wall clock of the province. A journey yields the time at which
it wants to go on, or a list of journeys that must all end before it goes on; it receives the time at which
it was resumed. Because journeys are resumed in the order of time, a desk can settle begin and end of a
service the moment someone joins its queue: no second event is needed, and half a million steps take
seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

EPOCH = datetime(2022, 10, 1)  # noqa: DTZ001 the province has one wall clock
"""Three months before the log begins, so that queues and cases under way exist on its first day."""

FAR = 1e7
"""Hours; later than anything that is kept."""

Journey = Generator["float | list[Journey]", float, None]
"""A journey on its own: its first wish is ignored, it is resumed at the time at which it was started."""

Part = Generator["float | list[Journey]", float, float]
"""A stretch of a journey, run with ``yield from``; returns the time at which it ended."""


def hours(day: date) -> float:
    """Midnight of ``day`` as hours since :data:`EPOCH`."""
    return (day - EPOCH.date()).days * 24.0


def day_of(t: float) -> date:
    """The date on which ``t`` falls."""
    return EPOCH.date() + timedelta(days=int(t // 24))


class Opening:
    """When something is open: windows ``[start, start + length)`` in hours, sorted and apart.

    A desk's own clock counts open hours only; ``spent`` reads it, ``at`` and ``until`` read it backwards.
    """

    __slots__ = ("_before", "_length", "_start")

    def __init__(self, start: npt.NDArray[np.float64], length: npt.NDArray[np.float64]) -> None:
        keep = length > 0
        starts = np.append(start[keep], FAR)
        lengths = np.append(length[keep], FAR)
        self._start: list[float] = starts.tolist()
        self._length: list[float] = lengths.tolist()
        self._before: list[float] = np.concatenate(([0.0], np.cumsum(lengths)[:-1])).tolist()

    def spent(self, t: float) -> float:
        """Open hours before ``t``."""
        k = bisect_right(self._start, t) - 1
        if k < 0:
            return 0.0
        within = t - self._start[k]
        length = self._length[k]
        return self._before[k] + (within if within < length else length)

    def at(self, open_hours: float) -> float:
        """The first moment at which more than ``open_hours`` begin to be spent: a beginning."""
        k = bisect_right(self._before, open_hours) - 1
        return self._start[k] + open_hours - self._before[k]

    def until(self, open_hours: float) -> float:
        """The moment at which ``open_hours`` have been spent: an end."""
        k = max(bisect_left(self._before, open_hours) - 1, 0)
        return self._start[k] + open_hours - self._before[k]

    def next(self, t: float) -> float:
        """``t`` if open then, else the next opening."""
        return self.at(self.spent(t))


class Desk:
    """One or more people with the same work and the same open hours, served first come first served."""

    __slots__ = ("actors", "free", "opening")

    def __init__(self, opening: Opening, actors: Sequence[str]) -> None:
        self.opening = opening
        self.actors = list(actors)
        self.free = [0.0] * len(self.actors)

    def serve(self, t: float, work: float) -> tuple[float, float, str]:
        """Join the queue at ``t`` with ``work`` hours: begin, end and who does it."""
        free = self.free
        best = 0
        if len(free) > 1:
            best = free.index(min(free))
        begin = max(self.opening.spent(t), free[best])
        free[best] = begin + work
        return self.opening.at(begin), self.opening.until(begin + work), self.actors[best]


@dataclass(slots=True)
class _Join:
    """A journey that waits until its branches have ended; ``outer`` is the join that it itself belongs to."""

    parent: Journey
    waiting: int
    outer: _Join | None


@dataclass(slots=True)
class Kernel:
    """Runs journeys in the order of time; ties in the order in which they were scheduled."""

    _queue: list[tuple[float, int, Journey, _Join | None]] = field(default_factory=list)
    _count: int = 0
    now: float = 0.0

    def start(self, journey: Journey, t: float, *, join: _Join | None = None) -> None:
        """Let ``journey`` begin at ``t``. A fresh journey must first yield to learn the time."""
        next(journey)
        self._push(journey, t, join)

    def _push(self, journey: Journey, t: float, join: _Join | None) -> None:
        self._count += 1
        heappush(self._queue, (t, self._count, journey, join))

    def run(self, until: float) -> None:
        """Resume journeys up to and including ``until``; what is due later stays for the next call."""
        queue = self._queue
        while queue and queue[0][0] <= until:
            t, _, journey, join = heappop(queue)
            self.now = t
            try:
                wish = journey.send(t)
            except StopIteration:
                self._ended(t, join)
                continue
            if isinstance(wish, list):
                own = _Join(journey, len(wish), join)
                for branch in wish:
                    self.start(branch, t, join=own)
            else:
                self._push(journey, wish, join)

    def _ended(self, t: float, join: _Join | None) -> None:
        if join is None:
            return
        join.waiting -= 1
        if join.waiting == 0:
            self._push(join.parent, t, join.outer)


class Chance:
    """One stream of random numbers, drawn in blocks: the same seed gives the same province."""

    __slots__ = ("_generator", "_normal", "_uniform")

    BLOCK = 1 << 16

    def __init__(self, *seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._uniform: list[float] = []
        self._normal: list[float] = []

    def uniform(self) -> float:
        """0 ≤ u < 1."""
        if not self._uniform:
            self._uniform = self._generator.random(self.BLOCK).tolist()
        return self._uniform.pop()

    def normal(self) -> float:
        """Mean 0, deviation 1."""
        if not self._normal:
            self._normal = self._generator.standard_normal(self.BLOCK).tolist()
        return self._normal.pop()
