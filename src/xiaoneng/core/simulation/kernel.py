"""Discrete-event simulation of cases that walk a process model by the engine's own ``advance``.

Time is whole microseconds. What happens at one moment happens in the order: arrivals, then the order in which
it was scheduled. Whoever is free takes the waiting task of the highest priority, the longest-waiting of
these; a task takes the first pool of those that fill its role, in it whoever has been idle longest. Work
begins in working hours, pauses at closing time and goes on at the next opening; whoever began a task ends it.

Every task that opens is a *row*: case, node, when it opened, began and ended, who did it, how it ended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from operator import itemgetter
from typing import Any, Final

import numpy as np

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import Command, Complete, Message, Signal, State, TimerDue
from xiaoneng.core.process.durations import moment
from xiaoneng.core.simulation.agenda import Agenda
from xiaoneng.core.simulation.arrivals import arrival_times
from xiaoneng.core.simulation.branches import FEEL, FIRST, NEXT
from xiaoneng.core.simulation.chance import Chance
from xiaoneng.core.simulation.chart import (
    HOST,
    INNER,
    NO_ROW,
    ROOT,
    STEPPED,
    Ask,
    Chart,
    Mark,
    bears_own,
    state_of,
)
from xiaoneng.core.simulation.draws import Draws, attributes
from xiaoneng.core.simulation.limits import due_of_limit
from xiaoneng.core.simulation.plan import COMES, EVENT, NOT_A_ROW, Delivery, Plan
from xiaoneng.core.simulation.rows import DONE, WAITING, WITHDRAWN, WORKING, Rows
from xiaoneng.core.simulation.scenario import PRIORITY_LIMIT

VISITS_LIMIT: Final = 1_000
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


class Kernel:
    """One replication. :func:`run` makes it, lets it run and gives its rows."""

    def __init__(self, plan: Plan, chart: Chart, seed: int, replication: int, cases: int) -> None:
        chance = Chance(seed, replication)
        scenario = plan.scenario
        self.plan, self.chart = plan, chart
        self.questions = plan.branching.questions
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
        self.uniform = 0.0
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

    # the loop

    def run(self, until: int | None = None, progress: Callable[[int], None] | None = None) -> None:
        """Until nothing more happens, or past ``until``."""
        arrivals = self.arrivals.tolist()
        count, index = len(arrivals), 0
        heap = self.heap
        end = until if until is not None else 1 << 62
        handlers = (self.finish, self.wake, self.deliver, self.timer, self.release)
        while True:
            if index < count and (not heap or arrivals[index] <= heap[0][0]):
                now = arrivals[index]
                if now > end:
                    break
                self.now = now
                self.arrive(index)
                index += 1
                if progress is not None and not index & 1023:
                    progress(index)
            elif heap:
                now, _, code, what = heap[0]
                if now > end:
                    break
                heappop(heap)
                self.now = now
                handlers[code](what)
            else:
                break
        self.come = index

    def schedule(self, at: int, code: int, what: Any) -> None:
        self.scheduled += 1
        heappush(self.heap, (at, self.scheduled, code, what))

    # cases

    def arrive(self, index: int) -> None:
        variables = self.data[index]
        case = Case(index, self.chart.before, [], None, variables, {}, self.urgency(variables))
        self.live[index] = case
        self.follow(case, ROOT, NO_ROW)

    def urgency(self, variables: Any) -> int:
        """The priority of a case by the scenario's expression."""
        expression = self.plan.priority
        if expression is None:
            return 0
        found = expression.evaluate(variables)
        try:
            whole = int(found.value)
            fits = whole == found.value and abs(whole) <= PRIORITY_LIMIT and found.value is not True
        except (TypeError, ValueError, ArithmeticError):
            fits = False
        if not fits:
            place = self.plan.scenario.places.get("priority")
            raise BadInput(
                "the priority {text} gives {value}",
                place=place.place if place is not None else None,
                text=self.plan.scenario.priority,
                value=str(found.value),
                expected="a whole number from {low} to {high}",
                low=-PRIORITY_LIMIT,
                high=PRIORITY_LIMIT,
            )
        return whole

    def answer(self, case: Case, number: int) -> bool:
        """Answer a condition for a case."""
        question = self.questions[number]
        if question.kind == NEXT:
            return self.uniform < question.bound
        if question.kind == FEEL:
            original: Any = self.plan.model.formulas[number]
            return bool(original.original.holds(case.variables, None))
        visits = case.visits
        visit = visits.get(-1 - number, 0)
        visits[-1 - number] = visit + 1
        drawn = self.draws.chance_of(number, visit, case.index)
        if question.kind == FIRST:
            self.uniform = drawn
        return drawn < question.bound

    def follow(self, case: Case, position: int, row: int) -> None:
        """The task at a position is done, or (ROOT) the case begins: go where the chart says."""
        state = case.state
        if state is not None:
            self.apart(case, Complete(state.ids[position]), row)
            return
        mark = case.mark
        way: Any = mark.exits.get(position)
        given: list[bool] = []
        while type(way) is Ask:
            yes = self.answer(case, way.question)
            given.append(yes)
            way = way.yes if yes else way.no
        if way is None or way is STEPPED:
            found, step = self.chart.find(
                mark, position, given, lambda q: self.answer(case, q), case.variables, moment(self.now)
            )
            if found is STEPPED:
                before = None if position == ROOT else state_of(mark, case.variables)
                self.settle(case, before, step, row)
                return
            way = found
        old = case.slots
        slots = [old[p] if p >= 0 else NO_ROW for p in way.plan]
        if way.gone:
            for place in way.gone:
                self.withdraw(old[place])
        case.mark, case.slots = way.mark, slots
        for place, node, kind in way.opened:
            slots[place] = self.open(case, node, kind)
        if way.mark.ended:
            self.close(case, way.mark.shape.status)

    def apart(self, case: Case, command: Command, row: int) -> None:
        """A step that is worked out by ``advance`` for this case alone."""
        state = case.state or state_of(case.mark, case.variables)
        step, _ = self.chart.step(
            state, command, moment(self.now), [], lambda number: self.answer(case, number)
        )
        self.settle(case, state, step, row)

    def settle(self, case: Case, before: State | None, step: Any, row: int) -> None:
        """Take over what ``advance`` worked out: rows opened and withdrawn, timers, the end. ``row`` is the
        one whose completion or event it was."""
        after: State = step.state
        ids = () if before is None else before.ids
        of_item = dict(zip(ids, case.slots, strict=True))
        items = after.shape.items
        slots = [of_item.pop(identity, NO_ROW) for identity in after.ids]
        for gone in of_item.values():
            if gone == row and row != NO_ROW:
                self.rows.state[row], self.rows.ended[row] = DONE, self.now
            else:
                self.withdraw(gone)
        known = set(ids)
        own = bears_own(after)
        case.variables = after.variables if before is not None else {**case.variables, **after.variables}
        case.state = after if own else None
        case.mark, case.slots = self.chart.mark(after.shape), slots
        if not own:
            case.timers.clear()  # ids of items begin anew
        for place, identity in enumerate(after.ids):
            kind = self.chart.row_at(items, place)
            if kind and identity not in known:
                slots[place] = self.open(case, items[place][1], kind)
        for event in step.events:
            if event.kind == "timer_off":
                case.timers.pop(event.item, None)
            elif event.kind == "timer_set" and event.item in after.extra.notes:
                self.arm(case, event.item, event.data)
        if after.ended:
            self.close(case, after.status)

    def arm(self, case: Case, timer: int, due: Any) -> None:
        """Schedule a timer; one that counts by a calendar is due at the end of its last day."""
        if isinstance(due, tuple):
            at = due_of_limit(self.now, due[0], due[1], self.plan)
        else:
            assert case.state is not None
            at = int(case.state.extra.notes[timer][0])
        self.schedule(max(at, self.now), TIMER, (case, timer, self.scheduled + 1))
        case.timers[timer] = self.scheduled

    def close(self, case: Case, status: str) -> None:
        self.ended[case.index] = self.now
        self.statuses[status] = self.statuses.get(status, 0) + 1
        del self.live[case.index]

    # rows

    def open(self, case: Case, node: int, kind: int) -> int:
        """A task or waiting event opens."""
        plan = self.plan
        visits = case.visits
        visit = visits.get(node, 0)
        visits[node] = visit + 1
        if visit > VISITS_LIMIT:
            raise BadInput(
                "a case goes round and round: it has come to {element} {count} times",
                element=plan.model.nodes[node].label,
                count=visit,
                hint="look at the probabilities and attributes that lead back",
            )
        rows = self.rows
        row = len(self.of_row)
        if row >= len(rows.state):
            rows.grow()
        rows.case.append(case.index)
        rows.node.append(node)
        rows.visit.append(visit)
        rows.opened.append(self.now)
        self.of_row.append(case)
        if self.plain[node]:
            self.request(row, plan.queue[node], plan.priorities[node] + case.urgency)
            return row
        for delivery in plan.deliveries[node] if kind != INNER else ():
            seen = visits.get(-2_000_000 - delivery.node, 0)
            visits[-2_000_000 - delivery.node] = seen + 1
            delay = self.draws.delay(delivery.node, delivery.delay, seen, case.index)
            self.schedule(self.now + delay, DELIVER, (row, delivery))
        if kind == HOST:
            return row
        if plan.batches[node] is not None:
            self.collect(row, node)
        elif plan.queue[node] not in (EVENT, NOT_A_ROW):
            self.enqueue(row, node, case.urgency)
        return row

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

    def finish(self, row: int) -> None:
        """Work ends: the person takes the next task, then the case goes on."""
        rows = self.rows
        if row in self.together:
            self.finish_together(row)
        elif rows.state[row] == WORKING:
            rows.state[row], rows.ended[row] = DONE, self.now
            person = rows.person[row]
            if person >= 0:
                crowd = self.crowd
                crew = crowd.crew_of[person]
                crowd.idle[crew].append(person)
                if any(crowd.crew_heaps[crew]):
                    self.serve(crew)
            case = self.of_row[row]
            self.follow(case, case.slots.index(row), row)

    def finish_together(self, leader: int) -> None:
        """A piece of work for several rows ends; those withdrawn meanwhile stay so."""
        rows = self.rows
        self.free(leader)
        for row in self.together.pop(leader):
            if rows.state[row] not in (WITHDRAWN, DONE):
                rows.state[row], rows.ended[row] = DONE, self.now
                rows.begun[row], rows.person[row] = rows.begun[leader], rows.person[leader]
                case = self.of_row[row]
                self.follow(case, case.slots.index(row), row)

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

    # what comes from outside

    def deliver(self, what: tuple[int, Delivery]) -> None:
        """A message or signal comes, if it is still waited for."""
        row, delivery = what
        if self.rows.state[row] in (DONE, WITHDRAWN):
            return
        case = self.of_row[row]
        if case.state is None:
            case.state = state_of(case.mark, case.variables)
        command: Command = Signal(delivery.name)
        if delivery.kind == "message":
            command = Message(delivery.name, None, case.state.ids[case.slots.index(row)])
        self.apart(case, command, row if self.plan.queue[self.rows.node[row]] == EVENT else NO_ROW)

    def timer(self, what: tuple[Case, int, int]) -> None:
        """A timer is due, if it is still armed."""
        case, timer, number = what
        if case.timers.get(timer) != number:
            return
        del case.timers[timer]
        self.apart(case, TimerDue(timer), NO_ROW)
