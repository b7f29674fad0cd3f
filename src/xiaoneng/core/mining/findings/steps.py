"""Findings about the wait before one step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from xiaoneng.core.mining.findings import words
from xiaoneng.core.mining.findings.candidate import PLACEHOLDER, Candidate, Material
from xiaoneng.core.mining.findings.waits import Rows, named, per_case, quoted
from xiaoneng.core.mining.statistics import median_interval

MIN_TIMES = 30
"""How often a step (or a handover) must have been reached."""
MIN_SHARE = 0.03
"""Share of all waiting below which a finding about one step is not worth the reader's time."""
MIN_MEAN_DAYS = 0.25
"""Mean wait below which there is nothing to gain for the applicant."""
AT_ONCE_DAYS = 0.1
SELDOM = 0.3
"""A step is "mostly done at once" when its median wait is below the first and at most the second share waits
a day or more; fewer than ``MIN_COMPARED`` such waits are no finding."""
FIXED_SPREAD = 0.1
FIXED_DAYS = 5.0
"""A long wait whose middle four fifths differ by less than a tenth is a period set by a rule, not a queue."""
MAIN_CAUSE = 0.5
OUTSIDE = re.compile(
    r"objection|appeal|withdraw|complain|^payment$|复议|诉讼|异议|申诉|撤回|缴费|缴纳", re.IGNORECASE
)
"""Steps that somebody outside takes when they please; the wait for them is nobody's slowness here."""
MIN_COMPARED = 20
TWICE = 2.0
ONE_DAY_SHARE = 0.5
ONE_DAY_ARRIVALS = 0.35
ONE_DAY_WEEKS = 10
ALONE_SHARE = 0.8
ALONE_PEOPLE = 3
"""In an office of fewer people everything hangs on one person."""


def step_findings(material: Material) -> Iterator[Candidate]:
    """Waits before steps, told by the most telling of: weekday, single person, handover, rubber stamp, plain
    wait."""
    waits = material.waits
    total = float(waits.wait.sum())
    if total <= 0:
        return
    order = np.argsort(waits.activity, kind="stable")
    edges = np.searchsorted(waits.activity[order], np.arange(len(material.context.activities) + 1))
    for number in range(len(material.context.activities)):
        rows = order[edges[number] : edges[number + 1]]
        rows = rows[waits.from_activity[rows] >= 0]
        here = float(waits.wait[rows].sum())
        if len(rows) < MIN_TIMES or here < MIN_SHARE * total:
            continue
        if material.days(here / len(rows)) < MIN_MEAN_DAYS:
            continue
        if _fixed(material, rows) or OUTSIDE.search(material.label(number)):
            continue
        plain = _plain(material, number, rows, here / total)
        if plain is not None:
            yield plain
        yield from _weekday(material, number, rows)
        yield from _alone(material, number, rows)
    yield from _handovers(material, total)
    yield from _bodies(material, total)
    yield from _stamps(material)


def _fixed(material: Material, rows: Rows) -> bool:
    """Whether the wait is always the same: a legal period, a payment date, a timer."""
    low, middle, high = np.quantile(material.waits.wait[rows], (0.1, 0.5, 0.9))
    return bool(material.days(float(middle)) >= FIXED_DAYS and high - low <= FIXED_SPREAD * middle)


def _figures(material: Material, rows: Rows) -> dict[str, Any]:
    waits = material.waits.wait[rows]
    return {
        "mean": material.days(float(waits.mean())),
        "median": material.days(float(np.median(waits))),
        "p90": material.days(float(np.quantile(waits, 0.9))),
        "times": len(rows),
        **_slow(material, rows),
    }


def _slow(material: Material, rows: Rows) -> dict[str, Any]:
    """The waits of a day and more."""
    waits = material.waits.wait[rows]
    slow = waits[waits >= material.waits.day_seconds]
    return {
        "slow_times": len(slow),
        "slow_mean": material.days(float(slow.mean())) if len(slow) else 0.0,
    }


