"""How tasks are served: queues, who takes what, batches. The part of the kernel that knows no process."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from operator import itemgetter
from typing import Any, Final

import numpy as np

from xiaoneng.core.process import State
from xiaoneng.core.simulation.arrivals import arrival_times
from xiaoneng.core.simulation.chance import Chance
from xiaoneng.core.simulation.chart import NO_ROW, Mark
from xiaoneng.core.simulation.crowd import Clock, Crowd
from xiaoneng.core.simulation.draws import Draws, attributes
from xiaoneng.core.simulation.plan import COMES, Plan
from xiaoneng.core.simulation.rows import DONE, WAITING, WITHDRAWN, WORKING, Rows
from xiaoneng.core.simulation.scenario import PRIORITY_LIMIT

ROW_BITS: Final = 40
ROW_MASK: Final = (1 << ROW_BITS) - 1
SEQUENCE_BITS: Final = 44
MOST: Final = 4 * PRIORITY_LIMIT
FIRST_KEY: Final = itemgetter(0)

# what a scheduled event is
FINISH: Final = 0  # a row's work ends
WAKE: Final = 1  # a crew's next opening
DELIVER: Final = 2  # (row, delivery)
TIMER: Final = 3  # (case, timer, due)
RELEASE: Final = 4  # (node, number of the batch)


@dataclass(slots=True, eq=False)
class Case:
    """A case under way. ``slots`` are the rows at the positions of ``mark``; ``state`` is the engine's, while
    items have data of their own."""

    index: int
    mark: Mark
    slots: list[int]
    state: State | None
    variables: Any
    visits: dict[int, int]
    urgency: int
    timers: dict[int, int] = field(default_factory=dict)
    """Armed timers and when they were scheduled."""


class Service:
    """The tasks of one replication and the people who do them."""

    def __init__(self, plan: Plan, seed: int, replication: int, cases: int) -> None:
        chance = Chance(seed, replication)
        scenario = plan.scenario
        self.plan, self.replication = plan, replication
        self.draws = Draws(plan, chance)
        self.arrivals = arrival_times(
            scenario.arrivals, plan.arrivals_agenda, scenario.start_us, scenario.zone, chance, cases
        )
        self.data = attributes(plan, chance, len(self.arrivals))
        self.crowd = Crowd(plan, chance)
        self.now = 0
        self.heap: list[tuple[int, int, int, Any]] = []
        self.scheduled = 0
        self.queued = 0
        self.rows = Rows()
        self.live: dict[int, Case] = {}
        self.ended = np.full(len(self.arrivals), -1, np.int64)
        self.statuses: dict[str, int] = {}
        self.collected: dict[int, list[int]] = {}
        self.batch_number: dict[int, int] = {}
        self.together: dict[int, list[int]] = {}
        self.of_row: list[Case] = []
        self.columns: list[list[int]] = [[] for _ in plan.queue]
        self.plain = [
            queue >= 0 and batch is None and not deliveries
            for queue, batch, deliveries in zip(plan.queue, plan.batches, plan.deliveries, strict=True)
        ]

    def schedule(self, at: int, code: int, what: Any) -> None:
        """Let something happen at a time, after what was scheduled for it before."""
        self.scheduled += 1
        heappush(self.heap, (at, self.scheduled, code, what))

    def work_of(self, row: int) -> int:
        """The drawn work (µs) of a task."""
        rows = self.rows
        node, visit = rows.node[row], rows.visit[row]
        if visit:
            return self.draws.duration(node, visit, rows.case[row])
        column = self.columns[node]
        if not column:
            column += self.draws.first_visits(node, len(self.arrivals))
        return column[rows.case[row]]

    def begin_free(self, row: int) -> None:
        """Work that needs nobody."""
        rows, agenda, now = self.rows, self.plan.free_agenda, self.now
        work = self.work_of(row)
        rows.state[row] = WORKING
        if work == 0 or self.plan.queue[rows.node[row]] == COMES:
            rows.begun[row] = now
            self.schedule(now + work, FINISH, row)
        else:
            rows.begun[row] = agenda.opening(now)
            self.schedule(agenda.finish(now, work), FINISH, row)

    def request(self, row: int, queue: int, priority: int) -> None:
        """Be served at once where somebody is free and nobody waits, else join the queue."""
        crowd, now = self.crowd, self.now
        heap = crowd.heaps[queue]
        for crew in crowd.queue_crews[queue]:
            if crowd.idle[crew]:
                clock = crowd.clocks[crew]
                if now >= clock.until:
                    clock.turn(now)
                if now >= clock.since and not any(crowd.crew_heaps[crew]):
                    self.start(row, crew, clock)
                    return
        self.queued += 1
        heappush(heap, ((MOST - priority << SEQUENCE_BITS) + self.queued << ROW_BITS) + row)
        for crew in crowd.queue_crews[queue]:
            while crowd.idle[crew] and self.serve(crew):
                if self.rows.state[row]:
                    return

    def start(self, row: int, crew: int, clock: Clock) -> None:
        """Whoever has been idle longest in a crew that is at work begins a task."""
        crowd, rows, now = self.crowd, self.rows, self.now
        case = rows.case[row]
        column = self.columns[rows.node[row]]
        work = column[case] if column and not rows.visit[row] else self.work_of(row)
        end = now + work
        if end > clock.until:
            end = clock.finish(now, work)
        rows.begun[row], rows.state[row] = now, WORKING
        rows.person[row] = crowd.idle[crew].popleft()
        crowd.busy[crew] += work
        self.scheduled += 1
        heappush(self.heap, (end, self.scheduled, FINISH, row))

    def serve(self, crew: int) -> bool:
        """Let an idle person of a crew begin the most urgent task; whether anybody could."""
        crowd, now = self.crowd, self.now
        heaps = crowd.crew_heaps[crew]
        heap = heaps[0] if len(heaps) == 1 else min((h for h in heaps if h), default=heaps[0], key=FIRST_KEY)
        if not heap:
            return False
        clock = crowd.clocks[crew]
        if now >= clock.until:
            clock.turn(now)
        if now < clock.since:
            if crowd.wakes[crew] != clock.since:
                crowd.wakes[crew] = clock.since
                self.schedule(clock.since, WAKE, crew)
            return False
        row = heappop(heap) & ROW_MASK
        if self.rows.state[row]:  # withdrawn meanwhile
            return self.serve(crew)
        self.start(row, crew, clock)
        return True

    def wake(self, crew: int) -> None:
        """The office opens: everybody idle takes a task."""
        self.crowd.wakes[crew] = -1
        while self.crowd.idle[crew] and self.serve(crew):
            pass

    def free(self, row: int) -> None:
        """Whoever works on a row is idle again, and takes the next task."""
        person = self.rows.person[row]
        if person >= 0:
            crew = self.crowd.crew_of[person]
            self.crowd.idle[crew].append(person)
            self.serve(crew)

    def withdraw(self, row: int) -> None:
        """A task is taken away; whoever was at it is free."""
        rows = self.rows
        if row == NO_ROW or rows.state[row] in (DONE, WITHDRAWN):
            return
        worked = rows.state[row] == WORKING
        rows.state[row], rows.ended[row] = WITHDRAWN, self.now
        if row in self.together:
            if not worked:
                self.lead(self.together.pop(row))
        elif worked:
            person = rows.person[row]
            if person >= 0:
                crew = self.crowd.crew_of[person]
                agenda = self.crowd.crews[crew].agenda
                done = agenda.spent(self.now) - agenda.spent(rows.begun[row])
                self.crowd.busy[crew] += done - self.work_of(row)
            self.free(row)

    # batches

    def collect(self, row: int, node: int) -> None:
        """A task waits for others of its step."""
        batch = self.plan.batches[node]
        assert batch is not None
        waiting = self.collected.setdefault(node, [])
        waiting.append(row)
        alive = [r for r in waiting if self.rows.state[r] == WAITING]
        if len(alive) >= batch.size:
            self.hand_out(node)
        elif len(waiting) == 1 and batch.wait is not None:
            number = self.batch_number.get(node, 0)
            self.schedule(self.now + round(batch.wait * 1_000_000), RELEASE, (node, number))

    def release(self, what: tuple[int, int]) -> None:
        """A batch has waited long enough."""
        node, number = what
        if self.batch_number.get(node, 0) == number and self.collected.get(node):
            self.hand_out(node)

    def hand_out(self, node: int) -> None:
        plan = self.plan
        batch = plan.batches[node]
        assert batch is not None
        self.batch_number[node] = self.batch_number.get(node, 0) + 1
        rows = [row for row in self.collected.pop(node) if self.rows.state[row] == WAITING]
        if not rows:
            return
        if batch.together:
            self.lead(rows)
            return
        for row in rows:
            self.enqueue(row, node, self.of_row[row].urgency)

    def lead(self, rows: list[int]) -> None:
        """One piece of work for several rows; the first still wanted stands for all."""
        rows = [row for row in rows if self.rows.state[row] == WAITING]
        if rows:
            self.together[rows[0]] = rows
            self.enqueue(rows[0], self.rows.node[rows[0]], max(self.of_row[r].urgency for r in rows))

    def enqueue(self, row: int, node: int, urgency: int) -> None:
        queue = self.plan.queue[node]
        if queue >= 0:
            self.request(row, queue, self.plan.priorities[node] + urgency)
        else:
            self.begin_free(row)
