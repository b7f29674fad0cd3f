"""Posts, the people in them, and what they learn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from xiaoneng.demo.causes import Curve, at
from xiaoneng.demo.kernel import hours
from xiaoneng.demo.province import Body, Province, pseudonym

CATEGORIES = ("management", "professional", "service", "support")
SKILLS = ("数据", "流程", "服务", "法规", "工程", "财务")
LONG_AGO = date(2015, 1, 1)
END = date(2026, 12, 31)
Row = dict[str, Any]


@dataclass(slots=True)
class _Post:
    code: str
    body: Body
    category: str
    front: bool
    skill: str
    since: date = LONG_AGO
    states: list[tuple[date, str, bool, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Holder:
    person: str
    skill: str
    since: date


def posts_and_people(
    province: Province, causes: dict[str, Any], seed: int, as_of: date
) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows of ``posts``, ``post_holders`` and ``trainings``; months pass one by one to the end of the
    calendar.
    """
    rng = np.random.default_rng([seed, 13])
    plan = causes["posts"]
    skills = SKILLS[: plan["skills"]]
    posts = [post for body in province.bodies for post in _establish(body, plan, skills, rng)]
    holders: list[_Holder] = []
    stays: list[Row] = []
    serial = 0

    def appoint(post: _Post, day: date, fitting: bool) -> _Holder:
        nonlocal serial
        serial += 1
        skill = post.skill if fitting else skills[int(rng.integers(len(skills)))]
        return _Holder(pseudonym(seed, "person", serial), skill, day)

    def leave(number: int, day: date) -> None:
        post, holder = posts[number], holders[number]
        stays.append(_stay(post, holder, day))

    for post in posts:
        holders.append(appoint(post, LONG_AGO, rng.random() >= plan["by_seniority"]))
    rounds = [
        (date.fromisoformat(r[0]), r[1], r[2], m)
        for r, m in zip(plan["rounds"], plan["matched"], strict=True)
    ]
    pool_works = date.fromisoformat(plan["pool_works"])
    day = date(2022, 10, 1)
    while day <= END:
        gone = rng.random(len(posts)) < plan["turnover"] / 12
        for number in np.flatnonzero(gone).tolist():
            leave(number, day)
            by_skill = day >= pool_works and rng.random() < 0.8
            holders[number] = appoint(posts[number], day, by_skill or rng.random() >= plan["by_seniority"])
        for when, converted, to_front, matched in rounds:
            if (when.year, when.month) == (day.year, day.month):
                for number, post in enumerate(posts):
                    _convert(post, when, converted, to_front, plan["to_service"], rng)
                    if holders[number].skill != post.skill and rng.random() < matched:
                        leave(number, when)
                        holders[number] = appoint(post, when, True)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    rows = [row for post in posts for row in _states(post)]
    stays += [_stay(post, holder, None) for post, holder in zip(posts, holders, strict=True)]
    trained = _trainings(stays, causes["training"], seed, as_of)
    return _as_known(rows, as_of), _as_known(stays, as_of), trained


def _establish(
    body: Body, plan: dict[str, Any], skills: tuple[str, ...], rng: np.random.Generator
) -> list[_Post]:
    mix = plan["mix"][body.level]
    found = []
    for number in range(plan["number"][body.level]):
        category = CATEGORIES[int(rng.choice(4, p=mix))]
        front = bool(rng.random() < plan["front"][category])
        found.append(
            _Post(
                f"{body.code}-{number + 1:02d}", body, category, front, skills[int(rng.integers(len(skills)))]
            )
        )
    return found


def _convert(
    post: _Post, day: date, converted: float, to_front: float, to_service: float, rng: np.random.Generator
) -> None:
    """One round of reform for one post."""
    category, front = post.category, post.front
    if category in ("management", "support") and rng.random() < converted:
        category = "service" if rng.random() < to_service else "professional"
        front = front or category == "service"
    if not front and rng.random() < to_front:
        front = True
    if (category, front) != (post.category, post.front):
        post.states.append((day, post.category, post.front, post.skill))
        post.category, post.front = category, front


def _states(post: _Post) -> list[Row]:
    rows: list[Row] = []
    since: date | None = LONG_AGO
    for day, category, front, skill in [*post.states, (None, post.category, post.front, post.skill)]:
        rows.append(
            {
                "post": post.code,
                "body": post.body.name,
                "region": post.body.region.code,
                "level": post.body.level,
                "category": category,
                "front_line": front,
                "skill": skill,
                "valid_from": since,
                "valid_to": day,
            }
        )
        since = day
    return rows


def _stay(post: _Post, holder: _Holder, until: date | None) -> Row:
    return {
        "person": holder.person,
        "post": post.code,
        "body": post.body.name,
        "region": post.body.region.code,
        "level": post.body.level,
        "skill": holder.skill,
        "valid_from": holder.since,
        "valid_to": until,
    }


def _as_known(rows: list[Row], as_of: date) -> list[Row]:
    """What was known on the as-of day: nothing that began later, no end that came later."""
    known = [row for row in rows if row["valid_from"] <= as_of]
    return [row if (row["valid_to"] or LONG_AGO) <= as_of else {**row, "valid_to": None} for row in known]


def _trainings(stays: list[Row], plan: dict[str, Any], seed: int, as_of: date) -> list[Row]:
    """Tests at irregular intervals; ability grows with the hours of training since entering the service."""
    rng = np.random.default_rng([seed, 14])
    first = date(2021, 1, 1)
    hours_a_year: Curve = plan["hours_a_year"]
    rows: list[Row] = []
    for stay in stays:
        ability = plan["start"] + plan["deviation"] * rng.standard_normal()
        begin = max(stay["valid_from"], first)
        end = stay["valid_to"] or END
        day = begin + timedelta(days=int(rng.exponential(365 / plan["tests_a_year"])))
        learned, last = 0.0, begin
        while day < end:
            span = hours(day) - hours(last)
            course = at(hours_a_year, (hours(day) + hours(last)) / 2) * span / 8766
            learned += course
            last = day
            score = ability + plan["gain_per_hour"] * learned + 3.0 * rng.standard_normal()
            rows.append(
                {
                    "tested_on": day,
                    "person": stay["person"],
                    "body": stay["body"],
                    "region": stay["region"],
                    "level": stay["level"],
                    "course": plan["courses"][int(rng.integers(len(plan["courses"])))],
                    "hours": round(float(course), 1),
                    "score": round(float(min(100.0, max(0.0, score))), 1),
                }
            )
            day += timedelta(days=60 + int(rng.exponential(365 / plan["tests_a_year"] - 60)))
    return sorted(
        (row for row in rows if row["tested_on"] <= as_of), key=lambda row: (row["tested_on"], row["person"])
    )
