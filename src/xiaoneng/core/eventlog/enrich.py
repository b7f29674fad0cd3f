"""What one log says about each event and each case: pure numpy, one piece of whole cases at a time.

Input are the columns of :class:`~xiaoneng.core.eventlog.spill.Spill` (case numbers ascending, file order
within a case), output are the columns of ``events.parquet`` and ``cases.parquet``, both described in
``docs/reference/event-store.md``. Times are int64 microseconds with NaT as the smallest int64, ids are int32
with -1 for "none". Nothing missing is filled in.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Columns = dict[str, npt.NDArray[Any]]

NAT = np.iinfo(np.int64).min
DAY_US = 86_400_000_000

NO_TIME, MIDNIGHT, TIE, OUT_OF_ORDER, DUPLICATE, PERSON_BACK, BODY_BACK = 1, 2, 4, 8, 16, 32, 64
"""Bits of ``events.flags``; the last two: handed over here, and straight back to the same person or body."""

FIRST_KNOWN = ("started", "item", "item_body")
"""Case values given per event: the first one known holds."""
LAST_KNOWN = ("deadline", "planned", "finished", "status")
"""Case values given per event: the last one known holds (a limit may be extended, a state changes)."""


class WorkClock(Protocol):
    """A clock that runs only in working hours; ``core.calendar.work_clock`` makes one."""

    @property
    def name(self) -> str:
        """For the reader: calendar and hours."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever any answer of the clock could."""

    @property
    def seconds_per_day(self) -> float:
        """Working seconds of a usual day."""

    def seconds(self, local_us: Int64) -> Float64:
        """Working seconds since the first published day at each wall clock; NaN outside and for NaT."""

    def day_number(self, days: Int32) -> Int64:
        """Working days up to and including each day (days since 1970-01-01); -1 outside."""


@dataclass(frozen=True, slots=True)
class Enriched:
    """One piece of the log, ready to be written."""

    events: Columns
    cases: Columns
    starts: Int64
    """Where each case begins in ``events``, and one more for the end; ``int64[cases + 1]``."""


def enrich(raw: Columns, clock: WorkClock, own_limits: tuple[str, ...] = ()) -> Enriched:
    """Order and enrich one piece; ``raw`` also has ``ended_local`` and the case roles that are mapped
    (``started`` and ``finished`` with ``…_instant``).

    ``own_limits`` names the roles (``deadline``, ``planned``) whose value belongs to the single event, too.
    """
    raw = {**raw, "out_of_order": _out_of_order(raw)}
    order = _time_order(raw["case_no"], raw["time"])
    if order is not None:
        raw = {name: values[order] for name, values in raw.items()}
    case_no = raw["case_no"]
    n = len(case_no)
    new_case = np.empty(n, np.bool_)
    new_case[0] = True
    np.not_equal(case_no[1:], case_no[:-1], out=new_case[1:])
    starts = np.append(np.flatnonzero(new_case), n)
    lengths = np.diff(starts)
    in_piece = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    last = np.append(new_case[1:], True)
    time, local = raw["time"], raw["local"]
    timed = time != NAT

    occurrence, distinct_activities = _occurrences(in_piece, raw["activity"], len(lengths))
    work = clock.seconds(local)
    gap = np.full(n, np.nan)
    gap[:-1] = (time[1:] - time[:-1]) / 1e6
    gap[last | ~timed | np.append(~timed[1:], True)] = np.nan
    gap_work = np.full(n, np.nan)
    gap_work[:-1] = work[1:] - work[:-1]
    gap_work[last] = np.nan
    flags = np.zeros(n, np.int32)
    flags[~timed] |= NO_TIME
    flags[(local != NAT) & (local % DAY_US == 0)] |= MIDNIGHT
    tie = np.zeros(n, np.bool_)
    tie[1:] = ~new_case[1:] & timed[1:] & (time[1:] == time[:-1])
    flags[tie] |= TIE
    flags[raw["out_of_order"]] |= OUT_OF_ORDER
    flags[_duplicates(raw, in_piece, new_case)] |= DUPLICATE
    flags[_back(raw["resource"], in_piece)] |= PERSON_BACK
    flags[_back(raw["body"], in_piece)] |= BODY_BACK

    events: Columns = {
        "case_no": case_no,
        "seq": (np.arange(n) - starts[in_piece]).astype(np.int32),
        "row": raw["row"],
        "activity": raw["activity"],
        "time": time,
        "local": local,
        "ended": raw["ended"],
        "lifecycle": raw["lifecycle"],
        "resource": raw["resource"],
        "role": raw["role"],
        "body": raw["body"],
        "occurrence": occurrence,
        "next_activity": _next(raw["activity"], last),
        "next_resource": _next(raw["resource"], last),
        "next_body": _next(raw["body"], last),
        "gap_s": gap,
        "work_s": work,
        "gap_work_s": gap_work,
        "flags": flags,
        **{role: raw[role] for role in own_limits},
    }
    if np.any(raw["ended"] != NAT):
        events["end_work_s"] = clock.seconds(raw["ended_local"])
    cases = _case_columns(raw, events, starts, in_piece, timed, clock)
    cases["activities"] = distinct_activities
    return Enriched(events, cases, starts)


