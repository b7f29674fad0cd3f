"""Activities that run several times: standard loops and multiple instances."""

from __future__ import annotations

from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.expressions import compile_formula
from xiaoneng.core.process.compile.triggers import read_trigger, read_triggers
from xiaoneng.core.process.document import child, children
from xiaoneng.core.process.model import NONE, Loop, Trigger
from xiaoneng.core.process.xml import Element


def read_loop(drafts: Drafts, element: Element) -> Loop | None:
    """The loop of an activity; None for one that runs once."""
    part = child(element, "standardLoopCharacteristics")
    if part is not None:
        text = part.get("loopMaximum")
        maximum: int | None = None
        if text:
            if not text.strip().isdecimal():
                drafts.remark("loop", element, "loopMaximum is {value}; it must be 0 or more", value=text)
            else:
                maximum = int(text)
        condition = child(part, "loopCondition")
        return Loop(
            many=False,
            sequential=True,
            before=part.get("testBefore") == "true",
            condition=compile_formula(drafts, condition, element) if condition is not None else NONE,
            maximum=maximum,
        )
    part = child(element, "multiInstanceLoopCharacteristics")
    return None if part is None else read_instances(drafts, part, element)


def read_instances(drafts: Drafts, part: Element, element: Element) -> Loop:
    """Several instances: their number, what each gets and gives, and when they are done."""

    def named(tag: str, reference: bool) -> str:
        found = child(part, tag)
        if found is None:
            return ""
        if not reference:
            return found.get("name") or found.get("id")
        target = drafts.document.find(found.content())
        if target is None:
            drafts.remark("reference", element, "{ref} does not exist", ref=found.content().strip())
            return found.content().strip()
        if target.tag == "dataObjectReference":
            target = drafts.document.find(target.get("dataObjectRef")) or target
        return target.get("name") or target.get("id")

    cardinality, completion = child(part, "loopCardinality"), child(part, "completionCondition")
    collection = named("loopDataInputRef", True)
    if cardinality is None and not collection:
        drafts.remark("loop", element, "the number of instances is given neither by number nor by collection")
    return Loop(
        many=True,
        sequential=part.get("isSequential") == "true",
        cardinality=compile_formula(drafts, cardinality, element) if cardinality is not None else NONE,
        collection=collection,
        item=named("inputDataItem", False),
        outputs=named("loopDataOutputRef", True),
        output=named("outputDataItem", False),
        completion=compile_formula(drafts, completion, element) if completion is not None else NONE,
        throws=read_behaviour(drafts, part, element),
    )


def read_behaviour(drafts: Drafts, part: Element, element: Element) -> tuple[tuple[str, int, Trigger], ...]:
    """Events thrown when instances complete: (one | each | when, condition, what)."""
    kind = part.get("behavior", "All")
    found: list[tuple[str, int, Trigger]] = []
    if kind in ("One", "None"):
        reference = part.get("oneBehaviorEventRef" if kind == "One" else "noneBehaviorEventRef")
        definition = drafts.document.find(reference) if reference else None
        if definition is not None and definition.tag in n.TRIGGERS:
            found.append(
                ("one" if kind == "One" else "each", NONE, read_trigger(drafts, definition, element))
            )
    elif kind == "Complex":
        for rule in children(part, "complexBehaviorDefinition"):
            condition, event = child(rule, "condition"), child(rule, "event")
            if condition is not None and event is not None:
                when = compile_formula(drafts, condition, element)
                found += [("when", when, trigger) for trigger in read_triggers(drafts, event)]
    return tuple(found)
