"""Names of the BPMN 2.0 vocabulary that the reader, the compiler and the checks share."""

from __future__ import annotations

from typing import Final

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
XN: Final = "urn:xiaoneng:bpmn:1"
FEEL_LANGUAGES: Final = frozenset(
    (
        "",
        "feel",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20211108/FEEL/",
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
        "http://www.omg.org/spec/FEEL/20140401",
    )
)

TASKS: Final = frozenset(
    (
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "scriptTask",
    )
)
SUB_PROCESSES: Final = frozenset(("subProcess", "transaction", "adHocSubProcess"))
ACTIVITIES: Final = TASKS | SUB_PROCESSES | {"callActivity"}
GATEWAYS: Final = frozenset(
    ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
)
EVENTS: Final = frozenset(
    ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
)
FLOW_NODES: Final = ACTIVITIES | GATEWAYS | EVENTS
GLOBAL_TASKS: Final = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalBusinessRuleTask": "businessRuleTask",
    "globalScriptTask": "scriptTask",
}

# event definitions and the short names by which the compiled model knows them
TRIGGERS: Final = {
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensate",
    "terminateEventDefinition": "terminate",
    "cancelEventDefinition": "cancel",
    "linkEventDefinition": "link",
}
# which triggers make sense where (BPMN 2.0.2, table 10.93)
ALLOWED: Final = {
    "startEvent": frozenset(("message", "signal", "timer", "conditional")),
    "eventSubProcessStart": frozenset(
        ("message", "signal", "timer", "conditional", "error", "escalation", "compensate")
    ),
    "intermediateCatchEvent": frozenset(("message", "signal", "timer", "conditional", "link")),
    "intermediateThrowEvent": frozenset(("message", "signal", "escalation", "compensate", "link")),
    "boundaryEvent": frozenset(
        ("message", "signal", "timer", "conditional", "error", "escalation", "compensate", "cancel")
    ),
    "endEvent": frozenset(("message", "signal", "error", "escalation", "compensate", "cancel", "terminate")),
}

# children of a process or sub-process that carry information but no tokens
INFORMATION: Final = frozenset(
    (
        "documentation",
        "extensionElements",
        "auditing",
        "monitoring",
        "property",
        "laneSet",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "textAnnotation",
        "association",
        "group",
        "incoming",
        "outgoing",
        "ioSpecification",
        "ioBinding",
        "performer",
        "potentialOwner",
        "humanPerformer",
        "resourceRole",
        "supports",
        "correlationSubscription",
        "supportedInterfaceRef",
        "artifact",
        "standardLoopCharacteristics",
        "multiInstanceLoopCharacteristics",
        "completionCondition",
        "dataInputAssociation",
        "dataOutputAssociation",
        "dataInput",
        "dataOutput",
        "inputSet",
        "outputSet",
        "eventDefinitionRef",
        "rendering",
        "script",
        "activationCondition",
        "categoryValueRef",
    )
) | frozenset(TRIGGERS)
