"""The wait of every activity instance, split into five causes that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.mining.causes.availability import (
    DAY_US,
    US,
    Bool,
    Roster,
    always_open,
    closed_days,
    roster,
)
from xiaoneng.core.mining.causes.batches import find_batches
from xiaoneng.core.mining.causes.busy import Busy, busy, overtaken_by
from xiaoneng.core.mining.causes.enablement import enabled_at
from xiaoneng.core.mining.causes.instances import MISSING, Instances

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

CAUSES = ("batching", "contention", "unavailability", "prioritisation", "extraneous")
MIN_SIGHTINGS = 40
"""Below this many starts and ends a person is assumed to keep the office's hours."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Per instance (order of :class:`Instances`), in seconds of the wall clock. NaN where nothing tells."""

    waiting: Float64
    working: Float64
    batching: Float64
    contention: Float64
    unavailability: Float64
    prioritisation: Float64
    extraneous: Float64


def decompose(instances: Instances, work_clock: WorkClock | None = None) -> Waits:
    """Waiting of each instance from enablement to start, and its causes where a person is known.

    Precedence where several causes hold at one moment: batching (until the batch is complete), the person's
    other work
    (older first: contention; newer: prioritisation), the person not being at work, then batching again
    (complete but
    not begun although the person is free), else extraneous.
    """
    n = len(instances)
    enabled = enabled_at(instances)
    known = enabled >= 0
    waiting = np.where(known, (instances.start - enabled) / US, np.nan)
    working = (instances.end - instances.start) / US
    parts = {cause: np.full(n, np.nan) for cause in CAUSES}

    # who ends at noon was there before noon: an end belongs to the quarter hour that it closes
    moments = np.concatenate((instances.start, np.maximum(instances.end - 1, instances.start)))
    first_day, last_day = int(moments.min() // DAY_US), int(moments.max() // DAY_US)
    # a step of no length shows that a system stamped the case, not that somebody was at work
    worked = (instances.resource != MISSING) & (instances.end > instances.start)
    seen = np.concatenate((worked, worked))
    office_days = closed_days(moments[seen], first_day, last_day) if seen.any() else None
    office = roster(moments[seen], first_day, last_day, office_days) if seen.any() else None

    order = np.lexsort((instances.end, instances.start, instances.resource))
    who = instances.resource[order]
    edges = np.flatnonzero(np.concatenate(([True], who[1:] != who[:-1], [True])))
    for a, b in pairwise(edges.tolist()):
        if who[a] == MISSING or office is None:
            continue
        rows = order[a:b]
        own = _person(instances, rows, office, office_days, first_day, last_day)
        split = _split_person(instances, rows, enabled[rows], office, own, work_clock)
        for cause in CAUSES:
            parts[cause][rows] = np.where(known[rows], split[cause], np.nan)
    return Waits(waiting, working, **parts)


def _person(
    instances: Instances,
    rows: Int64,
    office: Roster,
    office_days: Bool | None,
    first_day: int,
    last_day: int,
) -> Roster:
    real = rows[instances.end[rows] > instances.start[rows]]
    moments = np.concatenate((instances.start[real], instances.end[real] - 1))
    if len(moments) < MIN_SIGHTINGS:
        return office if not office.always else always_open(first_day, last_day)
    return roster(moments, first_day, last_day, office_days)


def _split_person(
    instances: Instances,
    rows: Int64,
    enabled: Int64,
    office: Roster,
    own: Roster,
    work_clock: WorkClock | None,
) -> dict[str, Float64]:
    start, end = instances.start[rows], instances.end[rows]
    hands = busy(start, end)
    batched = find_batches(instances.activity[rows], enabled, start, end, hands, office, own, work_clock)
    member = batched.complete >= 0
    begin = np.where(enabled < 0, start, enabled)
    gathered = np.where(member, (batched.complete - begin) / US, 0.0)
    begin = np.where(member, batched.complete, begin)

    occupied = hands.clock(start) - hands.clock(begin)
    newer = np.minimum(overtaken_by(begin, hands.added), occupied)
    newer = np.where(newer > 1e-6, newer, 0.0)

    idle_own = _idle(begin, start, own, hands)
    idle_office = _idle(begin, start, office, hands)
    idle = np.where(member, idle_office, idle_own)
    rest = (start - begin) / US - occupied
    held = np.zeros(len(rows))
    if member.any():
        held = np.where(member, _idle(begin, np.where(member, batched.begun, begin), office, hands), 0.0)
    return {
        "batching": gathered + held,
        "contention": occupied - newer,
        "prioritisation": newer,
        "unavailability": np.maximum(0.0, rest - idle),
        "extraneous": np.maximum(0.0, idle - held),
    }


def _idle(begin: Int64, until: Int64, hours: Roster, hands: Busy) -> Float64:
    """Seconds at work with nothing in hand."""
    opened = hours.clock(until) - hours.clock(begin)
    worked = hands.clock_on(until, hours) - hands.clock_on(begin, hours)
    return np.maximum(0.0, opened - worked)