def candidate(
    material: Material,
    kind: str,
    subject: str,
    template: tuple[str, str],
    advice: str,
    rows: Rows,
    where: str,
    params: dict[str, Any],
    *,
    specific: int = 0,
    evidence: dict[str, Any] | None = None,
) -> Candidate:
    """A finding whose size is the waiting in ``rows``, hours a year; ``where`` selects the same rows from
    ``waits``."""
    waits = material.waits
    figures = _figures(material, rows)
    numbers, _ = per_case(waits.case[rows], waits.wait[rows])
    unit = "working_days" if material.working else "days"
    return Candidate(
        kind=kind,
        subject=subject,
        title=words.clocked(template, material.working),
        advice=advice,
        size=waits.hours(rows),
        unit="hours_a_year",
        interval=waits.hours_interval(rows),
        hours=waits.hours(rows),
        params={**figures, **params},
        evidence={
            f"mean_{unit}": figures["mean"],
            f"median_{unit}": figures["median"],
            "times_in_all": len(rows),
            "share_of_all_waiting": float(waits.wait[rows].sum() / waits.wait.sum()),
            **(evidence or {}),
        },
        query=(
            f"{waits.table}SELECT sum(wait_s) / 3600 * {waits.per_year!r} AS hours_a_year\n"
            f"FROM waits WHERE {where}"
        ),
        case_numbers=numbers,
        claims=rows,
        specific=specific,
    )


def _plain(material: Material, number: int, rows: Rows, share: float) -> Candidate | None:
    causes = _causes(material, material.activity(number))
    waits = material.waits
    slow = rows[waits.wait[rows] >= waits.day_seconds]
    at_once = float(np.median(waits.wait[rows])) < AT_ONCE_DAYS * waits.day_seconds
    at_once &= len(slow) <= SELDOM * len(rows)
    found = candidate(
        material,
        "waiting_before_step",
        f"step {number}",
        words.STEP_SLOW if at_once else words.STEP,
        _advice(causes, at_once),
        rows,
        f"activity = {named('activities', material.activity(number))} AND from_activity IS NOT NULL",
        {"activity": material.label(number), "share_of_waiting": share},
        evidence=causes,
    )
    if not at_once:
        return found
    if len(slow) < MIN_COMPARED:
        return None
    return replace(found, case_numbers=per_case(waits.case[slow], waits.wait[slow])[0])


def _advice(causes: dict[str, float], at_once: bool) -> str:
    """What to do about the cause of most of the wait, where the log tells it."""
    for cause, advice in words.CAUSE_ADVICE.items():
        if causes.get(f"share_{cause}", 0.0) > MAIN_CAUSE:
            return advice
    return words.STEP_SLOW_ADVICE if at_once else words.STEP_ADVICE


def _causes(material: Material, name: str) -> dict[str, float]:
    """Shares of the waiting causes of the step, where the log can tell them."""
    found = material.context.results.get("waiting_causes")
    rows = found.get("activities", []) if isinstance(found, dict) else []
    for row in rows:
        if row["activity"] == name and row["waiting_seconds"] > 0:
            causes = ("batching", "contention", "unavailability", "prioritisation", "extraneous")
            return {f"share_{cause}": row[cause] / row["waiting_seconds"] for cause in causes}
    return {}


