"""Batches: a person lets cases pile up and then handles the pile in one go.

A busy queue and a closed night pile cases up too. A pile is a batch only when, while it grew, the office was
open and
the person had time; and an activity is batched by a person only when that is the habit: most of its cases
come in such
piles, hardly any is taken up as it comes, and the piles are larger than a busy person's chance runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.mining.causes.availability import US, Bool, Roster
from xiaoneng.core.mining.causes.busy import Busy

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

GAP_S = 60.0
"""Pause between two pieces of one batch; or a tenth of the usual length of the work, if that is more."""
IDLE_SHARE = 0.2
"""Share of the office-open time of the pile's growth in which the person had nothing in hand."""
HABIT = 0.5
"""Share of an activity's cases (per person) that must be in piles which no opening hour explains; or"""
ALL_BUT = 0.85
"""the share in such piles of any kind."""
AS_IT_COMES = 0.25
"""Of the cases that meet a free person: share taken up at once above which the person works as cases come."""
TRIGGERED = 0.7
"""Of the piles that lay before a free person: share that began when their last case came."""
MAX_LOAD = 0.9
MOST_TOGETHER = 100
WHOLE_NUMBERS = 0.85
"""Share of an activity's cases that are in runs of a whole number of batches."""
MIN_INSTANCES = 12
MIN_BATCHES = 3
LARGER_THAN_CHANCE = 1.5


@dataclass(frozen=True, slots=True)
class Batched:
    """Per instance of one person: the batch's last enablement and its start (µs); -1 where it is in no
    batch."""

    complete: Int64
    begun: Int64


def find_batches(
    activity: npt.NDArray[np.int32],
    enabled: Int64,
    start: Int64,
    end: Int64,
    hands: Busy,
    office: Roster,
    own: Roster,
    work_clock: WorkClock | None = None,
) -> Batched:
    """The batches of one person; columns in order of start. Instances with unknown enablement (-1) are in
    none. ``work_clock`` is the office's official time, where it is known."""
    n = len(start)
    complete, begun = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    joined = _joined(activity, enabled, start, end, own, office)
    piles = _piles(joined, enabled, start)
    if not piles:
        return Batched(complete, begun)
    first = np.array([p[0] for p in piles])
    last = np.array([p[1] for p in piles])
    earliest = np.array([enabled[a:b].min() for a, b in piles])
    latest = np.array([enabled[a:b].max() for a, b in piles])
    opened = office.clock(start[first]) - office.clock(earliest)
    worked = hands.clock_on(start[first], office) - hands.clock_on(earliest, office)
    idle = opened - worked
    if work_clock is not None:
        # an office of which the log sees one person on one weekday is open on the others all the same
        official = work_clock.seconds(start[first]) - work_clock.seconds(earliest)
        spare = official - (hands.clock(start[first]) - hands.clock(earliest))
        opened, idle = np.where(spare > idle, (official, spare), (opened, idle))
    free = (idle >= IDLE_SHARE * np.maximum(opened, 1.0)) & (idle > GAP_S)
    at_opening = own.clock(start[first]) - own.clock(start[first] - 3600 * US) <= GAP_S
    held = (idle > GAP_S) & ~at_opening
    triggered = held & (start[first] - latest <= GAP_S * US)
    kind = activity[first]
    span = own.clock(end[-1:]) - own.clock(start[:1])
    load = min(MAX_LOAD, float(hands.clock_on(end[-1:], own)[0]) / max(1.0, float(span[0])))
    taken_at_once, could_be = _as_it_comes(enabled, start, hands, own)
    for one in np.unique(kind[free | held]):
        of_kind = (activity == one) & (enabled >= 0)
        if of_kind.sum() < MIN_INSTANCES:
            continue
        evidence = _by_pile(kind == one, free, last - first, at_opening, int(of_kind.sum()), load)
        evidence |= _by_trigger(held & (kind == one), triggered)
        piled = np.zeros(n, np.bool_)
        for a, b in zip(first[free | held], last[free | held], strict=True):
            piled[a:b] = True
        at_once = int((of_kind & taken_at_once & ~piled).sum())
        if evidence and at_once <= AS_IT_COMES * int((of_kind & could_be).sum()):
            # a pile may hold a single case, and one that followed upon other work is still a pile
            complete[of_kind], begun[of_kind] = enabled[of_kind], start[of_kind]
            habitual = [pile for pile, own_kind in zip(piles, kind, strict=True) if own_kind == one]
            for a, b in _by_number(joined, activity == one, enabled, start) or habitual:
                complete[a:b], begun[a:b] = enabled[a:b].max(), start[a]
    return Batched(complete, begun)


