"""Findings about whole cases: deadlines, bodies, the slow tail, old open cases, time that the log does not
show.

They cut the time of cases another way than the waits before steps do, so their hours are not added to those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from xiaoneng.core.mining.findings import words
from xiaoneng.core.mining.findings.candidate import PLACEHOLDER, Candidate, Material
from xiaoneng.core.mining.findings.waits import Int32, named, quoted, shape_of
from xiaoneng.core.mining.spans import START, end, stated
from xiaoneng.core.mining.statistics import Z95, Bool, Float64, kaplan_meier, wilson

MIN_CASES = 30
MIN_LATE = 10
MIN_LATE_SHARE = 0.03
RISK_RATIO = 1.5
COVERS = 0.15
"""Share of all overdue cases that a group must hold."""
Z_MANY = 3.3
"""Intervals of groups that were searched for among many are wider (about one in a thousand)."""
MANY_VALUES = 30
OUTCOME = re.compile(
    r"status|phase|result|outcome|end|last|deadline|due|term|状态|结果|办结|阶段|期限", re.IGNORECASE
)
"""Attributes called like this say where the case is or how it ended."""
TAIL_SHARE = 0.35
"""Of all the time, taken by the slowest tenth; 0.1 would be no tail at all."""
MARK_SHARE = 0.3
MARK_LIFT = 2.0
MIN_OPEN = 10
HUGGING_SHARE = 0.2
HUGGING_TIMES = 3.0
SILENT_DAYS = 5.0
SILENT_SHARE = 0.3
DIFFERENT = 1.2


@dataclass(frozen=True)
class Cases:
    """One row per case that has begun. Days are calendar days."""

    number: Int32
    days: Float64
    """From start to end; of open cases their age."""
    finished: Bool
    late: Float64
    """Days past the deadline (negative: in time); NaN without one, or while it is not decided."""
    allowed: Float64
    """Days from start to deadline; NaN without one."""
    silent: Float64
    """Days from the last event to the recorded end; NaN where none is recorded."""
    repeats: Bool


def case_sql(material: Material) -> str:
    """The same rows as a common table expression ``span``."""
    context = material.context
    as_of = f"TIMESTAMP '{context.as_of}'"
    return (
        "WITH span AS (\n"
        "  SELECT *, epoch_us(coalesce(ended, as_of)) - epoch_us(began) AS took_us,\n"
        "         CASE WHEN deadline IS NOT NULL AND (ended IS NOT NULL OR deadline < as_of)\n"
        "              THEN (epoch_us(coalesce(ended, as_of)) - epoch_us(deadline)) / 86400e6 END AS "
        "late_days\n"
        f"  FROM (SELECT *, {START} AS began, {end(context)} AS ended, {as_of} AS as_of FROM "
        f"cases)\n"
        "  WHERE began <= as_of\n"
        ")\n"
    )


def read_cases(material: Material) -> Cases:
    """All cases that have begun by the moment of the analysis."""
    rows = material.context.rows(
        case_sql(material)
        + f"""
        SELECT case_no, greatest(0, took_us) / 86400e6, ended IS NOT NULL, late_days,
               (epoch_us(deadline) - epoch_us(began)) / 86400e6,
               {"(epoch_us(ended) - epoch_us(last_local)) / 86400e6" if stated(material.context) else "NULL"},
               rework > 0
        FROM span ORDER BY case_no
        """
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    return Cases(
        number=np.array(columns[0], np.int32),
        days=np.array(columns[1], np.float64),
        finished=np.array(columns[2], np.bool_),
        late=np.array(columns[3], np.float64),
        allowed=np.array(columns[4], np.float64),
        silent=np.array(columns[5], np.float64),
        repeats=np.array(columns[6], np.bool_),
    )


def case_findings(material: Material) -> Iterator[Candidate]:
    """Everything that is told of whole cases."""
    cases = read_cases(material)
    if len(cases.number) < MIN_CASES:
        return
    yield from _late(material, cases)
    yield from _hugging(material, cases)
    yield from _tail(material, cases)
    yield from _ageing(material, cases)
    yield from _silent(material, cases)
    yield from _divergent(material)


def _late(material: Material, cases: Cases) -> Iterator[Candidate]:
    """The group in which overdue cases are concentrated, else overdue cases as such."""
    decided = ~np.isnan(cases.late)
    late = decided & (cases.late > 0)
    n, total = int(decided.sum()), int(late.sum())
    if total < MIN_LATE or total < MIN_LATE_SHARE * n:
        return
    best: tuple[float, Group] | None = None
    for candidate in _groups(material, cases):
        group = candidate.members
        inside, outside = decided & group, decided & ~group
        a, b = int(inside.sum()), int(outside.sum())
        if a < MIN_CASES or b < MIN_CASES:
            continue
        k, m = int((late & group).sum()), int((late & ~group).sum())
        share, rest = k / a, m / b
        low, high = wilson(k, a, Z_MANY), wilson(m, b, Z_MANY)
        if low is None or high is None or low[0] <= high[1]:
            continue
        if share < RISK_RATIO * rest or k < COVERS * total:
            continue
        excess = k - a * rest
        if best is None or excess > best[0]:
            best = (excess, candidate)
    if best is None:
        chosen, template, advice, where = late, words.LATE_ALL, words.LATE_ALL_ADVICE, "true"
        params: dict[str, Any] = {"share": total / n}
        interval = wilson(total, n)
        size = total / n
    else:
        found = best[1]
        group, template, where = found.members, found.template, found.where
        chosen, advice = late & group, words.LATE_ADVICE
        inside = decided & group
        size = float(late[inside].mean())
        interval = wilson(int(chosen.sum()), int(inside.sum()))
        rest = float(late[decided & ~group].mean())
        params = {"share": size, "rest": rest, "part": float(chosen.sum()) / total, **found.params}
    days = cases.late[chosen]
    order = np.argsort(-days, kind="stable")
    yield Candidate(
        kind="overdue_concentration",
        subject="overdue",
        title=template,
        advice=advice,
        size=size,
        unit="share",
        interval=interval,
        hours=material.waits.case_days_to_hours(float(days.sum())),
        params=params,
        evidence={
            "overdue_cases": int(chosen.sum()),
            "overdue_cases_in_all": total,
            "cases_with_a_deadline": n,
            "median_late_days": float(np.median(days)),
        },
        query=(
            f"{case_sql(material)}SELECT avg((late_days > 0)::INT) AS share\n"
            f"FROM span WHERE late_days IS NOT NULL AND {where}"
        ),
        case_numbers=cases.number[chosen][order],
    )


@dataclass(frozen=True)
class Group:
    """Cases that have something in common."""

    template: str
    params: dict[str, str]
    where: str
    """Condition over ``span``."""
    members: Bool


def _groups(material: Material, cases: Cases) -> Iterator[Group]:
    """By body, by repeated work, by any case attribute of few values, by step that occurs."""
    context, waits = material.context, material.waits
    rows = context.rows(
        "SELECT item_body, list(case_no) FROM cases WHERE item_body IS NOT NULL "
        "GROUP BY item_body ORDER BY item_body"
    )
    for name, members in rows:
        if not PLACEHOLDER.match(name):
            where = f"item_body = {quoted(name)}"
            yield Group(words.LATE_BODY, {"mark": name}, where, np.isin(cases.number, members))
    if shape_of(context) != "pairs":  # there every step occurs twice, as start and as completion
        yield Group(words.LATE_REPEAT, {}, "rework > 0", cases.repeats)
    yield from _by_attribute(material, cases)
    size = int(waits.case.max(initial=0)) + 1
    activity, case = np.divmod(np.unique(waits.activity.astype(np.int64) * size + waits.case), size)
    edges = np.searchsorted(activity, np.arange(len(context.activities) + 1))
    for number, name in enumerate(context.activities):
        of_step = case[edges[number] : edges[number + 1]]
        if MIN_CASES <= len(of_step) <= len(cases.number) - MIN_CASES:
            where = f"case_no IN (SELECT case_no FROM events WHERE activity = {named('activities', name)})"
            mark = {"mark": material.label(number)}
            yield Group(words.LATE_WITH, mark, where, np.isin(cases.number, of_step))


def _by_attribute(material: Material, cases: Cases) -> Iterator[Group]:
    """Text attributes of cases with a few values; those that say how the case ended are no cause of it."""
    context = material.context
    if "case_attributes" not in context.store.tables():
        return
    mapped = set(context.store.meta["mapping"].values())
    for column, kind, *_ in context.rows("DESCRIBE case_attributes"):
        if kind != "VARCHAR" or column in mapped or f"case:{column}" in mapped or OUTCOME.search(column):
            continue
        name = '"' + column.replace('"', '""') + '"'
        rows = context.rows(
            f"SELECT {name}, list(case_no) FROM case_attributes WHERE {name} IS NOT NULL "
            f"GROUP BY {name} HAVING count(*) >= {MIN_CASES} ORDER BY {name} LIMIT {MANY_VALUES + 1}"
        )
        if not 1 <= len(rows) <= MANY_VALUES:
            continue
        for value, members in rows:
            if not PLACEHOLDER.match(value):
                where = f"case_no IN (SELECT case_no FROM case_attributes WHERE {name} = {quoted(value)})"
                params = {"mark": value, "attribute": column.removeprefix("case:")}
                yield Group(words.LATE_ATTRIBUTE, params, where, np.isin(cases.number, members))


def _hugging(material: Material, cases: Cases) -> Iterator[Candidate]:
    """Cases that are finished just in time, far more than a little earlier."""
    timed = cases.finished & (cases.late <= 0) & (cases.allowed >= 5)
    n = int(timed.sum())
    if n < 2 * MIN_CASES:
        return
    used = 1 + cases.late[timed] / cases.allowed[timed]
    last, before = int((used > 0.9).sum()), int(((used > 0.7) & (used <= 0.9)).sum()) / 2
    if last < HUGGING_SHARE * n or last < HUGGING_TIMES * max(1.0, before):
        return
    order = np.argsort(-used, kind="stable")
    yield Candidate(
        kind="deadline_hugging",
        subject="deadline",
        title=words.HUGGING,
        advice=words.HUGGING_ADVICE,
        size=last / n,
        unit="share",
        interval=wilson(last, n),
        hours=None,
        params={"share": last / n, "before": before / n},
        evidence={"cases_in_time": n, "median_allowed_days": float(np.median(cases.allowed[timed]))},
        query=(
            f"{case_sql(material)}SELECT avg((1 + late_days / allowed > 0.9)::INT) AS share\n"
            "FROM (SELECT *, (epoch_us(deadline) - epoch_us(began)) / 86400e6 AS allowed FROM span)\n"
            "WHERE ended IS NOT NULL AND late_days <= 0 AND allowed >= 5"
        ),
        case_numbers=cases.number[timed][order][:last],
    )


def _tail(material: Material, cases: Cases) -> Iterator[Candidate]:
    """The slowest tenth of the finished cases, and what sets them apart."""
    done = cases.finished
    n = int(done.sum())
    if n < 10 * MIN_CASES // 3:
        return
    days = cases.days[done]
    border = float(np.quantile(days, 0.9))
    slow = done & (cases.days >= border)
    total = float(days.sum())
    share = float(cases.days[slow].sum()) / total if total else 0.0
    if share < TAIL_SHARE:
        return
    mark = _mark(material, cases, slow, done & ~slow)
    params: dict[str, Any] = {"share": share, "border_days": border}
    if mark is not None:
        params |= {"mark": mark[0], "with_mark": mark[1], "without": mark[2]}
    over = cases.days[slow] - border
    order = np.argsort(-cases.days[slow], kind="stable")
    yield Candidate(
        kind="long_tail",
        subject="tail",
        title=words.TAIL if mark else words.TAIL_PLAIN,
        advice=words.TAIL_ADVICE if mark else words.TAIL_PLAIN_ADVICE,
        size=share,
        unit="share",
        interval=None,
        hours=material.waits.case_days_to_hours(float(over.sum())),
        params=params,
        evidence={
            "all_cases_median_days": float(np.median(days)),
            "tail_from_days": border,
            "slowest_days": float(days.max()),
        },
        query=(
            f"{case_sql(material)}SELECT sum(took_us) FILTER (took_us >= border) / sum(took_us) AS share\n"
            "FROM span, (SELECT quantile_cont(took_us, 0.9) AS border FROM span WHERE ended IS NOT NULL)\n"
            "WHERE ended IS NOT NULL"
        ),
        case_numbers=cases.number[slow][order],
    )


def _mark(material: Material, cases: Cases, slow: Bool, rest: Bool) -> tuple[str, float, float] | None:
    """The step that occurs in many of the slow cases and in few of the others: name and both shares."""
    best: tuple[float, str, float, float] | None = None
    for candidate in _groups(material, cases):
        if candidate.template != words.LATE_WITH:
            continue
        group, name = candidate.members, candidate.params["mark"]
        a, b = int((group & slow).sum()), int((group & rest).sum())
        with_mark, without = a / int(slow.sum()), b / int(rest.sum())
        if with_mark < MARK_SHARE or with_mark < MARK_LIFT * without:
            continue
        low, high = wilson(a, int(slow.sum()), Z_MANY), wilson(b, int(rest.sum()), Z_MANY)
        if low is None or high is None or low[0] <= high[1]:
            continue
        if best is None or with_mark - without > best[0]:
            best = (with_mark - without, name, with_mark, without)
    return None if best is None else best[1:]


def _ageing(material: Material, cases: Cases) -> Iterator[Candidate]:
    """Open cases older than nine in ten cases ever get."""
    open_ = ~cases.finished
    if int(open_.sum()) < MIN_OPEN:
        return
    limit = kaplan_meier(cases.days, cases.finished).quantile(0.9)
    if limit is None:
        return
    old = open_ & (cases.days > limit)
    n = int(old.sum())
    if n < MIN_OPEN:
        return
    over = cases.days[old] - limit
    order = np.argsort(-over, kind="stable")
    yield Candidate(
        kind="open_cases_ageing",
        subject="open",
        title=words.AGEING,
        advice=words.AGEING_ADVICE,
        size=float(n),
        unit="cases",
        interval=None,
        hours=None,
        params={"limit": limit, "oldest": float(cases.days[old].max())},
        evidence={
            "open_cases": int(open_.sum()),
            "median_days": float(np.median(cases.days[old])),
            "over_the_limit_days": float(over.sum()),
        },
        query=(
            f"{case_sql(material)}SELECT count(*) AS cases\n"
            f"FROM span WHERE ended IS NULL AND took_us / 86400e6 > {limit!r}"
        ),
        case_numbers=cases.number[old][order],
    )


def _silent(material: Material, cases: Cases) -> Iterator[Candidate]:
    """Time between the last recorded step and the recorded end."""
    known = cases.finished & ~np.isnan(cases.silent) & (cases.silent > 0)
    n = int(known.sum())
    finished = int(cases.finished.sum())
    if n < MIN_CASES or n < 0.3 * finished:
        return
    silent, total = float(cases.silent[known].sum()), float(cases.days[cases.finished].sum())
    mean = silent / n
    if mean < SILENT_DAYS or silent < SILENT_SHARE * total:
        return
    order = np.argsort(-cases.silent[known], kind="stable")
    spread = Z95 * float(cases.silent[known].std(ddof=1)) / np.sqrt(n)
    yield Candidate(
        kind="unrecorded_time",
        subject="silent",
        title=words.SILENT,
        advice=words.SILENT_ADVICE,
        size=mean,
        unit="days",
        interval=(mean - float(spread), mean + float(spread)),
        hours=material.waits.case_days_to_hours(silent),
        params={"mean": mean, "share": silent / total},
        evidence={
            "share_of_the_whole_time": silent / total,
            "median_days": float(np.median(cases.silent[known])),
            "finished_cases": finished,
        },
        query=(
            f"{case_sql(material)}SELECT avg((epoch_us(ended) - epoch_us(last_local)) / 86400e6) AS days\n"
            "FROM span WHERE ended > last_local"
        ),
        case_numbers=cases.number[known][order],
        claims=np.empty(0, np.int64),
    )


def _divergent(material: Material) -> Iterator[Candidate]:
    """The same item, surely slower in one body than in another."""
    found = material.context.results.get("divergence")
    for row in found if isinstance(found, list) else []:
        ends = row["ratio_interval"]
        if not row["different"] or ends is None or ends[0] < DIFFERENT:
            continue
        slow, fast = row["bodies"][0]["body"], row["bodies"][-1]["body"]
        if PLACEHOLDER.match(slow) or PLACEHOLDER.match(fast):
            continue
        yield _diverging(material, row["item"], slow, fast, row)


def _diverging(material: Material, item: str, slow: str, fast: str, row: dict[str, Any]) -> Candidate:
    from_bodies = (
        f"{case_sql(material)}, placed AS (\n"
        "  SELECT s.*, coalesce(s.item_body, b.name) AS body FROM span s\n"
        "  LEFT JOIN (SELECT case_no, body, row_number() OVER (PARTITION BY case_no ORDER BY count(*) DESC, "
        "min(seq)) AS place\n"
        "             FROM events WHERE body IS NOT NULL GROUP BY case_no, body) m ON m.case_no = s.case_no "
        "AND m.place = 1\n"
        "  LEFT JOIN bodies b ON b.id = m.body\n"
        ")\n"
    ).replace(")\n, placed", "), placed")
    where = f"FROM placed WHERE ended IS NOT NULL AND item = {quoted(item)}"
    rows = material.context.rows(
        f"{from_bodies}SELECT body, case_no, took_us / 86400e6 {where} ORDER BY took_us DESC, case_no"
    )
    days = {
        name: np.array([took for body, _, took in rows if body == name], np.float64) for name in (slow, fast)
    }
    difference = float(days[slow].mean() - days[fast].mean())
    spread = Z95 * float(np.sqrt(sum(values.var(ddof=1) / len(values) for values in days.values())))
    return Candidate(
        kind="body_divergence",
        subject=f"item {item}",
        title=words.DIVERGENCE,
        advice=words.DIVERGENCE_ADVICE,
        size=difference,
        unit="days",
        interval=(difference - spread, difference + spread),
        hours=material.waits.case_days_to_hours(max(0.0, difference) * len(days[slow])),
        params={
            "item": item,
            "slow_body": slow,
            "fast_body": fast,
            "slow": float(days[slow].mean()),
            "fast": float(days[fast].mean()),
        },
        evidence={
            "ratio_of_medians": row["ratio"],
            "cases_of_the_slow_body": len(days[slow]),
            "cases_of_the_fast_body": len(days[fast]),
            "bodies_compared": len(row["bodies"]),
            "path_distance": row["bodies"][0]["path_distance"],
        },
        query=(
            f"{from_bodies}SELECT avg(took_us) FILTER (body = {quoted(slow)}) / 86400e6\n"
            f"       - avg(took_us) FILTER (body = {quoted(fast)}) / 86400e6 AS days\n{where}"
        ),
        case_numbers=[number for body, number, _ in rows if body == slow],
    )
