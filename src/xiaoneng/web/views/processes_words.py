"""A process in words: every element with what is known about it, in the order in which a case meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.organisations.selectors import bodies_visible, public_scope
from xiaoneng.apps.processes.diagrams.checking import ACTIVITIES, Finding
from xiaoneng.core.decisions import phrase
from xiaoneng.core.process import Flow, Model, Node
from xiaoneng.core.process.model import NONE, Facts, TimerSpec, Trigger
from xiaoneng.presentation.i18n import translator
from xiaoneng.web.language import in_language, language, role_name, words

KINDS = {
    "task": gettext_lazy("Task"),
    "userTask": gettext_lazy("User task"),
    "manualTask": gettext_lazy("Manual task"),
    "serviceTask": gettext_lazy("Service task"),
    "sendTask": gettext_lazy("Send task"),
    "receiveTask": gettext_lazy("Receive task"),
    "scriptTask": gettext_lazy("Script task"),
    "businessRuleTask": gettext_lazy("Business rule task"),
    "callActivity": gettext_lazy("Call activity"),
    "subProcess": gettext_lazy("Sub-process"),
    "transaction": gettext_lazy("Transaction"),
    "adHocSubProcess": gettext_lazy("Ad-hoc sub-process"),
    "exclusiveGateway": gettext_lazy("Exclusive gateway"),
    "parallelGateway": gettext_lazy("Parallel gateway"),
    "inclusiveGateway": gettext_lazy("Inclusive gateway"),
    "complexGateway": gettext_lazy("Complex gateway"),
    "eventBasedGateway": gettext_lazy("Event-based gateway"),
    "startEvent": gettext_lazy("Start event"),
    "endEvent": gettext_lazy("End event"),
    "intermediateCatchEvent": gettext_lazy("Intermediate event"),
    "intermediateThrowEvent": gettext_lazy("Intermediate throw event"),
    "boundaryEvent": gettext_lazy("Boundary event"),
}
LIMITS = {
    "wd": gettext_lazy("%(n)s working days"),
    "cd": gettext_lazy("%(n)s calendar days"),
    "hour": gettext_lazy("%(n)s hours"),
}
UNITS = {
    "wd": gettext_lazy("working days"),
    "cd": gettext_lazy("calendar days"),
    "hour": gettext_lazy("hours"),
}
TRIGGERS = {
    "message": gettext_lazy("message"),
    "signal": gettext_lazy("signal"),
    "error": gettext_lazy("error"),
    "escalation": gettext_lazy("escalation"),
    "conditional": gettext_lazy("condition"),
    "compensate": gettext_lazy("compensation"),
    "terminate": gettext_lazy("ends the whole case"),
    "cancel": gettext_lazy("cancels the transaction"),
    "link": gettext_lazy("link"),
}
CLOCKS = {
    "stop": gettext_lazy("the statutory clock stops"),
    "start": gettext_lazy("the statutory clock starts"),
    "resume": gettext_lazy("the statutory clock goes on"),
}
SEVERITIES = {"error": (gettext_lazy("Error"), "red"), "warning": (gettext_lazy("Warning"), "yellow")}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing known about an element; ``href`` where it leads."""

    label: Any
    text: Any
    href: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A way on: to which element, under which condition."""

    element: str
    to: str
    name: str
    condition: str
    otherwise: bool


@dataclass(frozen=True, slots=True)
class Described:
    """An element: its number among the steps (0: none), its depth in sub-processes, what is known;
    ``merges``: ways merely come together in it."""

    id: str
    name: str
    kind: Any
    number: int
    depth: int
    who: str
    limit: str
    lines: tuple[Line, ...]
    ways: tuple[Way, ...]
    merges: bool


def described(model: Model, *, decisions: bool) -> list[Described]:
    """Every element in the order of the flow; one query at most. ``decisions``: whether their pages may be
    linked."""
    names = _bodies(model)
    found, number = [], 0
    for node, depth in in_order(model):
        if node.kind in ACTIVITIES:
            number += 1
        found.append(
            Described(
                id=node.id,
                name=title(node),
                kind=KINDS.get(node.kind, node.kind),
                number=number if node.kind in ACTIVITIES else 0,
                depth=depth,
                who=who(node.facts, names) if node.kind in ACTIVITIES else "",
                limit=limit_text(node.facts),
                lines=tuple(_lines(model, node, names, decisions)),
                ways=tuple(_way(model, node, model.flows[f]) for f in node.outgoing),
                merges=only_merges(node),
            )
        )
    return found


def title(node: Node | Flow) -> str:
    """The element's name in the reader's language; its kind or id where it has none."""
    own = in_language(node.name, node.facts.en)
    if own:
        return own
    return str(KINDS.get(node.kind, node.id)) if isinstance(node, Node) else node.id


def in_order(model: Model) -> list[tuple[Node, int]]:
    """The nodes with their depth: along the flow, the first branch first; sub-processes after their head."""
    found: list[tuple[Node, int]] = []

    def visit(scope: int, depth: int) -> None:
        inside = model.scopes[scope]
        for index in _along(model, inside.starts, inside.nodes):
            node = model.nodes[index]
            found.append((node, depth))
            if node.body != NONE and depth < 30:
                visit(node.body, depth + 1)

    for scope in model.processes.values():
        visit(scope, 0)
    return found


def _along(model: Model, starts: Iterable[int], nodes: Iterable[int]) -> list[int]:
    """Reverse postorder from each start, then what no start reaches: an element comes after all that lead to
    it, loops aside."""
    inside, seen, found = list(nodes), set[int](), list[int]()
    allowed = frozenset(inside)
    for start in (*starts, *inside):
        done: list[int] = []
        pending = [(start, False)]
        while pending:
            index, leaving = pending.pop()
            if leaving:
                done.append(index)
                continue
            if index in seen or index not in allowed:
                continue
            seen.add(index)
            pending.append((index, True))
            node = model.nodes[index]
            pending += [(model.flows[f].target, False) for f in node.outgoing]
            pending += [(boundary, False) for boundary in node.boundary]
        found += reversed(done)
    return found


def only_merges(node: Node) -> bool:
    """Whether ways merely come together here: such an element has nothing to say in a list."""
    return node.kind == "exclusiveGateway" and not node.name and len(node.outgoing) == 1


def who(facts: Facts, names: Mapping[str, str]) -> str:
    """Who does it: role and body."""
    parts = [role_name(facts.role), ""]
    if facts.body == "case":
        parts[1] = _("the body that handles the case")
    elif facts.body:
        parts[1] = names.get(facts.body, facts.body)
    return " · ".join(part for part in parts if part)


def limit_text(facts: Facts) -> str:
    """The limit with its unit; empty where there is none."""
    if facts.limit is None:
        return ""
    return str(LIMITS.get(facts.unit, "%(n)s")) % {"n": facts.limit}


def _lines(model: Model, node: Node, names: Mapping[str, str], decisions: bool) -> Iterable[Line]:
    facts, say = node.facts, words()
    if node.lane != NONE and (lane := model.lanes[node.lane]).name:
        yield Line(_("Lane"), in_language(lane.name, lane.facts.en))
    if node.kind in ACTIVITIES and (person := who(facts, names)):
        yield Line(_("Who"), person)
    if limit := limit_text(facts):
        yield Line(_("Limit"), limit)
    if facts.clock:
        yield Line(_("Statutory clock"), CLOCKS.get(facts.clock, facts.clock))
    if facts.form:
        yield Line(_("Form"), facts.form)
    if facts.decision:
        yield Line(
            _("Decision"), facts.decision, reverse("decision", args=[facts.decision]) if decisions else ""
        )
    if facts.connector:
        yield Line(_("Connector"), facts.connector)
    if facts.result:
        yield Line(_("Result is kept as"), facts.result)
    if facts.event:
        yield Line(_("Event in the log"), facts.event)
    if facts.duration is not None:
        yield Line(_("Work"), say.duration(float(facts.duration), long=True))
    if facts.cost is not None:
        yield Line(_("Cost"), _("%(n)s yuan") % {"n": f"{Decimal(facts.cost):f}"})
    for trigger in node.triggers:
        yield Line(_("Happens on"), trigger_text(model, trigger))
    if node.kind == "boundaryEvent" and node.host != NONE:
        yield Line(_("Attached to"), title(model.nodes[node.host]))
        yield Line(_("The step"), _("is interrupted") if node.interrupting else _("goes on meanwhile"))
    if node.formula != NONE:
        yield Line(_("Computes"), model.formulas[node.formula].text)
    if node.loop is not None:
        yield Line(_("Repetition"), _repetition(model, node))
    if node.calls:
        yield Line(_("Calls the process"), node.calls)


def _repetition(model: Model, node: Node) -> str:
    loop = node.loop
    assert loop is not None, "the caller looked"
    if not loop.many:
        return _("again, as long as the condition holds")
    way = _("one after the other") if loop.sequential else _("at the same time")
    if loop.collection:
        return _("once for each of %(list)s, %(way)s") % {"list": loop.collection, "way": way}
    number = model.formulas[loop.cardinality].text if loop.cardinality != NONE else "?"
    return _("%(n)s times, %(way)s") % {"n": number, "way": way}


def trigger_text(model: Model, trigger: Trigger) -> str:
    """What an event waits for or throws."""
    if trigger.timer is not None:
        return timer_text(model, trigger.timer)
    word = str(TRIGGERS.get(trigger.type, trigger.type))
    if trigger.formula != NONE:
        return f"{word}: {model.formulas[trigger.formula].text}"
    return f"{word}: {trigger.name}" if trigger.name else word


def timer_text(model: Model, timer: TimerSpec) -> str:
    """When a timer is due."""
    if timer.limit is not None:
        return _("after %(time)s") % {"time": str(LIMITS.get(timer.unit, "%(n)s")) % {"n": timer.limit}}
    if timer.formula != NONE:
        return _("after %(time)s") % {"time": model.formulas[timer.formula].text}
    span = words().duration(timer.micros / 1_000_000, long=True) if timer.micros else ""
    if timer.months:
        span = " ".join(part for part in (_("%(n)s months") % {"n": timer.months}, span) if part)
    if timer.kind == "cycle":
        return _("every %(time)s") % {"time": span}
    return _("after %(time)s") % {"time": span} if span else _("at a date")


def _way(model: Model, node: Node, flow: Flow) -> Way:
    condition = model.formulas[flow.condition].text if flow.condition != NONE else ""
    name = in_language(flow.name, flow.facts.en)
    target, passed = model.nodes[flow.target], set[int]()
    while only_merges(target) and target.index not in passed:
        passed.add(target.index)
        target = model.nodes[model.flows[target.outgoing[0]].target]
    return Way(target.id, title(target), name, condition, node.default == flow.index)


def finding_rows(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings for reading, with the element and the path that the picture shows."""
    t = translator(language(), "core/process")
    return [
        {
            "severity": one.severity,
            "title": SEVERITIES[one.severity][0],
            "light": SEVERITIES[one.severity][1],
            "text": phrase(one.message, one.params, t),
            "element": one.element,
            "line": one.line,
            "path": " ".join(one.path),
            "steps": len(one.path),
        }
        for one in found
    ]


def _bodies(model: Model) -> dict[str, str]:
    """Names of the bodies that the model names by code; a query only where it names one."""
    codes = {node.facts.body for node in model.nodes if len(node.facts.body) == 18}
    if not codes:
        return {}
    return dict(bodies_visible(public_scope()).filter(code__in=codes).values_list("code", "name"))
