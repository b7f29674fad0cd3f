"""Compute indicators over one event store: the definition's query once, then one GROUP BY per question."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from xiaoneng.core.calendar import WorkingCalendar
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.indicators.definition import Definition
from xiaoneng.core.indicators.intervals import (
    change_interval,
    mean_interval,
    never_negative,
    ratio_interval,
    share_interval,
)
from xiaoneng.core.indicators.periods import Period, periods_between

BY = ("all", "item", "body", "region", "level", "channel")
ALL = ""
"""Key of the whole, when nothing is broken down."""

OBSERVED = """
CREATE OR REPLACE TEMP TABLE observed AS
SELECT p.label, p.kind, p.first, CAST(o.value AS DOUBLE) AS value, CAST(o.weight AS DOUBLE) AS weight, o.item,
       o.body,
       o.region, o.level, o.channel, o.excluded, o.excluded IS NULL AND o.value IS NOT NULL AS used
FROM ({sql}) o
JOIN wanted p ON o.at BETWEEN p.first AND p.last AND (NOT p.stock OR o.at = p.last)
"""
"""The rows of a definition (``sql``: our own data file) with the periods to which they belong."""

SUMS = """
    count(*) FILTER (WHERE used) AS n,
    coalesce(sum(value) FILTER (WHERE used), 0) AS v,
    coalesce(sum(weight) FILTER (WHERE used), 0) AS w,
    coalesce(sum(value * value) FILTER (WHERE used), 0) AS vv,
    coalesce(sum(weight * weight) FILTER (WHERE used), 0) AS ww,
    coalesce(sum(value * weight) FILTER (WHERE used), 0) AS vw
