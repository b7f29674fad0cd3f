"""A scenario bound to a model: who does which step, for how long, at what cost; every name checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.decisions import compile_expression
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.process import Model, NotExecutable
from xiaoneng.core.simulation.agenda import YEARS, Agenda, agenda_of, always
from xiaoneng.core.simulation.branches import Branching, bind_branches
from xiaoneng.core.simulation.chance import Chance
from xiaoneng.core.simulation.distributions import ZERO, Distribution
from xiaoneng.core.simulation.remarks import Remark
from xiaoneng.core.simulation.scenario import ALWAYS, Absence, Batch, Office, Pool, Scenario

FREE: Final = -1  # nobody is needed
EVENT: Final = -2  # a token that waits for messages, signals or timers
NOT_A_ROW: Final = -3
COMES: Final = -4  # a receive task: done when its message comes, at any hour
BY_HAND: Final = ("userTask", "manualTask", "task")
ROW_MOVES: Final = ("work", "receive", "catch", "choice")


@dataclass(frozen=True, slots=True)
class Crew:
    """Persons of one pool with the same agenda: ``first``..``first + number - 1``."""

    pool: int
    agenda: Agenda
    first: int
    number: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message or signal that an event of the model waits for, and after how long it comes."""

    node: int
    kind: str
    name: str
    delay: Distribution


@dataclass
class Plan:
    """All that a kernel needs. Lists ``…`` by node number unless said otherwise."""

    model: Model
    branching: Branching
    scenario: Scenario
    process: str
    queue: list[int]
    """The queue that a node's tasks join, or FREE, EVENT, NOT_A_ROW."""
    durations: list[Distribution]
    priorities: list[int]
    costs: list[float]
    batches: list[Batch | None]
    deliveries: list[tuple[Delivery, ...]]
    """What comes to a token at the node, its boundary events included."""
    pools: tuple[Pool, ...]
    offices: list[Agenda]
    """By pool: when it works, absences left out."""
    queue_pools: list[tuple[int, ...]]
    """By queue: the pools that serve it, preferred ones first."""
    free_agenda: Agenda
    arrivals_agenda: Agenda
    priority: Any
    remarks: list[Remark] = field(default_factory=list)

    def crews(self, chance: Chance) -> tuple[list[Crew], list[tuple[int, ...]]]:
        """The crews of a replication (absence is drawn), and the crews of each queue."""
        crews: list[Crew] = []
        of_pool: list[list[int]] = []
        person = 0
        for number, pool in enumerate(self.pools):
            groups = _absences(pool, self.scenario, chance)
            of_pool.append([])
            for absent, count in groups:
                agenda = self.offices[number]
                if absent:
                    agenda = _agenda(pool.calendar, self.scenario, absent)
                of_pool[-1].append(len(crews))
                crews.append(Crew(number, agenda, person, count))
                person += count
        return crews, [tuple(c for p in pools for c in of_pool[p]) for pools in self.queue_pools]


