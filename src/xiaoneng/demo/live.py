"""Cases that run on the platform itself: begun and worked on by the demo's people over the last weeks.

The history of the province is a log that was brought in; these cases went through the engine step by step,
at the times at which the steps would have been done. What lies beyond now stays open.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.utils.timezone import localtime

from xiaoneng.apps.engine import services
from xiaoneng.apps.engine.contracts import MACHINE, Doer, Outcome
from xiaoneng.apps.engine.errors import NobodyWaits, TooLate
from xiaoneng.apps.processes.selectors.processes import compiled, version_current
from xiaoneng.core.calendar import WorkingCalendar
from xiaoneng.core.process import Complete, Model
from xiaoneng.core.process.questions import questions_of

DAYS: Final = 45
OPENS, CLOSES = time(9), time(17, 30)
BIRTHS: Final = date(1948, 6, 1)
MINUTE: Final = timedelta(minutes=1)
SUPPLIED: Final = "补正提交"


@dataclass(frozen=True, slots=True)
class Kind:
    """A process with the item that its cases are about, how many come in a week, and the usual hours until a
    task of it is done."""

    process: str
    item: str
    opening: Mapping[str, Any]
    weekly: float
    hours: float
    bodies: tuple[str, ...] = ()
    data: Callable[[random.Random], dict[str, Any]] = field(default=lambda _chance: {})


def _pensioner(chance: random.Random) -> dict[str, Any]:
    return {
        "出生日期": (BIRTHS - timedelta(days=int(365 * chance.expovariate(1 / 7)))).isoformat(),
        "户籍": "本省" if chance.random() < 0.95 else "外省",
        "在世状态": "正常" if chance.random() < 0.88 else "待核实",
        "已享受同类津贴": chance.random() < 0.04,
    }


def _opening(item: str, kind: str, legal: int, promised: int, materials: int, *, hot: bool) -> dict[str, Any]:
    return {
        "kind": kind,
        "item": item,
        "legal_limit": legal,
        "promised_limit": promised,
        "materials": materials,
        "materials_again": 0,
        "high_frequency": hot,
        "cross_body": kind == "joint",
    }


KINDS: Final = (
    Kind(
        "old-age-allowance",
        "990105028000",
        _opening("高龄津贴发放", "approval", 20, 10, 1, hot=True),
        9.0,
        5.0,
        data=_pensioner,
    ),
    Kind(
        "ordinary-licence",
        "990100002000",
        _opening("公共场所卫生许可", "approval", 30, 25, 7, hot=False),
        11.0,
        7.0,
    ),
    Kind(
        "joint-review",
        "990100014000",
        _opening("餐饮店开办（一件事）", "joint", 45, 15, 8, hot=False),
        3.0,
        9.0,
        ("market", "land", "health", "police", "social"),
    ),
    Kind(
        "project-approval",
        "990100011000",
        _opening("建筑工程施工许可", "joint", 120, 80, 12, hot=False),
        0.7,
        16.0,
        ("land", "housing", "police"),
    ),
)

# what people answer: the chance of yes, or the options with their chances
ANSWERS: Final[Mapping[str, float | Mapping[str, float]]] = {
    "材料齐全": 0.82,
    "特别程序": 0.14,
    "审核意见": {"同意": 0.92, "退回": 0.08},
    "决定": {"准予许可": 0.95, "不予": 0.05},
    "核实结论": {"符合": 0.8, "不符合": 0.2},
    "涉及卫生": 0.8,
    "涉及治安": 0.5,
    "涉及用工": 0.6,
    "联合踏勘": 0.3,
}
CHANNELS: Final = ("window", "web", "mobile")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cases are handled: the body's code, region and level, and which body fills which part."""

    body: str
    region: str
    level: str
    parts: Mapping[str, str]


