"""When a piece of work could have begun: the end of what it had to wait for in its own case."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xiaoneng.core.mining.causes.instances import Instances, Int64

CONCURRENT_FROM = 0.1
"""Two activities count as parallel when they truly overlap in this share of the cases that have both."""
CONCURRENT_CASES = 3
MAX_STEPS_BACK = 64
"""How many parallel predecessors are skipped before the search for the enabling one gives up."""


def enabled_at(instances: Instances) -> Int64:
    """Per instance the moment (µs) at which it was enabled, -1 where nothing tells (first step of a case
    without a start).

    Enabling is the last end at or before its own start among the case's instances that are not parallel to
    it.
    """
    n = len(instances)
    case, start, end = instances.case, instances.start, instances.end
    position = np.arange(n, dtype=np.int64)
    # points in time of each case: starts and ends; of two at one moment the instance listed first comes
    # first,
    # and its start before its end, so that a step of no length is enabled by the one before and not by itself
    moment = np.concatenate((start, end))
    owner = np.concatenate((position, position))
    is_end = np.concatenate((np.zeros(n, np.bool_), np.ones(n, np.bool_)))
    order = np.lexsort((2 * owner + is_end, moment, np.concatenate((case, case))))
    owner, is_end = owner[order], is_end[order]

    ends = np.flatnonzero(is_end)
    ended = owner[ends]  # instances in order of their ends, case by case
    before = np.cumsum(is_end)  # ends up to and including each point
    candidate = np.empty(n, np.int64)
    starts = np.flatnonzero(~is_end)
    candidate[owner[starts]] = before[starts] - 1  # index into `ended`; may belong to the case before

    parallel = concurrent_pairs(instances)
    width = int(instances.activity.max(initial=-1)) + 1
    result = np.full(n, -1, np.int64)
    open_ = position
    for _ in range(MAX_STEPS_BACK):
        open_ = open_[candidate[open_] >= 0]
        previous = ended[candidate[open_]]
        inside = case[previous] == case[open_]
        open_, previous = open_[inside], previous[inside]
        if not len(open_):
            break
        pair = instances.activity[previous].astype(np.int64) * width + instances.activity[open_]
        usable = ~np.isin(pair, parallel) if len(parallel) else np.ones(len(pair), np.bool_)
        result[open_[usable]] = end[previous[usable]]
        open_ = open_[~usable]
        candidate[open_] -= 1
    arrived = (result < 0) & (instances.arrived >= 0) & (instances.arrived <= start)
    result[arrived] = instances.arrived[arrived]
    return result


def concurrent_pairs(instances: Instances) -> npt.NDArray[np.int64]:
    """Pairs of activities that run side by side, as ``a * width + b`` in both directions.

    Side by side: their intervals overlap (not merely touch) within one case often enough, see
    ``CONCURRENT_FROM``.
    """
    width = int(instances.activity.max(initial=-1)) + 1
    overlaps: dict[int, set[int]] = {}
    n = len(instances)
    for lag in range(1, n):
        left = np.arange(n - lag)
        same = (instances.case[left] == instances.case[left + lag]) & (
            instances.end[left] > instances.start[left + lag]
        )
        if not np.any(same):
            break
        real = same & (instances.end[left + lag] > instances.start[left + lag])
        real &= instances.activity[left] != instances.activity[left + lag]
        chosen = left[real]
        a, b = instances.activity[chosen], instances.activity[chosen + lag]
        low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b)
        for pair, number in zip((low * width + high).tolist(), instances.case[chosen].tolist(), strict=True):
            overlaps.setdefault(pair, set()).add(number)
    if not overlaps:
        return np.empty(0, np.int64)
    seen = np.unique(instances.case.astype(np.int64) * width + instances.activity)
    cases_of, activity_of = seen // width, seen % width
    found: list[int] = []
    for pair, cases in overlaps.items():
        a_id, b_id = divmod(pair, width)
        both = np.intersect1d(
            cases_of[activity_of == a_id], cases_of[activity_of == b_id], assume_unique=True
        )
        if len(cases) >= CONCURRENT_CASES and len(cases) >= CONCURRENT_FROM * len(both):
            found += [a_id * width + b_id, b_id * width + a_id]
    return np.array(sorted(found), np.int64)
