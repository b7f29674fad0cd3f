"""What one person had in hand, and for how much of a wait it was older or newer work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiaoneng.core.mining.causes.availability import US, Roster

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Busy:
    """The union of one person's work intervals: where each piece adds to it, and how much."""

    starts: Int64
    ends: Int64
    added: Float64
    """Seconds that each of the person's instances (in the order given) adds to the union."""
    _cumulative: Float64

    def clock(self, moments: Int64) -> Float64:
        """Seconds with something in hand from the beginning to each moment."""
        return self._at(moments, self._cumulative, None)

    def clock_on(self, moments: Int64, roster: Roster) -> Float64:
        """The same, counting only seconds at which the roster is open."""
        lengths = roster.clock(self.ends) - roster.clock(self.starts)
        return self._at(moments, np.concatenate(([0.0], np.cumsum(lengths)[:-1])), roster)

    def _at(self, moments: Int64, cumulative: Float64, roster: Roster | None) -> Float64:
        if not len(self.starts):
            return np.zeros(len(moments))
        piece = np.searchsorted(self.starts, moments, side="right") - 1
        known = np.maximum(piece, 0)
        until = np.clip(moments, self.starts[known], self.ends[known])
        if roster is None:
            partial = (until - self.starts[known]) / US
        else:
            partial = roster.clock(until) - roster.clock(self.starts[known])
        return np.where(piece < 0, 0.0, cumulative[known] + partial)


def busy(start: Int64, end: Int64) -> Busy:
    """The union of the intervals of one person; ``start`` ascending. Overlaps count once, for the earlier
    piece."""
    reach = np.maximum.accumulate(end) if len(end) else end
    begin = start.copy()
    begin[1:] = np.maximum(start[1:], reach[:-1])
    added = np.maximum(0, end - begin)
    real = added > 0
    lengths = added[real] / US
    cumulative = np.concatenate(([0.0], np.cumsum(lengths)[:-1])) if real.any() else np.empty(0)
    return Busy(begin[real], begin[real] + added[real], added / US, cumulative)


def overtaken_by(enabled: Int64, weight: Float64) -> Float64:
    """Per instance (in order of start) the weight of those that started before it although enabled after it.

    A two-dimensional dominance sum by merging ever larger blocks: O(n log n), no loop over instances.
    """
    n = len(enabled)
    result = np.zeros(n)
    if n < 2 or np.all(enabled[1:] >= enabled[:-1]):
        return result  # first come, first served: nobody was overtaken
    _, rank = np.unique(enabled, return_inverse=True)
    rank = rank.astype(np.int64)
    arranged = np.arange(n, dtype=np.int64)
    size = 1
    width = int(rank.max()) + 1
    while size < n:
        block = arranged // (2 * size)
        # stable sort of runs that are already in order, so each level costs one merge
        arranged = arranged[np.argsort(block * width + rank[arranged], kind="stable")]
        block = arranged // (2 * size)
        left = (arranged // size) % 2 == 0
        added = np.where(left, weight[arranged], 0.0)
        upto = np.cumsum(added)
        last = np.flatnonzero(np.concatenate((block[1:] != block[:-1], [True])))
        ends = upto[last][np.searchsorted(last, np.arange(n))]
        # equal enablement is not overtaking: step over the ties on the right
        key = block * width + rank[arranged]
        after_ties = np.searchsorted(key, key, side="right") - 1
        right = ~left
        result[arranged[right]] += (ends - upto[after_ties])[right]
        size *= 2
    return result