def bind(model: Model, scenario: Scenario, elsewhere: Collection[str] = ()) -> Plan:
    """Bind a scenario to a model. ``elsewhere``: elements of another model under the same scenario, of which
    it may speak too. Raises BadInput, NotExecutable or NotFound, with the name that does not fit."""
    process = _process(model, scenario)
    _known_elements(model, scenario, elsewhere)
    branching = bind_branches(model, scenario, elsewhere)
    blockers = branching.model.blockers
    if blockers:
        raise NotExecutable(
            "the model cannot be run: {reason}",
            reason=str(blockers[0]),
            hint="it has {count} such elements; see xiaoneng process check",
            count=len(blockers),
        )
    remarks = list(branching.remarks)
    count = len(model.nodes)
    plan = Plan(
        model=branching.model,
        branching=branching,
        scenario=scenario,
        process=process,
        queue=[NOT_A_ROW] * count,
        durations=[ZERO] * count,
        priorities=[0] * count,
        costs=[0.0] * count,
        batches=[None] * count,
        deliveries=[()] * count,
        pools=scenario.pools,
        offices=[_agenda(pool.calendar, scenario, ()) for pool in scenario.pools],
        queue_pools=[],
        free_agenda=_agenda(scenario.calendar, scenario, ()),
        arrivals_agenda=_agenda(scenario.arrivals.calendar, scenario, ()),
        priority=_priority(scenario),
        remarks=remarks,
    )
    queues: dict[tuple[int, ...], int] = {}
    for node in model.nodes:
        step = scenario.steps.get(node.id)
        plan.deliveries[node.index] = _deliveries(model, node.index, scenario, remarks)
        if node.move not in ROW_MOVES:
            continue
        if node.move in ("catch", "choice"):
            plan.queue[node.index] = EVENT
            continue
        plan.durations[node.index] = _duration(node, scenario, remarks)
        cost = step.cost if step is not None and step.cost is not None else node.facts.cost
        plan.costs[node.index] = float(cost or 0)
        if step is not None:
            plan.priorities[node.index], plan.batches[node.index] = step.priority, step.batch
        pools = _pools_of(node, scenario)
        if node.move == "receive":
            plan.queue[node.index] = COMES
        elif pools is None:
            plan.queue[node.index] = FREE
        else:
            plan.queue[node.index] = queues.setdefault(pools, len(queues))
    plan.queue_pools = list(queues)
    served = {pool for pools in queues for pool in pools}
    for number, pool in enumerate(scenario.pools):
        if number not in served:
            remarks.append(
                Remark("pool_idle", "", "no step needs a role of the pool {pool}", {"pool": pool.name})
            )
    return plan


def _process(model: Model, scenario: Scenario) -> str:
    name = scenario.process
    if not name:
        if len(model.processes) == 1:
            return next(iter(model.processes))
        raise NotFound(
            "the model has {count} processes: {names}",
            count=len(model.processes),
            names=", ".join(model.processes),
            hint="name the one to start",
        )
    if name not in model.processes:
        raise NotFound(
            "there is no process {name} in the model",
            place=scenario.places["process"].place if "process" in scenario.places else None,
            name=name,
            expected=", ".join(model.processes),
        )
    return name


def _known_elements(model: Model, scenario: Scenario, elsewhere: Collection[str]) -> None:
    """Every name of the scenario is an element of the model that it can be said of."""
    for kind, moves, expected in (
        ("steps", ("work", "receive"), "the id of a task"),
        ("events", ("catch", "boundary", "start", "receive"), "the id of an event that waits for a message"),
    ):
        for identity in getattr(scenario, kind):
            node = model.node(identity)
            if node is None and identity in elsewhere:
                continue
            if node is None or node.move not in moves:
                scenario.places[f"{kind} {identity}"].fail(
                    "the model has no such element: {element}", expected=expected, element=identity
                )
    for name in scenario.attributes:
        if name not in (*model.names, *_priority_names(scenario), *elsewhere):
            scenario.places[f"attribute {name}"].fail(
                "no condition asks for {name}",
                expected="one of {names}",
                name=name,
                names=", ".join(sorted(model.names)) or "-",
            )


def _duration(node: Any, scenario: Scenario, remarks: list[Remark]) -> Distribution:
    step = scenario.steps.get(node.id)
    if node.move == "receive" and node.id in scenario.events:
        return scenario.events[node.id]
    if step is not None and step.duration is not None:
        return step.duration
    if node.facts.duration is not None:
        return Distribution("constant", (float(node.facts.duration),))
    if node.kind in BY_HAND or node.move == "receive":
        remarks.append(Remark("no_duration", node.id, "no duration is given; the step takes no time"))
    return ZERO