def path_groups(activity: Int32, starts: Int64) -> tuple[Int64, Int64]:
    """Which cases of a piece took the same path: (first case of each group, group of each case).

    Paths are compared by a 64-bit hash and then event by event, so that the answer is exact.
    """
    n = len(activity)
    lengths = np.diff(starts)
    seq = np.arange(n, dtype=np.int64) - np.repeat(starts[:-1], lengths)
    mixed = _mix((activity.astype(np.int64) + 1).view(np.uint64) + _mix(seq.view(np.uint64)))
    hashes = np.add.reduceat(mixed, starts[:-1])
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    model = starts[:-1][first][group]  # where the group's first case begins, per case
    same_length = lengths == lengths[first][group]
    twin = np.minimum(np.repeat(model, lengths) + seq, n - 1)
    if bool(same_length.all()) and bool((activity == activity[twin]).all()):
        return first, group
    # two paths with one hash: compare as bytes
    paths = [activity[a:b].tobytes() for a, b in itertools.pairwise(starts)]
    seen: dict[bytes, int] = {}
    exact = np.array([seen.setdefault(path, len(seen)) for path in paths], np.int64)
    _, first = np.unique(exact, return_index=True)
    return first, exact


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit moves every output bit."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _out_of_order(raw: Columns) -> Bool:
    """Events earlier than their predecessor in file order; the piece is still in file order here."""
    case_no, time = raw["case_no"], raw["time"]
    late = np.zeros(len(time), np.bool_)
    late[1:] = (case_no[1:] == case_no[:-1]) & (time[1:] < time[:-1]) & (time[1:] != NAT)
    return late


def _time_order(case_no: Int32, time: Int64) -> Int64 | None:
    """The stable order by case and time, events without a time last; None when it is the order given."""
    key = np.where(time == NAT, np.iinfo(np.int64).max, time)
    if not np.any((case_no[1:] == case_no[:-1]) & (key[1:] < key[:-1])):
        return None
    return np.lexsort((key, case_no))


def _occurrences(in_piece: Int64, activity: Int32, cases: int) -> tuple[Int32, Int32]:
    """How often the activity has occurred in its case so far (1..), and distinct activities per case."""
    n = len(activity)
    position_bits = max(1, (n - 1).bit_length())
    activity_bits = int(activity.max(initial=0) + 1).bit_length()
    case_and_activity = (in_piece << activity_bits) | (activity.astype(np.int64) + 1)
    if position_bits + activity_bits + int(cases).bit_length() < 63:
        # one integer per event sorts several times faster than an indirect stable sort
        packed = np.sort((case_and_activity << position_bits) | np.arange(n))
        position = packed & ((1 << position_bits) - 1)
        group = packed >> position_bits
    else:
        position = np.argsort(case_and_activity, kind="stable")
        group = case_and_activity[position]
    begins = np.empty(n, np.bool_)
    begins[0] = True
    np.not_equal(group[1:], group[:-1], out=begins[1:])
    index = np.arange(n)
    occurrence = np.empty(n, np.int32)
    occurrence[position] = index - np.maximum.accumulate(np.where(begins, index, 0)) + 1
    kinds = group[begins]
    named = (kinds & ((1 << activity_bits) - 1)) > 0
    return occurrence, np.bincount(kinds[named] >> activity_bits, minlength=cases).astype(np.int32)


def _distinct(in_piece: Int64, ids: Int32, cases: int) -> Int32:
    """Distinct ids per case, without "none"."""
    if not np.any(ids >= 0):
        return np.zeros(cases, np.int32)
    bits = int(ids.max()).bit_length() + 1
    keys = np.sort((in_piece << bits) | (ids.astype(np.int64) + 1))
    keys = keys[np.append(True, keys[1:] != keys[:-1])]
    keys = keys[(keys & ((1 << bits) - 1)) > 0]
    return np.bincount(keys >> bits, minlength=cases).astype(np.int32)


def _next(ids: Int32, last: Bool) -> Int32:
    """The id of the following event of the case, -1 on the last."""
    following = np.append(ids[1:], np.int32(-1)).astype(np.int32)
    following[last] = -1
    return following


def _back(ids: Int32, in_piece: Int64) -> Int64:
    """Positions of events A that are followed by B and then by A again, within one case."""
    a, b, c = ids[:-2], ids[1:-1], ids[2:]
    back: Int64 = np.flatnonzero((a >= 0) & (b >= 0) & (a != b) & (a == c) & (in_piece[:-2] == in_piece[2:]))
    return back


