"""How bodies compare over all their cases, fairly: intervals, small numbers drawn in, mix of items taken
out."""

from __future__ import annotations

from typing import Any

import numpy as np

from xiaoneng.core.mining.comparison.casework import Casework, read_casework
from xiaoneng.core.mining.context import Context, NotMeasurable
from xiaoneng.core.mining.statistics import Bool, Float64, kaplan_meier, mean_interval, shrink, wilson

MIN_CASES = 5
"""Bodies with fewer cases are listed with their count only."""
MIN_RANKED = 20
"""Bodies with fewer cases are not ranked, whatever their figures."""


def bodies(context: Context) -> list[dict[str, Any]]:
    """One row per body, by cases descending, then name. Days are calendar days from a case's start to its
    end.

    ``median_days`` and ``interval`` come from the Kaplan-Meier curve, so open cases count with their age.
    ``expected_days`` is the mean that the body would have if each of its items took what it takes on
    average over all
    bodies; ``adjusted_ratio`` is actual over expected, drawn towards 1 where the body has few cases;
    ``ranked`` says whether there are enough cases to rank it.
    """
    cases = context.once("casework", lambda: read_casework(context))
    names = sorted({body for body in cases.body.tolist() if body is not None})
    if len(names) == 0:
        raise NotMeasurable("no_body")
    expected = expected_days(cases)
    rows = []
    for name in names:
        mine: Bool = cases.body == name
        done = mine & cases.finished
        row: dict[str, Any] = {
            "body": name,
            "cases": int(mine.sum()),
            "open": int((mine & ~cases.finished).sum()),
        }
        row["ranked"] = row["cases"] >= MIN_RANKED
        if row["cases"] >= MIN_CASES:
            curve = kaplan_meier(cases.days[mine], cases.finished[mine])
            with_deadline = mine & ~np.isnan(cases.late)
            n, late = int(with_deadline.sum()), float(np.nansum(cases.late[mine]))
            row |= {
                "median_days": curve.quantile(),
                "interval": _both(curve.quantile_interval()),
                "mean_days": float(cases.days[done].mean()) if done.any() else None,
                "mean_interval": _both(mean_interval(cases.days[done])),
                "overdue_rate": late / n if n else None,
                "overdue_interval": _both(wilson(late, n)),
                "expected_days": float(expected[done].mean()) if done.any() else None,
            }
        rows.append(row)
    _adjust(rows, cases, expected)
    return sorted(rows, key=lambda row: (-row["cases"], row["body"]))


def expected_days(cases: Casework) -> Float64:
    """Per case the mean days of the finished cases of its item over all bodies (of all cases where no item
    is named)."""
    result = np.full(len(cases.days), np.nan)
    keys = np.array(["" if item is None else str(item) for item in cases.item.tolist()], object)
    for key in set(keys.tolist()):
        same = keys == key
        done = same & cases.finished
        if done.any():
            result[same] = cases.days[done].mean()
    return result


def _adjust(rows: list[dict[str, Any]], cases: Casework, expected: Float64) -> None:
    """Add ``adjusted_ratio`` and ``own_weight`` to the rows that have enough finished cases."""
    usable = cases.finished & ~np.isnan(expected) & (expected > 0)
    ratio = np.where(usable, cases.days / np.where(usable, expected, 1.0), np.nan)
    chosen = [row for row in rows if int((usable & (cases.body == row["body"])).sum()) >= MIN_CASES]
    if len(chosen) < 2:
        return
    groups = [ratio[usable & (cases.body == row["body"])] for row in chosen]
    means = np.array([group.mean() for group in groups])
    variances = np.array([group.var(ddof=1) for group in groups])
    counts = np.array([float(len(group)) for group in groups])
    shrunk, own = shrink(means, variances, counts)
    for row, value, weight in zip(chosen, shrunk.tolist(), own.tolist(), strict=True):
        row["adjusted_ratio"], row["own_weight"] = value, weight


def _both(pair: tuple[float | None, float | None] | None) -> list[float | None] | None:
    """A 95 % interval for JSON; an end that the data do not bound is null, nothing known is no interval."""
    return None if pair is None or pair == (None, None) else list(pair)
