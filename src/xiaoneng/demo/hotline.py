"""The journey of one hotline ticket: registered, dispatched, perhaps to the wrong body, answered, called
back.
"""

from __future__ import annotations

import math

from xiaoneng.demo.cases import World
from xiaoneng.demo.kernel import Desk, Journey
from xiaoneng.demo.province import Body, Item
from xiaoneng.demo.staff import ROLES

AGENT = "话务员"
HOUR = 1.0


class Ticket:
    """One call and what becomes of it."""

    __slots__ = ("about", "agents", "body", "case", "complex", "kind", "reason", "w")

    def __init__(
        self, world: World, agents: Desk, body: Body, about: Item, kind: str, reason: str | None
    ) -> None:
        self.w = world
        self.agents = agents
        self.body = body
        self.about = about
        self.kind = kind
        self.reason = reason
        self.complex = False
        self.case = -1

    def live(self) -> Journey:
        """The whole journey; started when the phone rings."""
        w, c = self.w, self.w.causes["hotline"]
        t = yield 0.0
        self.register(t)
        minutes = w.value("hotline", "dispatch_minutes", t)
        t = yield self.at_desk(t, self.agents, minutes / 60, "ticket.dispatched", AGENT, self.body)
        if w.luck(w.value("hotline", "misrouted", t)):
            wrong = self.wrong_body()
            t = yield self.at_desk(t, self.desk(wrong, "duty"), 0.1, "case.bounced", ROLES["duty"], wrong)
            t = yield self.at_desk(t, self.agents, minutes / 60, "ticket.dispatched", AGENT, self.body)
        t = yield self.at_desk(
            t,
            self.desk(self.body, "duty"),
            c["respond_minutes"] / 60,
            "ticket.responded",
            ROLES["duty"],
            self.body,
        )
        bodies = 1
        answer = ROLES["answer"]
        if self.complex:
            factor = c["answer_hours"] * c["complex_factor"]
            t = yield t + 24 * w.value("hotline", "coordinate_days", t) * math.exp(0.6 * w.chance.normal())
            other = self.wrong_body()
            bodies += 1 + w.luck(0.3)
            t = yield self.at_desk(t, self.desk(other, "answer"), factor, "case.forwarded", answer, other)
            t = yield self.at_desk(
                t, self.desk(self.body, "answer"), factor, "ticket.answered", answer, self.body
            )
        else:
            t = yield self.at_desk(
                t, self.desk(self.body, "answer"), c["answer_hours"], "ticket.answered", answer, self.body
            )
        attributes = w.log.cases[self.case]
        used = w.waited_days(attributes["_opened"], t) / attributes["promised_limit"]
        if not w.luck(c["called_back"]):
            return
        solved = w.luck(self.chance_of_solution(t, bodies, used))
        t += 24 * (0.3 + 1.5 * w.chance.uniform())
        stars = 3.2 + 1.1 * solved - 0.5 * min(used, 2.0) + 0.7 * w.chance.normal()
        begin, end, actor = self.agents.serve((yield t), 0.08)
        w.log.add(
            self.case,
            "ticket.called_back",
            begin,
            end,
            actor=actor,
            role=AGENT,
            body=self.hall_owner().name,
            solved=solved,
            stars=min(5, max(1, math.floor(stars + 0.5))),
        )

    def register(self, t: float) -> None:
        """Write the ticket down."""
        w, c, body = self.w, self.w.causes["hotline"], self.body
        self.complex = w.luck(c["complex"])
        limit = c["complex_limit"] if self.complex else c["limit"]
        self.case = w.log.open_case(
            {
                "_opened": t,
                "kind": "ticket",
                "item": "12345热线工单",
                "item_code": "990111900000",
                "version": "1",
                "case_body": body.name,
                "region": body.region.code,
                "level": body.level,
                "channel": "phone",
                "ticket_kind": self.kind,
                "ticket_class": self.reason,
                "complex": self.complex,
                "promised_limit": limit,
            }
        )
        agent = self.agents.actors[self.case % len(self.agents.actors)]
        w.log.add(
            self.case,
            "ticket.created",
            t,
            t,
            actor=agent,
            role=AGENT,
            body=self.hall_owner().name,
            due=w.due(t, limit),
        )

    def hall_owner(self) -> Body:
        """The provincial service bureau runs the hotline."""
        return self.w.province.doer(self.w.province.regions[0], "service")

    def desk(self, body: Body, name: str) -> Desk:
        return self.w.staff.desks[body.number][name]

    def at_desk(self, t: float, desk: Desk, work: float, kind: str, role: str, body: Body) -> float:
        """Stand in line at a desk; the end of the service."""
        begin, end, actor = desk.serve(t, work * math.exp(0.5 * self.w.chance.normal()))
        by = self.hall_owner().name if desk is self.agents else body.name
        self.w.log.add(self.case, kind, begin, end, actor=actor, role=role, body=by)
        return end

    def wrong_body(self) -> Body:
        """Another body of the same region; in a township the county's."""
        region = self.body.region
        bodies = [b for b in self.w.province.bodies if b.region == region and b is not self.body]
        if not bodies:
            bodies = [b for b in self.w.province.bodies if b.region.code == region.parent]
        return bodies[int(self.w.chance.uniform() * len(bodies))]

    def chance_of_solution(self, t: float, bodies: int, used: float) -> float:
        """Complex matters fail more often the more bodies they need and the longer they take."""
        c = self.w.causes["hotline"]
        if not self.complex:
            return float(c["solve_simple"])
        score = self.w.value("hotline", "solve_base", t)
        score -= c["solve_per_body"] * (bodies - 2) + c["solve_per_limit"] * min(used, 3.0)
        return 1 / (1 + math.exp(-score))
