"""BPMN elements by what the compiler does with them."""

from __future__ import annotations

from typing import Final

DATA: Final = frozenset(
    ("dataObject", "property", "dataInput", "dataOutput", "inputDataItem", "outputDataItem")
)
WITHOUT_EFFECT: Final = frozenset(
    (
        "ioSpecification",
        "ioBinding",
        "dataInputAssociation",
        "dataOutputAssociation",
        "correlationSubscription",
        "performer",
        "potentialOwner",
        "humanPerformer",
        "resourceRole",
        "auditing",
        "monitoring",
    )
)
MOVES: Final = {
    "task": "work",
    "userTask": "work",
    "manualTask": "work",
    "serviceTask": "work",
    "businessRuleTask": "work",
    "sendTask": "send",
    "receiveTask": "receive",
    "scriptTask": "script",
    "subProcess": "scope",
    "transaction": "scope",
    "adHocSubProcess": "scope",
    "callActivity": "scope",
    "exclusiveGateway": "exclusive",
    "parallelGateway": "parallel",
    "inclusiveGateway": "inclusive",
    "complexGateway": "complex",
    "eventBasedGateway": "choice",
    "startEvent": "start",
    "endEvent": "end",
    "intermediateCatchEvent": "catch",
    "intermediateThrowEvent": "throw",
    "boundaryEvent": "boundary",
}
