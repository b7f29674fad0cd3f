"""Logs of a small office with one habit planted at a time, and the truth about it; one moment per event.

The work clock of these stores never stops, so that a day is a day and the truth needs no calendar.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xiaoneng.core.eventlog import EventStore, Mapping, ingest

START = datetime(2025, 3, 3, 9)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class RoundTheClock:
    """A work clock on which every second counts."""

    name: str = "always"
    fingerprint: str = "always"
    seconds_per_day: float = 86_400.0

    def seconds(self, local_us: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        return np.asarray(local_us, np.float64) / 1e6

    def day_number(self, days: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        return np.asarray(days, np.int64)


@dataclass
class Case:
    """One case as it grows: ``step`` adds an event ``days`` after the one before."""

    name: str
    now: datetime
    rng: np.random.Generator
    events: list[tuple[str, datetime, str, str]] = field(default_factory=list)
    body: str = "Hall"
    item: str = ""
    deadline: datetime | None = None
    finished: datetime | None = None
    channel: str = ""

    def step(self, activity: str, days: float = 0.02, person: str | None = None) -> float:
        """Adds the event; returns the days waited. Small waits vary a little."""
        waited = float(days * self.rng.uniform(0.5, 1.5)) if self.events else 0.0
        self.now += timedelta(days=waited)
        who = person or str(self.rng.choice(["ann", "bob", "cai", "dan"]))
        self.events.append((activity, self.now, who, self.body))
        return waited


@dataclass
class Office:
    """A written log and what was planted in it, in days."""

    store: EventStore
    planted: dict[str, float]
    span_days: float

    def hours_a_year(self, days: float) -> float:
        return days * 24 * 365.25 / self.span_days


Story = Callable[[Case, dict[str, float]], None]


def office(tmp_path: Path, story: Story, *, cases: int = 400, seed: int = 1) -> Office:
    """``cases`` cases over a year, each told by ``story``, which also adds up the truth."""
    rng = np.random.default_rng(seed)
    planted: dict[str, float] = {}
    told = []
    for number, offset in enumerate(np.sort(rng.uniform(0, 1, cases))):
        case = Case(f"K{number:04d}", START + offset * YEAR, rng)
        story(case, planted)
        told.append(case)
    path = tmp_path / "office.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["case", "activity", "time", "person", "body", "item", "deadline", "finished", "channel"]
        )
        for case in told:
            for activity, moment, person, body in case.events:
                ends = [x.isoformat(sep=" ") if x else "" for x in (case.deadline, case.finished)]
                writer.writerow(
                    [
                        case.name,
                        activity,
                        moment.isoformat(sep=" "),
                        person,
                        body,
                        case.item,
                        *ends,
                        case.channel,
                    ]
                )
    mapping = Mapping(
        case="case",
        activity="activity",
        time="time",
        resource="person",
        body="body" if len({case.body for case in told}) > 1 else "",
        item="item" if any(case.item for case in told) else "",
        deadline="deadline" if any(case.deadline for case in told) else "",
        finished="finished" if any(case.finished for case in told) else "",
    )
    store = ingest(path, tmp_path / "store", mapping=mapping, work_clock=RoundTheClock())
    moments = [moment for case in told for _, moment, _, _ in case.events]
    return Office(store, planted, (max(moments) - min(moments)).total_seconds() / 86_400)


def add(planted: dict[str, float], key: str, days: float) -> None:
    """Count days towards a truth."""
    planted[key] = planted.get(key, 0.0) + days