def _weekday(material: Material, number: int, rows: Rows) -> Iterator[Candidate]:
    """The step is done on one weekday although cases reach it on all."""
    waits = material.waits
    timed = rows[(waits.weekday[rows] >= 0) & (waits.from_weekday[rows] >= 0)]
    if len(timed) < 2 * MIN_TIMES:
        return
    counts = np.bincount(waits.weekday[timed], minlength=7)
    day = int(counts.argmax())
    share = counts[day] / len(timed)
    came = float((waits.from_weekday[timed] == day).mean())
    weeks = len(np.unique(waits.week[timed[waits.weekday[timed] == day]]))
    if share < ONE_DAY_SHARE or came > ONE_DAY_ARRIVALS or weeks < ONE_DAY_WEEKS:
        return
    yield candidate(
        material,
        "batch_days",
        f"step {number}",
        words.BATCH[day],
        words.BATCH_ADVICE,
        rows,
        f"activity = {named('activities', material.activity(number))} AND from_activity IS NOT NULL",
        {
            "activity": material.label(number),
            "share": float(share),
            "weekday": day + 1,
            "came": came,
        },
        specific=4,
        evidence={"share_on_the_day": float(share), "share_arriving_on_the_day": came, "weeks": weeks},
    )


def _alone(material: Material, number: int, rows: Rows) -> Iterator[Candidate]:
    """One person does nearly all of a step in an office of several, and cases wait for it."""
    waits = material.waits
    people = waits.resource[rows]
    people = people[people >= 0]
    if len(people) < 0.9 * len(rows) or len(material.context.resources) < ALONE_PEOPLE:
        return
    counts = np.bincount(people)
    person = int(counts.argmax())
    share = counts[person] / len(people)
    name = material.context.resources[person]
    own = rows[waits.resource[rows] == person]
    if share < ALONE_SHARE or len(own) < MIN_TIMES or PLACEHOLDER.match(name):
        return
    # the person must be a bottleneck of work by several hands, not the office's machine that does everything
    if float((waits.resource == person).mean()) > ALONE_SHARE:
        return
    others = rows[(waits.resource[rows] != person) & (waits.resource[rows] >= 0)]
    if len(others) >= MIN_COMPARED and np.median(waits.wait[others]) >= np.median(waits.wait[own]):
        return  # with others it takes as long: the wait is not the person's
    where = (
        f"activity = {named('activities', material.activity(number))}"
        f" AND resource = {named('resources', name)} AND from_activity IS NOT NULL"
    )
    yield candidate(
        material,
        "single_person",
        f"step {number}",
        words.ALONE,
        words.ALONE_ADVICE,
        own,
        where,
        {"activity": material.label(number), "person": name, "share": float(share)},
        specific=3,
        evidence={"share_of_the_step": float(share), "other_persons": len(np.unique(people)) - 1},
    )


def _handovers(material: Material, total: float) -> Iterator[Candidate]:
    """The same transition with and without a change of person; the size is what the change adds."""
    waits = material.waits
    width = len(material.context.activities)
    known = np.flatnonzero((waits.from_resource >= 0) & (waits.resource >= 0) & (waits.from_activity >= 0))
    pair = waits.from_activity[known].astype(np.int64) * width + waits.activity[known]
    for edge in np.unique(pair).tolist():
        rows = known[pair == edge]
        if len(rows) < MIN_TIMES + MIN_COMPARED:
            continue
        changed = waits.resource[rows] != waits.from_resource[rows]
        other, same = rows[changed], rows[~changed]
        if len(other) < MIN_TIMES or len(same) < MIN_COMPARED:
            continue
        mean_other, mean_same = float(waits.wait[other].mean()), float(waits.wait[same].mean())
        extra = (mean_other - mean_same) * len(other)
        if (
            extra < MIN_SHARE * total
            or mean_other < TWICE * mean_same
            or material.days(mean_other) < MIN_MEAN_DAYS
        ):
            continue
        upper = median_interval(waits.wait[same])
        lower = median_interval(waits.wait[other])
        if upper is None or lower is None or lower[0] <= upper[1]:
            continue
        before, after = divmod(edge, width)
        yield _handover(material, before, after, other, same)


