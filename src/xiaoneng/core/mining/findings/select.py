"""From candidates to at most ten findings, none of which tells again what another one has told."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from xiaoneng.core.mining.context import Context, NotMeasurable
from xiaoneng.core.mining.findings.again import again_findings
from xiaoneng.core.mining.findings.candidate import Candidate, Material
from xiaoneng.core.mining.findings.cases import case_findings
from xiaoneng.core.mining.findings.steps import step_findings
from xiaoneng.core.mining.findings.waits import read_waits

MOST = 10
PER_KIND = 3
CASES_LISTED = 50
NEW_SHARE = 0.5
"""A finding stays when at least this share of its waiting has not been told by a more specific one."""
MIN_HOURS = 8.0
"""Less than about a working day a year is not worth acting on."""
READABLE = re.compile(r"activity[ _]?name|taskname|description|名称|环节名", re.IGNORECASE)
SAME_LABEL = 0.9
"""Share of a code's events that must bear the same readable name, and of the codes that must have one."""
CODE = re.compile(r"^[\w.\-]*\d[\w.\-]*$")
"""An activity called like this is a code, to be explained by a readable column."""


def findings(context: Context) -> list[dict[str, Any]]:
    """At most ten findings, by hours a year; those without hours last, in the order of the kinds.

    Overlaps: waits before events are counted once. The more specific finding takes its waits first; another
    one about
    the same waits is left out when less than half of its own remain, else its ``hours_a_year`` are those
    that remain
    (``params.overlap`` is the share told elsewhere) while ``size`` is the whole. Findings about whole cases
    cut the same
    time another way: ``params.additive`` is false, their hours must not be added to the others.
    """
    waits = read_waits(context)
    if waits is None:
        raise NotMeasurable("no_time")
    material = Material(context, waits, _labels(context))
    candidates = [*step_findings(material), *again_findings(material), *case_findings(material)]
    chosen = [_finding(material, c, hours, overlap) for c, hours, overlap in _settle(candidates, material)]
    chosen.sort(key=lambda f: (-(f["hours_a_year"] or 0.0), f["kind"], f["title"]))
    kept: list[dict[str, Any]] = []
    for finding in chosen:
        if sum(other["kind"] == finding["kind"] for other in kept) < PER_KIND and len(kept) < MOST:
            kept.append(finding)
    return kept


def _settle(candidates: list[Candidate], material: Material) -> list[tuple[Candidate, float | None, float]]:
    """Candidates that remain, with their hours net of what more specific ones have told, and the share of
    overlap."""
    told = np.zeros(len(material.waits.case), np.bool_)
    subjects: set[str] = set()
    result: list[tuple[Candidate, float | None, float]] = []
    for one in sorted(candidates, key=lambda c: (-c.specific, -(c.hours or 0.0), c.kind, c.subject)):
        if one.hours is not None and one.hours < MIN_HOURS:
            continue
        if one.claims is None or not len(one.claims):
            result.append((one, one.hours, 0.0))
            continue
        wait = material.waits.wait[one.claims]
        all_ = float(wait.sum())
        new = float(wait[~told[one.claims]].sum()) / all_ if all_ else 0.0
        if new < NEW_SHARE or one.subject in subjects:
            continue
        subjects.add(one.subject)
        told[one.claims] = True
        result.append((one, None if one.hours is None else one.hours * new, 1 - new))
    return result


def _finding(material: Material, one: Candidate, hours: float | None, overlap: float) -> dict[str, Any]:
    numbers = [int(number) for number in one.case_numbers]
    shown = numbers[:CASES_LISTED]
    names = dict(
        material.context.rows(
            "SELECT case_no, case_id FROM cases WHERE list_contains($shown, case_no)", {"shown": shown}
        )
    )
    return {
        "kind": one.kind,
        "title": one.title,
        "advice": one.advice,
        "size": one.size,
        "unit": one.unit,
        "interval": None if one.interval is None else list(one.interval),
        "hours_a_year": hours,
        "cases": [names[number] for number in shown],
        "params": {
            **one.params,
            "cases_total": len(numbers),
            "clock": material.waits.clock,
            "additive": one.claims is not None,
            "overlap": overlap,
        },
        "evidence": {"cases": len(numbers), **one.evidence},
        "query": one.query,
    }


def _labels(context: Context) -> dict[int, str]:
    """Readable names behind codes, from an event attribute that has one value per activity; English before
    others."""
    if not context.activities or not all(CODE.match(name) for name in context.activities):
        return {}
    if "event_attributes" not in context.store.tables():
        return {}
    columns = [row[0] for row in context.rows("DESCRIBE event_attributes")]
    readable = sorted(
        (c for c in columns if READABLE.search(c)), key=lambda c: (not c.lower().endswith("en"), c)
    )
    for column in readable:
        quoted = '"' + column.replace('"', '""') + '"'
        rows = context.rows(
            f"""
            SELECT activity, arg_max(label, (n, label)), max(n) / sum(n) FROM (
                SELECT e.activity, {quoted}::TEXT AS label, count(*) AS n
                FROM events e JOIN event_attributes a USING ("row")
                WHERE e.activity IS NOT NULL AND {quoted} IS NOT NULL GROUP BY e.activity, label
            ) GROUP BY activity
            """
        )
        names = {n: f"{context.activities[n]} {label}" for n, label, share in rows if share >= SAME_LABEL}
        if len(names) >= SAME_LABEL * len(context.activities):
            return names
    return {}
