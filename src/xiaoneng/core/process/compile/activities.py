"""Tasks and sub-processes: quantities, loops, scripts, messages."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.expressions import compile_formula
from xiaoneng.core.process.compile.loops import read_loop
from xiaoneng.core.process.compile.triggers import event_name
from xiaoneng.core.process.document import child, text_of
from xiaoneng.core.process.model import NONE, AdHoc, Trigger
from xiaoneng.core.process.xml import Element


def finish_activity(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """Quantities, loop and what the activity does; raises nothing, tells by remarks."""
    for attribute, field in (("startQuantity", "needs"), ("completionQuantity", "gives")):
        text = element.get(attribute, "1")
        if not text.isdecimal() or int(text) < 1 or len(text) > 4:
            drafts.remark(
                "quantity",
                element,
                "{attribute} is {value}; it must be 1 or more",
                attribute=attribute,
                value=text,
            )
        else:
            draft[field] = int(text)
    draft["loop"] = read_loop(drafts, element)
    kind = draft["kind"]
    if kind == "scriptTask":
        part = child(element, "script")
        if part is None or not part.content().strip():
            drafts.remark("script", element, "the script task has no expression")
        elif element.get("scriptFormat") not in n.FEEL_LANGUAGES:
            drafts.remark(
                "language",
                element,
                "the expression language {language} is not FEEL",
                language=element.get("scriptFormat"),
            )
        else:
            draft["formula"] = compile_formula(drafts, part, element)
    elif kind in ("sendTask", "receiveTask"):
        name = message_of(drafts, element)
        if name is None:
            drafts.remark("reference", element, "the event names no {what}", what="message")
        else:
            draft["triggers"] = (Trigger("message", name),)
        draft["instantiate"] = element.get("instantiate") == "true"
    elif kind == "adHocSubProcess":
        finish_adhoc(drafts, draft, element)
    if kind in n.SUB_PROCESSES and draft["event_sub"] and (draft["incoming"] or draft["outgoing"]):
        drafts.remark("event", element, "an event sub-process has no sequence flows")


def message_of(drafts: Drafts, element: Element) -> str | None:
    """The name of the message that a task sends or receives; None where it names none."""
    reference = element.get("messageRef")
    if not reference and element.get("operationRef"):
        operation = drafts.document.find(element.get("operationRef"))
        reference = text_of(operation, "inMessageRef") if operation is not None else ""
    return event_name(drafts, "message", reference, element) if reference else None


def finish_adhoc(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """How an ad-hoc sub-process runs; its activities follow when all nodes are known."""
    part = child(element, "completionCondition")
    scope = drafts.scopes[draft["body"]]
    scope["adhoc"] = AdHoc(
        (),
        element.get("ordering") == "Sequential",
        compile_formula(drafts, part, element) if part is not None else NONE,
        element.get("cancelRemainingInstances") != "false",
    )