SAME_EVENT = ("activity", "resource", "lifecycle", "role", "body", "ended")
"""Two events of a case with equal time are duplicates when these agree too."""


def _duplicates(raw: Columns, in_piece: Int64, new_case: Bool) -> Int64:
    """Positions of events that repeat an earlier event of their case exactly."""
    time = raw["time"]
    like_previous = np.zeros(len(time), np.bool_)
    like_previous[1:] = ~new_case[1:] & (time[1:] == time[:-1])
    candidates = np.flatnonzero(like_previous | np.append(like_previous[1:], False))
    if len(candidates) < 2:
        return candidates[:0]
    keys = [raw[name][candidates] for name in SAME_EVENT] + [time[candidates], in_piece[candidates]]
    order = np.lexsort(keys)  # stable: the earliest of equals stays first
    repeated = np.ones(len(order) - 1, np.bool_)
    for key in keys:
        sorted_key = key[order]
        repeated &= sorted_key[1:] == sorted_key[:-1]
    return candidates[order[1:][repeated]]


def _case_columns(
    raw: Columns, events: Columns, starts: Int64, in_piece: Int64, timed: Bool, clock: WorkClock
) -> Columns:
    begin, end = starts[:-1], starts[1:]
    cases = len(begin)
    time, local = events["time"], events["local"]
    timed_events = np.add.reduceat(timed.astype(np.int64), begin)
    final = begin + np.maximum(timed_events, 1) - 1  # events without a time stand last
    first, first_local = time[begin], local[begin]
    last, last_local = time[final], local[final]
    if np.any(raw["ended"] != NAT):
        last_end = np.maximum.reduceat(raw["ended"], begin)
        last_end_local = np.maximum.reduceat(raw["ended_local"], begin)
        after = (last_end > last) & (last != NAT)
        last = np.where(after, last_end, last)
        last_local = np.where(after, last_end_local, last_local)
    known = first != NAT
    worked = np.where(
        known & (last_local != NAT), clock.seconds(last_local) - clock.seconds(first_local), np.nan
    )
    handed = (events["resource"] >= 0) & (events["next_resource"] >= 0)
    handed &= events["resource"] != events["next_resource"]
    moved = (events["body"] >= 0) & (events["next_body"] >= 0) & (events["body"] != events["next_body"])
    repeated = (events["occurrence"] >= 2) & (events["activity"] >= 0)
    out: Columns = {
        "case_no": events["case_no"][begin],
        "events": np.diff(starts).astype(np.int32),
        "resources": _distinct(in_piece, events["resource"], cases),
        "bodies": _distinct(in_piece, events["body"], cases),
        "start_activity": events["activity"][begin],
        "end_activity": events["activity"][end - 1],
        "first": first,
        "last": last,
        "first_local": first_local,
        "last_local": last_local,
        "duration_s": np.where(known, (last - first) / 1e6, np.nan),
        "work_s": worked,
        "working_days": _working_days(first_local, last_local, clock),
        "handovers": np.add.reduceat(handed.astype(np.int32), begin),
        "body_handovers": np.add.reduceat(moved.astype(np.int32), begin),
        "rework": np.add.reduceat(repeated.astype(np.int32), begin),
    }
    for role in (*FIRST_KNOWN, *LAST_KNOWN):
        if role in raw:
            out[role] = _known_value(raw[role], begin, first=role in FIRST_KNOWN)
    if "started" in raw and "finished" in raw:
        start = _known_value(raw["started_instant"], begin, first=True)
        finish = _known_value(raw["finished_instant"], begin, first=False)
        out["stated_s"] = np.where((start != NAT) & (finish != NAT), (finish - start) / 1e6, np.nan)
    # whether the last event still runs: only a log with ends can tell
    out["last_event_ended"] = raw["ended"][end - 1] != NAT
    return out


def _working_days(first_local: Int64, last_local: Int64, clock: WorkClock) -> Int64:
    """Working days d with first date < d <= last date; -1 where the calendar or the time is missing."""
    there = (first_local != NAT) & (last_local != NAT)
    numbers = [
        clock.day_number((np.where(there, moment, 0) // DAY_US).astype(np.int32))
        for moment in (first_local, last_local)
    ]
    return np.where(there & (numbers[0] >= 0) & (numbers[1] >= 0), numbers[1] - numbers[0], -1)


def _known_value(values: npt.NDArray[Any], begin: Int64, *, first: bool) -> npt.NDArray[Any]:
    """The first or last known value of each case in time order; none (NaT or -1) when none is known."""
    none = NAT if values.dtype == np.int64 else -1
    n = len(values)
    index = np.arange(n)
    known = values != none
    if first:
        at = np.minimum.reduceat(np.where(known, index, n), begin)
    else:
        at = np.maximum.reduceat(np.where(known, index, -1), begin)
    found = (at >= 0) & (at < n)
    return np.where(found, values[np.where(found, at, 0)], none).astype(values.dtype)
