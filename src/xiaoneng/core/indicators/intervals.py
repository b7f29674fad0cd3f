"""95 % intervals of the aggregates, in closed form: the rows are summed once and never kept."""

from __future__ import annotations

import math

Interval = tuple[float, float]
Z = 1.959963984540054


def student(df: int) -> float:
    """Two-sided 95 % quantile of Student's t: a table up to 9 degrees of freedom, then Cornish–Fisher."""
    exact = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
    if df in exact:
        return exact[df]
    z2 = Z * Z
    return Z * (1 + (z2 + 1) / (4 * df) + (5 * z2 * z2 + 16 * z2 + 3) / (96 * df * df))


def mean_interval(n: int, total: float, squares: float) -> Interval | None:
    """Of a mean, from count, sum and sum of squares; None below two values."""
    if n < 2:
        return None
    mean = total / n
    variance = max(squares / n - mean * mean, 0.0) * n / (n - 1)
    half = student(n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half


def share_interval(n: int, hits: float) -> Interval | None:
    """Wilson's interval of a share."""
    if n < 1:
        return None
    p, z2 = hits / n, Z * Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def ratio_interval(
    n: int, value: float, weight: float, value2: float, weight2: float, cross: float
) -> Interval | None:
    """Of sum(value) / sum(weight) by linearisation, from the sums of squares and products; None below two
    rows.
    """
    if n < 2 or weight == 0:
        return None
    ratio = value / weight
    residuals = max(value2 - 2 * ratio * cross + ratio * ratio * weight2, 0.0)
    half = student(n - 1) * math.sqrt(residuals * n / (n - 1)) / weight
    return ratio - half, ratio + half


def never_negative(value: float, interval: Interval | None) -> Interval | None:
    """The interval of a figure that cannot be negative (a time, a count, a rate), taken on the log scale.

    The delta method: the half-width on the log scale is that of the plain interval divided by the value, so
    both agree where the figure is sure, and the lower end never falls below zero where it is not.
    """
    if interval is None:
        return None
    if value <= 0:
        return 0.0, max(0.0, interval[1])
    half = min((interval[1] - interval[0]) / 2 / value, 20.0)
    return value * math.exp(-half), value * math.exp(half)


def change_interval(now: int, before: int) -> Interval | None:
    """Of now / before − 1 for two independent counts (log scale); None when one of them is zero."""
    if now < 1 or before < 1:
        return None
    half = Z * math.sqrt(1 / now + 1 / before)
    ratio = now / before
    return ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1