"""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Rows that the definition leaves out, and why."""

    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. ``value`` is None when nothing could be counted; ``enough`` is False below the minimum
    count.
    """

    by: str
    key: str
    period: str
    value: float | None
    interval: tuple[float, float] | None
    n: int
    enough: bool
    excluded: tuple[Excluded, ...] = ()


class Workspace:
    """A store prepared with the views that definitions read. Close it, or use it in a ``with`` block."""

    def __init__(self, store: EventStore, calendar: WorkingCalendar, as_of: date) -> None:
        """``as_of``: nothing after this day is counted; open cases are judged on it."""
        self.store = store
        self.as_of = as_of
        self.connection = store.connection()
        self.first_day = date(as_of.year, 1, 1)
        self.missing = self._prepare(calendar)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()

    def _prepare(self, calendar: WorkingCalendar) -> dict[str, str]:
        """Make the views; returns those that this log cannot give, with the table that they lack."""
        run = self.connection.execute
        run("CREATE TEMP TABLE as_of AS SELECT CAST(? AS DATE) AS day", [self.as_of])
        last = min(calendar.last, date(self.as_of.year, 12, 31))
        run(
            "CREATE TEMP TABLE workdays AS SELECT CAST(d AS DATE) AS day, "
            "CAST(sum(w) OVER (ORDER BY d) AS INTEGER) AS n "
            "FROM (SELECT unnest(?::DATE[]) AS d, unnest(?::INTEGER[]) AS w)",
            list(_working_days(calendar, last)),
        )
        missing: dict[str, str] = {}
        known = set(self.store.tables())
        for view in views():
            lacks = [table for table in view["needs"] if table not in known or table in missing]
            if lacks:
                missing[view["name"]] = lacks[0]
                continue
            try:
                run(f'CREATE TEMP TABLE "{view["name"]}" AS {view["sql"]}')
            except duckdb.BinderException:
                missing[view["name"]] = "the vocabulary of docs/reference/events.md"
                continue
            known.add(view["name"])
        run("CREATE TEMP TABLE snapshots (day DATE)")
        if "opening" in known:
            row = run("SELECT min(filed) FROM opening").fetchone()
            if row and isinstance(row[0], datetime):
                self.first_day = row[0].date()
        return missing

    def check(self, definition: Definition) -> None:
        """BadInput when this log has not what the definition reads."""
        known = set(self.store.tables()) | {v["name"] for v in views()} | {"snapshots", "as_of", "workdays"}
        for table in definition.reads:
            if table in self.missing or table not in known:
                raise BadInput(
                    "indicator {id} cannot be computed from this log: it has no {table}",
                    expected="the platform's own log with its facts",
                    id=definition.id,
                    table=self.missing.get(table, table),
                )


def views() -> list[dict[str, Any]]:
    """The views of ``views.toml``: name, meaning, needs, sql; in the order in which they are made."""
    text = (Path(__file__).parent / "views.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["view"])


def _working_days(calendar: WorkingCalendar, last: date) -> tuple[list[date], list[int]]:
    days = [date.fromordinal(n) for n in range(calendar.first.toordinal(), last.toordinal() + 1)]
    return days, [int(calendar.is_working(day)) for day in days]


def compute(
    workspace: Workspace,
    definition: Definition,
    *,
    by: Sequence[str] = ("all",),
    periods: Iterable[Period] | None = None,
) -> list[Result]:
    """Figures of one definition for every period, broken down by each of ``by``.

    Without ``periods``: every year, quarter and month from the first case to the as-of day. Rows come in
    the order of period, then of ``by``, then key.
    """
    unknown = [name for name in by if name not in BY]
    if unknown:
        raise BadInput(
            "an indicator cannot be broken down by {by!r}",
            expected="one of {allowed}",
            by=unknown[0],
            allowed=", ".join(BY),
        )
    workspace.check(definition)
    start = min(workspace.first_day, date(int(definition.baseline.period[:4]), 1, 1))
    wanted = list(periods) if periods is not None else periods_between(start, workspace.as_of)
    wanted = [p for p in wanted if p.first <= workspace.as_of]
    run = workspace.connection.execute
    _set_periods(workspace, definition, wanted)
    run(OBSERVED.format(sql=definition.sql))
    results: list[Result] = []
    for name in by:
        results += _grouped(workspace, definition, name, wanted)
    return sorted(results, key=lambda r: (r.period, BY.index(r.by), r.key))


def _set_periods(workspace: Workspace, definition: Definition, wanted: list[Period]) -> None:
    """Fill ``wanted`` (the periods, cut at the as-of day) and ``snapshots`` (their last days)."""
    run = workspace.connection.execute
    stock = definition.basis == "stock"
    rows: list[tuple[str, str, date, date, bool]] = []
    base_year = int(definition.baseline.period[:4])
    for period in wanted:
        rows.append((period.label, "now", period.first, min(period.last, workspace.as_of), stock))
        if definition.aggregate == "change":
            first, last = period.shifted(base_year, workspace.as_of)
            rows.append((period.label, "before", first, last, stock))
    run("CREATE OR REPLACE TEMP TABLE wanted (label TEXT, kind TEXT, first DATE, last DATE, stock BOOLEAN)")
    run("DELETE FROM snapshots")
    if rows:
        workspace.connection.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?)", rows)
        run("INSERT INTO snapshots SELECT DISTINCT last FROM wanted")


def _grouped(workspace: Workspace, definition: Definition, by: str, wanted: list[Period]) -> list[Result]:
    run = workspace.connection.execute
    source, key = "observed", f'"{by}"'
    if by == "all":
        key = "''"
    elif by == "region":
        if "region_above" in workspace.missing:
            return []
        source, key = "observed JOIN region_above a ON a.region = observed.region", "a.above"
    sums = run(
        f"SELECT label, kind, {key} AS k, {SUMS} FROM {source} WHERE {key} IS NOT NULL GROUP BY 1, 2, 3"  # noqa: S608 names from BY
    ).fetchall()
    out = run(
        f"SELECT label, {key} AS k, excluded, count(*) FROM {source} "  # noqa: S608 names from BY
        f"WHERE excluded IS NOT NULL AND kind = 'now' AND {key} IS NOT NULL "
        "GROUP BY 1, 2, 3 ORDER BY 4 DESC, 3"
    ).fetchall()
    reasons: dict[tuple[str, str], list[Excluded]] = {}
    for label, k, reason, count in out:
        reasons.setdefault((label, k), []).append(Excluded(reason, int(count)))
    now = {(label, k): rest for label, kind, k, *rest in sums if kind == "now"}
    before = {(label, k): rest for label, kind, k, *rest in sums if kind == "before"}
    keys = set(now) | set(before)
    if by == "all":
        keys |= {(p.label, ALL) for p in wanted}
    results = []
    for label, k in keys:
        value, interval, n = figure(definition, now.get((label, k)), before.get((label, k)))
        results.append(
            Result(
                by=by,
                key=k,
                period=label,
                value=value,
                interval=interval,
                n=n,
                enough=n >= definition.min_count,
                excluded=tuple(reasons.get((label, k), ())),
            )
        )
    return results


def figure(
    definition: Definition, now: Sequence[float] | None, before: Sequence[float] | None = None
) -> tuple[float | None, tuple[float, float] | None, int]:
    """Value, 95 % interval and count from the sums ``n, v, w, vv, ww, vw`` of the rows used."""
    n, v, w, vv, ww, vw = now or (0, 0.0, 0.0, 0.0, 0.0, 0.0)
    n = int(n)
    value: float | None = None
    interval = None
    if definition.aggregate == "change":
        earlier = int(before[0]) if before else 0
        if earlier:
            value, interval = n / earlier - 1, change_interval(n, earlier)
        n = min(n, earlier) if earlier else 0
    elif n and definition.aggregate == "mean":
        value = v / n
        interval = never_negative(value, mean_interval(n, v, vv))
    elif n and definition.aggregate == "share":
        value, interval = v / n, share_interval(n, v)
    elif n and w:
        value = v / w
        interval = never_negative(value, ratio_interval(n, v, w, vv, ww, vw))
    factor = definition.factor
    if definition.census:
        interval = None
    return (
        None if value is None else float(value) * factor,
        None if interval is None else (interval[0] * factor, interval[1] * factor),
        n,
    )


def explain_query(definition: Definition, period: Period, *, by: str = "all", key: str = ALL) -> str:
    """A query that lists the rows behind one figure, to be run again by anyone on the prepared store."""
    where = f"at BETWEEN DATE '{period.first}' AND DATE '{period.last}'"
    if definition.basis == "stock":
        where = f"at = DATE '{period.last}'"
    quoted = key.replace("'", "''")
    if by == "region":
        where += f" AND region IN (SELECT region FROM region_above WHERE above = '{quoted}')"  # noqa: S608 shown, not run
    elif by != "all":
        where += f" AND \"{by}\" = '{quoted}'"
    inner = definition.sql.strip()
    return f"SELECT unit, at, value, weight, excluded FROM (\n{inner}\n) WHERE {where} ORDER BY at, unit"  # noqa: S608 shown
