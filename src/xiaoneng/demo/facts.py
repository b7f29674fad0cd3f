"""Fact rows of the province: what no case produces. Dated rows, never an aggregate.

Each function returns rows of one table of the vocabulary; tables whose state changes repeat a row per
state, with the day from which and the day until which it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from xiaoneng.core.eventlog.vocabulary import FACT_TABLES
from xiaoneng.demo.causes import at, moment
from xiaoneng.demo.kernel import EPOCH, day_of, hours
from xiaoneng.demo.log import case_numbers, fact_table
from xiaoneng.demo.people import posts_and_people
from xiaoneng.demo.projects import projects
from xiaoneng.demo.province import pseudonym

LONG_AGO = date(2015, 1, 1)
Row = dict[str, Any]


def all_facts(made: Any, seed: int) -> dict[str, pa.Table]:
    """Every fact table of the vocabulary as of ``made.as_of``, by name."""
    as_of: date = made.as_of
    posts, holders, trainings = posts_and_people(made.province, made.causes, seed, as_of)
    users, sessions = app_use(made.province, made.causes, seed, as_of)
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "regions": regions(made),
        "bodies": bodies(made),
        "items": items(made),
        "offers": offers(made),
        "data_resources": data_resources(made),
        "data_calls": data_calls(made, seed),
        "posts": posts,
        "post_holders": holders,
        "trainings": trainings,
        "it_projects": projects(made.province, made.causes, seed, as_of),
        "app_users": users,
        "app_sessions": sessions,
        "platform_interfaces": interfaces(made, seed),
        "scheme_weights": scheme_weights(made),
    }
    return {
        table.name: fact_table(table.columns, [row for row in rows[table.name] if _known(row, as_of)])
        for table in FACT_TABLES
    }


def _known(row: Mapping[str, Any], as_of: date) -> bool:
    """Whether anybody knew of the row on the as-of day."""
    return bool(row.get("valid_from", LONG_AGO) <= as_of)


def states(
    changes: Iterable[float], describe: Callable[[float], Row], as_of: date, since: float = 0.0
) -> list[Row]:
    """One row per state: ``describe`` says what holds from each of ``changes`` on; equal neighbours are
    joined.
    """
    limit = hours(as_of) + 24
    times = [since, *sorted(t for t in set(changes) if since < t < limit)]
    rows: list[Row] = []
    for t in times:
        # a change during a day holds from the next morning, so that a day has one state
        day = LONG_AGO if t == since else day_of(t) + timedelta(days=1)
        row = describe(t)
        if rows and {k: v for k, v in rows[-1].items() if not k.startswith("valid")} == row:
            continue
        if rows:
            rows[-1]["valid_to"] = day
        rows.append({**row, "valid_from": day, "valid_to": None})
    return rows


def regions(made: Any) -> list[Row]:
    """One row per region."""
    return [
        {
            "code": r.code,
            "name": r.name,
            "level": r.level,
            "parent": r.parent,
            "valid_from": LONG_AGO,
            "valid_to": None,
        }
        for r in made.province.regions
    ]


def bodies(made: Any) -> list[Row]:
    """One row per body."""
    return [
        {
            "code": b.code,
            "name": b.name,
            "region": b.region.code,
            "level": b.level,
            "function": b.function,
            "valid_from": LONG_AGO,
            "valid_to": None,
        }
        for b in made.province.bodies
    ]


def items(made: Any) -> list[Row]:
    """One row per item and state."""
    reform, rows = made.reform, []
    for item in made.province.items:
        route = made.province.routes[item.shape]

        def describe(t: float, item: Any = item, route: Any = route) -> Row:
            version = reform.version(item, t)
            return {
                "code": item.code,
                "name": item.zh,
                "name_en": item.en,
                "version": str(version),
                "owner": item.owner,
                "high_frequency": item.hot,
                "cross_body": bool(item.partners),
                "steps": sum(step.last_version >= version for step in route),
                "data_standardised": t >= reform.standardised[item.number],
            }

        n = item.number
        rows += states(
            [reform.version_2[n], reform.version_3[n], reform.standardised[n]], describe, made.as_of
        )
    return rows


def offers(made: Any) -> list[Row]:
    """One row per item, body and state."""
    rows: list[Row] = []
    for offer in made.reform.offers.values():

        def describe(t: float, offer: Any = offer) -> Row:
            return {
                "item_code": offer.item.code,
                "item": offer.item.zh,
                "body": offer.body.name,
                "region": offer.body.region.code,
                "level": offer.body.level,
                "high_frequency": offer.item.hot,
                "legal_limit": offer.item.legal,
                "promised_limit": offer.promised(t),
                "one_window": t >= offer.one_window_from,
                "online_depth": offer.depth(t),
            }

        changes = [t for t, _ in offer.limits] + [offer.one_window_from, offer.online_from]
        rows += states(changes, describe, made.as_of)
    return rows


def data_resources(made: Any) -> list[Row]:
    """One row per resource and state."""
    rows: list[Row] = []
    for resource in made.reform.resources:

        def describe(t: float, resource: Any = resource) -> Row:
            return {
                "resource": resource.code,
                "name": resource.name,
                "body": resource.body.name,
                "region": resource.body.region.code,
                "level": resource.body.level,
                "shared": t >= resource.shared_from,
                "mode": "interface" if t >= resource.real_time_from else resource.mode,
                "real_time": t >= max(resource.shared_from, resource.real_time_from),
            }

        rows += states([resource.shared_from, resource.real_time_from], describe, made.as_of)
    return rows


def data_calls(made: Any, seed: int) -> list[Row]:
    """One row per call for a case."""
    rng = np.random.default_rng([seed, 10])
    world = made.world
    numbers = case_numbers(world.log.cases)
    until = hours(made.as_of) + 24
    calls = [call for call in world.calls if call[0] < until]
    seconds = np.round(0.35 * np.exp(0.6 * rng.standard_normal(len(calls))), 3)
    works = rng.random(len(calls)) < 0.985
    return [
        {"called_at": t, "resource": resource, "case": numbers[case], "body": body, "seconds": s, "ok": ok}
        for (t, resource, case, body), s, ok in zip(calls, seconds.tolist(), works.tolist(), strict=True)
    ]


def interfaces(made: Any, seed: int) -> list[Row]:
    """One row per interface to the national platform and state."""
    rng = np.random.default_rng([seed, 11])
    plan = made.causes["interfaces"]
    first, last = (moment(day) for day in plan["opened"])
    owners = [b for b in made.province.bodies if b.level == "province"]
    rows: list[Row] = []
    for number in range(plan["count"]):
        since = 0.0 if rng.random() < plan["before"] else first + (last - first) * rng.random()
        code, body = f"IF{number + 1:02d}", owners[number % len(owners)].name

        def describe(t: float, code: str = code, body: str = body, since: float = since) -> Row:
            return {"interface": code, "body": body, "opened": t >= since}

        rows += states([since], describe, made.as_of)
    return rows


def scheme_weights(made: Any) -> list[Row]:
    """One row per indicator of each evaluation scheme."""
    versions = made.causes["scheme"]["versions"]
    rows: list[Row] = []
    for number, (since, name, weights) in enumerate(versions):
        until = date.fromisoformat(versions[number + 1][0]) if number + 1 < len(versions) else None
        if until is not None and until > made.as_of:
            until = None
        rows += [
            {
                "scheme": name,
                "indicator": indicator,
                "kind": kind,
                "weight": float(weight),
                "valid_from": date.fromisoformat(since),
                "valid_to": until,
            }
            for indicator, kind, weight in weights
        ]
    return rows


def app_use(province: Any, causes: dict[str, Any], seed: int, as_of: date) -> tuple[list[Row], list[Row]]:
    """A panel of registered users and their sessions, week by week.

    Drawn for the whole calendar whatever the as-of day is, so that a later as-of only adds.
    """
    rng = np.random.default_rng([seed, 12])
    plan = causes["app"]
    days = (date(2026, 12, 31) - EPOCH.date()).days + 1
    total = plan["users_end"]
    counties = province.regions_of("county")
    region = rng.integers(0, len(counties), total)
    late = rng.random(total - plan["users_start"]) * days
    joined = np.concatenate((np.zeros(plan["users_start"]), np.sort(late)))
    need = plan["needs_a_month"] * np.exp(
        plan["needs_spread"] * rng.standard_normal(total) - plan["needs_spread"] ** 2 / 2
    )
    hot = [item for item in province.items if item.hot]
    cold = [item for item in province.items if not item.hot]
    hot_weight = np.array([item.volume for item in hot], float)
    cold_weight = np.array([item.volume for item in cold], float)
    names = [pseudonym(seed, "app", k) for k in range(total)]
    sessions: list[Row] = []
    for week in range(0, days, 7):
        t = week * 24.0
        active = joined <= week
        share = 7 / 30.4
        for kind, rate in (
            ("need", need * at(plan["use"], t)),
            ("browse", need / plan["needs_a_month"] * at(plan["browse"], t)),
        ):
            count = rng.poisson(np.where(active, rate * share, 0.0))
            who = np.repeat(np.arange(total), count)
            when = t + rng.integers(0, 7, len(who)) * 24.0 + 7.0 + 15.5 * rng.random(len(who))
            is_hot = rng.random(len(who)) < plan["hot_share"]
            pick_hot = rng.choice(len(hot), len(who), p=hot_weight / hot_weight.sum())
            pick_cold = rng.choice(len(cold), len(who), p=cold_weight / cold_weight.sum())
            sessions += [
                {
                    "started": s,
                    "user": names[u],
                    "region": counties[region[u]].code,
                    "item_code": None if kind == "browse" else (hot[h].code if is_h else cold[c].code),
                }
                for u, s, is_h, h, c in zip(
                    who.tolist(),
                    when.tolist(),
                    is_hot.tolist(),
                    pick_hot.tolist(),
                    pick_cold.tolist(),
                    strict=True,
                )
            ]
    until = hours(as_of) + 24
    users = [
        {
            "user": names[k],
            "region": counties[region[k]].code,
            "valid_from": EPOCH.date() + timedelta(days=int(joined[k])),
            "valid_to": None,
        }
        for k in range(total)
    ]
    kept = sorted((s for s in sessions if s["started"] < until), key=lambda s: (s["started"], s["user"]))
    return users, kept