def _pools_of(node: Any, scenario: Scenario) -> tuple[int, ...] | None:
    """The pools whose people can do a task; None where nobody is needed."""
    step = scenario.steps.get(node.id)
    role = step.role if step is not None and step.role else ""
    if not role and node.kind in BY_HAND:
        role = node.facts.role
    if not scenario.pools or not role:
        return None
    found = tuple(n for n, pool in enumerate(scenario.pools) if role in pool.roles)
    if not found:
        place = scenario.places[f"steps {node.id}"].place if step is not None and step.role else None
        raise BadInput(
            "the step {step} needs the role {role}, which no pool has",
            place=place,
            step=node.label,
            role=role,
            expected="a pool with this role; there are: {roles}",
            roles=", ".join(sorted({r for pool in scenario.pools for r in pool.roles})),
        )
    return found


def _deliveries(model: Model, number: int, scenario: Scenario, remarks: list[Remark]) -> tuple[Delivery, ...]:
    """What reaches a token that rests at a node: its own events, those behind an event gateway, those on
    its border. What nothing is said of comes at once to an event that only waits for it, and never
    to a border."""
    node = model.nodes[number]
    found: list[Delivery] = []
    waiting = [node] if node.move == "catch" else []
    if node.move == "choice":
        waiting = [model.nodes[model.flows[f].target] for f in node.outgoing]
    for target in [*waiting, *(model.nodes[b] for b in node.boundary)]:
        for trigger in target.triggers:
            delay = scenario.events.get(target.id)
            if trigger.type not in ("message", "signal"):
                continue
            if delay is None and target is node:
                remarks.append(
                    Remark("no_delay", node.id, "no delay is given; what it waits for comes at once")
                )
                delay = ZERO
            if delay is not None:
                found.append(Delivery(target.index, trigger.type, trigger.name, delay))
    return tuple(found)


def _priority_names(scenario: Scenario) -> frozenset[str]:
    return frozenset(_priority(scenario).names) if scenario.priority else frozenset()


def _priority(scenario: Scenario) -> Any:
    """The compiled expression of the cases' priority, None without one."""
    if not scenario.priority:
        return None
    try:
        return compile_expression(scenario.priority, scenario.attributes)
    except BadInput as error:
        raise BadInput(
            "the priority is no expression: {reason}",
            place=scenario.places["priority"].place if "priority" in scenario.places else None,
            reason=str(error),
            expected="a whole number, or a FEEL expression over the attributes that gives one",
        ) from None


Spans = tuple[tuple[date, date], ...]


def _absences(pool: Pool, scenario: Scenario, chance: Chance) -> list[tuple[Spans, int]]:
    """Groups of persons with the same absences: (spans, how many)."""
    spans: list[list[tuple[date, date]]] = [[] for _ in range(pool.number)]
    for absence in pool.absence:
        _away(spans, absence)
    if pool.absent_share:
        first = scenario.start.date()
        for person in range(pool.number):
            draws = chance.block("absence", pool.name, person, 0).random(366 * YEARS)
            for day in (draws < pool.absent_share).nonzero()[0].tolist():
                spans[person].append((first + timedelta(days=day), first + timedelta(days=day)))
    groups: dict[Spans, int] = {}
    for own in spans:
        key = tuple(sorted(own))
        groups[key] = groups.get(key, 0) + 1
    return list(groups.items())


def _away(spans: list[list[tuple[date, date]]], absence: Absence) -> None:
    """Those with the fewest absences so far are away, the last persons first."""
    order = sorted(range(len(spans)), key=lambda person: (len(spans[person]), -person))
    for person in order[: absence.number]:
        spans[person].append((absence.first, absence.last))


def _agenda(name: str, scenario: Scenario, absent: Spans) -> Agenda:
    office = Office(ALWAYS) if name == ALWAYS else scenario.calendars[name]
    if office.days == ALWAYS:
        return always(name)
    return agenda_of(name, load_calendar(office.days), office.hours, scenario.zone, scenario.start, absent)
