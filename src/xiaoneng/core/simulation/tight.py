"""The loop of :mod:`kernel` over arrays, for processes that need nothing else: compiled where numba is there.

Same order of everything, same whole numbers, so the same rows come out (``campaigns/simulation_kernels.py``
proves it on random models). Whatever is not known yet (an edge of the chart, a block of draws, room in an
array) makes the loop return with what it misses, before anything of that event has changed; the caller adds
it and calls again.

All numbers lie in two arrays, ``m`` (people, cases, rows) and ``w`` (the chart), because handing over dozens
of arrays costs more than a step: place ``i`` of the array ``NAME`` is ``m[o[NAME] + i]``, or
``w[p[NAME] + i]``.
Draws of branches are whole numbers of 53 bits, so that comparing them is exact.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from xiaoneng.core.simulation.chance import BLOCK

COMPILED: Final = importlib.util.find_spec("numba") is not None
"""numba is an extra; without it the first kernel does the work."""
F = TypeVar("F", bound=Callable[..., Any])
I64 = npt.NDArray[np.int64]


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays; the machine code is kept beside the source for next time."""
    if not COMPILED:
        return function
    njit: Any = importlib.import_module("numba").njit
    made: F = njit(cache=True)(function)
    return made


# why the loop returns
OVER: Final = 0
NEEDS_EDGE: Final = 1  # detail: case, mark, position
NEEDS_WORK: Final = 2  # detail: slot of the node, visit, block
NEEDS_CHANCE: Final = 3  # detail: slot of the question, visit, block
NEEDS_ROOM: Final = 4
NOT_PLAIN: Final = 5
CALENDAR_ENDS: Final = 6  # detail: clock
ROUND_AND_ROUND: Final = 7  # detail: node, visits

# what an exit of the chart is
UNKNOWN: Final = -1
WORKED_OUT: Final = -2

# the first places of ``m``
INDEX: Final = 0  # the next case to arrive
NOW: Final = 1
SCHEDULED: Final = 2
QUEUED: Final = 3
ROWS: Final = 4
HEAP: Final = 5
DETAIL: Final = 6  # three of them
# sizes
CASES: Final = 9
WIDTH: Final = 10  # slots of a case
NODES: Final = 11
QUESTIONS: Final = 12
QUEUES: Final = 13
WAITS: Final = 14  # room in a queue
ROW_ROOM: Final = 15
HEAP_ROOM: Final = 16
ASKED_SIZE: Final = 17
WORK_VISITS: Final = 18
CHANCE_VISITS: Final = 19
BLOCKS: Final = 20
FREE_CLOCK: Final = 21
SCALARS: Final = 22

# the arrays that lie one behind the other in ``m``, begun at ``o[…]``
SEGMENTS: Final = (
    "answers", "arrivals", "asked", "before", "begun", "bound", "busy", "case", "clock_at",
    "clock_place", "crew_at", "crew_clock", "crew_first", "crew_number", "crew_queue", "ended",
    "ended_as", "ends", "finished", "fresh", "heap_code", "heap_order", "heap_time", "heap_what", "mark",
    "node", "node_priority", "node_queue", "node_slot", "node_visits", "opened", "person", "person_crew",
    "question_kind", "question_slot", "question_visits", "queue_at", "queue_crew", "ring", "ring_count",
    "ring_head", "row_work", "since", "slots", "starts", "state", "until", "urgency", "wait_count",
    "wait_key", "wait_row", "wakes",
)  # fmt: skip
(
    ANSWERS, ARRIVALS, ASKED, BEFORE, BEGUN, BOUND, BUSY, CASE, CLOCK_AT, CLOCK_PLACE, CREW_AT,
    CREW_CLOCK, CREW_FIRST, CREW_NUMBER, CREW_QUEUE, ENDED, ENDED_AS, ENDS, FINISHED, FRESH, HEAP_CODE,
    HEAP_ORDER, HEAP_TIME, HEAP_WHAT, MARK, NODE, NODE_PRIORITY, NODE_QUEUE, NODE_SLOT, NODE_VISITS,
    OPENED, PERSON, PERSON_CREW, QUESTION_KIND, QUESTION_SLOT, QUESTION_VISITS, QUEUE_AT, QUEUE_CREW,
    RING, RING_COUNT, RING_HEAD, ROW_WORK, SINCE, SLOTS, STARTS, STATE, UNTIL, URGENCY, WAIT_COUNT,
    WAIT_KEY, WAIT_ROW, WAKES,
) = range(len(SEGMENTS))  # fmt: skip

