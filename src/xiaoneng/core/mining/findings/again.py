"""Findings about work done more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xiaoneng.core.mining.findings import words
from xiaoneng.core.mining.findings.candidate import Candidate, Material
from xiaoneng.core.mining.findings.steps import MIN_MEAN_DAYS, MIN_SHARE, candidate
from xiaoneng.core.mining.findings.waits import Rows, named, per_case, total_interval
from xiaoneng.core.mining.measures.submissions import AGAIN, SUBMISSION
from xiaoneng.core.mining.statistics import Float64

MIN_CASES = 20
MIN_CASE_SHARE = 0.03
"""Share of the cases with the step in which it must be repeated."""
BY_DESIGN = 0.6
"""A step that most of its cases have more than once is meant to occur more than once."""


def again_findings(material: Material) -> Iterator[Candidate]:
    """Rework, repeated submissions, and cases sent back and forth."""
    yield from _rounds(material)
    yield from _supplements(material)
    yield from _ping_pong(material)


def _rounds(material: Material) -> Iterator[Candidate]:
    """A step that occurs again: the time from its last occurrence to this one, whatever happened in
    between."""
    waits = material.waits
    elapsed = np.cumsum(waits.wait)
    order = np.lexsort((np.arange(len(waits.case)), waits.case, waits.activity))
    previous = np.full(len(order), -1, np.int64)
    same = (waits.activity[order][1:] == waits.activity[order][:-1]) & (
        waits.case[order][1:] == waits.case[order][:-1]
    )
    previous[order[1:][same]] = order[:-1][same]
    repeats = np.flatnonzero((previous >= 0) & (waits.activity >= 0))
    took = elapsed[repeats] - elapsed[previous[repeats]]
    total = float(waits.wait.sum())
    for number in np.unique(waits.activity[repeats]).tolist():
        mine = waits.activity[repeats] == number
        rows, times = repeats[mine], took[mine]
        if AGAIN.search(material.activity(number)):
            continue  # by its name a supplement in any case, see below
        with_step = len(np.unique(waits.case[waits.activity == number]))
        cases = len(np.unique(waits.case[rows]))
        if cases < MIN_CASES or cases < MIN_CASE_SHARE * with_step or times.sum() < MIN_SHARE * total:
            continue
        if cases > BY_DESIGN * with_step or material.days(float(times.mean())) < MIN_MEAN_DAYS:
            continue
        submitted = bool(SUBMISSION.search(material.activity(number)))
        yield _round(material, number, rows, previous[rows], times, with_step, submitted)


def _round(
    material: Material,
    number: int,
    rows: Rows,
    previous: Rows,
    times: Float64,
    with_step: int,
    submitted: bool,
) -> Candidate:
    waits = material.waits
    scale = waits.per_year / 3600
    numbers, sums = per_case(waits.case[rows], times)
    unit = "working_days" if material.working else "days"
    mean = material.days(float(times.mean()))
    share = len(numbers) / with_step
    query = (
        waits.table.rstrip() + ", clock AS (\n"
        "  SELECT case_no, seq, activity, occurrence,\n"
        "         sum(wait_s) OVER (PARTITION BY case_no ORDER BY seq) AS clock_s FROM waits\n"
        "), again AS (\n"
        "  SELECT occurrence, clock_s - lag(clock_s) OVER (PARTITION BY case_no ORDER BY seq) AS took_s\n"
        f"  FROM clock WHERE activity = {named('activities', material.activity(number))}\n"
        ")\n"
        f"SELECT sum(took_s) / 3600 * {waits.per_year!r} AS hours_a_year FROM again WHERE occurrence >= 2"
    )
    return Candidate(
        kind="repeated_submission" if submitted else "rework_loop",
        subject=f"step {number} again",
        title=words.clocked(words.SUBMITTED if submitted else words.REWORK, material.working),
        advice=words.SUBMITTED_ADVICE if submitted else words.REWORK_ADVICE,
        size=float(times.sum()) * scale,
        unit="hours_a_year",
        interval=total_interval(sums, scale),
        hours=float(times.sum()) * scale,
        params={"activity": material.label(number), "share": share, "mean": mean, "times": len(rows)},
        evidence={
            "times_in_all": len(rows),
            f"mean_{unit}": mean,
            f"median_{unit}": material.days(float(np.median(times))),
            "share_of_cases_with_the_step": share,
        },
        query=query,
        case_numbers=numbers,
        claims=_between(previous, rows, len(waits.case)),
        specific=6 if submitted else 1,
    )


def _between(first: Rows, last: Rows, size: int) -> Rows:
    """All rows after ``first`` up to and including ``last``."""
    marks = np.zeros(size + 1, np.int64)
    np.add.at(marks, first + 1, 1)
    np.add.at(marks, last + 1, -1)
    return np.flatnonzero(np.cumsum(marks[:-1]) > 0)


def _supplements(material: Material) -> Iterator[Candidate]:
    """Steps that are a second submission by their name: the wait before them is the wait for the
    applicant."""
    waits = material.waits
    total = float(waits.wait.sum())
    for number, name in enumerate(material.context.activities):
        if not AGAIN.search(name):
            continue
        rows = np.flatnonzero((waits.activity == number) & (waits.from_activity >= 0))
        cases = len(np.unique(waits.case[rows]))
        if cases < MIN_CASES or float(waits.wait[rows].sum()) < MIN_SHARE * total:
            continue
        if (
            cases < MIN_CASE_SHARE * waits.cases
            or material.days(float(waits.wait[rows].mean())) < MIN_MEAN_DAYS
        ):
            continue
        yield candidate(
            material,
            "repeated_submission",
            f"step {number} again",
            words.SUBMITTED,
            words.SUBMITTED_ADVICE,
            rows,
            f"activity = {named('activities', name)} AND from_activity IS NOT NULL",
            {"activity": material.label(number), "share": cases / waits.cases},
            specific=6,
        )


def _ping_pong(material: Material) -> Iterator[Candidate]:
    """A person hands over, gets the case back at once, and does one of its steps again."""
    waits = material.waits
    middle = np.arange(1, len(waits.case) - 1)
    case = waits.case
    back = middle[
        (case[middle - 1] == case[middle])
        & (case[middle + 1] == case[middle])
        & (waits.resource[middle - 1] >= 0)
        & (waits.resource[middle] >= 0)
        & (waits.resource[middle - 1] == waits.resource[middle + 1])
        & (waits.resource[middle] != waits.resource[middle - 1])
        & (waits.occurrence[middle + 1] >= 2)
    ]
    cases = len(np.unique(case[back]))
    rows = np.unique(np.concatenate((back, back + 1)))
    if cases < MIN_CASES or cases < MIN_CASE_SHARE * waits.cases:
        return
    if float(waits.wait[rows].sum()) < MIN_SHARE * float(waits.wait.sum()):
        return
    if material.days(float(waits.wait[rows].sum()) / len(back)) < MIN_MEAN_DAYS:
        return
    found = candidate(
        material,
        "ping_pong",
        "persons back and forth",
        words.PINGPONG,
        words.PINGPONG_ADVICE,
        rows,
        "true",
        {"share": cases / waits.cases, "returns": len(back)},
        specific=5,
        evidence={"returns": len(back)},
    )
    query = (
        waits.table.rstrip() + ", marked AS (\n"
        "  SELECT case_no, seq, wait_s, resource <> from_resource\n"
        "           AND lead(resource) OVER w = from_resource AND lead(occurrence) OVER w >= 2 AS away\n"
        "  FROM waits WINDOW w AS (PARTITION BY case_no ORDER BY seq)\n"
        "), both_ways AS (\n"
        "  SELECT wait_s, coalesce(away, false) OR coalesce(lag(away) OVER w, false) AS counted\n"
        "  FROM marked WINDOW w AS (PARTITION BY case_no ORDER BY seq)\n"
        ")\n"
        f"SELECT sum(wait_s) / 3600 * {waits.per_year!r} AS hours_a_year FROM both_ways WHERE counted"
    )
    yield replace(found, query=query)
