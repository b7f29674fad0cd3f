"""The wait before every event, as columns, and how it is scaled to a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiaoneng.core.mining.causes.instances import ENOUGH_ENDS
from xiaoneng.core.mining.context import Context, after_the_end
from xiaoneng.core.mining.statistics import Z95, Bool, Float64, Interval

Int32 = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]

YEAR_DAYS = 365.25
SHORTEST_SPAN_DAYS = 28.0
"""A log that covers less is scaled as if it covered this: a week is not stretched to a year."""
CALENDAR_COVERS = 0.95
"""Share of the waits that must have working time before hours are working hours."""
WEEK_SHARE = 5 / 7
"""Working days per calendar day, where only calendar days are known."""


@dataclass(frozen=True)
class Waits:
    """One row per event in order of case and position. See :func:`waits_sql` for what the wait is.

    The ``from_*`` columns describe the event before. Ids are -1 where the log has none."""

    case: Int32
    activity: Int32
    resource: Int32
    body: Int32
    occurrence: Int32
    weekday: Int32
    """Monday 0 .. Sunday 6, -1 without a time."""
    week: Int32
    from_activity: Int32
    from_resource: Int32
    from_body: Int32
    from_weekday: Int32
    wait: Float64
    """Seconds on the clock named by ``clock``."""
    cases: int
    clock: str
    """``working`` (the calendar's working seconds) or ``calendar`` (all seconds)."""
    table: str
    """These rows as SQL, see :func:`waits_sql`."""
    day_seconds: float
    """Seconds of one day on that clock."""
    work_day_hours: float
    """Hours of one working day."""
    per_year: float
    """Factor from the log's span to one year."""

    def hours(self, rows: Rows | Bool) -> float:
        """Hours of waiting in the rows, a year."""
        return float(self.wait[rows].sum()) / 3600 * self.per_year

    def hours_interval(self, rows: Rows) -> Interval:
        """95 % interval of those hours: another year brings other cases (compound Poisson, by case)."""
        return total_interval(per_case(self.case[rows], self.wait[rows])[1], self.per_year / 3600)

    def case_days_to_hours(self, days: float) -> float:
        """Working hours a year in calendar days of the log, taking five of seven days as working days."""
        return days * WEEK_SHARE * self.work_day_hours * self.per_year


def per_case(case: Int32, values: Float64) -> tuple[Int32, Float64]:
    """Case numbers and the sum of ``values`` in each, largest first."""
    numbers, inverse = np.unique(case, return_inverse=True)
    sums: Float64 = np.bincount(inverse, weights=values, minlength=len(numbers)).astype(np.float64)
    order = np.lexsort((numbers, -sums))
    return numbers[order], sums[order]


def total_interval(values: Float64, scale: float) -> Interval:
    """Interval of a yearly total over independent cases."""
    total, spread = float(values.sum()), Z95 * float(np.sqrt((values**2).sum()))
    return max(0.0, (total - spread) * scale), (total + spread) * scale


def read_waits(context: Context) -> Waits | None:
    """None for a log without times."""
    first, last, cases, ended = context.row(
        "SELECT min(first_local), max(last_local), count(*), count(finished) FROM cases"
    )
    if first is None:
        return None
    known, working = context.row("SELECT count(gap_s), count(gap_work_s) FROM events WHERE gap_s > 0")
    clock = "working" if known and working >= CALENDAR_COVERS * known else "calendar"
    table = waits_sql(shape_of(context), clock, ends_stated=ended > 0)
    columns = context.connection.execute(
        table
        + """
        SELECT case_no, coalesce(activity, -1)::INT AS activity, coalesce(resource, -1)::INT AS resource,
               coalesce(body, -1)::INT AS body, occurrence::INT AS occurrence,
               coalesce(isodow(local) - 1, -1)::INT AS weekday,
               coalesce(date_diff('day', DATE '1969-12-29', local::DATE) // 7, -1)::INT AS week,
               coalesce(from_activity, -1)::INT AS from_activity,
               coalesce(from_resource, -1)::INT AS from_resource,
               coalesce(from_body, -1)::INT AS from_body,
               coalesce(isodow(from_local) - 1, -1)::INT AS from_weekday, wait_s::DOUBLE AS wait
        FROM waits ORDER BY case_no, seq
        """
    ).fetchnumpy()
    wait = np.asarray(columns.pop("wait"), np.float64)
    span_days = max(SHORTEST_SPAN_DAYS, (last - first).total_seconds() / 86_400)
    work_day = float(context.store.meta["calendar"]["seconds_per_day"])
    ids: dict[str, Any] = {name: np.asarray(values, np.int32) for name, values in columns.items()}
    return Waits(
        case=ids.pop("case_no"),
        **ids,
        wait=wait,
        cases=int(cases),
        clock=clock,
        table=table,
        day_seconds=work_day if clock == "working" else 86_400.0,
        work_day_hours=work_day / 3600,
        per_year=YEAR_DAYS / span_days,
    )


def shape_of(context: Context) -> str:
    """How the log tells the length of work: ``ends`` (rows with an end), ``pairs`` (a start and a completion
    each), or ``moments``."""
    timed, ends, starts, completions = context.row(
        """
        SELECT count(time), count(ended), count(*) FILTER (lower(l.name) = 'start'),
               count(*) FILTER (lower(l.name) = 'complete')
        FROM events e LEFT JOIN lifecycles l ON l.id = e.lifecycle
        """
    )
    if timed and ends >= ENOUGH_ENDS * timed:
        return "ends"
    return "pairs" if completions and starts >= ENOUGH_ENDS * completions else "moments"


def waits_sql(shape: str, clock: str, *, ends_stated: bool = False) -> str:
    """The rows as a common table expression, so that a finding's query stands on its own.

    The wait before an event is the time since the event before it; where rows have an end, the time since the
    latest end before it; where steps have a start and a completion, only the starts are listed. Where cases
    state their end (``ends_stated``), what comes after it has no wait.
    """
    moment, done = ("work_s", "end_work_s") if clock == "working" else ("epoch(time)", "epoch(ended)")
    gap = "gap_work_s" if clock == "working" else "gap_s"
    window = "WINDOW w AS (PARTITION BY case_no ORDER BY seq)"
    before = (
        "         lag(activity) OVER w AS from_activity, lag(resource) OVER w AS from_resource,\n"
        "         lag(body) OVER w AS from_body, lag(local) OVER w AS from_local,\n"
    )
    if shape == "pairs":
        query = (
            "WITH gaps AS (\n"
            "  SELECT case_no, seq, activity, resource, body, local, lifecycle,\n"
            f"         coalesce(lag({gap}) OVER w, 0) AS wait_s\n"
            f"  FROM events {window}\n"
            "), steps AS (\n"
            "  SELECT case_no, seq, activity, resource, body, local, wait_s,\n"
            f"{before}"
            "         row_number() OVER (PARTITION BY case_no, activity ORDER BY seq) AS occurrence\n"
            "  FROM gaps WHERE lifecycle IN (SELECT id FROM lifecycles WHERE lower(name) = 'start')\n"
            f"  {window}\n"
            ")"
        )
    else:
        wait = f"coalesce(lag({gap}) OVER w, 0)"
        if shape == "ends":
            wait = (
                f"coalesce(greatest(0, {moment} - max(coalesce({done}, {moment})) OVER (\n"
                "           PARTITION BY case_no ORDER BY seq\n"
                "           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 0)"
            )
        query = (
            "WITH steps AS (\n"
            f"  SELECT case_no, seq, activity, resource, body, occurrence, local,\n{before}"
            f"         {wait} AS wait_s\n"
            f"  FROM events {window}\n"
            ")"
        )
    if not ends_stated:
        return query.replace("steps AS (", "waits AS (") + "\n"
    return (
        f"{query}, waits AS (\n"
        "  SELECT s.case_no, s.seq, s.activity, s.resource, s.body, s.occurrence, s.local,\n"
        "         s.from_activity, s.from_resource, s.from_body, s.from_local,\n"
        f"         CASE WHEN {after_the_end('s.local')} THEN 0 ELSE s.wait_s END AS wait_s\n"
        "  FROM steps s JOIN cases c ON c.case_no = s.case_no\n"
        ")\n"
    )


def quoted(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def named(table: str, name: str) -> str:
    """SQL for the id of a name."""
    return f"(SELECT id FROM {table} WHERE name = {quoted(name)})"
