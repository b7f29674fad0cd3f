"""Desks of every body: who works on cases on which days and hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiaoneng.demo.causes import at, moment
from xiaoneng.demo.demand import volumes
from xiaoneng.demo.kernel import Desk, Opening
from xiaoneng.demo.province import Body, Province, pseudonym
from xiaoneng.demo.reform import Reform, instant_share

HALF_YEAR = 182
"""Days between two establishment plans."""

ROLES = {
    "clerk": "综合窗口人员",
    "handler": "承办人",
    "express": "企业开办专班",
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
    province: Province, causes: dict[str, Any], reform: Reform, working: npt.NDArray[np.bool_], seed: int
) -> Staff:
    """Set up the desks. ``working`` is ``bool[days]`` from the epoch on."""
    rng = np.random.default_rng([seed, 3])
    work = causes["work"]
    # hours for cases are planned anew every half year; what is no longer needed goes to other work
    plans = np.array(
        [
            _planned_hours(province, causes, reform, seed, t) / at(work["utilisation"], t)
            for t in np.arange(0, len(working) * 24.0, HALF_YEAR * 24.0).tolist()
        ]
    )
    tickets = _planned_ticket_hours(province, causes, seed)
    desks, paces = [], []
    for body in province.bodies:
        pace = math.exp(work["pace"] * rng.standard_normal())
        short = 1 + work["shortage"] * rng.uniform(-1, 1)
        own = {}
        for name in ROLES:
            if body.level == "township" and name not in TOWN_DESKS:
                continue
            if name == "handler":
                servers, opening = _sized(plans[:, body.number] * pace * short, 10.0, working, rng)
            elif name == "answer":
                use_answer = causes["hotline"]["answer_utilisation"]
                servers, opening = _sized(
                    tickets[body.number : body.number + 1] / use_answer, 14.0, working, rng
                )
            elif name == "duty":
                servers, opening = 1, _duty(causes["hotline"], working)
            else:
                absent = _leave(causes, working, rng) if name in SINGLE else np.zeros(len(working), bool)
                servers, opening = 1, regular(causes["desks"][name]["regimes"], working & ~absent, rng)
            own[name] = Desk(opening, [pseudonym(seed, body.code, name, k) for k in range(servers)])
        desks.append(own)
        paces.append(pace)
    return Staff(tuple(desks), tuple(paces))


def _planned_hours(
    province: Province, causes: dict[str, Any], reform: Reform, seed: int, t: float
) -> npt.NDArray[np.float64]:
    """Hours of handlers' work per working day and body that the establishment plan of ``t`` expects.

    The plan counts what the items then need: steps that are gone and cases that rules decide need nobody.
    """
    load = np.zeros(len(province.bodies))
    for item, body, volume in volumes(province, causes, seed):
        version = reform.version(item, t)
        cases = volume / 250
        if t >= reform.instant[item.number]:
            cases *= (1 - instant_share(item, reform.linked(item, t)[0])) * causes["work"]["residual"]
        load[body.number] += cases * _handler_hours(province, item.shape, version)
        for partner in item.partners:
            shape = "startup_partner" if item.kind == "bundle" else "partner"
            load[province.doer(body.region, partner).number] += cases * _handler_hours(
                province, shape, version
            )
            if item.kind != "bundle":
                load[body.number] += cases * causes["work"]["forwarding"]
    whole: npt.NDArray[np.float64] = (
        np.maximum(load, causes["work"]["least_hours"]) * causes["work"]["repeated"]
    )
    whole *= math.exp(causes["work"]["spread"] ** 2 / 2)
    return whole


def _handler_hours(province: Province, shape: str, version: int) -> float:
    return sum(s.work for s in province.routes[shape] if s.desk == "handler" and s.last_version >= version)


def _planned_ticket_hours(province: Province, causes: dict[str, Any], seed: int) -> npt.NDArray[np.float64]:
    """Hours of answering per working day and body: calls follow the volume of cases."""
    volume = np.zeros(len(province.bodies))
    for _, body, share in volumes(province, causes, seed):
        volume[body.number] += share
    # a third of the calls need a second body of the same place, whichever
    hotline = causes["hotline"]
    average = hotline["answer_hours"] * (1 + hotline["complex"] * (2 * hotline["complex_factor"] - 1))
    hours: npt.NDArray[np.float64] = volume / volume.sum() * hotline["tickets_planned"] / 250 * average
    np.maximum(hours, causes["hotline"]["least_hours"], out=hours)
    hours *= math.exp(0.5**2 / 2)
    return hours


def _sized(
    hours_a_day: npt.NDArray[np.float64],
    begin: float,
    working: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[int, Opening]:
    """Enough people for so many hours a day (one figure per half year), each in one stretch of at most
    three hours.
    """
    servers = max(1, math.ceil(float(hours_a_day.max()) / 3.0))
    days = np.flatnonzero(working)
    each = hours_a_day[np.minimum(days // HALF_YEAR, len(hours_a_day) - 1)] / servers
    start = min(begin - 1 + rng.uniform(0, 4), 17.5 - float(each.max()))
    return servers, Opening((days * 24.0 + start).astype(np.float64), each.astype(np.float64))


def regular(regimes: list[Any], working: npt.NDArray[np.bool_], rng: np.random.Generator) -> Opening:
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
