"""The people of a replication: when each crew works, who is idle, what waits for whom."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

from xiaoneng.core.simulation.agenda import Agenda
from xiaoneng.core.simulation.chance import Chance
from xiaoneng.core.simulation.plan import Plan


class Clock:
    """An agenda read at rising times: the opening that is on, or the next one."""

    __slots__ = ("_agenda", "_at", "since", "until")

    def __init__(self, agenda: Agenda) -> None:
        self._agenda, self._at = agenda, -1
        self.since = self.until = -1

    def turn(self, now: int) -> None:
        """Go on to the first opening that ends after ``now``. Raises CalendarNotPublished."""
        agenda = self._agenda
        self._at = bisect_right(agenda.end_list, now)
        if self._at >= len(agenda.end_list):
            raise agenda.over()
        self.since, self.until = agenda.start_list[self._at], agenda.end_list[self._at]

    def finish(self, begin: int, work: int) -> int:
        """When work ends that begins in the opening that is on and does not end in it."""
        agenda = self._agenda
        return agenda.at(agenda.before_list[self._at] + begin - self.since + work)


class Crowd:
    """Who works on what: the persons of each crew, and the tasks that wait for them."""

    __slots__ = ("busy", "clocks", "crew_heaps", "crew_of", "crews", "heaps", "idle", "queue_crews", "wakes")

    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.crews, self.queue_crews = plan.crews(chance)
        self.heaps: list[list[int]] = [[] for _ in self.queue_crews]
        self.crew_heaps = [
            [self.heaps[q] for q, crews in enumerate(self.queue_crews) if crew in crews]
            for crew in range(len(self.crews))
        ]
        self.idle = [deque(range(crew.first, crew.first + crew.number)) for crew in self.crews]
        self.crew_of = [number for number, crew in enumerate(self.crews) for _ in range(crew.number)]
        unique: dict[int, Clock] = {}
        self.clocks = [unique.setdefault(id(crew.agenda), Clock(crew.agenda)) for crew in self.crews]
        self.wakes = [-1] * len(self.crews)
        self.busy: list[int] = [0] * len(self.crews)
