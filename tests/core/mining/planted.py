"""Planted logs: a small queue simulation on a grid of minutes whose causes of waiting are known exactly.

Every case arrives, is registered at the counter (a step of no length) and then passes one or more stages. A
stage is
done by servers with hours, absences, an order of service, batches, and delays that nobody sees. The truth is
read off
the grid minute by minute (what was the server doing while this case waited?), a method that shares nothing
with the
one under test. Randomness comes from the seed given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa

DAY = 1440
MONDAY = datetime(2025, 3, 3)
CAUSES = ("batching", "contention", "unavailability", "prioritisation", "extraneous")


@dataclass(frozen=True)
class Server:
    """One person; minutes throughout."""

    name: str
    service: float = 30.0
    hours: tuple[tuple[int, int], ...] = ((0, DAY),)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    absent: tuple[tuple[int, int], ...] = ()
    """Days ``[from, to)`` counted from the first day."""
    urgent_first: bool = False
    batch_size: int | None = None
    batch_at: tuple[int, int] | None = None
    """Weekday and minute at which whatever has come is handled together."""
    delay: float = 0.0
    """Mean of a hidden delay before a case may be taken."""
    together: bool = False
    """A batch is done in one go (all its cases share one interval) instead of one after the other."""


@dataclass
class Planted:
    """The log's rows and the true seconds of each cause per activity."""

    rows: list[tuple[str, str, datetime, datetime, str]]
    truth: dict[str, dict[str, float]] = field(default_factory=dict)


def simulate(
    stages: dict[str, list[Server]],
    *,
    seed: int,
    days: int = 120,
    per_day: float = 10.0,
    urgent: float = 0.3,
    arrivals: tuple[int, int] = (0, DAY),
) -> Planted:
    """Cases arrive at random between the minutes ``arrivals`` of each day and pass the stages in order."""
    rng = np.random.default_rng(seed)
    number = rng.poisson(per_day * days)
    day = rng.integers(0, days, number)
    ready = np.sort(day * DAY + rng.integers(arrivals[0], arrivals[1], number))
    is_urgent = rng.random(number) < urgent
    rows = [(f"C{i:05d}", "Register", at(ready[i]), at(ready[i]), "Counter") for i in range(number)]
    planted = Planted(rows)
    horizon = (days + 60) * DAY
    for activity, servers in stages.items():
        chosen = rng.integers(0, len(servers), number)
        done = np.full(number, -1)
        truth = dict.fromkeys(CAUSES, 0.0)
        for k, server in enumerate(servers):
            mine = np.flatnonzero((chosen == k) & (ready >= 0))
            start, end = _serve(server, mine, ready[mine], is_urgent[mine], horizon, rng, truth)
            for i, a, b in zip(mine, start, end, strict=True):
                if b >= 0:
                    planted.rows.append((f"C{i:05d}", activity, at(a), at(b), server.name))
            done[mine] = end
        planted.truth[activity] = truth
        ready = done
    planted.rows.sort(key=lambda row: (row[2], row[3]))
    return planted


def at(minute: int) -> datetime:
    """Minute of the simulation as a wall clock time."""
    return MONDAY + timedelta(minutes=int(minute))


