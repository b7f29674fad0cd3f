"""The second kernel: the chart and the people laid out as arrays for the compiled loop of :mod:`tight`.

It serves plans whose processes need people, calendars, priorities, branches and nothing else. Timers,
messages, batches, repeated tasks and variables that change are left to the first kernel: then there is no
outcome here. Edges of the chart that are missing are found out by ``advance``, as the first kernel does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process.durations import moment
from xiaoneng.core.simulation import tight
from xiaoneng.core.simulation.agenda import Agenda, Int64
from xiaoneng.core.simulation.branches import FEEL
from xiaoneng.core.simulation.chance import BLOCK
from xiaoneng.core.simulation.chart import PLAIN, ROOT, STEPPED, Ask, Chart, Edge, Mark
from xiaoneng.core.simulation.kernel import Kernel
from xiaoneng.core.simulation.outcome import Outcome, simulate_once, stuck_at
from xiaoneng.core.simulation.plan import COMES, FREE, Plan
from xiaoneng.core.simulation.scenario import micros
from xiaoneng.core.simulation.service import Case

SCOUTS: Final = 100
"""Cases that the first kernel walks so that most of the chart is known."""
EAGER_VISITS: Final = 3
"""Draws of the first occurrences are made for all cases at once, later ones block by block."""
FOREVER: Final = 1 << 62
UNIT: Final = 2.0**53


def simulate_fast(
    plan: Plan,
    seed: int,
    replication: int,
    cases: int,
    chart: Chart | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome | None:
    """One replication, the same as :func:`simulate_once`'s row by row; None for a plan that needs the first
    kernel. Raises what that one raises."""
    if any(plan.batches) or any(plan.deliveries):
        return None
    chart = chart if chart is not None else Chart(plan)
    if not chart.marks:
        simulate_once(plan, seed, replication, min(cases, SCOUTS), chart)
    try:
        return _Flight(Kernel(plan, chart, seed, replication, cases)).outcome(progress)
    except _NotPlainError:
        return None


class _Flight:
    """One replication under way: arrays, and what fills them."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.plan, self.chart = kernel, kernel.plan, kernel.chart
        self.cases = len(kernel.arrivals)
        self.blocks = -(-self.cases // BLOCK)
        plan, questions = self.plan, self.plan.branching.questions
        self.by_draw = {n for n, q in enumerate(questions) if q.kind != FEEL}
        self.drawn = [n for n, q in enumerate(questions) if q.kind not in (FEEL, 2)]
        conditions = {flow.condition for flow in plan.model.flows}
        self.asked_feel = [
            n for n, q in enumerate(questions) if q.kind == FEEL and q.known and n in conditions
        ]
        self.nodes = [n for n, queue in enumerate(plan.queue) if queue >= FREE or queue == COMES]
        self.agendas: list[Agenda] = []
        self.marks: list[Mark] = []
        self.places: dict[str, tuple[int, int]] = {}
        self.w, self.p, self.widest, self.most = self._ways()
        self.work, self.work_at = (
            np.zeros(0, np.int64),
            np.full(len(self.nodes) * 4 * self.blocks, -1, np.int64),
        )
        self.chance = np.zeros(0, np.int64)
        self.used = dict.fromkeys((tight.WORK_VISITS, tight.CHANCE_VISITS), 0)
        self.chance_at = np.full(len(self.drawn) * 4 * self.blocks, -1, np.int64)
        self.m, self.o = np.zeros(tight.SCALARS, np.int64), np.zeros(0, np.int64)
        self._lay_out({**self._world(), **self._live()})
        m = self.m
        m[tight.CASES], m[tight.BLOCKS] = self.cases, self.blocks
        m[tight.NODES], m[tight.QUESTIONS] = len(self.nodes), len(self.drawn)
        m[tight.QUEUES] = len(kernel.crowd.queue_crews)
        m[tight.WORK_VISITS] = m[tight.CHANCE_VISITS] = 4
        m[tight.FREE_CLOCK] = self._clock(self.plan.free_agenda)

    # the arrays

    def _lay_out(self, arrays: dict[str, Int64]) -> None:
        """Put the arrays one behind the other, and note how long those are that grow."""
        scalars = self.m[: tight.SCALARS].copy()
        lengths = [arrays[name].size for name in tight.SEGMENTS]
        self.o = tight.SCALARS + offsets(lengths)[:-1]
        self.m = np.concatenate([scalars, *(arrays[name].reshape(-1) for name in tight.SEGMENTS)])
        self.places = {
            name: (int(at), int(at) + length)
            for name, at, length in zip(tight.SEGMENTS, self.o, lengths, strict=True)
        }
        m = self.m
        m[tight.ROW_ROOM], m[tight.HEAP_ROOM] = arrays["case"].size, arrays["heap_time"].size
        m[tight.WAITS] = arrays["wait_key"].size // max(len(self.kernel.crowd.queue_crews), 1)
        m[tight.WIDTH], m[tight.ASKED_SIZE] = self.widest, arrays["asked"].size

    def _array(self, name: str) -> Int64:
        """One of the arrays, as a view."""
        low, high = self.places[name]
        return self.m[low:high]

    def _replace(self, **changed: Int64) -> None:
        """Lay everything out anew with some arrays replaced."""
        self._lay_out({name: changed.get(name, self._array(name)) for name in tight.SEGMENTS})

    def _clock(self, agenda: Agenda) -> int:
        for number, known in enumerate(self.agendas):
            if known is agenda:
                return number
        self.agendas.append(agenda)
        return len(self.agendas) - 1

    def _world(self) -> dict[str, Int64]:
        """What does not change: questions, nodes, queues, crews, clocks."""
        plan, crowd = self.plan, self.kernel.crowd
        questions = plan.branching.questions
        slots = {question: slot for slot, question in enumerate(self.drawn)}
        slots |= {question: slot for slot, question in enumerate(self.asked_feel)}
        node_slot = np.full(len(plan.queue), -1, np.int64)
        node_slot[self.nodes] = np.arange(len(self.nodes))
        crew_queues = [
            [q for q, crews in enumerate(crowd.queue_crews) if crew in crews]
            for crew in range(len(crowd.crews))
        ]
        clocks = [self._clock(crew.agenda) for crew in crowd.crews]
        self._clock(plan.free_agenda)
        urgencies = [self.kernel.urgency(row) for row in self.kernel.data] if plan.priority else []
        return {
            "question_kind": numbers([q.kind for q in questions]),
            "question_slot": numbers([slots.get(n, 0) for n in range(len(questions))]),
            # drawn < bound, both times 2⁵³: the one is whole then, so the other may be rounded up
            "bound": numbers([math.ceil(q.bound * UNIT) for q in questions]),
            "node_queue": numbers(plan.queue),
            "node_slot": node_slot,
            "node_priority": numbers(plan.priorities),
            "queue_at": offsets([len(c) for c in crowd.queue_crews]),
            "queue_crew": numbers([crew for crews in crowd.queue_crews for crew in crews]),
            "crew_at": offsets([len(q) for q in crew_queues]),
            "crew_queue": numbers([queue for queues in crew_queues for queue in queues]),
            "crew_clock": numbers(clocks),
            "crew_first": numbers([crew.first for crew in crowd.crews]),
            "crew_number": numbers([crew.number for crew in crowd.crews]),
            "person_crew": numbers(crowd.crew_of),
            "clock_at": offsets([len(agenda.starts) for agenda in self.agendas]),
            "starts": np.concatenate([agenda.starts for agenda in self.agendas]),
            "ends": np.concatenate([agenda.ends for agenda in self.agendas]),
            "before": np.concatenate([agenda.before for agenda in self.agendas]),
            "arrivals": self.kernel.arrivals,
            "urgency": numbers(urgencies) if urgencies else np.zeros(self.cases, np.int64),
            "answers": self._answers(),
        }

    def _answers(self) -> Int64:
        """Whether each FEEL condition holds, by condition and case: the attributes do not change."""
        formulas: Any = self.plan.model.formulas
        return np.array(
            [
                [bool(formulas[n].original.holds(row, None)) for row in self.kernel.data]
                for n in self.asked_feel
            ],
            np.int64,
        )

    def _ways(self) -> tuple[Int64, Int64, int, int]:
        """The chart as it is known now (its arrays and where they begin), the longest marking, and the most
        that an edge opens and withdraws."""
        self.marks = [self.chart.before, *self.chart.marks.values()]
        sheet = _Sheet()
        exits: list[int] = []
        for mark in self.marks:
            exits += [sheet.add(mark.exits.get(place)) for place in range(len(mark.shape.items))]
        start = sheet.add(self.chart.before.exits.get(ROOT))
        ways = {
            "exit_at": offsets([len(mark.shape.items) for mark in self.marks]),
            "exit": numbers(exits),
            "question": numbers(sheet.question),
            "yes": numbers(sheet.yes),
            "no": numbers(sheet.no),
            "edge_mark": numbers([edge.mark.number for edge in sheet.edges]),
            "plan_at": offsets([len(edge.plan) for edge in sheet.edges]),
            "plan": numbers([place for edge in sheet.edges for place in edge.plan]),
            "open_at": offsets([len(edge.opened) for edge in sheet.edges]),
            "open_place": numbers([place for edge in sheet.edges for place, _, _ in edge.opened]),
            "open_node": numbers([node for edge in sheet.edges for _, node, _ in edge.opened]),
            "gone_at": offsets([len(edge.gone) for edge in sheet.edges]),
            "gone": numbers([place for edge in sheet.edges for place in edge.gone]),
            "mark_ended": numbers([mark.ended for mark in self.marks]),
            "start": numbers([start]),
        }
        if not {q for q in sheet.question if q >= 0 and q not in self.asked_feel} <= self.by_draw:
            raise _NotPlainError  # a condition of a loop or of an event
        for edge in sheet.edges:
            if any(kind != PLAIN or node not in self.nodes for _, node, kind in edge.opened):
                raise _NotPlainError
        widest = max(len(mark.shape.items) for mark in self.marks)
        most = max((len(edge.opened) + len(edge.gone) for edge in sheet.edges), default=1)
        arrays = [ways[name] for name in tight.WAYS]
        return np.concatenate(arrays), offsets([len(a) for a in arrays])[:-1], widest, most

    def _live(self) -> dict[str, Int64]:
        """What changes."""
        cases, crews = self.cases, self.kernel.crowd.crews
        persons, clocks = len(self.kernel.crowd.crew_of), len(self.agendas)
        queues = len(self.kernel.crowd.queue_crews)
        rows = max(cases * 4, 1024)
        sizes = {
            "mark": cases, "node_visits": cases * len(self.nodes), "question_visits": cases * len(self.drawn),
            **dict.fromkeys(("case", "node", "opened", "state", "row_work"), rows),
            **dict.fromkeys(("heap_time", "heap_order", "heap_code", "heap_what"), 1024),
            "wait_key": queues * 1024, "wait_row": queues * 1024, "wait_count": queues,
            "ring_head": len(crews), "busy": len(crews), "clock_place": clocks,
            "asked": max(self.widest, 256), "fresh": self.most + 1,
        }  # fmt: skip
        empty = {
            "slots": cases * self.widest, "ended": cases, "ended_as": cases,
            **dict.fromkeys(("begun", "finished", "person"), rows),
            "wakes": len(crews), "since": clocks, "until": clocks,
        }  # fmt: skip
        return {
            **{name: np.zeros(size, np.int64) for name, size in sizes.items()},
            **{name: np.full(size, -1, np.int64) for name, size in empty.items()},
            "ring": np.arange(persons, dtype=np.int64),
            "ring_count": numbers([crew.number for crew in crews]),
        }

    # the flight

    def outcome(self, progress: Callable[[int], None] | None) -> Outcome | None:
        """Fly to the end; None where something is met that only the first kernel does."""
        until = self.plan.scenario.until
        end = micros(until) if until is not None else FOREVER
        crews = self.kernel.crowd.crews
        helps = {
            tight.NEEDS_EDGE: self._edge,
            tight.NEEDS_WORK: self._work,
            tight.NEEDS_CHANCE: self._chance,
            tight.NEEDS_ROOM: self._room,
        }
        while True:
            room = self.most + len(crews) + max((crew.number for crew in crews), default=0) + 8
            why = tight.loop(
                self.m,
                self.o,
                self.w,
                self.p,
                self.work,
                self.work_at,
                self.chance,
                self.chance_at,
                end,
                room,
            )
            if why == tight.OVER:
                return self._landed()
            if why not in helps:
                self._refused(why)
                return None
            helps[why](*self.m[tight.DETAIL : tight.DETAIL + 3].tolist())
            if progress is not None:
                progress(int(self.m[tight.INDEX]))

    def _refused(self, why: int) -> None:
        detail = self.m[tight.DETAIL : tight.DETAIL + 3].tolist()
        if why == tight.CALENDAR_ENDS:
            raise self.agendas[detail[0]].over()
        if why == tight.ROUND_AND_ROUND:
            raise BadInput(
                "a case goes round and round: it has come to {element} {count} times",
                element=self.plan.model.nodes[detail[0]].label,
                count=detail[1],
                hint="look at the probabilities and attributes that lead back",
            )

    def _edge(self, number: int, mark: int, place: int) -> None:
        """Let ``advance`` find out where a step leads, with the answers of the case that came there."""
        kernel = self.kernel
        known = self.marks[mark] if mark >= 0 else self.chart.before
        visits = self._array("question_visits").reshape(self.cases, -1)[number].tolist() if self.drawn else []
        counted = {-1 - q: visits[slot] for slot, q in enumerate(self.drawn)}
        case = Case(number, known, [], None, kernel.data[number], counted, 0)
        way: Any = known.exits.get(place if mark >= 0 else ROOT)
        given: list[bool] = []
        while type(way) is Ask:
            given.append(kernel.answer(case, way.question))
            way = way.yes if given[-1] else way.no
        found, _ = self.chart.find(
            known,
            place if mark >= 0 else ROOT,
            given,
            lambda question: kernel.answer(case, question),
            case.variables,
            moment(int(self.m[tight.NOW])),
        )
        if found is STEPPED:
            raise _NotPlainError
        before = self.widest
        self.w, self.p, self.widest, self.most = self._ways()
        changed: dict[str, Int64] = {"fresh": np.zeros(self.most + 1, np.int64)}
        if self.widest > before:
            wider = np.full((self.cases, self.widest), -1, np.int64)
            wider[:, :before] = self._array("slots").reshape(self.cases, before)
            changed |= {"slots": wider, "asked": np.zeros(max(self.widest, 256), np.int64)}
        if self.widest > before or self.most + 1 > self._array("fresh").size:
            self._replace(**changed)

    def _work(self, slot: int, visit: int, block: int) -> None:
        node = self.nodes[slot]
        self.work, self.work_at = self._more(
            self.work, self.work_at, tight.WORK_VISITS, slot, visit, block,
            lambda b: self.kernel.draws.duration_block(node, visit, b),
        )  # fmt: skip

    def _chance(self, slot: int, visit: int, block: int) -> None:
        question = self.drawn[slot]
        self.chance, self.chance_at = self._more(
            self.chance, self.chance_at, tight.CHANCE_VISITS, slot, visit, block,
            lambda b: (self.kernel.draws.chance_block(question, visit, b) * UNIT).astype(np.int64),
        )  # fmt: skip

    def _more(
        self,
        values: Int64,
        at: Int64,
        visits: int,
        slot: int,
        visit: int,
        block: int,
        draw: Callable[[int], Int64],
    ) -> tuple[Int64, Int64]:
        """The draws of a block, of all blocks for a first visit, put behind those that are there. ``visits``
        is the place of the scalar that tells how many visits ``at`` has room for."""
        known = int(self.m[visits])
        table = at.reshape(-1, known, self.blocks)
        if visit >= known:
            grown = np.full((len(table), visit + 4, self.blocks), -1, np.int64)
            grown[:, :known] = table
            table, self.m[visits] = grown, visit + 4
        wanted = range(self.blocks) if visit < EAGER_VISITS else range(block, block + 1)
        missing = [b for b in wanted if table[slot, visit, b] < 0]
        used = int(self.used[visits])
        if used + len(missing) * BLOCK > len(values):
            values = np.concatenate((values, np.zeros(len(values) + len(missing) * BLOCK, np.int64)))
        for b in missing:
            table[slot, visit, b] = used
            values[used : used + BLOCK] = draw(b)
            used += BLOCK
        self.used[visits] = used
        return values, table.reshape(-1)

    def _room(self, *_: int) -> None:
        """Twice as much of everything that grows."""
        longer: dict[str, Int64] = {}
        for name in ("case", "node", "opened", "state", "row_work", "begun", "finished", "person"):
            longer[name] = _doubled(self._array(name), -1 if name in ("begun", "finished", "person") else 0)
        for name in ("heap_time", "heap_order", "heap_code", "heap_what"):
            longer[name] = _doubled(self._array(name), 0)
        for name in ("wait_key", "wait_row"):
            queues = int(self.m[tight.QUEUES])
            table = self._array(name).reshape(queues, -1) if queues else np.zeros((0, 0), np.int64)
            longer[name] = np.concatenate((table, np.zeros_like(table)), axis=1)
        self._replace(**longer)

    def _landed(self) -> Outcome:
        rows, come = int(self.m[tight.ROWS]), int(self.m[tight.INDEX])
        marks = self._array("ended_as")
        statuses: dict[str, int] = {}
        for mark, count in zip(*np.unique(marks[marks >= 0], return_counts=True), strict=True):
            status = self.marks[int(mark)].shape.status
            statuses[status] = statuses.get(status, 0) + int(count)

        def column(name: str, size: int) -> Int64:
            return self._array(name)[:size].copy()

        return Outcome(
            plan=self.plan,
            replication=self.kernel.replication,
            arrived=self.kernel.arrivals[:come],
            ended=column("ended", come),
            case=column("case", rows),
            node=column("node", rows),
            opened=column("opened", rows),
            begun=column("begun", rows),
            finished=column("finished", rows),
            person=column("person", rows),
            state=column("state", rows),
            busy=self._array("busy").copy(),
            crews=tuple(self.kernel.crowd.crews),
            statuses=dict(sorted(statuses.items())),
            last=int(self.m[tight.NOW]),
            stuck=self._stuck(come),
        )

    def _stuck(self, come: int) -> dict[str, int]:
        if self.plan.scenario.until is not None:
            return {}
        left = np.flatnonzero(self._array("ended")[:come] < 0)
        return stuck_at(self.plan, [self.marks[mark] for mark in self._array("mark")[left].tolist()])


def _doubled(values: Int64, fill: int) -> Int64:
    return np.concatenate((values, np.full_like(values, fill)))


class _NotPlainError(Exception):
    """Something that only the first kernel does."""


class _Sheet:
    """Trees of answers laid out: rows of (question, yes, no)."""

    def __init__(self) -> None:
        self.question: list[int] = []
        self.yes: list[int] = []
        self.no: list[int] = []
        self.edges: list[Edge] = []

    def add(self, tree: Any) -> int:
        """The row at which a tree begins."""
        if tree is None:
            return tight.UNKNOWN
        if tree is STEPPED:
            return tight.WORKED_OUT
        row = len(self.question)
        self.question.append(-1)
        self.yes.append(0)
        self.no.append(0)
        if isinstance(tree, Edge):
            self.yes[row] = len(self.edges)
            self.edges.append(tree)
        else:
            self.question[row] = tree.question
            self.yes[row], self.no[row] = self.add(tree.yes), self.add(tree.no)
        return row


def numbers(values: Any) -> Int64:
    return np.array(values, np.int64).reshape(-1)


def offsets(lengths: list[int]) -> Int64:
    """Where each piece begins, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(numbers(lengths)))).astype(np.int64)
