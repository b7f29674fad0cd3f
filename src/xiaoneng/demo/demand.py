"""Who comes when: the times at which people decide to apply or call, drawn month by month.

Drawn for the whole published calendar whatever the as-of day is, so that a later as-of only adds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from xiaoneng.demo.causes import at
from xiaoneng.demo.kernel import EPOCH
from xiaoneng.demo.province import Body, Item, Province

DAY_HOURS = np.array(
    [0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.5, 4, 8, 9, 7, 3, 4, 7, 8, 7, 5, 3.5, 3, 3, 2.5, 1.5, 0.8]
)


def applications(
    province: Province, causes: dict[str, Any], days: int, seed: int
) -> list[tuple[float, Item, Body]]:
    """Times (hours), item and body of every application of the whole period, in order of time."""
    demand = causes["demand"]
    pairs = volumes(province, causes, seed)
    rates = np.array([rate for _, _, rate in pairs]) / 365
    found: list[tuple[float, Item, Body]] = []
    for first, last in months(days):
        own = np.random.default_rng([seed, 6, first])
        factor = day_factors(demand, first, last)
        counts = own.poisson(rates[:, None] * factor[None, :])
        pair, day = np.nonzero(counts)
        repeat = counts[pair, day]
        pair, day = np.repeat(pair, repeat), np.repeat(day, repeat)
        hour = own.choice(24, len(day), p=DAY_HOURS / DAY_HOURS.sum()) + own.random(len(day))
        times = (first + day) * 24.0 + hour
        order = np.argsort(times, kind="stable")
        found += [
            (t, pairs[p][0], pairs[p][1])
            for t, p in zip(times[order].tolist(), pair[order].tolist(), strict=True)
        ]
    return found


def volumes(province: Province, causes: dict[str, Any], seed: int) -> list[tuple[Item, Body, float]]:
    """Applications a year for every item and body; regions differ in size."""
    rng = np.random.default_rng([seed, 5])
    spread = causes["demand"]["region_size"]
    size = {r.code: math.exp(spread * rng.standard_normal()) for r in province.regions}
    pairs: list[tuple[Item, Body, float]] = []
    for item in province.items:
        for level, share in item.levels.items():
            regions = province.regions_of(level)
            whole = sum(size[r.code] for r in regions)
            pairs += [
                (item, province.doer(r, item.owner), item.volume * share * size[r.code] / whole)
                for r in regions
            ]
    return pairs


def calls(
    province: Province, causes: dict[str, Any], days: int, seed: int
) -> list[tuple[float, Item, Body, str]]:
    """Times, subject, body and kind (question, help) of every call that is not a complaint."""
    hotline = causes["hotline"]
    offers = list(province.offers())
    weight = np.array([i.volume * i.levels[b.level] / len(province.regions_of(b.level)) for i, b in offers])
    profile = np.array(hotline["hour_profile"])
    found: list[tuple[float, Item, Body, str]] = []
    for first, last in months(days):
        own = np.random.default_rng([seed, 7, first])
        count = own.poisson(hotline["calls_a_day"] * (last - first))
        times = np.sort(
            own.integers(first, last, count) * 24.0
            + own.choice(24, count, p=profile / profile.sum())
            + own.random(count)
        )
        subject = own.choice(len(offers), count, p=weight / weight.sum())
        asks = own.random(count) < hotline["question"]
        for t, k, question in zip(times.tolist(), subject.tolist(), asks.tolist(), strict=True):
            found.append((t, *offers[k], "question" if question else "help"))
    return found


def months(days: int) -> Iterator[tuple[int, int]]:
    """First and last day (exclusive) of each calendar month from the epoch on."""
    edges = np.arange(np.datetime64(EPOCH, "M"), np.datetime64(EPOCH, "D") + days + 31, dtype="datetime64[M]")
    at_day = (edges.astype("datetime64[D]") - np.datetime64(EPOCH, "D")).astype(int)
    for first, last in zip(at_day[:-1].tolist(), at_day[1:].tolist(), strict=True):
        if first < days:
            yield first, min(last, days)


def day_factors(demand: dict[str, Any], first: int, last: int) -> npt.NDArray[np.float64]:
    """How much busier than the average each day is: weekday, month, growth; mean near 1."""
    day = np.arange(first, last)
    month = (np.datetime64(EPOCH, "D") + day).astype("datetime64[M]").astype(int) % 12
    weekday = np.array(demand["weekdays"])[(day + 5) % 7]  # the epoch is a Saturday
    growth = np.array([at(demand["growth"], d * 24.0) for d in day.tolist()])
    factors: npt.NDArray[np.float64] = weekday * np.array(demand["months"])[month] * growth
    factors /= float(np.mean(demand["weekdays"]) * np.mean(demand["months"]))
    return factors