def _by_pile(mine: Bool, free: Bool, sizes: Int64, at_opening: Bool, total: int, load: float) -> bool:
    """Most of an activity's cases come in piles, larger than a busy person's chance runs.

    The opening of the counter piles cases up as well: such piles prove a habit only when next to nothing is
    handled outside of piles.
    """
    chosen = mine & free
    piled = int(sizes[chosen].sum())
    outside_opening = int(sizes[chosen & ~at_opening].sum())
    return bool(
        (outside_opening >= HABIT * total or piled >= ALL_BUT * total)
        and chosen.sum() >= MIN_BATCHES
        and total / (chosen.sum() + total - piled) >= LARGER_THAN_CHANCE / (1 - load)
    )


def _by_trigger(held: Bool, triggered: Bool) -> bool:
    """Cases lie before a free person until one more comes, and then all begin at that moment."""
    return bool(held.sum() >= MIN_BATCHES and (held & triggered).sum() >= TRIGGERED * held.sum())


def _as_it_comes(enabled: Int64, start: Int64, hands: Busy, own: Roster) -> tuple[Bool, Bool]:
    """Which instances came when the person was at work with nothing in hand, and which of them were taken up
    at once."""
    known = np.maximum(enabled, 0)
    before, after = known - int(GAP_S) * US, known + int(GAP_S) * US
    at_work = own.clock(after) - own.clock(before) >= 1.9 * GAP_S
    free_hands = hands.clock(known) - hands.clock(before) <= 0.0
    could_be = (enabled >= 0) & at_work & free_hands
    return could_be & (start <= after), could_be


def _joined(
    activity: npt.NDArray[np.int32],
    enabled: Int64,
    start: Int64,
    end: Int64,
    own: Roster,
    office: Roster,
) -> Bool:
    """Which instances follow the one before back to back on the clock, in the same activity."""
    lengths = np.maximum(0, end - start)
    usual = float(np.median(lengths)) if len(lengths) else 0.0
    gap = max(GAP_S, 0.1 * usual / US)
    joined = np.zeros(len(start), np.bool_)
    reach = np.maximum.accumulate(end) if len(end) else end
    # lunch and night do not end a pile: what counts is the pause on the clock of the person or of the office
    pause = np.minimum(
        own.clock(start[1:]) - own.clock(reach[:-1]), office.clock(start[1:]) - office.clock(reach[:-1])
    )
    joined[1:] = (activity[1:] == activity[:-1]) & (pause <= gap) & (enabled[1:] >= 0) & (enabled[:-1] >= 0)
    return joined


def _piles(joined: Bool, enabled: Int64, start: Int64) -> list[tuple[int, int]]:
    """Runs ``[a, b)`` of two or more that are back to back and were all enabled before the run began."""
    piles: list[tuple[int, int]] = []
    began = 0
    run_start, enabled_list, joined_list = start.tolist(), enabled.tolist(), joined.tolist()
    for i in range(1, len(run_start) + 1):
        if i == len(run_start) or not joined_list[i] or enabled_list[i] > run_start[began]:
            if i - began >= 2:
                piles.append((began, i))
            began = i
    return piles


def _by_number(joined: Bool, of_kind: Bool, enabled: Int64, start: Int64) -> list[tuple[int, int]]:
    """Batches of a fixed number: after a closed night several of them follow each other like one pile.

    When nearly all runs are whole multiples of a number, they are cut by the largest such; else empty.
    """
    edges = np.flatnonzero(np.append(~joined, True))
    runs = [(int(a), int(b)) for a, b in pairwise(edges) if of_kind[a]]
    lengths = np.array([b - a for a, b in runs])
    number = next(
        (
            k
            for k in range(MOST_TOGETHER, 1, -1)
            if lengths[lengths % k == 0].sum() >= WHOLE_NUMBERS * lengths.sum()
        ),
        0,
    )
    if not number:
        return []
    chunks = [(i, min(i + number, b)) for a, b in runs for i in range(a, b, number)]
    return [(a, b) for a, b in chunks if enabled[a:b].max() <= start[a]]
