"""Events where they stand: starts, ends, and events in between and on the border of an activity."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.triggers import read_triggers
from xiaoneng.core.process.model import NONE
from xiaoneng.core.process.xml import Element


def finish_event(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """What the event waits for or throws, and whether it may stand where it stands."""
    triggers = read_triggers(drafts, element)
    kind = draft["kind"]
    scope = drafts.scopes[draft["scope"]]
    place = "eventSubProcessStart" if kind == "startEvent" and scope["kind"] == "eventSubProcess" else kind
    for trigger in triggers:
        if trigger.type not in n.ALLOWED[place]:
            drafts.remark("event", element, "a {type} event makes no sense here", type=trigger.type)
        if trigger.type == "error" and element.get("cancelActivity") == "false":
            drafts.remark("event", element, "an error event always interrupts")
    draft["triggers"] = triggers
    draft["every"] = element.get("parallelMultiple") == "true" and len(triggers) > 1
    if kind == "boundaryEvent":
        attach(drafts, draft, element)
    elif kind == "startEvent":
        draft["interrupting"] = element.get("isInterrupting") != "false"
        if triggers and scope["kind"] not in ("process", "eventSubProcess"):
            drafts.remark("event", element, "the start of a sub-process cannot wait for an event")
        if not triggers and scope["kind"] == "eventSubProcess":
            drafts.remark("event", element, "the start of an event sub-process must wait for an event")
    elif kind == "endEvent" and triggers:
        draft["move"] = "throw_end"
    elif kind == "intermediateThrowEvent":
        if not triggers:
            draft["move"] = "pass"
        elif triggers[0].type == "link":
            draft["move"] = "link"
    elif kind == "intermediateCatchEvent":
        if not triggers:
            drafts.remark("event", element, "the event waits for nothing")
        elif triggers[0].type == "link":
            draft["move"] = "pass"


def attach(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """A boundary event belongs to its activity."""
    found = drafts.document.find(element.get("attachedToRef"))
    host = drafts.by_id.get(found.get("id")) if found is not None else None
    if host is None or drafts.nodes[host]["kind"] not in n.ACTIVITIES:
        raise BadInput(
            "the boundary event {id} is attached to {ref}, which is no activity",
            id=element.get("id"),
            ref=element.get("attachedToRef") or "-",
            place=drafts.document.place(element),
        )
    draft["host"] = host
    draft["interrupting"] = element.get("cancelActivity") != "false"
    types = {trigger.type for trigger in draft["triggers"]}
    if not types:
        drafts.remark("event", element, "the event waits for nothing")
    if "cancel" in types and drafts.nodes[host]["kind"] != "transaction":
        drafts.remark("event", element, "a cancel event belongs on a transaction")
    if draft["incoming"]:
        drafts.remark("event", element, "a boundary event has no incoming flow")
    if types == {"compensate"}:
        drafts.nodes[host]["handler"] = find_handler(drafts, draft["id"])
        if drafts.nodes[host]["handler"] == NONE:
            drafts.remark("event", element, "the compensation event has no handler")
    else:
        drafts.nodes[host]["boundary"].append(draft["index"])


def find_handler(drafts: Drafts, boundary: str) -> int:
    """The activity that an association joins to a compensation event."""
    for element in drafts.document.root.iterate():
        if element.namespace == n.BPMN and element.tag == "association":
            ends = [drafts.document.find(element.get(a)) for a in ("sourceRef", "targetRef")]
            ids = [end.get("id") if end is not None else "" for end in ends]
            if boundary in ids:
                other = drafts.by_id.get(ids[1 - ids.index(boundary)])
                if other is not None:
                    return other
    return NONE
