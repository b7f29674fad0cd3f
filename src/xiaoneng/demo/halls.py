"""Queues in the service halls: how long someone waits who comes at a given hour of a given day.

Every visitor of a hall stands in a queue, also those whose matters are not in the demo's log. Before the
one window each line of work has its own counters (专窗); the one window (综合窗口) pools them. The waits are
computed, not set: first come first served at the counters of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiaoneng.demo.causes import Curve, at
from xiaoneng.demo.province import Province

OPEN, NOON, AFTERNOON, CLOSE = 9.0, 12.0, 13.5, 17.5
SLOT = 0.5
SLOTS = int((CLOSE - OPEN) / SLOT)
RUSH = np.array([1.9, 1.9, 1.6, 1.3, 0.9, 0.5, 0.05, 0.05, 0.05, 1.3, 1.4, 1.2, 1.0, 0.8, 0.6, 0.35, 0.1])
"""Arrivals per half hour when nobody has an appointment."""


@dataclass(frozen=True)
class Halls:
    """Waits ``float32[hall, day, slot]`` in hours; a hall per region."""

    number: dict[str, int]
    waits: npt.NDArray[np.float32]
    profile: npt.NDArray[np.float64]
    """``float64[day, slot]``: cumulated chance of the hour at which someone comes."""

    def wait(self, region: str, t: float) -> float:
        """Hours from ticket to call for a visitor who comes at ``t``."""
        slot = min(max(int((t % 24 - OPEN) / SLOT), 0), SLOTS - 1)
        return float(self.waits[self.number[region], int(t // 24), slot])

    def hour(self, day: int, u: float) -> float:
        """The hour of the day at which a visitor with luck ``u`` comes."""
        slot = int(np.searchsorted(self.profile[day], u))
        low = float(self.profile[day, slot - 1]) if slot else 0.0
        high = float(self.profile[day, slot])
        return OPEN + SLOT * (slot + (u - low) / max(high - low, 1e-9))


def open_halls(
    province: Province,
    causes: dict[str, Any],
    pooled_from: dict[str, float],
    working: npt.NDArray[np.bool_],
    seed: int,
) -> Halls:
    """Simulate every hall on every day of ``working`` (``bool[days]`` from the epoch on)."""
    hall = causes["hall"]
    days = np.flatnonzero(working)
    profile = np.array([_profile(at(hall["rush"], day * 24.0)) for day in range(len(working))])
    waits = np.zeros((len(province.regions), len(working), SLOTS), np.float32)
    number = {region.code: k for k, region in enumerate(province.regions)}
    for region in province.regions:
        rng = np.random.default_rng([seed, 2, number[region.code]])
        waits[number[region.code], days] = _hall(
            hall, region.level, pooled_from[region.code], days, profile, causes["channel"]["digital"], rng
        )
    return Halls(number, waits, np.cumsum(profile, axis=1))


def _profile(rush: float) -> npt.NDArray[np.float64]:
    even = (RUSH > 0.2).astype(np.float64)
    mixed = RUSH * rush + even * (1 - rush) * RUSH.sum() / even.sum()
    share: npt.NDArray[np.float64] = mixed / mixed.sum()
    return share


def _hall(
    hall: dict[str, Any],
    level: str,
    pooled_from: float,
    days: npt.NDArray[np.int64],
    profile: npt.NDArray[np.float64],
    digital: Curve,
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """Waits ``float32[days, SLOTS]`` of one hall."""
    groups = hall["groups"][level]
    open_hours = CLOSE - OPEN - (AFTERNOON - NOON)
    offline = np.array([1 - digital(day * 24.0) for day in days]) / (1 - digital(0.0))
    usual = hall["visitors"][level] * np.exp(hall["visitor_spread"] * rng.standard_normal(len(days)))
    monday = np.where((days + 5) % 7 == 0, 1.12, 1.0)  # the epoch is a Saturday
    visitors = usual * monday * offline
    # counters are planned anew every half year by the visitors expected then
    needed = hall["visitors"][level] * hall["minutes"] / 60 / open_hours
    pooled = days * 24.0 >= pooled_from
    block = days // 182
    result = np.zeros((len(days), SLOTS), np.float32)
    for half in np.unique(block):
        for mask, queues in ((~pooled, groups), (pooled, 1)):
            chosen = np.flatnonzero(mask & (block == half))
            if not len(chosen):
                continue
            planned = needed / queues * offline[chosen[0]] / at(hall["utilisation"], days[chosen[0]] * 24.0)
            servers = max(1, round(planned))
            # what rounding to whole counters gives or takes is made up by how long a visitor is attended to
            minutes = hall["minutes"] * servers / planned
            rate = visitors[chosen] / queues
            share = profile[days[chosen]]
            result[chosen] = _queue(rate, servers, minutes / 60, hall["minutes_spread"], share, rng)
    return result


def _queue(
    rate: npt.NDArray[np.float64],
    servers: int,
    service: float,
    spread: float,
    profile: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """Virtual wait in the middle of each slot, ``float32[days, SLOTS]``, for one queue per day.

    The counters close over noon: arrivals keep their place, time at the counter does not run.
    """
    count = rng.poisson(rate)
    most = int(count.max(initial=1))
    slots = (rng.random((len(rate), most))[:, :, None] > np.cumsum(profile, axis=1)[:, None, :]).sum(axis=2)
    arrival = OPEN + SLOT * (np.minimum(slots, SLOTS - 1) + rng.random((len(rate), most)))
    arrival[np.arange(most)[None, :] >= count[:, None]] = np.inf
    arrival.sort(axis=1)
    # counter time: hours since opening without the noon break
    clock = np.where(
        np.isfinite(arrival), counter_time(np.where(np.isfinite(arrival), arrival, CLOSE)), np.inf
    )
    work = service * np.exp(spread * rng.standard_normal((len(rate), most)) - spread * spread / 2)
    middle = counter_time(OPEN + SLOT * (np.arange(SLOTS, dtype=np.float64) + 0.5))
    free = np.zeros((len(rate), servers))
    waits = np.zeros((len(rate), SLOTS), np.float32)
    rows = np.arange(len(rate))
    done = np.zeros(len(rate), np.int64)
    for slot in range(SLOTS):
        before = (clock <= middle[slot]).sum(axis=1)
        while (done < before).any():
            active = rows[done < before]
            j = done[active]
            first = free[active].argmin(axis=1)
            free[active, first] = np.maximum(free[active, first], clock[active, j]) + work[active, j]
            done[active] += 1
        waits[:, slot] = np.maximum(free.min(axis=1) - middle[slot], 0.0)
    return waits


def counter_time(hour: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Hours of open counters since the morning at each hour of the day."""
    morning = np.clip(hour - OPEN, 0.0, NOON - OPEN)
    return morning + np.clip(hour - AFTERNOON, 0.0, CLOSE - AFTERNOON)