class Weeks:
    """The weeks being lived: what happens next, in the order of time."""

    def __init__(
        self, place: Place, staff: Mapping[tuple[str, str], Doer], calendar: WorkingCalendar, seed: int
    ) -> None:
        self.place, self.staff, self.calendar = place, staff, calendar
        self.chance = random.Random(f"{seed} live")  # noqa: S311  # invented cases, the same for a seed
        self.order = itertools.count()
        self.heap: list[tuple[datetime, int, Callable[[datetime], None]]] = []

    def later(self, at: datetime, what: Callable[[datetime], None]) -> None:
        heapq.heappush(self.heap, (at, next(self.order), what))

    def identity(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def at_work(self, moment: datetime) -> datetime:
        """The moment, or the next one at which offices are open."""
        here = localtime(moment)
        while not (self.calendar.is_working(here.date()) and here.time() < CLOSES):
            here = datetime.combine(here.date() + timedelta(days=1), OPENS, here.tzinfo)
            here += self.chance.randint(0, 50) * MINUTE
        opens = datetime.combine(here.date(), OPENS, here.tzinfo)
        return max(here, opens + self.chance.randint(0, 50) * MINUTE) if here < opens else here

    def live(self, until: datetime) -> int:
        """Let everything happen that happens until then; how many steps that were."""
        steps = 0
        while self.heap and self.heap[0][0] <= until:
            moment, _, what = heapq.heappop(self.heap)
            services.timers_fire(moment)
            what(moment)
            steps += 1
        services.timers_fire(until)
        return steps

    def arrivals(self, kind: Kind, start: datetime, until: datetime) -> None:
        """Put the arrivals of one kind of case into the weeks."""
        moment, number = start, 0
        while True:
            moment += timedelta(days=7 * self.chance.expovariate(kind.weekly))
            if moment > until:
                return
            number += 1
            self.later(self.at_work(moment), partial(self.begin, kind, number))

    def begin(self, kind: Kind, number: int, at: datetime) -> None:
        place = self.place
        channel = CHANNELS[self.chance.randrange(len(CHANNELS))]
        outcome = services.start(
            process=kind.process,
            case=f"{at:%Y%m%d}-{kind.item[7:9]}{number:04d}",
            body=place.body,
            actor=self.staff["clerk", place.body],
            at=at,
            command=self.identity(),
            data=kind.data(self.chance),
            bodies={name: place.parts[name] for name in kind.bodies},
            item=kind.item,
            item_version="3",
            opening={**kind.opening, "channel": channel, "region": place.region, "level": place.level},
        )
        self.follow(kind, outcome, at)

    def follow(self, kind: Kind, outcome: Outcome, at: datetime) -> None:
        """Have somebody do every task that was opened."""
        version = version_current(kind.process, localtime(at).date())
        model = compiled(version.pk, version.sha256)
        for number, element in outcome.opened:
            node = model.node(element)
            assert node is not None
            if node.facts.connector:
                self.later(at + MINUTE, partial(self.answer, kind, outcome.instance, number))
                continue
            hours = kind.hours * math.exp(0.8 * self.chance.gauss(0, 1))
            part = node.facts.body
            body = self.place.parts.get(part, self.place.body)
            who = self.staff[node.facts.role, body]
            moment = self.at_work(at + timedelta(hours=hours))
            self.later(moment, partial(self.do, kind, outcome.instance, number, element, who, model))

    def answer(self, kind: Kind, instance: int, number: int, at: datetime) -> None:
        done = services.act(
            instance=instance, command=Complete(number), actor=MACHINE, at=at, command_id=self.identity()
        )
        self.follow(kind, done, at)

    def do(
        self, kind: Kind, instance: int, number: int, element: str, who: Doer, model: Model, at: datetime
    ) -> None:
        node = model.node(element)
        assert node is not None
        data = {q.name: self.say(q.name) for q in questions_of(model, node.index)}
        try:
            done = services.act(
                instance=instance,
                command=Complete(number, data),
                actor=who,
                at=at,
                command_id=self.identity(),
            )
        except TooLate:  # a timer was faster, or the case was sent back
            return
        self.follow(kind, done, at)
        if node.facts.event == "correction.notified" and self.chance.random() < 0.95:
            back = self.at_work(at + timedelta(days=1 + self.chance.expovariate(1 / 4)))
            self.later(back, partial(self.supply, kind, instance))

    def supply(self, kind: Kind, instance: int, at: datetime) -> None:
        try:
            done = services.deliver(name=SUPPLIED, instance=instance, at=at, command=self.identity())
        except NobodyWaits:  # too late: the case was closed
            return
        self.follow(kind, done, at)

    def say(self, name: str) -> bool | str:
        known = ANSWERS[name]
        if isinstance(known, float):
            return self.chance.random() < known
        return self.chance.choices(list(known), list(known.values()))[0]


def run_weeks(
    *,
    place: Place,
    staff: Mapping[tuple[str, str], Doer],
    calendar: WorkingCalendar,
    now: datetime,
    seed: int,
    days: int = DAYS,
) -> int:
    """Live the last ``days`` up to ``now``; how many steps were done."""
    weeks = Weeks(place, staff, calendar, seed)
    for kind in KINDS:
        weeks.arrivals(kind, now - timedelta(days=days), now)
    return weeks.live(now)
