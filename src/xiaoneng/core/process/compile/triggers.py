"""Event definitions: what an event waits for or throws, and when a timer is due."""

from __future__ import annotations

from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.expressions import compile_formula
from xiaoneng.core.process.document import child
from xiaoneng.core.process.durations import read_cycle, read_duration, read_instant
from xiaoneng.core.process.facts import read_facts
from xiaoneng.core.process.model import NONE, TimerSpec, Trigger
from xiaoneng.core.process.xml import Element


def read_triggers(drafts: Drafts, element: Element) -> tuple[Trigger, ...]:
    """The event definitions of an event, in the order of the file."""
    found: list[Trigger] = []
    for part in element.elements():
        if part.namespace != n.BPMN:
            continue
        definition: Element | None = part
        if part.tag == "eventDefinitionRef":
            definition = drafts.document.find(part.content())
            if definition is None:
                drafts.remark("reference", element, "{ref} does not exist", ref=part.content().strip())
                continue
        if definition is not None and definition.tag in n.TRIGGERS:
            found.append(read_trigger(drafts, definition, element))
    return tuple(found)


def read_trigger(drafts: Drafts, definition: Element, owner: Element) -> Trigger:
    """One event definition; ``owner`` is the event that remarks name."""
    kind = n.TRIGGERS[definition.tag]
    if kind == "timer":
        return Trigger(kind, timer=read_timer(drafts, definition, owner))
    if kind == "conditional":
        condition = child(definition, "condition")
        if condition is None or not condition.content().strip():
            drafts.remark("condition", owner, "the conditional event has no condition")
            return Trigger(kind)
        return Trigger(kind, formula=compile_formula(drafts, condition, owner))
    if kind == "compensate":
        return Trigger(
            kind, name=definition.get("activityRef"), wait=definition.get("waitForCompletion") != "false"
        )
    if kind == "link":
        return Trigger(kind, name=definition.get("name") or definition.get("id"))
    if kind in ("terminate", "cancel"):
        return Trigger(kind)
    return Trigger(kind, name=event_name(drafts, kind, definition.get(f"{kind}Ref"), owner))


def event_name(drafts: Drafts, kind: str, reference: str, owner: Element) -> str:
    """The key by which throwers and catchers meet: the code of an error or escalation, the name of a
    message or signal, else the id."""
    if not reference:
        if kind in ("message", "signal"):
            drafts.remark("reference", owner, "the event names no {what}", what=kind)
        return ""
    target = drafts.document.find(reference)
    if target is None:
        drafts.remark("reference", owner, "{ref} does not exist", ref=reference)
        return reference
    if kind in ("error", "escalation"):
        return target.get(f"{kind}Code") or target.get("id")
    return target.get("name") or target.get("id")


def read_timer(drafts: Drafts, definition: Element, owner: Element) -> TimerSpec | None:
    """When a timer is due; None where nothing says so, with a remark."""
    facts = read_facts(definition, drafts.complain)
    if facts.limit is not None:
        return TimerSpec("duration", limit=facts.limit, unit=facts.unit)
    for tag, kind in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
        part = child(definition, tag)
        if part is None:
            continue
        text = part.content().strip()
        if kind == "date":
            instant = read_instant(text)
            if instant is not None:
                return TimerSpec(kind, instant=instant)
        elif kind == "duration":
            duration = read_duration(text)
            if duration is not None:
                return TimerSpec(kind, *duration)
        else:
            cycle = read_cycle(text)
            if cycle is None:
                drafts.remark(
                    "timer",
                    owner,
                    "the cycle {text} is no repeating interval such as R3/PT1H",
                    text=text[:60],
                )
                return None
            repeats, months, micro, start = cycle
            return TimerSpec(kind, months, micro, instant=start or 0, repeats=repeats)
        if not text:
            break
        formula = compile_formula(drafts, part, owner)
        return None if formula == NONE else TimerSpec(kind, formula=formula)
    drafts.remark("timer", owner, "the timer has no date, duration or cycle")
    return None
