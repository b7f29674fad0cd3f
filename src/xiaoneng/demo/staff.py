"""Desks of every body: who works on cases on which days and hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiaoneng.demo.causes import moment
from xiaoneng.demo.kernel import Desk, Opening
from xiaoneng.demo.province import Body, Province, pseudonym

ROLES = {
    "clerk": "综合窗口人员",
    "handler": "承办人",
    "section": "科室负责人",
    "legal": "法规科",
    "finance": "财务科",
    "supervision": "监管科",
    "office": "办公室",
    "deputy": "分管领导",
    "head": "主要领导",
    "duty": "热线值班员",
    "answer": "热线承办人",
}
TOWN_DESKS = {"clerk", "handler", "section", "head", "duty", "answer"}
SINGLE = {"section", "legal", "finance", "supervision", "office", "deputy", "head"}


@dataclass(frozen=True)
class Staff:
    """All desks: ``desks[body number][name]``, and how fast each body works."""

    desks: tuple[dict[str, Desk], ...]
    pace: tuple[float, ...]


def hire(
    province: Province, causes: dict[str, Any], working: npt.NDArray[np.bool_], seed: int
) -> Staff:
    """Set up the desks. ``working`` is ``bool[days]`` from the epoch on."""
    rng = np.random.default_rng([seed, 3])
    work = causes["work"]
    load = _planned_handler_hours(province, causes)
    tickets = _planned_ticket_hours(province, causes)
    desks, paces = [], []
    for body in province.bodies:
        pace = math.exp(work["pace"] * rng.standard_normal())
        use = work["utilisation"] + work["utilisation_spread"] * rng.uniform(-1, 1)
        own = {}
        for name in ROLES:
            if body.level == "township" and name not in TOWN_DESKS:
                continue
            if name == "handler":
                servers, opening = _sized(load[body.number] * pace / use, 10.0, working, rng)
            elif name == "answer":
                use_answer = causes["hotline"]["answer_utilisation"]
                servers, opening = _sized(tickets[body.number] / use_answer, 14.0, working, rng)
            elif name == "duty":
                servers, opening = 1, _duty(causes["hotline"], working)
            else:
                absent = _leave(causes, working, rng) if name in SINGLE else np.zeros(len(working), bool)
                servers, opening = 1, regular(causes["desks"][name]["regimes"], working & ~absent, rng)
            own[name] = Desk(opening, [pseudonym(seed, body.code, name, k) for k in range(servers)])
        desks.append(own)
        paces.append(pace)
    return Staff(tuple(desks), tuple(paces))


def _planned_handler_hours(province: Province, causes: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Hours of handler work per working day and body that the establishment plan expects (routes of 2023)."""
    hours_of = {
        shape: sum(step.work for step in steps if step.desk == "handler")
        for shape, steps in province.routes.items()
    }
    load = np.zeros(len(province.bodies))
    for item in province.items:
        for level, share in item.levels.items():
            regions = province.regions_of(level)
            each = item.volume * share / len(regions) / 250
            for region in regions:
                load[province.doer(region, item.owner).number] += each * (hours_of[item.shape] + 0.2)
                for partner in item.partners:
                    shape = "startup_partner" if item.kind == "bundle" else "partner"
                    load[province.doer(region, partner).number] += each * hours_of[shape]
    load[load == 0] = 0.4
    return load * math.exp(causes["work"]["spread"] ** 2 / 2)


def _planned_ticket_hours(province: Province, causes: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Hours of answering per working day and body: calls follow the volume of cases."""
    volume = np.zeros(len(province.bodies))
    for item in province.items:
        for level, share in item.levels.items():
            for region in province.regions_of(level):
                body = province.doer(region, item.owner)
                volume[body.number] += item.volume * share / len(province.regions_of(level))
    hotline = causes["hotline"]
    average = hotline["answer_hours"] * (1 + hotline["complex"] * (2 * hotline["complex_factor"] - 1))
    hours: npt.NDArray[np.float64] = volume / volume.sum() * hotline["tickets_planned"] / 250 * average
    return np.maximum(hours, 0.04)


def _sized(
    hours_a_day: float, begin: float, working: npt.NDArray[np.bool_], rng: np.random.Generator
) -> tuple[int, Opening]:
    """Enough people for so many hours a day, each at cases in one stretch of at most three hours."""
    servers = max(1, math.ceil(hours_a_day / 3.0))
    each = hours_a_day / servers
    start = min(begin - 1 + rng.uniform(0, 4), 17.5 - each)
    days = np.flatnonzero(working)
    return servers, Opening(days * 24.0 + start, np.full(len(days), each))


def regular(
    regimes: list[Any], working: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Opening:
    """Windows of ``[from date, weekdays, hour, hours]`` rows; which weekdays differs between bodies."""
    day = np.arange(len(working))
    weekday = (day + 5) % 7  # the epoch is a Saturday
    shift = int(rng.integers(0, 5))
    start, length = np.zeros(len(day)), np.zeros(len(day))
    for since, weekdays, hour, hours in regimes:
        later = day * 24.0 >= moment(since)
        # make-up days at weekends are worked like the weekday before them
        moved = {(w + shift) % 5 for w in weekdays if w < 5} | {w for w in weekdays if w > 4}
        on = np.isin(weekday, list(moved)) | ((weekday > 4) & (len(moved) >= 5))
        start[later] = day[later] * 24.0 + hour
        length[later] = np.where(on[later] & working[later], hours, 0.0)
    return Opening(start, length)


def _leave(
    causes: dict[str, Any], working: npt.NDArray[np.bool_], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Days off in stretches of up to a working week."""
    absent = np.zeros(len(working), bool)
    years = len(working) / 365
    stretches = round(causes["leave"]["days_a_year"] * years / 4)
    for first in rng.integers(0, len(working) - 7, stretches):
        absent[first : first + int(rng.integers(3, 8))] = True
    return absent


def _duty(hotline: dict[str, Any], working: npt.NDArray[np.bool_]) -> Opening:
    """Sessions in which duty officers look at the tickets, working days and weekends."""
    day = np.arange(len(working))
    starts, lengths = [], []
    for rows, mask in ((hotline["duty"], working), (hotline["weekend_duty"], ~working)):
        for k, (since, sessions, hours) in enumerate(rows):
            until = moment(rows[k + 1][0]) if k + 1 < len(rows) else np.inf
            chosen = day[mask & (day * 24.0 >= moment(since)) & (day * 24.0 < until)]
            for hour in sessions:
                starts.append(chosen * 24.0 + hour)
                lengths.append(np.full(len(chosen), float(hours)))
    start = np.concatenate(starts)
    order = np.argsort(start)
    return Opening(start[order], np.concatenate(lengths)[order])


def agents(causes: dict[str, Any], days: int, seed: int) -> Desk:
    """The hotline's own agents, every day of the week."""
    hotline = causes["hotline"]
    rng = np.random.default_rng([seed, 4])
    opening = regular(hotline["agent_hours"], np.ones(days, bool), rng)
    return Desk(opening, [pseudonym(seed, "hotline", k) for k in range(hotline["agents"])])


def owners(province: Province) -> dict[str, Body]:
    """The body that runs the hall of each region."""
    return {region.code: province.doer(region, "service") for region in province.regions}
