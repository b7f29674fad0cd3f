"""The same item in several bodies: how differently long, and how differently handled."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np

from xiaoneng.core.mining.comparison.casework import Casework, read_casework
from xiaoneng.core.mining.context import Context, NotMeasurable
from xiaoneng.core.mining.statistics import Bool, kaplan_meier

MIN_CASES = 20
"""Cases of an item that a body needs to be compared."""


def divergence(context: Context) -> list[dict[str, Any]]:
    """Per item handled by two or more bodies with enough cases: the bodies, slowest first.

    ``ratio`` is the slowest median over the fastest; ``ratio_interval`` is what the two intervals allow at
    most and at
    least; ``different`` says that the intervals of slowest and fastest do not touch. ``path_share`` is the
    share of a
    body's cases on the item's commonest path, ``path_distance`` how far its steps per case are from the
    other bodies'
    (0 same, 1 nothing in common). Items are sorted by ratio, those that surely differ first.
    """
    cases = context.once("casework", lambda: read_casework(context))
    if all(item is None for item in cases.item.tolist()):
        raise NotMeasurable("no_item")
    if all(body is None for body in cases.body.tolist()):
        raise NotMeasurable("no_body")
    steps = _steps(context.connection, cases)
    found = []
    for item in sorted({i for i in cases.item.tolist() if i is not None}):
        of_item: Bool = cases.item == item
        names = sorted({b for b in cases.body[of_item].tolist() if b is not None})
        groups = [(name, of_item & (cases.body == name)) for name in names]
        groups = [(name, mine) for name, mine in groups if mine.sum() >= MIN_CASES]
        if len(groups) < 2:
            continue
        usual = np.bincount(np.maximum(cases.variant[of_item], 0)).argmax()
        rows = []
        for name, mine in groups:
            curve = kaplan_meier(cases.days[mine], cases.finished[mine])
            others = of_item & ~mine
            rows.append(
                {
                    "body": name,
                    "cases": int(mine.sum()),
                    "median_days": curve.quantile(),
                    "interval": list(curve.quantile_interval()),
                    "path_share": float((cases.variant[mine] == usual).mean()),
                    "path_distance": _distance(steps[mine], steps[others]),
                }
            )
        found.append({"item": item, "bodies": _slowest_first(rows), **_ratio(_slowest_first(rows))})
    return sorted(found, key=lambda row: (not row["different"], -(row["ratio"] or 0.0), row["item"]))


def _slowest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-(row["median_days"] or 0.0), row["body"]))


def _ratio(rows: list[dict[str, Any]]) -> dict[str, Any]:
    known = [row for row in rows if row["median_days"]]
    if len(known) < 2:
        return {"ratio": None, "ratio_interval": None, "different": False}
    slow, fast = known[0], known[-1]
    low, high = slow["interval"][0], fast["interval"][1]
    ends = (
        (low / high, slow["interval"][1] / fast["interval"][0])
        if low is not None and high and slow["interval"][1] is not None and fast["interval"][0]
        else None
    )
    return {
        "ratio": slow["median_days"] / fast["median_days"],
        "ratio_interval": None if ends is None else list(ends),
        "different": ends is not None and ends[0] > 1.0,
    }


def _steps(connection: duckdb.DuckDBPyConnection, cases: Casework) -> np.ndarray[Any, np.dtype[np.float64]]:
    """How often each activity occurs in each case: ``float64[cases, activities]``, rows in the order of
    ``cases``."""
    names = {case_id: row for row, case_id in enumerate(cases.case_id.tolist())}
    width = connection.execute("SELECT coalesce(max(id), -1) + 1 FROM activities").fetchall()[0][0]
    if len(names) * width > MAX_CELLS:
        return np.zeros((len(names), 0))
    table = np.zeros((len(names), width))
    rows = connection.execute(
        """
        SELECT c.case_id, e.activity, count(*) FROM events e JOIN cases c USING (case_no)
        WHERE e.activity IS NOT NULL GROUP BY c.case_id, e.activity
        """
    ).fetchall()
    for case_id, activity, count in rows:
        if case_id in names:
            table[names[case_id], activity] = count
    return table


MAX_CELLS = 50_000_000
"""Beyond this the steps of each case are not compared (``path_distance`` is null)."""


def _distance(
    mine: np.ndarray[Any, np.dtype[np.float64]], others: np.ndarray[Any, np.dtype[np.float64]]
) -> float | None:
    """Half the difference of the steps per case, relative to the steps per case: 0 alike, 1 nothing in
    common."""
    if not mine.shape[1] or not len(others):
        return None
    a, b = mine.mean(axis=0), others.mean(axis=0)
    total = float(a.sum() + b.sum())
    return float(np.abs(a - b).sum() / total) if total else None
