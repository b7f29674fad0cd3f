"""How long cases take, in calendar days and in working days; open cases are censored, not dropped."""

from __future__ import annotations

from typing import Any

import numpy as np

from xiaoneng.core.mining.context import Context, NotMeasurable, days, rounded
from xiaoneng.core.mining.spans import START, elapsed_s, end, stated
from xiaoneng.core.mining.statistics import Survival, kaplan_meier

CURVE_POINTS = 100


def calendar_days(context: Context) -> dict[str, Any]:
    """Last minus first event of every case, in days of 24 hours; p90 by linear interpolation."""
    n, median, mean, p90 = context.row(
        "SELECT count(duration_s), median(duration_s), avg(duration_s), quantile_cont(duration_s, 0.9)"
        " FROM cases"
    )
    if not n:
        raise NotMeasurable("no_time")
    figures = {"median": days(median), "mean": days(mean), "p90": days(p90), "cases": n}
    return {**figures, "censored": _censored(context)}


def working_days(context: Context) -> dict[str, Any]:
    """Working days d with first date < d <= last date; ``by_hours`` counts parts of days on the clock."""
    n, median, mean, p90, hours_median, hours_mean, hours_p90, missing = context.row(
        """
        SELECT count(working_days), median(working_days), avg(working_days), quantile_cont(working_days, 0.9),
               median(work_s), avg(work_s), quantile_cont(work_s, 0.9),
               count(*) FILTER (working_days IS NULL AND first IS NOT NULL)
        FROM cases
        """
    )
    if not n:
        raise NotMeasurable("outside_calendar" if missing else "no_time")
    day = context.store.meta["calendar"]["seconds_per_day"]
    by_hours = {"median": hours_median, "mean": hours_mean, "p90": hours_p90}
    return {
        "median": rounded(median, 12),
        "mean": rounded(mean, 12),
        "p90": rounded(p90, 12),
        "cases": n,
        "outside_calendar": missing,
        "by_hours": {
            key: None if value is None else rounded(value / day, 9) for key, value in by_hours.items()
        },
    }


def survival(context: Context) -> Survival:
    """Kaplan-Meier over all cases, in days; NotMeasurable when the log cannot tell open from finished."""
    if context.as_of is None:
        raise NotMeasurable("no_time")
    if not context.row("SELECT count(open) FROM cases")[0]:
        raise NotMeasurable("end_unknown")
    start, finish = START if stated(context) else "first_local", end(context)
    found = context.connection.execute(
        f"""
        SELECT greatest(CASE WHEN {finish} IS NOT NULL THEN {elapsed_s(context)}
                             ELSE (epoch_us($as_of::TIMESTAMP) - epoch_us({start})) / 1e6
                        END, 0) / 86400 AS days,
               {finish} IS NOT NULL AS finished
        FROM cases
        WHERE open IS NOT NULL AND {start} IS NOT NULL AND ({finish} IS NOT NULL OR {start} <= $as_of)
        """,  # noqa: S608 own fragments
        {"as_of": context.as_of},
    ).fetchnumpy()
    durations = np.ma.filled(found["days"].astype(np.float64), np.nan)
    return kaplan_meier(durations, np.asarray(found["finished"], np.bool_))


def _censored(context: Context) -> dict[str, Any]:
    """The median that allows for open cases, and the share still unfinished over time."""
    try:
        curve = context.once("survival", lambda: survival(context))
    except NotMeasurable as gap:
        return {"measurable": False, "reason": gap.reason}
    low, high = curve.quantile_interval()
    median = curve.quantile()
    steps = np.unique(np.linspace(0, max(len(curve.times) - 1, 0), CURVE_POINTS).astype(np.int64))
    return {
        "open": curve.n - curve.finished,
        "basis": "stated" if stated(context) else "events",
        "km_median_days": rounded(median, 9),
        "interval": None if low is None else [rounded(low, 9), rounded(high, 9)],
        "km_curve": [
            {"day": rounded(curve.times[i], 6), "share": rounded(curve.survival[i], 9)}
            for i in steps
            if i < len(curve.times)
        ],
    }
