"""Intervals and estimators that every comparison uses; closed forms, no random numbers.

An interval is a pair ``(low, high)`` at 95 % unless ``z`` says otherwise, or ``None`` where the data cannot
bound the figure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Interval = tuple[float, float]

Z95 = 1.959963984540054
EXACT_UP_TO = 2_000
"""Sample size up to which ranks come from the exact binomial distribution; above it from its normal limit."""


def wilson(successes: float, n: float, z: float = Z95) -> Interval | None:
    """Interval of a share (Wilson 1927); honest at 0 and at n, unlike p ± z·se. ``None`` for ``n = 0``."""
    if n <= 0:
        return None
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes <= 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if successes >= n else min(1.0, (centre + spread) / scale)
    return low, high


def share_upper_bound(successes: int, n: int) -> float:
    """One-sided 95 % upper bound of a share: 3/n and its exact form at zero, else Wilson."""
    if n <= 0:
        return 1.0
    if successes == 0:
        return float(1.0 - 0.05 ** (1.0 / n))
    bounds = wilson(successes, n, z=1.6448536269514722)
    assert bounds is not None
    return bounds[1]


def median_ranks(n: int, quantile: float = 0.5) -> tuple[int, int] | None:
    """Ranks (0-based, inclusive) of the order statistics enclosing a quantile with 95 % confidence or more.

    ``None`` when even the smallest and the largest value do not (n < 6 for the median).
    """
    if n < 1:
        return None
    if n <= EXACT_UP_TO:
        k = np.arange(n + 1)
        log_factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
        log_pmf = (
            log_factorial[n]
            - log_factorial
            - log_factorial[::-1]
            + k * math.log(quantile)
            + (n - k) * math.log1p(-quantile)
        )
        cumulative = np.cumsum(np.exp(log_pmf))
        # the interval [x(low+1), x(high+1)] misses when B <= low or B > high with B ~ binomial(n, quantile)
        low = int(np.searchsorted(cumulative, 0.025, side="right")) - 1
        high = int(np.searchsorted(cumulative, 0.975, side="left"))
        return (low, high) if low >= 0 and high <= n - 1 else None
    spread = Z95 * math.sqrt(n * quantile * (1 - quantile))
    low = math.floor(n * quantile - spread) - 1
    high = math.ceil(n * quantile + spread)
    return (low, high) if low >= 0 and high <= n - 1 else None


def median_interval(values: Float64, quantile: float = 0.5) -> Interval | None:
    """Distribution-free interval of a quantile from order statistics; ``None`` with too few values."""
    clean = np.sort(values[~np.isnan(values)])
    ranks = median_ranks(len(clean), quantile)
    return None if ranks is None else (float(clean[ranks[0]]), float(clean[ranks[1]]))


def mean_interval(values: Float64) -> Interval | None:
    """Normal interval of a mean; ``None`` below two values."""
    clean = values[~np.isnan(values)]
    if len(clean) < 2:
        return None
    mean = float(clean.mean())
    spread = Z95 * float(clean.std(ddof=1)) / math.sqrt(len(clean))
    return mean - spread, mean + spread


@dataclass(frozen=True, slots=True)
class Survival:
    """A Kaplan-Meier curve: the share still unfinished after each time at which something finished."""

    times: Float64
    survival: Float64
    low: Float64
    high: Float64
    n: int
    finished: int

    def quantile(self, share: float = 0.5) -> float | None:
        """The first time by which ``share`` of the cases are finished; ``None`` when it stays above."""
        return _first_at_most(self.times, self.survival, 1 - share)

    def quantile_interval(self, share: float = 0.5) -> tuple[float | None, float | None]:
        """Brookmeyer-Crowley interval: where the curve's band crosses; an end never reached is ``None``."""
        return _first_at_most(self.times, self.low, 1 - share), _first_at_most(
            self.times, self.high, 1 - share
        )

    def at(self, time: float) -> float:
        """Share still unfinished at ``time``."""
        i = int(np.searchsorted(self.times, time, side="right"))
        return 1.0 if i == 0 else float(self.survival[i - 1])

    def restricted_mean(self, horizon: float) -> float:
        """Mean time to finish when everything is cut at ``horizon``: the area under the curve."""
        inside = self.times < horizon
        edges = np.concatenate(([0.0], self.times[inside], [horizon]))
        heights = np.concatenate(([1.0], self.survival[inside]))
        return float((np.diff(edges) * heights).sum())


def _first_at_most(times: Float64, curve: Float64, level: float) -> float | None:
    reached = np.flatnonzero(curve <= level + 1e-12)
    return float(times[reached[0]]) if len(reached) else None


def kaplan_meier(durations: Float64, finished: Bool) -> Survival:
    """Survival of ``durations`` where ``finished`` is false for those still open (censored at their age).

    Kaplan and Meier 1958; band: Greenwood variance on the log(-log) scale. NaN durations are left out.
    Ties: what finishes at t is at risk together with what is censored at t.
    """
    keep = ~np.isnan(durations)
    durations, finished = durations[keep], finished[keep]
    n = len(durations)
    times, inverse = np.unique(durations, return_inverse=True)
    ended = np.bincount(inverse, weights=finished.astype(np.float64), minlength=len(times))
    gone = np.bincount(inverse, minlength=len(times)).astype(np.float64)
    at_risk = n - np.concatenate(([0.0], np.cumsum(gone)[:-1])) if n else gone
    step = ended > 0
    times, ended, at_risk = times[step], ended[step], at_risk[step]
    survival: Float64 = np.cumprod(1 - ended / at_risk).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(ended / (at_risk * (at_risk - ended)))
        spread = Z95 * np.sqrt(greenwood) / np.abs(np.log(survival))
        low = survival ** np.exp(spread)
        high = survival ** np.exp(-spread)
    last = survival <= 0
    low[last], high[last] = 0.0, np.where(np.any(~last), high[~last][-1] if np.any(~last) else 1.0, 1.0)
    return Survival(times, survival, low, high, n, int(finished.sum()))


def shrink(means: Float64, variances: Float64, counts: Float64) -> tuple[Float64, Float64]:
    """Empirical-Bayes means of groups and the weight each keeps of its own mean (0 = borrowed, 1 = own).

    ``variances`` are within-group sample variances. The spread between the groups is estimated by moments
    (DerSimonian and Laird 1986); a small group is drawn towards the common mean in proportion to its noise.
    """
    error = np.maximum(variances, 1e-12) / counts
    weight = 1 / error
    centre = float((weight * means).sum() / weight.sum())
    q = float((weight * (means - centre) ** 2).sum())
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(0.0, (q - (len(means) - 1)) / scale) if scale > 0 else 0.0
    keep = between / (between + error)
    if between > 0:
        inner = 1 / (between + error)
        centre = float((inner * means).sum() / inner.sum())
    return keep * means + (1 - keep) * centre, keep


def probability_slower(a: Float64, b: Float64) -> float:
    """The chance that a random ``a`` exceeds a random ``b``, ties count half: 0.5 = no difference."""
    both = np.concatenate((a, b))
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[inverse]
    u = ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2
    return float(u / (len(a) * len(b)))
