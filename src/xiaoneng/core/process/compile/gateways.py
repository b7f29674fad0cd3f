"""Gateways, and the flows out of any node: their order, conditions and default."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.expressions import compile_formula
from xiaoneng.core.process.document import child, children
from xiaoneng.core.process.model import NONE
from xiaoneng.core.process.xml import Element


def order_outgoing(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """Outgoing flows in the order in which the element lists them, where it lists them all."""
    listed: list[int] = []
    for part in children(element, "outgoing"):
        found = drafts.document.find(part.content())
        if found is not None and (number := drafts.flow_by_id.get(found.get("id"))) is not None:
            listed.append(number)
    if set(listed) == set(draft["outgoing"]):
        draft["outgoing"] = list(dict.fromkeys(listed))


def read_condition(drafts: Drafts, draft: dict[str, Any], number: int) -> None:
    """The condition of a flow, where one has an effect, and a remark where one is missing."""
    flow = drafts.flows[number]
    element: Element = flow["element"]
    part = child(element, "conditionExpression")
    gateway = draft["move"]
    splits = len(draft["outgoing"]) > 1
    if part is not None and part.content().strip():
        if gateway in ("parallel", "choice", "start"):
            drafts.remark(
                "no_effect",
                element,
                "a condition after {tag} has no effect",
                tag=draft["kind"],
                blocks=False,
            )
            return
        flow["condition"] = compile_formula(drafts, part, element)
    elif gateway == "exclusive" and splits and number != draft.get("default", NONE):
        drafts.remark(
            "no_condition",
            element,
            "a flow out of the exclusive gateway has neither a condition nor is it the default",
        )


def finish_gateway(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """When a complex gateway fires, and what an event gateway waits for."""
    if draft["kind"] == "complexGateway":
        part = child(element, "activationCondition")
        if part is not None:
            draft["formula"] = compile_formula(drafts, part, element)
        elif len(draft["incoming"]) > 1:
            drafts.remark("condition", element, "the complex gateway has no activation condition")
    if draft["kind"] != "eventBasedGateway":
        return
    if element.get("instantiate") == "true":
        drafts.remark("unsupported", element, "an event gateway that starts a case is not run")
    for number in draft["outgoing"]:
        target = drafts.nodes[drafts.flows[number]["target"]]
        if target["move"] not in ("catch", "receive"):
            drafts.remark(
                "event_gateway",
                element,
                "{target} after the event gateway waits for no event",
                target=target["id"],
            )
