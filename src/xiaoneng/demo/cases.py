"""The journey of one application, from the first visit to the rating."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from xiaoneng.demo.causes import Curve, at
from xiaoneng.demo.halls import Halls
from xiaoneng.demo.kernel import Chance, Desk, Journey, Kernel, Part
from xiaoneng.demo.log import EventLog
from xiaoneng.demo.province import Body, Item, Province, Step
from xiaoneng.demo.reform import Offer, Reform, instant_share
from xiaoneng.demo.staff import ROLES, Staff

SYSTEM = "system"
EXAMINE = ("handler", "express")
MINUTE = 1 / 60
CLERK_WORK = 12 * MINUTE
COUNTER_WORK = 14 * MINUTE


@dataclass(slots=True)
class World:
    """Everything a journey needs."""

    province: Province
    causes: dict[str, Any]
    reform: Reform
    staff: Staff
    halls: Halls
    workdays: list[int]
    """Working days up to and including each day from the epoch on."""
    published: int
    """Days of the calendar from the epoch on."""
    log: EventLog
    kernel: Kernel
    chance: Chance
    calls: list[tuple[float, str, int, str]]
    """Data-sharing calls: time, resource, case, body."""
    complain: Any = None
    """Called with (time, class, item, body) when someone has had enough."""

    def value(self, section: str, name: str, t: float) -> float:
        """A cause at a time."""
        cause: Curve | float = self.causes[section][name]
        return at(cause, t)

    def luck(self, chance: float) -> bool:
        """True with that chance."""
        return self.chance.uniform() < chance

    def due(self, start: float, days: int) -> float | None:
        """Last second of the ``days``-th working day after ``start``; None past the published calendar."""
        last = bisect_left(self.workdays, self.workdays[int(start // 24)] + days)
        return None if last >= self.published else (last + 1) * 24.0 - 1 / 3600

    def waited_days(self, start: float, end: float) -> int:
        """Working days after the day of ``start`` up to the day of ``end``."""
        return self.workdays[int(end // 24)] - self.workdays[int(start // 24)]


class Application:
    """One case under way: what it is, and what the applicant has lived through."""

    __slots__ = (
        "again",
        "body",
        "case",
        "channel",
        "committed",
        "corrections",
        "hall_hours",
        "item",
        "offer",
        "online",
        "opened",
        "version",
        "visits",
        "w",
    )

    def __init__(self, world: World, item: Item, body: Body, opened: float) -> None:
        self.w = world
        self.item = item
        self.body = body
        self.opened = opened
        self.offer: Offer = world.reform.offers[item.number, body.number]
        self.version = world.reform.version(item, opened)
        self.case = -1
        self.visits = 0
        self.hall_hours = 0.0
        self.corrections = 0
        self.again = 0
        self.online = False
        self.channel = "window"
        self.committed = False

    # the applicant's side

    def visit(self, t: float, purpose: str, *, counter: bool = True) -> Part:
        """Go to the hall on the next day it is open, wait, be served; the time at which that is done."""
        w = self.w
        day = int(t // 24)
        hour = w.halls.hour(day, w.chance.uniform())
        if day * 24 + hour < t:
            day += 1
        while w.workdays[day] == w.workdays[day - 1]:
            day += 1
        come = day * 24 + w.halls.hour(day, w.chance.uniform())
        come = max(come, t)
        yield come
        wait = w.halls.wait(self.body.region.code, come)
        called = come + max(wait, 0.01)
        self.visits += 1
        self.hall_hours += wait
        w.log.add(self.case, "hall.ticket", come, come, body=self.body.name, purpose=purpose)
        w.log.add(
            self.case,
            "hall.called",
            called,
            called,
            actor=self.clerk(come),
            role=ROLES["clerk"],
            body=self.body.name,
            purpose=purpose,
        )
        return (yield called + (COUNTER_WORK if counter else 2 * MINUTE))

    def clerk(self, t: float) -> str:
        """Who sits at the counter that day."""
        actors = self.w.staff.desks[self.body.number]["clerk"].actors
        return actors[int(t // 24) % len(actors)]

    def live(self) -> Journey:
        """The whole journey; started at the moment of the first thought."""
        w, item = self.w, self.item
        t = yield 0.0
        depth = self.offer.depth(t)
        digital = w.value("channel", "digital", t)
        self.online = (depth == 4 and w.luck(digital)) or (
            depth == 3 and w.luck(digital * w.causes["channel"]["one_visit"])
        )
        if self.online:
            draw = w.chance.uniform()
            kiosk = w.value("channel", "kiosk_share", t)
            mobile = w.value("channel", "mobile_share", t)
            self.channel = (
                "kiosk" if draw < kiosk else ("mobile" if draw < kiosk + mobile * (1 - kiosk) else "web")
            )
        fetched, self.again = w.reform.linked(item, t)
        asked = item.materials - fetched
        self.case = w.log.open_case({})
        if not self.online:
            if w.luck(w.value("visits", "consult", t)):
                t = yield from self.visit(t, "consult")
            retry = w.value("visits", "retry_per_material", t) * asked
            while w.luck(min(retry, 0.6)):
                t = yield from self.visit(t, "retry")
                retry *= 0.35
            t = yield from self.visit(t, "submit")
        self.submit(t, asked)
        t += MINUTE
        if self.instant_possible(t, fetched):
            yield from self.decide_by_rules(t)
            return
        if self.online and depth == 3:
            t = yield from self.visit(t, "verify")
        yield from self.take_in(t, asked)

    def submit(self, t: float, asked: int) -> None:
        """The application enters the system; from here on it is a case."""
        w, item, body = self.w, self.item, self.body
        self.version = w.reform.version(item, t)
        self.committed = t >= w.reform.commitment[item.number] and w.luck(
            w.causes["reform"]["commitment_chosen"]
        )
        w.log.cases[self.case].update(
            _opened=t,
            kind=item.kind,
            item=item.zh,
            item_code=item.code,
            version=str(self.version),
            case_body=body.name,
            region=body.region.code,
            level=body.level,
            channel=self.channel,
            high_frequency=item.hot,
            cross_body=bool(item.partners),
            legal_limit=item.legal,
            promised_limit=self.offer.promised(t),
            materials=asked,
            materials_again=self.again,
        )
        w.log.add(self.case, "case.submitted", t, t, role="申请人", body=body.name)
        for resource, since in w.reform.links[item.number]:
            if t >= since:
                w.calls.append((t, resource.code, self.case, body.name))

    # decided without a human

    def instant_possible(self, t: float, fetched: int) -> bool:
        """Rules are live, the facts are connected, and this application is a plain one."""
        w, item = self.w, self.item
        if t < w.reform.instant[item.number]:
            return False
        return w.luck(instant_share(item, fetched))

    def decide_by_rules(self, t: float) -> Part:
        """Accepted, decided and delivered by rules."""
        w, name = self.w, self.body.name
        log, case = w.log, self.case
        due = w.due(t, self.offer.promised(self.opened))
        log.add(case, "case.accepted", t, t, actor=SYSTEM, role="系统", body=name, due=due)
        done = t + (1 + 3 * w.chance.uniform()) * MINUTE
        log.add(
            case,
            "case.decided",
            done,
            done,
            actor=SYSTEM,
            role="系统",
            body=name,
            result="granted",
            instant=True,
        )
        log.add(case, "result.issued", done, done + MINUTE, actor=SYSTEM, role="系统", body=name)
        delivered = yield from self.deliver(done + MINUTE)
        return (yield from self.rate(delivered, w.waited_days(t, done)))

    # the offices' side

    def serve(
        self, t: float, desk: Desk, work: float, kind: str, role: str, body: Body, activity: str = ""
    ) -> float:
        """Stand in line at a desk; the end of the service."""
        w = self.w
        spread = w.causes["work"]["spread"]
        if t >= w.reform.instant[self.item.number]:
            work *= w.causes["work"]["residual"]
        work = work * w.staff.pace[body.number] * math.exp(spread * w.chance.normal())
        begin, end, actor = desk.serve(t, work)
        w.log.add(self.case, kind, begin, end, actor=actor, role=role, body=body.name, activity=activity)
        return end

    def take_in(self, t: float, asked: int) -> Part:
        """Receipt, one correction notice if something is missing, acceptance; then the offices."""
        w, body, name = self.w, self.body, self.body.name
        clerk = w.staff.desks[body.number]["clerk"]
        if self.online:
            t = yield self.serve(t, clerk, CLERK_WORK, "case.received", ROLES["clerk"], body)
        else:
            w.log.add(
                self.case,
                "case.received",
                t - COUNTER_WORK,
                t,
                actor=self.clerk(t),
                role=ROLES["clerk"],
                body=name,
            )
        missing = w.value("correction", "per_material", t) * asked
        if w.reform.blind[self.item.number] and self.version > 1:
            missing *= w.value("correction", "blind_factor", t)
        if w.luck(missing):
            t = yield from self.correct(t, clerk)
            if t < 0:
                return t
        w.log.add(
            self.case,
            "case.accepted",
            t,
            t,
            actor=self.clerk(t),
            role=ROLES["clerk"],
            body=name,
            committed=self.committed,
            due=w.due(t, self.offer.promised(self.opened)),
        )
        accepted = t
        if self.committed:
            t = yield from self.decide_on_commitment(t)
        elif self.item.shape in ("joint", "startup"):
            t = yield from self.review_together(t)
        else:
            t = yield from self.review(t, body, self.item.shape)
        refused = w.luck(w.causes["habit"]["refusal"])
        w.log.add(
            self.case,
            "case.decided",
            t,
            t,
            actor=w.staff.desks[body.number]["section"].actors[0],
            role="审批人",
            body=name,
            result="refused" if refused else "granted",
            instant=False,
        )
        decided = t
        office = w.staff.desks[body.number].get("office", clerk)
        t = yield self.serve(t, office, 6 * MINUTE, "result.issued", "制证人员", body)
        t = yield from self.deliver(t)
        return (yield from self.rate(t, w.waited_days(accepted, decided)))

    def correct(self, t: float, clerk: Desk) -> Part:
        """One notice with all that is missing. Returns the time of resubmission, or -1 when given up."""
        w, body = self.w, self.body
        self.corrections += 1
        t = yield self.serve(t, clerk, 8 * MINUTE, "correction.notified", ROLES["clerk"], body)
        t = yield t + 24 * w.causes["correction"]["days"] * math.exp(0.7 * w.chance.normal())
        if w.luck(w.causes["habit"]["withdrawal"]):
            w.log.add(self.case, "case.withdrawn", t, t, role="申请人", body=body.name, result="withdrawn")
            return -1.0
        if not self.online:
            t = yield from self.visit(t, "correct")
        w.log.add(self.case, "correction.supplied", t, t, role="申请人", body=body.name)
        return (yield self.serve(t, clerk, CLERK_WORK, "case.received", ROLES["clerk"], body))

    def decide_on_commitment(self, t: float) -> Part:
        """Commit first, verify afterwards: one examination, one signature."""
        w, body = self.w, self.body
        desks = w.staff.desks[body.number]
        t = yield self.serve(
            t, desks["handler"], 20 * MINUTE, "step.examined", ROLES["handler"], body, "承诺审查"
        )
        t = yield self.serve(
            t, desks["section"], 6 * MINUTE, "step.signed", ROLES["section"], body, "科长审签"
        )
        w.kernel.start(self.verify(body), t + 24 * (25 + 20 * w.chance.uniform()))
        return t

    def verify(self, body: Body) -> Journey:
        """The later check of what was promised."""
        t = yield 0.0
        handler = self.w.staff.desks[body.number]["handler"]
        yield self.serve(t, handler, 45 * MINUTE, "commitment.verified", ROLES["handler"], body)

    def review(self, t: float, body: Body, shape: str) -> Part:
        """The approval route of the version in one body, with what is sent back inside."""
        w = self.w
        desks = w.staff.desks[body.number]
        for step in w.province.routes[shape]:
            if step.last_version < self.version or step.desk not in desks:
                continue
            t = yield self.do(t, step, desks, body)
            if step.desk in EXAMINE:
                if "核查" in step.activity and w.luck(w.causes["work"]["trips"]):
                    t = yield self.do(t, step, desks, body)
            elif w.luck(w.value("habit", "internal_return", t)):
                back = 4 * MINUTE
                t = yield self.serve(t, desks[step.desk], back, "step.returned", ROLES[step.desk], body)
                t = yield self.serve(
                    t, desks["handler"], 18 * MINUTE, "step.examined", ROLES["handler"], body, "补充审查"
                )
                t = yield self.do(t, step, desks, body)
        return t

    def do(self, t: float, step: Step, desks: dict[str, Desk], body: Body) -> float:
        """One step of a route."""
        kind = "step.examined" if step.desk in EXAMINE else "step.signed"
        return self.serve(t, desks[step.desk], step.work, kind, ROLES[step.desk], body, step.activity)

    def review_together(self, t: float) -> Part:
        """Own review and that of the partners: one after the other, or side by side since joint review."""
        w, item = self.w, self.item
        shape = "startup_partner" if item.kind == "bundle" else "partner"
        partners = [w.province.doer(self.body.region, function) for function in item.partners]
        if t >= w.reform.parallel[item.number]:
            branches = [self.partner_branch(partner, shape) for partner in partners]
            return (yield [self.own_branch(), *branches])
        t = yield from self.review(t, self.body, item.shape)
        for partner in partners:
            if self.offer.one_window_from > t and not self.online:
                t = yield from self.visit(t, "partner")
            t = yield from self.ask(t, partner, shape)
        return t

    def own_branch(self) -> Journey:
        t = yield 0.0
        yield from self.review(t, self.body, self.item.shape)

    def partner_branch(self, partner: Body, shape: str) -> Journey:
        t = yield 0.0
        yield from self.ask(t, partner, shape)

    def ask(self, t: float, partner: Body, shape: str) -> Part:
        """Hand the case to a partner, who may say that it is not his."""
        w, body = self.w, self.body
        name = "express" if self.item.kind == "bundle" else "handler"
        desk = w.staff.desks[body.number][name]
        t = yield self.serve(t, desk, 6 * MINUTE, "case.forwarded", ROLES[name], body)
        if partner is not body and w.luck(w.value("habit", "bounce", t)):
            theirs = w.staff.desks[partner.number][name]
            t = yield self.serve(t, theirs, 10 * MINUTE, "case.bounced", ROLES[name], partner)
            t = yield self.serve(t, desk, 15 * MINUTE, "case.forwarded", ROLES[name], body)
        return (yield from self.review(t, partner, shape))

    # the end

    def deliver(self, t: float) -> Part:
        """Collect it, or have it sent or shown online."""
        w, name = self.w, self.body.name
        collect = "collect_online" if self.online else "collect_window"
        if w.luck(w.value("visits", collect, t)):
            t += 24 * 1.5 * w.chance.uniform()
            t = yield from self.visit(t, "collect", counter=False)
            w.log.add(
                self.case, "result.delivered", t, t, actor=self.clerk(t), role=ROLES["clerk"], body=name
            )
            return t
        days = (
            2.2 * w.chance.uniform()
            if t < w.reform.version_2[self.item.number]
            else 0.05 * w.chance.uniform()
        )
        t = yield t + 24 * days + 2 * MINUTE
        w.log.add(self.case, "result.delivered", t, t, actor=SYSTEM, role="系统", body=name)
        return t

    def rate(self, t: float, days: int) -> Part:
        """What was lived through (``days`` of handling) becomes a rating, or a call to the hotline, or
        nothing.
        """
        w, c = self.w, self.w.causes["rating"]
        late = days > max(self.offer.promised(self.opened), 1)
        self.grumble(t, days, late)
        if not w.luck(w.value("rating", "propensity", t)):
            return t
        lived = (
            c["late"] * late
            + c["log_days"] * math.log1p(days)
            + c["correction"] * self.corrections
            + c["visit"] * self.visits
            + c["hall_hour"] * self.hall_hours
            + c["again"] * self.again
        )
        score = w.value("rating", "base", t) - lived + c["person"] * w.chance.normal()
        t = yield t + 24 * (0.2 + 5 * w.chance.uniform())
        w.log.add(
            self.case,
            "rating.given",
            t,
            t,
            role="申请人",
            body=self.body.name,
            stars=min(5, max(1, math.floor(score + 0.5))),
        )
        return t

    def grumble(self, t: float, days: int, late: bool) -> None:
        """Bad experiences make calls; each has its class."""
        w, c = self.w, self.w.causes["complaint"]
        chances = {
            "several_trips": c["several_trips"] * max(0, self.visits - 1),
            "materials_again": c["materials_again"] * self.again,
            "opaque": c["opaque"] * days * (at(c["opaque_shown"], t)),
            "late": c["late"] * late,
            "attitude": c["attitude"] * self.visits,
            "other": c["other"],
        }
        draw = w.chance.uniform() / w.value("complaint", "propensity", t)
        for reason, chance in chances.items():
            draw -= chance
            if draw < 0:
                w.complain(t, reason, self.item, self.body)
                return