def on_duty(server: Server, horizon: int) -> np.ndarray:
    minute = np.arange(horizon)
    within = minute % DAY
    open_ = np.zeros(horizon, bool)
    for a, b in server.hours:
        open_ |= (within >= a) & (within < b)
    open_ &= np.isin(minute // DAY % 7, server.weekdays)
    for a, b in server.absent:
        open_ &= ~((minute >= a * DAY) & (minute < b * DAY))
    return open_


def _serve(server, who, enabled, urgent, horizon, rng, truth):
    """Run one server over its own queue; returns start and end per case (-1: never) and adds to ``truth``."""
    n = len(who)
    duty = on_duty(server, horizon)
    service = np.maximum(1, rng.exponential(server.service, n).astype(int))
    takeable = enabled + (rng.exponential(server.delay, n).astype(int) if server.delay else 0)
    start, end = np.full(n, -1), np.full(n, -1)
    holds = np.full(horizon, -1)  # the case in hand, per minute
    complete = np.full(n, -1)  # per case: when its batch was complete
    order = np.argsort(takeable, kind="stable")
    waiting: list[int] = []
    queue: list[int] = []  # a batch that has been opened
    came, minute = 0, 0
    while minute < horizon:
        while came < n and takeable[order[came]] <= minute:
            waiting.append(int(order[came]))
            came += 1
        if not duty[minute] or not (queue or waiting):
            minute += 1
            continue
        if not queue:
            queue = _next(server, waiting, urgent, enabled, minute)
            if server.batch_size or server.batch_at:
                for i in queue:
                    complete[i] = max(enabled[j] for j in queue)
        if not queue:
            minute += 1
            continue
        together = queue if server.together else queue[:1]
        queue = [] if server.together else queue[1:]
        left, now = int(max(service[i] for i in together)), minute
        while left and now < horizon:
            holds[now] = together[0]
            left -= int(duty[now])
            now += 1
        for i in together:
            start[i], end[i] = minute, now
            waiting.remove(i)
        minute = now
    for i in range(n):
        if start[i] >= 0:
            _account(truth, i, enabled, start, holds, duty, complete)
    return start, end


def _next(server, waiting, urgent, enabled, minute) -> list[int]:
    if server.batch_size:
        return list(waiting[: server.batch_size]) if len(waiting) >= server.batch_size else []
    if server.batch_at:
        weekday, moment = server.batch_at
        due = (weekday < 0 or minute // DAY % 7 == weekday) and minute % DAY == moment
        return list(waiting) if due else []
    if server.urgent_first:
        hurried = [i for i in waiting if urgent[i]]
        return (hurried or waiting)[:1]
    return waiting[:1]


def _account(truth, i, enabled, start, holds, duty, complete) -> None:
    """Each minute of the wait goes to one cause, by the precedence of the published method."""
    span = np.arange(enabled[i], start[i])
    if not len(span):
        return
    held, there = holds[span], duty[span]
    gathering = span < complete[i]
    working = ~gathering & (held >= 0)
    newer = working & (enabled[np.maximum(held, 0)] > max(enabled[i], complete[i]))
    away = ~gathering & ~working & ~there
    rest = ~gathering & ~working & ~away
    truth["batching"] += 60.0 * gathering.sum()
    truth["prioritisation"] += 60.0 * newer.sum()
    truth["contention"] += 60.0 * (working & ~newer).sum()
    truth["unavailability"] += 60.0 * away.sum()
    truth["batching" if complete[i] >= 0 else "extraneous"] += 60.0 * rest.sum()


def connection(
    rows: list[tuple[str, str, datetime, datetime | None, str | None]],
) -> duckdb.DuckDBPyConnection:
    """The tables of the store's layout that the decomposition reads, in memory."""
    con = duckdb.connect()
    con.execute("CREATE TABLE raw (c TEXT, a TEXT, s TIMESTAMP, e TIMESTAMP, r TEXT)")
    table = pa.table(dict(zip(("c", "a", "s", "e", "r"), zip(*rows, strict=True), strict=True)))
    con.register("incoming", table)
    con.execute("INSERT INTO raw SELECT * FROM incoming")
    con.unregister("incoming")
    con.execute("""
        CREATE TABLE activities AS SELECT (row_number() OVER (ORDER BY a) - 1)::INT AS id, a AS name FROM
        (SELECT DISTINCT a FROM raw);
        CREATE TABLE resources AS SELECT (row_number() OVER (ORDER BY r) - 1)::INT AS id, r AS name
            FROM (SELECT DISTINCT r FROM raw WHERE r IS NOT NULL);
        CREATE TABLE lifecycles (id INT, name TEXT);
        CREATE TABLE cases AS SELECT (row_number() OVER (ORDER BY c) - 1)::INT AS case_no, c AS case_id,
            NULL::TIMESTAMP AS finished, NULL::TIMESTAMP AS started FROM (SELECT DISTINCT c FROM raw);
        CREATE TABLE events AS
            SELECT k.case_no, (row_number() OVER (PARTITION BY k.case_no ORDER BY s, e) - 1)::INT AS seq,
                   x.id AS activity, y.id AS resource, NULL::INT AS body, NULL::INT AS lifecycle,
                   s AS time, s AS local, e AS ended
            FROM raw JOIN cases k ON k.case_id = c JOIN activities x ON x.name = a LEFT JOIN resources y ON
            y.name = r;
    """)
    return con
