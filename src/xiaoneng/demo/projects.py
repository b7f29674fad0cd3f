"""IT projects: who builds what, whether somebody else already has it, whether it was argued and audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from xiaoneng.demo.causes import at
from xiaoneng.demo.kernel import hours
from xiaoneng.demo.province import Body, Province

FIRST, END = date(2016, 1, 1), date(2026, 12, 31)
Row = dict[str, Any]


@dataclass(slots=True)
class _Project:
    code: str
    body: Body
    purpose: str
    begun: date
    built: date
    ends: date
    amount: float
    covered_by: str | None
    argued: bool
    monitored: bool
    audit_on: date | None
    goal_met: bool


def projects(province: Province, causes: dict[str, Any], seed: int, as_of: date) -> list[Row]:
    """Rows of ``it_projects``: a row per project and state (before its audit, after it)."""
    rng = np.random.default_rng([seed, 15])
    plan = causes["projects"]
    above = {region.code: region.parent for region in province.regions}
    bodies = [body for body in province.bodies if body.level != "township"]
    found: list[_Project] = []
    day = FIRST
    while day <= END:
        t = hours(day)
        for _ in range(int(rng.poisson(at(plan["a_year"], t) / 12))):
            project = _wish(bodies, plan, day, len(found), rng)
            project.covered_by = _cover(project, found, above)
            if project.covered_by and rng.random() < at(plan["look_around"], t):
                continue  # it uses what is there
            found.append(project)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    for merge in plan["merge_rounds"]:
        merge_on = date.fromisoformat(merge["on"])
        for project in found:
            if (
                project.covered_by
                and project.begun <= merge_on < project.ends
                and rng.random() < merge["share"]
            ):
                project.ends = merge_on
    rows = [row for project in found for row in _rows(project, as_of)]
    return [row for row in rows if row["valid_from"] <= as_of]


def _wish(
    bodies: list[Body], plan: dict[str, Any], day: date, number: int, rng: np.random.Generator
) -> _Project:
    body = bodies[int(rng.integers(len(bodies)))]
    begun = day + timedelta(days=int(rng.integers(0, 28)))
    t = hours(begun)
    special = rng.random() < plan["special"]
    common = plan["common_purposes"]
    purpose = f"{body.function}专项系统{number}" if special else common[int(rng.integers(len(common)))]
    built = begun + timedelta(days=int(30.4 * plan["months_to_build"] * (0.6 + 0.8 * rng.random())))
    ends = begun + timedelta(days=int(365 * plan["life_years"] * (0.7 + 0.6 * rng.random())))
    argued = bool(rng.random() < at(plan["argued"], t))
    monitored = bool(rng.random() < at(plan["monitored"], t))
    goal = plan["goal"]
    chance = goal["alone"] + goal["argued"] * argued + goal["monitored"] * monitored
    audit_on = None
    if rng.random() < at(plan["audited"], hours(built)):
        audit_on = built + timedelta(days=int(rng.integers(40, 120)))
    elif rng.random() < 0.9:
        first, last = (date.fromisoformat(d) for d in plan["re_audit"])
        audit_on = first + timedelta(days=int(rng.integers(0, (last - first).days)))
        if audit_on <= built:
            audit_on = built + timedelta(days=120)
        chance = min(0.97, chance + 0.2)
    amount = round(float(np.exp(rng.normal(4.4, 0.7))), 1)
    return _Project(
        f"XM{number + 1:04d}",
        body,
        purpose,
        begun,
        built,
        ends,
        amount,
        None,
        argued,
        monitored,
        audit_on,
        bool(rng.random() < chance),
    )


def _cover(project: _Project, others: list[_Project], above: dict[str, str]) -> str | None:
    """A living system with the same purpose in the same region or one above it, other than the body's own."""
    places = set()
    region = project.body.region.code
    while region:
        places.add(region)
        region = above[region]
    for other in others:
        alive = other.begun <= project.begun < other.ends
        if (
            alive
            and other.purpose == project.purpose
            and other.body.region.code in places
            and other.body is not project.body
        ):
            return other.code
    return None


def _rows(project: _Project, as_of: date) -> list[Row]:
    audit = project.audit_on if project.audit_on and project.audit_on < project.ends else None
    edges = [(project.begun, audit or project.ends, False)]
    if audit:
        edges.append((audit, project.ends, True))
    return [
        {
            "project": project.code,
            "body": project.body.name,
            "region": project.body.region.code,
            "level": project.body.level,
            "purpose": project.purpose,
            "amount": project.amount,
            "covered_by": project.covered_by,
            "argued": project.argued,
            "monitored": project.monitored,
            "audited": audited,
            "goal_met": project.goal_met if audited else None,
            "ended": project.built,
            "valid_from": first,
            "valid_to": last if last <= as_of else None,
        }
        for first, last, audited in edges
    ]