# the chart in ``w``, begun at ``p[…]``: ``exit_at[mark]`` + position leads into ``exit``, a tree of questions
# (``question`` ≥ 0 with ``yes`` and ``no``) whose leaves (question −1) name an edge in ``yes``
WAYS: Final = (
    "edge_mark", "exit", "exit_at", "gone", "gone_at", "mark_ended", "no", "open_at", "open_node",
    "open_place", "plan", "plan_at", "question", "start", "yes",
)  # fmt: skip
(
    EDGE_MARK, EXIT, EXIT_AT, GONE, GONE_AT, MARK_ENDED, NO, OPEN_AT, OPEN_NODE, OPEN_PLACE, PLAN,
    PLAN_AT, QUESTION, START, YES,
) = range(len(WAYS))  # fmt: skip

FINISH: Final = 0
WAKE: Final = 1
FREE_WORK: Final = -1
COMES: Final = -4
WAITING: Final = 0
WORKING: Final = 1
DONE: Final = 2
WITHDRAWN: Final = 3
SEQUENCE_BITS: Final = 44
MOST: Final = 4_000
VISITS_LIMIT: Final = 1_000
SHIFT: Final = BLOCK.bit_length() - 1
MASK: Final = BLOCK - 1


@compiled
def push(m: I64, o: I64, at: int, code: int, what: int) -> None:
    """Schedule an event."""
    m[SCHEDULED] += 1
    order = m[SCHEDULED]
    place = m[HEAP]
    m[HEAP] += 1
    times, orders, codes, whats = o[HEAP_TIME], o[HEAP_ORDER], o[HEAP_CODE], o[HEAP_WHAT]
    while place > 0:
        above = (place - 1) >> 1
        if m[times + above] < at or (m[times + above] == at and m[orders + above] < order):
            break
        m[times + place], m[orders + place] = m[times + above], m[orders + above]
        m[codes + place], m[whats + place] = m[codes + above], m[whats + above]
        place = above
    m[times + place], m[orders + place] = at, order
    m[codes + place], m[whats + place] = code, what


