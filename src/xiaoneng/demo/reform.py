"""What the reform changes, and when it reaches whom: the only place where causes move on dates.

Each measure runs between two dates of ``causes.toml`` and reaches its items, bodies or resources one after
the other, in an order drawn from the seed. Times are hours of the simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from xiaoneng.demo.causes import moment
from xiaoneng.demo.kernel import FAR
from xiaoneng.demo.province import Body, Item, Province

START = 0.0


@dataclass(frozen=True)
class Offer:
    """How one body offers one item, and when that changes."""

    item: Item
    body: Body
    limits: tuple[tuple[float, int], ...]
    """Promised limit from when on, in order of time."""
    one_window_from: float
    online_from: float
    """End to end online from; before it the item's old depth holds where the body is connected."""
    depth_before: int

    def promised(self, t: float) -> int:
        """The promised limit in force at ``t``, working days."""
        found = self.limits[0][1]
        for since, days in self.limits:
            if since <= t:
                found = days
        return found

    def depth(self, t: float) -> int:
        """Online depth 1–4 at ``t``."""
        return 4 if t >= self.online_from else self.depth_before


@dataclass(frozen=True)
class Resource:
    """Data that one body holds and others need."""

    code: str
    name: str
    body: Body
    common: bool
    shared_from: float
    mode: str
    real_time_from: float


@dataclass(frozen=True)
class Reform:
    """Every date on which something changes for an item, an offer or a resource."""

    version_2: tuple[float, ...]
    version_3: tuple[float, ...]
    parallel: tuple[float, ...]
    instant: tuple[float, ...]
    commitment: tuple[float, ...]
    standardised: tuple[float, ...]
    blind: tuple[bool, ...]
    links: tuple[tuple[tuple[Resource, float], ...], ...]
    """Per item the resources that hold its materials and when its form fetches each."""
    offers: dict[tuple[int, int], Offer]
    resources: tuple[Resource, ...]

    def version(self, item: Item, t: float) -> int:
        """The version of the item's route at ``t``: 1, 2 or 3."""
        return 1 + (t >= self.version_2[item.number]) + (t >= self.version_3[item.number])

    def linked(self, item: Item, t: float) -> tuple[int, int]:
        """How many held materials are fetched at ``t``, and how many more could be, being shared."""
        fetched = again = 0
        for resource, link in self.links[item.number]:
            if t >= link:
                fetched += 1
            elif t >= resource.shared_from:
                again += 1
        return fetched, again


def plan_reform(province: Province, causes: dict[str, Any], seed: int) -> Reform:
    """Draw the order in which the measures arrive. Same seed, same reform."""
    # a stream of its own for each matter: a changed cause of one leaves the others as they are
    rng, of_resources, of_links, of_offers = (np.random.default_rng([seed, 1, k]) for k in range(4))
    dates, count = causes["reform"], len(province.items)

    def wave(name: str) -> list[float]:
        first, last = (moment(day) for day in dates[name])
        order: list[float] = (
            first + (last - first) * rng.permutation((np.arange(count) + 0.5) / count)
        ).tolist()
        return order

    version_2, version_3 = wave("cut_steps"), wave("redesign")
    parallel = wave("joint_review")
    instant = [
        t if item.instant else FAR for t, item in zip(wave("instant_rules"), province.items, strict=True)
    ]
    commitment = [
        t if item.commit else FAR for t, item in zip(wave("commitment"), province.items, strict=True)
    ]
    standardised = wave("standardised")
    blind = rng.permutation(np.arange(count) < round(causes["correction"]["blind_share"] * count)).tolist()
    resources = _resources(province, causes, of_resources)
    links = _links(province, causes, resources, of_links)
    offers = _offers(province, causes, version_3, of_offers)
    return Reform(
        tuple(version_2),
        tuple(version_3),
        tuple(parallel),
        tuple(instant),
        tuple(commitment),
        tuple(standardised),
        tuple(blind),
        links,
        offers,
        resources,
    )


def instant_share(item: Item, fetched: int) -> float:
    """The share of an item's applications that rules can decide when ``fetched`` of its held materials are
    connected.
    """
    return item.instant * math.sqrt(fetched / item.held) if item.held else item.instant


NOUNS = {
    "reform": "督办事项",
    "service": "办件",
    "market": "企业登记",
    "housing": "房屋与工程",
    "land": "不动产",
    "social": "社保参保",
    "police": "人口与户籍",
    "health": "出生与健康",
    "transport": "运输从业",
    "civil": "婚姻与低保",
}
KINDS = (
    "基本信息",
    "证照信息",
    "状态信息",
    "缴费信息",
    "名录",
    "核验结果",
    "变更记录",
    "历史档案",
    "统计台账",
    "信用记录",
    "评定结果",
    "图像资料",
)