def _handover(material: Material, before: int, after: int, other: Rows, same: Rows) -> Candidate:
    waits = material.waits
    names = (material.activity(before), material.activity(after))
    where = f"from_activity = {named('activities', names[0])} AND activity = {named('activities', names[1])}"
    changed = "resource <> from_resource"
    at_once = material.days(float(waits.wait[same].mean())) < AT_ONCE_DAYS
    base = candidate(
        material,
        "slow_handover",
        f"edge {before} {after}",
        words.HANDOVER_AT_ONCE if at_once else words.HANDOVER,
        words.HANDOVER_ADVICE,
        other,
        where,
        {
            "before": material.label(before),
            "activity": material.label(after),
            "same": material.days(float(waits.wait[same].mean())),
        },
        specific=2,
    )
    mean_same = float(waits.wait[same].mean())
    excess = waits.wait[other] - mean_same
    scale = waits.per_year / 3600
    hours = float(excess.sum()) * scale
    spread = 1.96 * float(np.sqrt((excess**2).sum() + (len(other) ** 2) * waits.wait[same].var() / len(same)))
    query = (
        f"{waits.table}"
        f"SELECT (sum(wait_s) FILTER ({changed}) - count(*) FILTER ({changed})\n"
        f"        * avg(wait_s) FILTER (resource = from_resource)) / 3600 * {waits.per_year!r} AS "
        f"hours_a_year\n"
        f"FROM waits WHERE {where}"
    )
    return replace(
        base,
        size=hours,
        hours=hours,
        interval=(max(0.0, hours - spread * scale), hours + spread * scale),
        query=query,
        evidence={**base.evidence, "times_with_the_same_person": len(same)},
    )


def _bodies(material: Material, total: float) -> Iterator[Candidate]:
    """What is passed from one body to another lies before it is taken up."""
    waits = material.waits
    names = material.context.bodies
    width = len(names)
    moved = np.flatnonzero((waits.from_body >= 0) & (waits.body >= 0) & (waits.from_body != waits.body))
    if not len(moved):
        return
    pair = waits.from_body[moved].astype(np.int64) * width + waits.body[moved]
    for edge in np.unique(pair).tolist():
        rows = moved[pair == edge]
        before, after = divmod(edge, width)
        if PLACEHOLDER.match(names[before]) or PLACEHOLDER.match(names[after]):
            continue
        here = float(waits.wait[rows].sum())
        if len(rows) < MIN_TIMES or here < MIN_SHARE * total:
            continue
        if material.days(here / len(rows)) < MIN_MEAN_DAYS:
            continue
        yield candidate(
            material,
            "slow_handover",
            f"bodies {before} {after}",
            words.BODY_HANDOVER,
            words.BODY_HANDOVER_ADVICE,
            rows,
            f"from_body = {named('bodies', names[before])} AND body = {named('bodies', names[after])}",
            {"before": names[before], "after": names[after]},
            specific=1,
        )


def _stamps(material: Material) -> Iterator[Candidate]:
    """Checks of the section ``rubber_stamps`` for which cases wait."""
    found = material.context.results.get("rubber_stamps")
    waits = material.waits
    for row in found if isinstance(found, list) else []:
        numbers = [material.context.activities.index(name) for name in row["activities"]]
        rows = np.flatnonzero(np.isin(waits.activity, numbers) & (waits.from_activity >= 0))
        if not len(rows) or material.days(float(waits.wait[rows].mean())) < MIN_MEAN_DAYS / 2:
            continue
        members = ", ".join(quoted(name) for name in row["activities"])
        yield candidate(
            material,
            "rubber_stamp",
            "check " + row["activity"],
            words.STAMP,
            words.STAMP_ADVICE,
            rows,
            f"activity IN (SELECT id FROM activities WHERE name IN ({members}))"
            " AND from_activity IS NOT NULL",
            {
                "activity": material.label(material.context.activities.index(row["activity"])),
                "changed": row["changed"],
                "checked": row["cases"],
            },
            specific=5,
            evidence={"share_changed": row["share_changed"], "share_changed_at_most": row["upper_bound"]},
        )
