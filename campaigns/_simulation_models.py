"""Random sound processes with random worlds around them, for the proofs of the simulation."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any, Final

from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.simulation import Plan, bind, parse_scenario

HEAD: Final = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:r">'
    '<message id="m0" name="news"/>'
)
ROLES: Final = ("clerk", "checker", "expert", "approver")


@dataclass
class Drawing:
    """A process being drawn: block by block, so that it is sound."""

    chance: random.Random
    rich: bool
    """With timers, messages and several instances, which only the first kernel simulates."""
    elements: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)
    events: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def flow(self, source: str, target: str, share: float | None = None, condition: str = "") -> str:
        identity = self.name("f")
        inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        self.flows.append(
            f'<sequenceFlow id="{identity}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'
        )
        if share is not None:
            self.shares[identity] = share
        return identity

    def task(self) -> tuple[str, str]:
        identity = self.name("t")
        kind = self.chance.choice(("userTask", "userTask", "manualTask", "serviceTask"))
        inside = ""
        if self.rich and self.chance.random() < 0.1:
            number = self.chance.randint(1, 3)
            sequential = self.chance.choice(("true", "false"))
            inside = (
                f'<multiInstanceLoopCharacteristics isSequential="{sequential}">'
                f"<loopCardinality>{number}</loopCardinality></multiInstanceLoopCharacteristics>"
            )
        self.elements.append(f'<{kind} id="{identity}">{inside}</{kind}>')
        self.tasks.append(identity)
        if self.rich and not inside and self.chance.random() < 0.15:
            return identity, self.border(identity)
        return identity, identity

    def border(self, host: str) -> str:
        """A timer or message on the border of a task; both ways meet again."""
        identity, join = self.name("b"), self.name("x")
        interrupting = self.chance.choice(("true", "false"))
        if self.chance.random() < 0.5:
            minutes = self.chance.randint(1, 300)
            inside = f"<timerEventDefinition><timeDuration>PT{minutes}M</timeDuration></timerEventDefinition>"
        else:
            inside = '<messageEventDefinition messageRef="m0"/>'
            self.events[identity] = {"delay": {"exponential": {"mean": self.chance.randint(60, 40_000)}}}
        self.elements.append(
            f'<boundaryEvent id="{identity}" attachedToRef="{host}" cancelActivity="{interrupting}">{inside}'
            "</boundaryEvent>"
        )
        first, last = self.task()
        self.flow(identity, first)
        if interrupting == "false":
            end = self.name("e")
            self.elements.append(f'<endEvent id="{end}"/>')
            self.flow(last, end)
            return host
        self.elements.append(f'<exclusiveGateway id="{join}"/>')
        self.flow(host, join)
        self.flow(last, join)
        return join

    def block(self, depth: int) -> tuple[str, str]:
        """A piece with one way in and one way out."""
        pick = self.chance.random()
        if depth <= 0 or pick < 0.3:
            return self.wait() if self.rich and self.chance.random() < 0.12 else self.task()
        if pick < 0.55:
            return self.sequence(depth - 1)
        if pick < 0.72:
            return self.choice(depth - 1)
        if pick < 0.84:
            return self.side_by_side(depth - 1, "parallelGateway")
        if pick < 0.90:
            return self.side_by_side(depth - 1, "inclusiveGateway")
        if pick < 0.96:
            return self.again(depth - 1)
        return self.inside(depth - 1)

    def wait(self) -> tuple[str, str]:
        identity = self.name("w")
        inside = '<messageEventDefinition messageRef="m0"/>'
        if self.chance.random() < 0.5:
            inside = "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>"
        else:
            self.events[identity] = {"delay": {"exponential": {"mean": 5000}}}
        self.elements.append(f'<intermediateCatchEvent id="{identity}">{inside}</intermediateCatchEvent>')
        return identity, identity

    def sequence(self, depth: int) -> tuple[str, str]:
        first, last = self.block(depth)
        for _ in range(self.chance.randint(1, 2)):
            start, end = self.block(depth)
            self.flow(last, start)
            last = end
        return first, last

    def pair(self, kind: str, default: str = "") -> tuple[str, str]:
        split, join = self.name("g"), self.name("g")
        more = f' default="{default}"' if default else ""
        self.elements += [f'<{kind} id="{split}"{more}/>', f'<{kind} id="{join}"/>']
        return split, join

    def choice(self, depth: int) -> tuple[str, str]:
        """Exclusive: by probabilities, or by a drawn attribute of the case."""
        by_attribute = self.chance.random() < 0.3
        split, join = self.name("g"), self.name("g")
        self.elements.append(f'<exclusiveGateway id="{join}"/>')
        count = self.chance.randint(2, 3)
        cuts = sorted(self.chance.randint(1, 99) for _ in range(count - 1))
        shares = [(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        last = ""
        for number, share in enumerate(shares):
            start, end = self.block(depth)
            if by_attribute:
                condition = f"size &lt; {cuts[number]}" if number < count - 1 else ""
                last = self.flow(split, start, condition=condition)
            else:
                self.flow(split, start, share)
            self.flow(end, join)
        default = f' default="{last}"' if by_attribute else ""
        self.elements.append(f'<exclusiveGateway id="{split}"{default}/>')
        return split, join

    def side_by_side(self, depth: int, kind: str) -> tuple[str, str]:
        split, join = self.pair(kind)
        for _ in range(self.chance.randint(2, 3)):
            start, end = self.block(depth)
            self.flow(split, start, None if kind == "parallelGateway" else self.chance.randint(1, 10) / 10)
            self.flow(end, join)
        return split, join

    def again(self, depth: int) -> tuple[str, str]:
        merge, split = self.name("g"), self.name("g")
        self.elements += [f'<exclusiveGateway id="{merge}"/>', f'<exclusiveGateway id="{split}"/>']
        start, end = self.block(depth)
        self.flow(merge, start)
        self.flow(end, split)
        self.flow(split, merge, 0.3)
        after, last = self.task()
        self.flow(split, after, 0.7)
        return merge, last

    def inside(self, depth: int) -> tuple[str, str]:
        """A sub-process."""
        outer, flows = self.elements, self.flows
        self.elements, self.flows = [], []
        start, end = self.block(depth)
        first, last, identity = self.name("s"), self.name("e"), self.name("p")
        self.elements += [f'<startEvent id="{first}"/>', f'<endEvent id="{last}"/>']
        self.flow(first, start)
        self.flow(end, last)
        text = "".join([f'<subProcess id="{identity}">', *self.elements, *self.flows, "</subProcess>"])
        self.elements, self.flows = [*outer, text], flows
        return identity, identity


def random_model(chance: random.Random, *, rich: bool, depth: int = 3) -> tuple[Model, Drawing]:
    """A sound process."""
    drawing = Drawing(chance, rich)
    start, end = drawing.sequence(depth)
    drawing.elements += ['<startEvent id="start"/>', '<endEvent id="end"/>']
    drawing.flow("start", start)
    drawing.flow(end, "end")
    text = "".join([HEAD, '<process id="p" isExecutable="true">', *drawing.elements, *drawing.flows])
    return compile_document(read_document(f"{text}</process></definitions>".encode())), drawing


def random_duration(chance: random.Random) -> Any:
    """Seconds to hours, of every kind."""
    mean = chance.choice((60, 600, 3600, 14_400))
    return chance.choice(
        (
            mean,
            {"exponential": {"mean": mean}},
            {"lognormal": {"mean": mean, "sd": mean / 2}},
            {"gamma": {"mean": mean, "sd": mean / 3}},
            {"triangular": {"low": mean / 2, "mode": mean, "high": mean * 2}},
            {"uniform": {"low": 0, "high": mean}},
            {"quantiles": [0, mean / 4, mean / 2, mean, mean * 3]},
        )
    )


def random_world(chance: random.Random, drawing: Drawing) -> dict[str, Any]:
    """A scenario for a drawn process."""
    calendars = {
        "office": {"days": "cn", "hours": ["09:00-12:00", "13:30-17:30"]},
        "late": {"days": "weekdays", "hours": ["14:00-22:00"]},
    }
    roles = ROLES[: chance.randint(1, len(ROLES))]
    pools: list[dict[str, Any]] = []
    for number, role in enumerate(roles):
        own = [role, *chance.sample(ROLES, chance.randint(0, 1))]
        pool: dict[str, Any] = {
            "name": f"pool {number}",
            "number": chance.randint(1, 4),
            "roles": sorted(set(own)),
            "calendar": chance.choice(("office", "office", "late", "always")),
            "cost_per_hour": chance.choice((0, 80)),
        }
        if pool["calendar"] != "always" and chance.random() < 0.4:
            pool["absence"] = [{"from": "2025-03-04", "to": "2025-03-05", "number": 1}]
        if pool["calendar"] != "always" and chance.random() < 0.2:
            pool["absent_share"] = 0.1
        pools.append(pool)
    steps: dict[str, Any] = {}
    for task in drawing.tasks:
        step: dict[str, Any] = {"duration": random_duration(chance)}
        if chance.random() < 0.8:
            step["role"] = chance.choice(roles)
        if chance.random() < 0.2:
            step["priority"] = chance.randint(-5, 5)
        if drawing.rich and chance.random() < 0.1:
            batch = {"size": chance.randint(2, 4), "wait": 7200, "together": chance.random() < 0.5}
            step["batch"] = batch
        steps[task] = step
    world: dict[str, Any] = {
        "format": "xiaoneng-scenario",
        "version": 1,
        "start": "2025-03-03T08:00:00+08:00",
        "calendar": chance.choice(("office", "always")),
        "calendars": calendars,
        "arrivals": {
            "every": {"exponential": {"mean": chance.choice((600, 3600))}},
            "calendar": chance.choice(("office", "always")),
        },
        "attributes": {"size": {"number": {"uniform": {"low": 0, "high": 100}}}},
        "pools": pools,
        "steps": steps,
        "flows": drawing.shares,
        "events": drawing.events,
        "priority": "if size > 80 then 5 else 0",
    }
    if chance.random() < 0.3:
        world["arrivals"]["hours"] = [0] * 8 + [1, 3, 2, 1, 0, 1, 2, 2, 1, 1] + [0] * 6
    return world


def random_plan(seed: int, *, rich: bool) -> Plan:
    """A random process bound to a random world."""
    chance = random.Random(seed)
    model, drawing = random_model(chance, rich=rich)
    world = random_world(chance, drawing)
    return bind(model, parse_scenario(json.dumps(world).encode(), "world.json"))
