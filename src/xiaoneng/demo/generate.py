"""Put the parts together: causes in, one event log and fact tables out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from xiaoneng.core.calendar import load_calendar
from xiaoneng.demo import demand
from xiaoneng.demo.cases import Application, World
from xiaoneng.demo.causes import load_causes
from xiaoneng.demo.halls import open_halls
from xiaoneng.demo.hotline import Ticket
from xiaoneng.demo.kernel import EPOCH, Chance, Kernel, hours
from xiaoneng.demo.log import EventLog, table, write
from xiaoneng.demo.province import Body, Item, Province, build_province
from xiaoneng.demo.reform import Reform, plan_reform
from xiaoneng.demo.staff import agents, hire

SEED = 20240108
"""The default province. Another seed gives another province with the same causes."""

LOG_BEGINS = date(2023, 1, 1)
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Made:
    """What one run produced, still in memory."""

    province: Province
    causes: dict[str, Any]
    reform: Reform
    world: World
    log: pa.Table
    as_of: date


def capped(as_of: date) -> date:
    """``as_of``, or the end of the published calendar if that comes first: nothing is simulated beyond it."""
    return min(as_of, load_calendar("cn").last)


def generate(
    *,
    as_of: date,
    seed: int = SEED,
    changes: Mapping[str, object] | None = None,
    progress: Progress = lambda share, what: None,
) -> Made:
    """Simulate the province up to the end of ``as_of``; capped at the end of the published calendar.

    ``changes`` sets causes by dotted name (``habit.bounce``). Deterministic in (seed, changes), and a later
    as-of day only adds: what was recorded up to an earlier day stays the same.
    """
    calendar = load_calendar("cn")
    as_of = capped(as_of)
    province = build_province()
    causes = load_causes(changes)
    days = (calendar.last - EPOCH.date()).days + 1
    working = np.array([calendar.is_working(EPOCH.date() + timedelta(days=d)) for d in range(days)])
    reform = plan_reform(province, causes, seed)
    progress(0.02, "service halls")
    pooled = {
        region.code: float(
            np.median([o.one_window_from for o in reform.offers.values() if o.body.region == region] or [0])
        )
        for region in province.regions
    }
    halls = open_halls(province, causes, pooled, working, seed)
    padded = np.concatenate((working, np.ones(400, bool)))
    world = World(
        province,
        causes,
        reform,
        hire(province, causes, reform, working, seed),
        halls,
        np.cumsum(padded).tolist(),
        days,
        EventLog(),
        Kernel(),
        Chance(seed, 8),
        [],
    )
    hotline = agents(causes, days, seed)

    profile = np.cumsum(causes["hotline"]["hour_profile"]) / np.sum(causes["hotline"]["hour_profile"])

    def complain(t: float, reason: str, item: Item, body: Body) -> None:
        # the call comes on one of the next days, at an hour at which people call
        hour = int(np.searchsorted(profile, world.chance.uniform()))
        t = (t // 24 + 1 + int(3 * world.chance.uniform())) * 24 + hour + world.chance.uniform()
        world.kernel.start(Ticket(world, hotline, body, item, "complaint", reason).live(), t)

    world.complain = complain
    until = hours(as_of) + 24
    _populate(world, hotline, days, seed, until)
    steps = 40
    for k in range(1, steps + 1):
        world.kernel.run(until * k / steps)
        progress(0.05 + 0.75 * k / steps, "cases")
    return Made(province, causes, reform, world, _recorded(world, seed, until), as_of)


def _populate(world: World, hotline: Any, days: int, seed: int, until: float) -> None:
    kernel = world.kernel
    for t, item, body in demand.applications(world.province, world.causes, days, seed):
        if t <= until:
            kernel.start(Application(world, item, body, t).live(), t)
    for t, item, body, kind in demand.calls(world.province, world.causes, days, seed):
        if t <= until:
            kernel.start(Ticket(world, hotline, body, item, kind, None).live(), t)


def _recorded(world: World, seed: int, until: float) -> pa.Table:
    """The log as recorded at ``until``; paper is typed in later, systems write at once."""
    rows = world.log.rows
    lag = np.random.default_rng([seed, 9]).exponential(1.0, len(rows))
    lag *= np.array(
        [world.value("habit", "record_minutes", r[2]) / 60 if r[5] != "system" else 0.0 for r in rows]
    )
    return table(world.log, first=hours(LOG_BEGINS), until=until, delay_hours=lag)


def write_log(made: Made, path: Path) -> None:
    """The log as one Parquet file in the platform's vocabulary."""
    write(made.log, path)
