"""When a person is at work, learned from the moments at which the log sees that person begin or finish
something.

The guiding rule: an hour counts as closed only when, by chance, somebody at work would have been seen in it
almost
surely. Little evidence therefore never makes "not at work"; it leaves the hour open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

US = 1_000_000
DAY_US = 86_400 * US
CELL_S = 900
CELLS = 86_400 // CELL_S
CHANCE = 0.001
"""A gap is real when chance would leave one of its length less often than this."""
EXPECTED_SIGHTINGS = 7.0
"""A day is shut, a weekday closed, when this many sightings were expected and none came (e^-7, one in a
thousand)."""
NOISE = 0.02
"""Cells and weekdays with less than this share of the usual sightings count as unseen (somebody stayed late
once)."""
ABSENCE = 0.01
"""Expected number of false absences per person that is tolerated."""
SURE = 0.98
"""No one is assumed to be seen on more than this share of their days, so that one quiet day is not an
absence."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The observed hours of one person (or of the office): open cells per weekday, open days, and the clock
    over both."""

    first_day: int
    days: Bool
    """Is the day worked at all; days since ``first_day`` (days since 1970-01-01, wall clock)."""
    cells: Bool
    """``bool[7, 96]``: open quarter hours per weekday, Monday first."""
    _before: Float64
    _within: Float64

    def clock(self, moments: Int64) -> Float64:
        """Seconds at work from the first day to each moment (µs, wall clock), for subtraction. Flat outside
        the span."""
        day, rest = np.divmod(moments, DAY_US)
        day -= self.first_day
        day_in = np.clip(day, 0, len(self.days) - 1)
        second = np.where(day < 0, 0.0, np.where(day >= len(self.days), 86_400.0, rest / US))
        cell = np.minimum((second // CELL_S).astype(np.int64), CELLS - 1)
        weekday = weekday_of(self.first_day + day_in)
        partial = self._within[weekday, cell] + self.cells[weekday, cell] * (second - cell * CELL_S)
        result: Float64 = self._before[day_in] + self.days[day_in] * partial
        return result

    @property
    def always(self) -> bool:
        """Nothing is ever closed."""
        return bool(self.days.all() and self.cells.all())


def weekday_of(days: Int64) -> Int64:
    """Monday = 0; 1970-01-01 was a Thursday."""
    return (days + 3) % 7


def roster(moments: Int64, first_day: int, last_day: int, office_days: Bool | None = None) -> Roster:
    """The hours seen in ``moments`` (µs, wall clock) over the log's span of days.

    ``office_days`` are the days on which the office as a whole works; a day on which this very person was
    seen is open
    whatever the office does.
    """
    total = last_day - first_day + 1
    cell_ids = np.unique(moments // (CELL_S * US))
    day, cell = np.divmod(cell_ids, CELLS)
    day -= first_day
    weekday = weekday_of(first_day + day)
    cells = _open_cells(weekday, cell)
    weekdays = _open_weekdays(np.unique(day), first_day, total)
    scheduled = weekdays[weekday_of(first_day + np.arange(total))]
    if office_days is not None:
        scheduled &= office_days
    seen = np.zeros(total, np.bool_)
    seen[day] = True
    days = (scheduled & ~_absent(scheduled, seen)) | seen
    return _build(first_day, days, cells)


def always_open(first_day: int, last_day: int) -> Roster:
    """A person of whom nothing is known."""
    return _build(first_day, np.ones(last_day - first_day + 1, np.bool_), np.ones((7, CELLS), np.bool_))


def closed_days(moments: Int64, first_day: int, last_day: int) -> Bool:
    """Days of the whole office on which it works: weekdays it keeps, less the days when it surely was shut
    (holidays)."""
    total = last_day - first_day + 1
    cell_ids = np.unique(moments // (CELL_S * US))
    day = cell_ids // CELLS - first_day
    per_day = np.bincount(day, minlength=total).astype(np.float64)
    weekdays = _open_weekdays(np.unique(day), first_day, total)
    scheduled = weekdays[weekday_of(first_day + np.arange(total))]
    usual = per_day[scheduled & (per_day > 0)]
    dense = len(usual) > 0 and float(np.median(usual)) >= EXPECTED_SIGHTINGS
    shut = scheduled & (per_day == 0) & dense
    open_: Bool = (scheduled & ~shut) | (per_day > 0)
    return open_


def _build(first_day: int, days: Bool, cells: Bool) -> Roster:
    within = np.concatenate((np.zeros((7, 1)), np.cumsum(cells * float(CELL_S), axis=1)), axis=1)
    weekday = weekday_of(first_day + np.arange(len(days)))
    length = days * within[weekday, -1]
    before = np.concatenate(([0.0], np.cumsum(length)[:-1]))
    return Roster(first_day, days, cells, before, within[:, :-1])


def _open_cells(weekday: Int64, cell: Int64) -> Bool:
    """Quarter hours that are open: gaps in the day of all weekdays together, then of each weekday that has
    its own."""
    counts = np.zeros((7, CELLS))
    np.add.at(counts, (weekday, cell), 1.0)
    closed = _gaps(counts.sum(axis=0), np.zeros(CELLS, np.bool_))
    return np.array([~(closed | _gaps(counts[weekday], closed)) for weekday in range(7)])


def _gaps(counts: Float64, known: Bool) -> Bool:
    """Cells inside circular runs without sightings that are too long to be chance; ``known`` are closed
    already.

    Under chance n sightings fall anywhere in the open cells; the longest gap then exceeds a share g of them
    with
    probability about n (1 - g)^(n - 1). Gaps are tried from the longest on, each against what is still open.
    """
    closed = np.zeros(CELLS, np.bool_)
    sightings = float(counts.sum())
    if sightings < 2:
        return closed
    busy = np.sort(counts[counts > 0])
    quiet = (counts <= NOISE * float(busy[int(0.9 * (len(busy) - 1))])) | known
    room = int((~known).sum())
    for start, length in sorted(_circular_runs(quiet), key=lambda run: -run[1]):
        members = (start + np.arange(length)) % CELLS
        gap = int((~known[members]).sum())
        if gap and sightings * (1 - gap / room) ** (sightings - 1) < CHANCE:
            closed[members] = True
            room -= gap
    return closed


def _circular_runs(flags: Bool) -> list[tuple[int, int]]:
    if flags.all():
        return []
    shift = int(np.flatnonzero(~flags)[0])
    rolled = np.roll(flags, -shift).astype(np.int8)
    edges = np.diff(np.concatenate(([0], rolled, [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [((int(a) + shift) % CELLS, int(b - a)) for a, b in zip(starts, ends, strict=True)]


def _open_weekdays(seen_days: Int64, first_day: int, total: int) -> Bool:
    """Weekdays that are worked: closed are those hardly ever seen although others are seen often."""
    possible = np.bincount(weekday_of(first_day + np.arange(total)), minlength=7)
    seen = np.bincount(weekday_of(first_day + seen_days), minlength=7)
    with np.errstate(invalid="ignore"):
        share = np.where(possible > 0, seen / np.maximum(possible, 1), 0.0)
    usual = float(np.median(share[share > 0.1 * share.max()])) if share.max() > 0 else 0.0
    rare = share <= 0.1 * usual
    chance = (1 - min(usual, SURE)) ** np.maximum(possible - 10 * seen, 0)
    open_: Bool = ~(rare & (chance < np.exp(-EXPECTED_SIGHTINGS)))
    return open_


def _absent(scheduled: Bool, seen: Bool) -> Bool:
    """Runs of scheduled days, between the first and the last sighting, too long for a person who is there."""
    absent = np.zeros(len(scheduled), np.bool_)
    sightings = np.flatnonzero(seen)
    if len(sightings) < 2:
        return absent
    inside = np.flatnonzero(scheduled & (np.arange(len(scheduled)) >= sightings[0]))
    inside = inside[inside <= sightings[-1]]
    if not len(inside):
        return absent
    there = seen[inside]
    presence = min(SURE, float(there.mean()))
    edges = np.diff(np.concatenate(([0], (~there).astype(np.int8), [0])))
    for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        if (1 - presence) ** int(b - a) * len(inside) < ABSENCE:
            absent[inside[a:b]] = True
    return absent