@compiled
def pop(m: I64, o: I64) -> None:
    """Take the first event away."""
    m[HEAP] -= 1
    size = m[HEAP]
    times, orders, codes, whats = o[HEAP_TIME], o[HEAP_ORDER], o[HEAP_CODE], o[HEAP_WHAT]
    at, order, code, what = m[times + size], m[orders + size], m[codes + size], m[whats + size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and (
            m[times + below + 1] < m[times + below]
            or (m[times + below + 1] == m[times + below] and m[orders + below + 1] < m[orders + below])
        ):
            below += 1
        if at < m[times + below] or (at == m[times + below] and order < m[orders + below]):
            break
        m[times + place], m[orders + place] = m[times + below], m[orders + below]
        m[codes + place], m[whats + place] = m[codes + below], m[whats + below]
        place = below
    m[times + place], m[orders + place] = at, order
    m[codes + place], m[whats + place] = code, what


@compiled
def join(m: I64, o: I64, queue: int, key: int, row: int) -> None:
    """Put a task into a queue."""
    keys, rows = o[WAIT_KEY] + queue * m[WAITS], o[WAIT_ROW] + queue * m[WAITS]
    place = m[o[WAIT_COUNT] + queue]
    m[o[WAIT_COUNT] + queue] += 1
    while place > 0:
        above = (place - 1) >> 1
        if m[keys + above] < key:
            break
        m[keys + place], m[rows + place] = m[keys + above], m[rows + above]
        place = above
    m[keys + place], m[rows + place] = key, row


@compiled
def leave(m: I64, o: I64, queue: int) -> int:
    """Take the first task out of a queue."""
    keys, rows = o[WAIT_KEY] + queue * m[WAITS], o[WAIT_ROW] + queue * m[WAITS]
    found = m[rows]
    m[o[WAIT_COUNT] + queue] -= 1
    size = m[o[WAIT_COUNT] + queue]
    key, row = m[keys + size], m[rows + size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and m[keys + below + 1] < m[keys + below]:
            below += 1
        if key < m[keys + below]:
            break
        m[keys + place], m[rows + place] = m[keys + below], m[rows + below]
        place = below
    m[keys + place], m[rows + place] = key, row
    return int(found)


@compiled
def turn(m: I64, o: I64, clock: int, now: int) -> bool:
    """Go on to the first opening that ends after ``now``; False where there is none."""
    low, last = m[o[CLOCK_PLACE] + clock], m[o[CLOCK_AT] + clock + 1]
    low = max(low, m[o[CLOCK_AT] + clock])
    while low < last and m[o[ENDS] + low] <= now:
        low += 1
    m[o[CLOCK_PLACE] + clock] = low
    if low >= last:
        m[DETAIL] = clock
        return False
    m[o[SINCE] + clock], m[o[UNTIL] + clock] = m[o[STARTS] + low], m[o[ENDS] + low]
    return True


@compiled
def finish_of(m: I64, o: I64, clock: int, begin: int, work: int) -> int:
    """When work ends that begins in the opening that is on; −1 behind the end of the calendar."""
    place = m[o[CLOCK_PLACE] + clock]
    end = begin + work
    if end <= m[o[UNTIL] + clock]:
        return end
    first, last = m[o[CLOCK_AT] + clock], m[o[CLOCK_AT] + clock + 1]
    # ``before`` has one place more per clock than the openings
    at = first + clock
    target = m[o[BEFORE] + place + clock] + begin - m[o[SINCE] + clock] + work
    low, high = place - first, last - first + 1
    while low < high:
        middle = (low + high) >> 1
        if m[o[BEFORE] + at + middle] < target:
            low = middle + 1
        else:
            high = middle
    k = low - 1
    if k >= last - first:
        m[DETAIL] = clock
        return -1
    return int(m[o[STARTS] + first + k] + target - m[o[BEFORE] + at + k])


@compiled
def spent(m: I64, o: I64, clock: int, t: int) -> int:
    """Open time up to ``t``."""
    first, last = m[o[CLOCK_AT] + clock], m[o[CLOCK_AT] + clock + 1]
    low, high = first, last
    while low < high:
        middle = (low + high) >> 1
        if m[o[STARTS] + middle] <= t:
            low = middle + 1
        else:
            high = middle
    k = low - 1
    if k < first:
        return 0
    return int(m[o[BEFORE] + k + clock] + min(t, m[o[ENDS] + k]) - m[o[STARTS] + k])


@compiled
def begin(m: I64, o: I64, row: int, crew: int) -> bool:
    """Whoever has been idle longest in a crew that is at work begins a task."""
    now = m[NOW]
    end = finish_of(m, o, m[o[CREW_CLOCK] + crew], now, m[o[ROW_WORK] + row])
    if end < 0:
        return False
    first, number = m[o[CREW_FIRST] + crew], m[o[CREW_NUMBER] + crew]
    m[o[BEGUN] + row], m[o[STATE] + row] = now, WORKING
    m[o[PERSON] + row] = m[o[RING] + first + m[o[RING_HEAD] + crew]]
    m[o[RING_HEAD] + crew] = (m[o[RING_HEAD] + crew] + 1) % number
    m[o[RING_COUNT] + crew] -= 1
    m[o[BUSY] + crew] += m[o[ROW_WORK] + row]
    push(m, o, end, FINISH, row)
    return True


@compiled
def serve(m: I64, o: I64, crew: int) -> int:
    """Let an idle person of a crew begin the most urgent task: 1 done, 0 nothing to do, −1 calendar ends."""
    now, clock = m[NOW], m[o[CREW_CLOCK] + crew]
    while True:
        best = -1
        for n in range(m[o[CREW_AT] + crew], m[o[CREW_AT] + crew + 1]):
            queue = m[o[CREW_QUEUE] + n]
            if m[o[WAIT_COUNT] + queue] and (
                best < 0 or m[o[WAIT_KEY] + queue * m[WAITS]] < m[o[WAIT_KEY] + best * m[WAITS]]
            ):
                best = queue
        if best < 0:
            return 0
        if now >= m[o[UNTIL] + clock] and not turn(m, o, clock, now):
            return -1
        if now < m[o[SINCE] + clock]:
            if m[o[WAKES] + crew] != m[o[SINCE] + clock]:
                m[o[WAKES] + crew] = m[o[SINCE] + clock]
                push(m, o, m[o[SINCE] + clock], WAKE, crew)
            return 0
        row = leave(m, o, best)
        if m[o[STATE] + row] == WAITING:
            return 1 if begin(m, o, row, crew) else -1


@compiled
def idle(m: I64, o: I64, person: int) -> bool:
    """Somebody is idle again, and takes the next task; False where the calendar ends."""
    crew = m[o[PERSON_CREW] + person]
    place = (m[o[RING_HEAD] + crew] + m[o[RING_COUNT] + crew]) % m[o[CREW_NUMBER] + crew]
    m[o[RING] + m[o[CREW_FIRST] + crew] + place] = person
    m[o[RING_COUNT] + crew] += 1
    return serve(m, o, crew) >= 0


@compiled
def request(m: I64, o: I64, row: int, queue: int, priority: int) -> bool:
    """Be served at once, else join the queue; False where the calendar ends."""
    now = m[NOW]
    for n in range(m[o[QUEUE_AT] + queue], m[o[QUEUE_AT] + queue + 1]):
        crew = m[o[QUEUE_CREW] + n]
        if m[o[RING_COUNT] + crew]:
            clock = m[o[CREW_CLOCK] + crew]
            if now >= m[o[UNTIL] + clock] and not turn(m, o, clock, now):
                return False
            if now >= m[o[SINCE] + clock]:
                empty = True
                for other in range(m[o[CREW_AT] + crew], m[o[CREW_AT] + crew + 1]):
                    if m[o[WAIT_COUNT] + m[o[CREW_QUEUE] + other]]:
                        empty = False
                if empty:
                    return begin(m, o, row, crew)
    m[QUEUED] += 1
    join(m, o, queue, ((MOST - priority) << SEQUENCE_BITS) + m[QUEUED], row)
    for n in range(m[o[QUEUE_AT] + queue], m[o[QUEUE_AT] + queue + 1]):
        crew = m[o[QUEUE_CREW] + n]
        while m[o[RING_COUNT] + crew]:
            served = serve(m, o, crew)
            if served < 0:
                return False
            if served == 0:
                break
            if m[o[STATE] + row] != WAITING:
                return True
    return True


@compiled
def work_alone(m: I64, o: I64, row: int) -> bool:
    """Work that needs nobody; False where the calendar ends."""
    now, work, clock = m[NOW], m[o[ROW_WORK] + row], m[FREE_CLOCK]
    m[o[STATE] + row] = WORKING
    if work == 0 or m[o[NODE_QUEUE] + m[o[NODE] + row]] == COMES:
        m[o[BEGUN] + row] = now
        push(m, o, now + work, FINISH, row)
        return True
    if now >= m[o[UNTIL] + clock] and not turn(m, o, clock, now):
        return False
    m[o[BEGUN] + row] = max(now, m[o[SINCE] + clock])
    end = finish_of(m, o, clock, m[o[BEGUN] + row], work)
    if end < 0:
        return False
    push(m, o, end, FINISH, row)
    return True


@compiled
def withdraw(m: I64, o: I64, row: int) -> bool:
    """A task is taken away; whoever was at it is free. False where the calendar ends."""
    now = m[NOW]
    if m[o[STATE] + row] == DONE or m[o[STATE] + row] == WITHDRAWN:
        return True
    worked = m[o[STATE] + row] == WORKING
    m[o[STATE] + row], m[o[FINISHED] + row] = WITHDRAWN, now
    person = m[o[PERSON] + row]
    if worked and person >= 0:
        crew = m[o[PERSON_CREW] + person]
        clock = m[o[CREW_CLOCK] + crew]
        done = spent(m, o, clock, now) - spent(m, o, clock, m[o[BEGUN] + row])
        m[o[BUSY] + crew] += done - m[o[ROW_WORK] + row]
        return idle(m, o, person)
    return True


@compiled
def resolve(
    m: I64,
    o: I64,
    w: I64,
    p: I64,
    work: I64,
    work_at: I64,
    chance: I64,
    chance_at: I64,
    case: int,
    mark: int,
    place: int,
) -> int:
    """The edge that a case takes, or −1 − reason, with nothing changed. Its questions are counted;
    the works of what opens lie in ``fresh``."""
    node = w[p[START] + 0] if mark < 0 else w[p[EXIT] + w[p[EXIT_AT] + mark] + place]
    count, uniform = 0, 0
    missing = 0
    while node >= 0 and w[p[QUESTION] + node] >= 0:
        question = w[p[QUESTION] + node]
        kind, slot = m[o[QUESTION_KIND] + question], m[o[QUESTION_SLOT] + question]
        if kind == 0:
            yes = m[o[ANSWERS] + slot * m[CASES] + case] != 0
        elif kind == 2:
            yes = uniform < m[o[BOUND] + question]
        else:
            visit = m[o[QUESTION_VISITS] + case * m[QUESTIONS] + slot]
            at = -1
            if visit < m[CHANCE_VISITS]:
                at = chance_at[(slot * m[CHANCE_VISITS] + visit) * m[BLOCKS] + (case >> SHIFT)]
            if at < 0 or count >= m[ASKED_SIZE]:
                m[DETAIL], m[DETAIL + 1], m[DETAIL + 2] = slot, visit, case >> SHIFT
                missing = NEEDS_CHANCE if at < 0 else NOT_PLAIN
                break
            m[o[QUESTION_VISITS] + case * m[QUESTIONS] + slot] += 1
            m[o[ASKED] + count] = slot
            count += 1
            drawn = chance[at + (case & MASK)]
            if kind == 1:
                uniform = drawn
            yes = drawn < m[o[BOUND] + question]
        node = w[p[YES] + node] if yes else w[p[NO] + node]
    edge = -1
    if not missing:
        if node == UNKNOWN:
            m[DETAIL], m[DETAIL + 1], m[DETAIL + 2] = case, mark, place
            missing = NEEDS_EDGE
        elif node == WORKED_OUT:
            missing = NOT_PLAIN
        else:
            edge = w[p[YES] + node]
            first, last = w[p[OPEN_AT] + edge], w[p[OPEN_AT] + edge + 1]
            for n in range(first, last):
                slot = m[o[NODE_SLOT] + w[p[OPEN_NODE] + n]]
                visit = m[o[NODE_VISITS] + case * m[NODES] + slot]
                for other in range(first, n):
                    if w[p[OPEN_NODE] + other] == w[p[OPEN_NODE] + n]:
                        visit += 1
                if visit > VISITS_LIMIT:
                    m[DETAIL], m[DETAIL + 1] = w[p[OPEN_NODE] + n], visit
                    return -1 - ROUND_AND_ROUND
                at = -1
                if visit < m[WORK_VISITS]:
                    at = work_at[(slot * m[WORK_VISITS] + visit) * m[BLOCKS] + (case >> SHIFT)]
                if at < 0:
                    m[DETAIL], m[DETAIL + 1], m[DETAIL + 2] = slot, visit, case >> SHIFT
                    missing = NEEDS_WORK
                    break
                m[o[FRESH] + (n - first)] = work[at + (case & MASK)]
    if missing:
        for n in range(count):
            m[o[QUESTION_VISITS] + case * m[QUESTIONS] + m[o[ASKED] + n]] -= 1
        return -1 - missing
    return edge


@compiled
def follow(m: I64, o: I64, w: I64, p: I64, case: int, edge: int) -> bool:
    """A case takes an edge: what is gone is withdrawn, what opens is served. False where the calendar
    ends."""
    now = m[NOW]
    slots = o[SLOTS] + case * m[WIDTH]
    for n in range(w[p[GONE_AT] + edge], w[p[GONE_AT] + edge + 1]):
        if not withdraw(m, o, m[slots + w[p[GONE] + n]]):
            return False
    first = w[p[PLAN_AT] + edge]
    size = w[p[PLAN_AT] + edge + 1] - first
    moved = o[ASKED]
    for n in range(size):
        place = w[p[PLAN] + first + n]
        m[moved + n] = m[slots + place] if place >= 0 else -1
    for n in range(size):
        m[slots + n] = m[moved + n]
    m[o[MARK] + case] = w[p[EDGE_MARK] + edge]
    base = w[p[OPEN_AT] + edge]
    for n in range(base, w[p[OPEN_AT] + edge + 1]):
        node = w[p[OPEN_NODE] + n]
        row = m[ROWS]
        m[ROWS] += 1
        m[o[NODE_VISITS] + case * m[NODES] + m[o[NODE_SLOT] + node]] += 1
        m[o[CASE] + row], m[o[NODE] + row], m[o[OPENED] + row] = case, node, now
        m[o[ROW_WORK] + row] = m[o[FRESH] + (n - base)]
        m[slots + w[p[OPEN_PLACE] + n]] = row
        queue = m[o[NODE_QUEUE] + node]
        if queue >= 0:
            if not request(m, o, row, queue, m[o[NODE_PRIORITY] + node] + m[o[URGENCY] + case]):
                return False
        elif not work_alone(m, o, row):
            return False
    if w[p[MARK_ENDED] + m[o[MARK] + case]]:
        m[o[ENDED] + case] = now
        m[o[ENDED_AS] + case] = m[o[MARK] + case]
    return True


@compiled
def loop(
    m: I64, o: I64, w: I64, p: I64, work: I64, work_at: I64, chance: I64, chance_at: I64, end: int, room: int
) -> int:
    """Until nothing more happens, ``end`` is past, or something is missing. ``room``: the most that one event
    can add to any array."""
    count = m[CASES]
    while True:
        arriving = m[INDEX] < count and (m[HEAP] == 0 or m[o[ARRIVALS] + m[INDEX]] <= m[o[HEAP_TIME] + 0])
        if not arriving and m[HEAP] == 0:
            return OVER
        now = m[o[ARRIVALS] + m[INDEX]] if arriving else m[o[HEAP_TIME] + 0]
        if now > end:
            return OVER
        if m[ROWS] + room > m[ROW_ROOM] or m[HEAP] + room > m[HEAP_ROOM]:
            return NEEDS_ROOM
        for queue in range(m[QUEUES]):
            if m[o[WAIT_COUNT] + queue] + room > m[WAITS]:
                return NEEDS_ROOM
        if arriving:
            case = m[INDEX]
            edge = resolve(m, o, w, p, work, work_at, chance, chance_at, case, -1, 0)
            if edge < 0:
                return -1 - edge
            m[NOW] = now
            if not follow(m, o, w, p, case, edge):
                return CALENDAR_ENDS
            m[INDEX] += 1
            continue
        what = m[o[HEAP_WHAT] + 0]
        if m[o[HEAP_CODE] + 0] == WAKE:
            pop(m, o)
            m[NOW] = now
            m[o[WAKES] + what] = -1
            while m[o[RING_COUNT] + what]:
                served = serve(m, o, what)
                if served < 0:
                    return CALENDAR_ENDS
                if served == 0:
                    break
            continue
        if m[o[STATE] + what] != WORKING:
            pop(m, o)
            m[NOW] = now
            continue
        case = m[o[CASE] + what]
        slots = o[SLOTS] + case * m[WIDTH]
        place = 0
        while m[slots + place] != what:
            place += 1
        edge = resolve(m, o, w, p, work, work_at, chance, chance_at, case, m[o[MARK] + case], place)
        if edge < 0:
            return -1 - edge
        pop(m, o)
        m[NOW] = now
        m[o[STATE] + what], m[o[FINISHED] + what] = DONE, now
        if m[o[PERSON] + what] >= 0 and not idle(m, o, m[o[PERSON] + what]):
            return CALENDAR_ENDS
        if not follow(m, o, w, p, case, edge):
            return CALENDAR_ENDS
