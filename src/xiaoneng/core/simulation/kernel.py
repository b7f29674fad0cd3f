"""Discrete-event simulation of cases that walk a process model by the engine's own ``advance``.

Time is whole microseconds. What happens at one moment happens in the order: arrivals, then the order in which
it was scheduled. Whoever is free takes the waiting task of the highest priority, the longest-waiting of
these; a task takes the first pool of those that fill its role, in it whoever has been idle longest. Work
begins in working hours, pauses at closing time and goes on at the next opening; whoever began a task ends it.

Every task that opens is a *row*: case, node, when it opened, began and ended, who did it, how it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop
from typing import Any, Final

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import Command, Complete, Message, Signal, State, TimerDue
from xiaoneng.core.process.durations import moment
from xiaoneng.core.simulation.branches import FEEL, FIRST, NEXT
from xiaoneng.core.simulation.chart import (
    HOST,
    INNER,
    NO_ROW,
    ROOT,
    STEPPED,
    Ask,
    Chart,
    bears_own,
    state_of,
)
from xiaoneng.core.simulation.limits import due_of_limit
from xiaoneng.core.simulation.plan import EVENT, NOT_A_ROW, Delivery, Plan
from xiaoneng.core.simulation.rows import DONE, WITHDRAWN, WORKING
from xiaoneng.core.simulation.scenario import PRIORITY_LIMIT
from xiaoneng.core.simulation.service import DELIVER, TIMER, Case, Service

VISITS_LIMIT: Final = 1_000


class Kernel(Service):
    """One replication: cases walk the model, their tasks are served."""

    def __init__(self, plan: Plan, chart: Chart, seed: int, replication: int, cases: int) -> None:
        super().__init__(plan, seed, replication, cases)
        self.chart = chart
        self.questions = plan.branching.questions
        self.uniform = 0.0
        self.come = 0

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