def _resources(province: Province, causes: dict[str, Any], rng: np.random.Generator) -> tuple[Resource, ...]:
    """What each body holds that others have asked for.

    A resource is shared once three hurdles are taken: its system has an interface, its owner agrees, its
    grading allows. Systems and owners differ; the campaign removes hurdles between its two dates.
    """
    data = causes["data"]
    found: list[Resource] = []
    first, last = (moment(day) for day in data["campaign"])
    real_first, real_last = (moment(day) for day in data["real_time_campaign"])
    for body in province.bodies:
        for k in range(data["resources"][body.level]):
            common = body.level == "province" and k < data["common"]
            system = rng.random() < data["system"][body.level]
            agreed = rng.random() < (data["agreed_common"] if common else data["agreed"])
            closed = rng.random() < data["closed"]
            shared = START - 1 if (system and agreed and not closed) else FAR
            if shared == FAR and (not closed or rng.random() < data["reopened"]):
                # hurdles fall: quickly where only consent was missing, slowly where a system must be rebuilt
                shared = first + (last - first) * rng.random() ** (1.5 if system else 0.75)
            mode = (
                "interface"
                if rng.random() < data["interface"]
                else ("batch" if rng.random() < 0.6 else "file")
            )
            if mode == "interface":
                real = shared
            elif rng.random() < data["made_real_time"]:
                real = max(shared, real_first + (real_last - real_first) * rng.random())
            else:
                real = FAR
            found.append(
                Resource(
                    code=f"R{len(found) + 1:04d}",
                    name=f"{body.region.name}{NOUNS[body.function]}{KINDS[k % len(KINDS)]}",
                    body=body,
                    common=common,
                    shared_from=shared,
                    mode=mode,
                    real_time_from=real,
                )
            )
    return tuple(found)


def _links(
    province: Province, causes: dict[str, Any], resources: tuple[Resource, ...], rng: np.random.Generator
) -> tuple[tuple[tuple[Resource, float], ...], ...]:
    """Which common resources hold an item's materials, and when its form begins to fetch each."""
    common = [resource for resource in resources if resource.common]
    first, last = (moment(day) for day in causes["reform"]["link_data"])
    early = causes["reform"]["link_before"]
    links = []
    for item in province.items:
        chosen = rng.permutation(len(common))[: item.held]
        row = []
        for index in chosen:
            resource = common[int(index)]
            # frequent items first: they carry the volume
            place = rng.random() * (0.62 if item.hot else 1.0)
            since = first + (last - first) * place
            if rng.random() < early:
                since = START - 1
            if rng.random() < causes["reform"]["link_never"]:
                since = FAR
            row.append((resource, max(since, resource.shared_from + 24 * 30 * rng.random())))
        links.append(tuple(row))
    return tuple(links)


def _offers(
    province: Province, causes: dict[str, Any], version_3: list[float], rng: np.random.Generator
) -> dict[tuple[int, int], Offer]:
    dates, base = causes["reform"], causes["base"]
    unify = [moment(day) for day in dates["unify_limits"]]
    window = [moment(day) for day in dates["one_window"]]
    online = [moment(day) for day in dates["online"]]
    lines = dict.fromkeys((body.number, item.owner) for item, body in province.offers())
    level = [body.level for body in province.bodies]
    in_window = {key: rng.random() < base["general_window"][level[key[0]]] for key in lines}
    joins = {key: window[0] + (window[1] - window[0]) * rng.random() ** 1.25 for key in in_window}
    unified = (unify[0] + (unify[1] - unify[0]) * rng.random(len(province.items))).tolist()
    connected = {body.number: rng.random() < base["connected"][body.level] for body in province.bodies}
    offers = {}
    for item, body in province.offers():
        own = dates["promised_mean"] * math.exp(dates["promised_spread"] * rng.standard_normal())
        before = max(1, min(item.legal, round(item.legal * own)))
        standard = max(1, math.floor(item.legal * dates["promised_standard"]))
        redesigned = max(1, math.floor(item.legal * dates["promised_redesign"]))
        limits = [(START - 1, before), (unified[item.number], standard), (version_3[item.number], redesigned)]
        if rng.random() < dates["local_deviation"]:
            shorter = [max(1, round(days * dates["local_factor"])) for days in (standard, redesigned)]
            limits = [limits[0], (unified[item.number], shorter[0]), (version_3[item.number], shorter[1])]
        since = online[0] + (online[1] - online[0]) * rng.random() ** (1.25 if item.hot else 0.8)
        if rng.random() < dates["online_never"]:
            since = FAR
        if item.depth == 4 and connected[body.number]:
            since = START - 1
        key = (body.number, item.owner)
        offers[item.number, body.number] = Offer(
            item=item,
            body=body,
            limits=tuple(limits),
            one_window_from=START - 1 if in_window[key] else joins[key],
            online_from=since,
            depth_before=min(item.depth, 3) if connected[body.number] else 1,
        )
    return offers
