"""From the document to the compiled model. Structure is always compiled; what keeps a model from being run
is collected as remarks, each with its element and line, so that a drawing can be shown and checked too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from xiaoneng.core.decisions import FeelSyntaxError, FeelTooLarge
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import names as n
from xiaoneng.core.process.document import Document, child, children, text_of
from xiaoneng.core.process.durations import read_cycle, read_duration, read_instant
from xiaoneng.core.process.facts import read_facts
from xiaoneng.core.process.formula import Formula
from xiaoneng.core.process.model import (
    NONE,
    AdHoc,
    Facts,
    Flow,
    Lane,
    Loop,
    Model,
    Node,
    Remark,
    Scope,
    TimerSpec,
    Trigger,
)
from xiaoneng.core.process.reach import upstream
from xiaoneng.core.process.xml import Element

LOOP_NAMES: Final = (
    "loopCounter",
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
)
GATEWAY_NAMES: Final = ("activationCount",)
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


class _Compiler:
    def __init__(self, library: Mapping[str, Document]) -> None:
        self.library = library
        self.remarks: list[Remark] = []
        self.nodes: list[dict[str, Any]] = []
        self.flows: list[dict[str, Any]] = []
        self.scopes: list[dict[str, Any]] = []
        self.lanes: list[Lane] = []
        self.formulas: list[Formula] = []
        self.by_id: dict[str, int] = {}
        self.flow_by_id: dict[str, int] = {}
        self.processes: dict[str, int] = {}
        self.declared: set[str] = set()
        self.used: set[str] = set()
        self.document: Document
        self.language = ""
        self.elements: list[tuple[Element, Document]] = []

    # remarks

    def remark(
        self, kind: str, element: Element, message: str, *, blocks: bool = True, **params: Any
    ) -> None:
        name = element.get("id") or element.tag
        self.remarks.append(Remark(kind, name, element.line, message, params, blocks))

    def complain(self, element: Element, attribute: str, value: str, expected: str) -> None:
        self.remark(
            "extension",
            element,
            "the extension attribute {attribute} cannot be {value}; expected {expected}",
            attribute=attribute,
            value=value[:60],
            expected=expected,
        )

    # documents and scopes

    def add_document(self, document: Document) -> None:
        self.document = document
        self.language = document.root.get("expressionLanguage")
        self.survey(document)
        found = document.processes()
        for element in found:
            self.processes[element.get("id")] = self.scope(element, "process", NONE)
        for element in document.root.elements():
            if element.namespace == n.BPMN and element.tag in ("choreography", "globalConversation"):
                self.remark("unsupported", element, "{tag} is not run", tag=element.tag)

    def survey(self, document: Document) -> None:
        """Names that the model declares, and extensions of others."""
        foreign: dict[str, Element] = {}
        for element in document.root.iterate():
            if element.namespace == n.BPMN and element.tag in DATA:
                self.declared.add(element.get("name") or element.get("id"))
            elif element.namespace == n.XN and element.tag == "variable":
                self.declared.add(element.get("name"))
            elif (
                element.parent is not None
                and element.parent.tag == "extensionElements"
                and element.namespace not in (n.BPMN, n.XN)
            ):
                foreign.setdefault(element.namespace, element.parent.parent or element)
        self.declared.discard("")
        for namespace, element in foreign.items():
            self.remark(
                "foreign",
                element,
                "extensions of {namespace} are kept and have no effect",
                namespace=namespace or "-",
                blocks=False,
            )

    def scope(self, element: Element, kind: str, node: int) -> int:
        """Compile what lies directly in a process or sub-process, then what lies deeper."""
        index = len(self.scopes)
        lanes = self.lane_facts(element)
        draft: dict[str, Any] = {
            "index": index,
            "id": element.get("id"),
            "name": element.get("name"),
            "kind": kind,
            "node": node,
            "adhoc": None,
            "event_subs": (),
            "starts": (),
            "facts": read_facts(element, self.complain),
            "line": element.line,
        }
        self.scopes.append(draft)
        nodes: list[int] = []
        deeper: list[int] = []
        for part in element.elements():
            if part.namespace != n.BPMN:
                self.remark("unsupported", part, "{tag} is not run", tag=part.name)
            elif part.tag in n.FLOW_NODES:
                number = self.node(part, index, lanes.get(part.get("id")))
                nodes.append(number)
                deeper.append(number)
            elif part.tag != "sequenceFlow" and part.tag not in n.INFORMATION:
                self.remark("unsupported", part, "{tag} is not run", tag=part.tag)
            elif part.tag in WITHOUT_EFFECT:
                self.remark("no_effect", part, "{tag} is kept and has no effect", tag=part.tag, blocks=False)
        flows = [self.flow(part) for part in children(element, "sequenceFlow")]
        draft["nodes"], draft["flows"] = tuple(nodes), tuple(flows)
        draft["local"] = (
            frozenset(e.get("name") or e.get("id") for e in children(element, "dataObject", "property"))
            if kind != "process"
            else frozenset()
        )
        for number in deeper:
            part = self.elements[number][0]
            if part.tag in n.SUB_PROCESSES:
                inner = "eventSubProcess" if self.nodes[number]["event_sub"] else part.tag
                self.nodes[number]["body"] = self.scope(part, inner, number)
        if kind == "process" and element.get("isExecutable") in ("false", "0"):
            self.remark("drawn", element, "the process is marked as not executable")
        return index

    def lane_facts(self, element: Element) -> dict[str, tuple[int, Facts]]:
        """Which lane each node lies in; the innermost wins."""
        found: dict[str, tuple[int, Facts]] = {}

        def walk(lanes: list[Element], outer: Facts | None) -> None:
            for lane in lanes:
                facts = read_facts(lane, self.complain, outer)
                number = len(self.lanes)
                inner = [
                    child_lane for s in children(lane, "childLaneSet") for child_lane in children(s, "lane")
                ]
                refs = [ref.content().strip() for ref in children(lane, "flowNodeRef")]
                self.lanes.append(Lane(lane.get("id"), lane.get("name"), (), facts, lane.line, not inner))
                for ref in refs:
                    target = self.document.find(ref)
                    if target is None:
                        raise BadInput(
                            "the lane {id} names {ref}, which does not exist",
                            id=lane.get("id"),
                            ref=ref,
                            place=self.document.place(lane),
                        )
                    found[target.get("id")] = (number, facts)
                walk(inner, facts)

        for group in children(element, "laneSet"):
            walk(children(group, "lane"), None)
        return found

    # nodes and flows

    def node(self, element: Element, scope: int, lane: tuple[int, Facts] | None) -> int:
        identity = element.get("id")
        if not identity:
            raise BadInput("the element {tag} has no id", tag=element.tag, place=self.document.place(element))
        if identity in self.by_id:
            raise BadInput("the id {id} occurs in two files", id=identity, place=self.document.place(element))
        index = len(self.nodes)
        self.by_id[identity] = index
        self.elements.append((element, self.document))
        event_sub = element.tag == "subProcess" and element.get("triggeredByEvent") == "true"
        self.nodes.append(
            {
                "index": index,
                "id": identity,
                "name": element.get("name"),
                "kind": element.tag,
                "move": "event_sub" if event_sub else MOVES[element.tag],
                "scope": scope,
                "line": element.line,
                "event_sub": event_sub,
                "facts": read_facts(element, self.complain, lane[1] if lane else None),
                "lane": lane[0] if lane else NONE,
                "incoming": [],
                "outgoing": [],
                "boundary": [],
                "compensation": element.get("isForCompensation") == "true",
            }
        )
        for part in element.elements():
            if part.namespace == n.BPMN and part.tag in WITHOUT_EFFECT:
                self.remark("no_effect", part, "{tag} is kept and has no effect", tag=part.tag, blocks=False)
        return index

    def flow(self, element: Element) -> int:
        index = len(self.flows)
        ends: list[int] = []
        for attribute in ("sourceRef", "targetRef"):
            found = self.document.find(element.get(attribute))
            number = self.by_id.get(found.get("id")) if found is not None else None
            if number is None:
                raise BadInput(
                    "the sequence flow {id} has the {attribute} {ref}, which is no flow node before it",
                    id=element.get("id"),
                    attribute=attribute,
                    ref=element.get(attribute) or "-",
                    place=self.document.place(element),
                )
            ends.append(number)
        source, target = ends
        if self.nodes[source]["scope"] != self.nodes[target]["scope"]:
            raise BadInput(
                "the sequence flow {id} crosses the border of a process or sub-process",
                id=element.get("id"),
                place=self.document.place(element),
            )
        self.nodes[source]["outgoing"].append(index)
        self.nodes[target]["incoming"].append(index)
        identity = element.get("id") or f"flow{index}"
        self.flow_by_id[identity] = index
        self.flows.append(
            {
                "index": index,
                "id": identity,
                "name": element.get("name"),
                "source": source,
                "target": target,
                "condition": NONE,
                "line": element.line,
                "facts": read_facts(element, self.complain),
                "element": element,
                "document": self.document,
            }
        )
        return index

    # expressions

    def formula(self, element: Element, owner: Element) -> int:
        """Compile the expression of an element; NONE where it is no FEEL, with a remark."""
        text = element.content().strip()
        language = element.get("language") or self.language
        if language not in n.FEEL_LANGUAGES:
            self.remark(
                "language", owner, "the expression language {language} is not FEEL", language=language
            )
            return NONE
        return self.formula_text(text, owner)

    def formula_text(self, text: str, owner: Element) -> int:
        known = self.declared | set(LOOP_NAMES) | set(GATEWAY_NAMES)
        try:
            formula = Formula(text, known, owner.get("id") or owner.tag, owner.line)
        except (FeelSyntaxError, FeelTooLarge) as error:
            self.remark(
                "expression",
                owner,
                "the expression {text} cannot be read: {reason}",
                text=text[:80],
                reason=error.message.format(**error.params),
            )
            return NONE
        self.formulas.append(formula)
        return len(self.formulas) - 1

    # events

    def triggers(self, element: Element) -> tuple[Trigger, ...]:
        """The event definitions of an event, in the order of the file."""
        found: list[Trigger] = []
        for part in element.elements():
            if part.namespace != n.BPMN:
                continue
            definition: Element | None = part
            if part.tag == "eventDefinitionRef":
                definition = self.document.find(part.content())
                if definition is None:
                    self.remark("reference", element, "{ref} does not exist", ref=part.content().strip())
                    continue
            if definition is not None and definition.tag in n.TRIGGERS:
                found.append(self.trigger(definition, element))
        return tuple(found)

    def trigger(self, definition: Element, owner: Element) -> Trigger:
        kind = n.TRIGGERS[definition.tag]
        if kind == "timer":
            return Trigger(kind, timer=self.timer(definition, owner))
        if kind == "conditional":
            condition = child(definition, "condition")
            if condition is None or not condition.content().strip():
                self.remark("condition", owner, "the conditional event has no condition")
                return Trigger(kind)
            return Trigger(kind, formula=self.formula(condition, owner))
        if kind == "compensate":
            return Trigger(
                kind, name=definition.get("activityRef"), wait=definition.get("waitForCompletion") != "false"
            )
        if kind == "link":
            return Trigger(kind, name=definition.get("name") or definition.get("id"))
        if kind in ("terminate", "cancel"):
            return Trigger(kind)
        return Trigger(kind, name=self.event_name(kind, definition.get(f"{kind}Ref"), owner))

    def event_name(self, kind: str, reference: str, owner: Element) -> str:
        """The key by which throwers and catchers meet: the code of an error or escalation, the name of a
        message or signal, else the id."""
        if not reference:
            if kind in ("message", "signal"):
                self.remark("reference", owner, "the event names no {what}", what=kind)
            return ""
        target = self.document.find(reference)
        if target is None:
            self.remark("reference", owner, "{ref} does not exist", ref=reference)
            return reference
        if kind in ("error", "escalation"):
            return target.get(f"{kind}Code") or target.get("id")
        return target.get("name") or target.get("id")

    def timer(self, definition: Element, owner: Element) -> TimerSpec | None:
        facts = read_facts(definition, self.complain)
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
                    self.remark(
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
            formula = self.formula(part, owner)
            return None if formula == NONE else TimerSpec(kind, formula=formula)
        self.remark("timer", owner, "the timer has no date, duration or cycle")
        return None

    # details, once all nodes and flows are known

    def finish(self, index: int) -> None:
        draft = self.nodes[index]
        element, document = self.elements[index]
        self.document, self.language = document, document.root.get("expressionLanguage")
        kind = draft["kind"]
        self.order(draft, element)
        if kind in n.EVENTS:
            self.event(draft, element)
        elif kind in n.ACTIVITIES:
            self.activity(draft, element)
        else:
            self.gateway(draft, element)
        default = element.get("default")
        if default:
            found = self.document.find(default)
            number = self.flow_by_id.get(found.get("id")) if found is not None else None
            if number is None or self.flows[number]["source"] != index:
                self.remark("reference", element, "the default flow {ref} does not leave it", ref=default)
            else:
                draft["default"] = number
        for number in draft["outgoing"]:
            self.condition(draft, number)
        conditional = any(self.flows[f]["condition"] != NONE for f in draft["outgoing"])
        draft["plain"] = not conditional and draft.get("default", NONE) == NONE

    def order(self, draft: dict[str, Any], element: Element) -> None:
        """Outgoing flows in the order in which the element lists them, where it lists them all."""
        listed: list[int] = []
        for part in children(element, "outgoing"):
            found = self.document.find(part.content())
            if found is not None and (number := self.flow_by_id.get(found.get("id"))) is not None:
                listed.append(number)
        if set(listed) == set(draft["outgoing"]):
            draft["outgoing"] = list(dict.fromkeys(listed))

    def condition(self, draft: dict[str, Any], number: int) -> None:
        flow = self.flows[number]
        element: Element = flow["element"]
        part = child(element, "conditionExpression")
        gateway = draft["move"]
        splits = len(draft["outgoing"]) > 1
        if part is not None and part.content().strip():
            if gateway in ("parallel", "choice", "start"):
                self.remark(
                    "no_effect",
                    element,
                    "a condition after {tag} has no effect",
                    tag=draft["kind"],
                    blocks=False,
                )
                return
            flow["condition"] = self.formula(part, element)
        elif gateway == "exclusive" and splits and number != draft.get("default", NONE):
            self.remark(
                "no_condition",
                element,
                "a flow out of the exclusive gateway has neither a condition nor is it the default",
            )

    def gateway(self, draft: dict[str, Any], element: Element) -> None:
        if draft["kind"] == "complexGateway":
            part = child(element, "activationCondition")
            if part is not None:
                draft["formula"] = self.formula(part, element)
            elif len(draft["incoming"]) > 1:
                self.remark("condition", element, "the complex gateway has no activation condition")
        if draft["kind"] != "eventBasedGateway":
            return
        if element.get("instantiate") == "true":
            self.remark("unsupported", element, "an event gateway that starts a case is not run")
        for number in draft["outgoing"]:
            target = self.nodes[self.flows[number]["target"]]
            if target["move"] not in ("catch", "receive"):
                self.remark(
                    "event_gateway",
                    element,
                    "{target} after the event gateway waits for no event",
                    target=target["id"],
                )

    def event(self, draft: dict[str, Any], element: Element) -> None:
        triggers = self.triggers(element)
        kind = draft["kind"]
        scope = self.scopes[draft["scope"]]
        place = (
            "eventSubProcessStart" if kind == "startEvent" and scope["kind"] == "eventSubProcess" else kind
        )
        for trigger in triggers:
            if trigger.type not in n.ALLOWED[place]:
                self.remark("event", element, "a {type} event makes no sense here", type=trigger.type)
            if trigger.type == "error" and element.get("cancelActivity") == "false":
                self.remark("event", element, "an error event always interrupts")
        draft["triggers"] = triggers
        draft["every"] = element.get("parallelMultiple") == "true" and len(triggers) > 1
        if kind == "boundaryEvent":
            self.attach(draft, element)
        elif kind == "startEvent":
            draft["interrupting"] = element.get("isInterrupting") != "false"
            if triggers and scope["kind"] not in ("process", "eventSubProcess"):
                self.remark("event", element, "the start of a sub-process cannot wait for an event")
            if not triggers and scope["kind"] == "eventSubProcess":
                self.remark("event", element, "the start of an event sub-process must wait for an event")
        elif kind == "endEvent" and triggers:
            draft["move"] = "throw_end"
        elif kind == "intermediateThrowEvent":
            if not triggers:
                draft["move"] = "pass"
            elif triggers[0].type == "link":
                draft["move"] = "link"
        elif kind == "intermediateCatchEvent":
            if not triggers:
                self.remark("event", element, "the event waits for nothing")
            elif triggers[0].type == "link":
                draft["move"] = "pass"

    def attach(self, draft: dict[str, Any], element: Element) -> None:
        """A boundary event belongs to its activity."""
        found = self.document.find(element.get("attachedToRef"))
        host = self.by_id.get(found.get("id")) if found is not None else None
        if host is None or self.nodes[host]["kind"] not in n.ACTIVITIES:
            raise BadInput(
                "the boundary event {id} is attached to {ref}, which is no activity",
                id=element.get("id"),
                ref=element.get("attachedToRef") or "-",
                place=self.document.place(element),
            )
        draft["host"] = host
        draft["interrupting"] = element.get("cancelActivity") != "false"
        types = {trigger.type for trigger in draft["triggers"]}
        if not types:
            self.remark("event", element, "the event waits for nothing")
        if "cancel" in types and self.nodes[host]["kind"] != "transaction":
            self.remark("event", element, "a cancel event belongs on a transaction")
        if draft["incoming"]:
            self.remark("event", element, "a boundary event has no incoming flow")
        if types == {"compensate"}:
            self.nodes[host]["handler"] = self.handler(draft["id"])
            if self.nodes[host]["handler"] == NONE:
                self.remark("event", element, "the compensation event has no handler")
        else:
            self.nodes[host]["boundary"].append(draft["index"])

    def handler(self, boundary: str) -> int:
        """The activity that an association joins to a compensation event."""
        for element in self.document.root.iterate():
            if element.namespace == n.BPMN and element.tag == "association":
                ends = [self.document.find(element.get(a)) for a in ("sourceRef", "targetRef")]
                ids = [end.get("id") if end is not None else "" for end in ends]
                if boundary in ids:
                    other = self.by_id.get(ids[1 - ids.index(boundary)])
                    if other is not None:
                        return other
        return NONE

    def activity(self, draft: dict[str, Any], element: Element) -> None:
        for attribute, field in (("startQuantity", "needs"), ("completionQuantity", "gives")):
            text = element.get(attribute, "1")
            if not text.isdecimal() or int(text) < 1 or len(text) > 4:
                self.remark(
                    "quantity",
                    element,
                    "{attribute} is {value}; it must be 1 or more",
                    attribute=attribute,
                    value=text,
                )
            else:
                draft[field] = int(text)
        draft["loop"] = self.loop(element)
        kind = draft["kind"]
        if kind == "scriptTask":
            part = child(element, "script")
            if part is None or not part.content().strip():
                self.remark("script", element, "the script task has no expression")
            elif element.get("scriptFormat") not in n.FEEL_LANGUAGES:
                self.remark(
                    "language",
                    element,
                    "the expression language {language} is not FEEL",
                    language=element.get("scriptFormat"),
                )
            else:
                draft["formula"] = self.formula(part, element)
        elif kind in ("sendTask", "receiveTask"):
            name = self.message_of(element)
            if name is None:
                self.remark("reference", element, "the event names no {what}", what="message")
            else:
                draft["triggers"] = (Trigger("message", name),)
            draft["instantiate"] = element.get("instantiate") == "true"
        elif kind == "callActivity":
            self.call(draft, element)
        elif kind == "adHocSubProcess":
            self.adhoc(draft, element)
        if kind in n.SUB_PROCESSES and draft["event_sub"] and (draft["incoming"] or draft["outgoing"]):
            self.remark("event", element, "an event sub-process has no sequence flows")

    def message_of(self, element: Element) -> str | None:
        reference = element.get("messageRef")
        if not reference and element.get("operationRef"):
            operation = self.document.find(element.get("operationRef"))
            reference = text_of(operation, "inMessageRef") if operation is not None else ""
        return self.event_name("message", reference, element) if reference else None

    def call(self, draft: dict[str, Any], element: Element) -> None:
        reference = element.get("calledElement")
        draft["calls"] = reference
        found = self.document.find(reference) if reference else None
        if found is not None and found.tag in n.GLOBAL_TASKS:
            kind = n.GLOBAL_TASKS[found.tag]
            draft["move"] = MOVES[kind]
            draft["facts"] = joined(draft["facts"], read_facts(found, self.complain))
            if kind == "scriptTask":
                part = child(found, "script")
                draft["formula"] = self.formula(part, found) if part is not None else NONE
            return
        scope = self.processes.get(found.get("id") if found is not None else reference)
        if scope is None and reference in self.library:
            home, language = self.document, self.language
            scope = self.add_called(self.library[reference], reference)
            self.document, self.language = home, language
        if scope is None:
            self.remark("call", element, "the called element {name} was not found", name=reference or "-")
        else:
            draft["body"] = scope

    def add_called(self, document: Document, name: str) -> int | None:
        """A process of another file, compiled into this model."""
        first = len(self.nodes)
        self.add_document(document)
        for number in range(first, len(self.nodes)):
            self.finish(number)
        return self.processes.get(name) or (
            self.processes.get(document.processes()[0].get("id")) if document.processes() else None
        )

    def adhoc(self, draft: dict[str, Any], element: Element) -> None:
        part = child(element, "completionCondition")
        scope = self.scopes[draft["body"]]
        scope["adhoc"] = AdHoc(
            (),
            element.get("ordering") == "Sequential",
            self.formula(part, element) if part is not None else NONE,
            element.get("cancelRemainingInstances") != "false",
        )

    def loop(self, element: Element) -> Loop | None:
        part = child(element, "standardLoopCharacteristics")
        if part is not None:
            text = part.get("loopMaximum")
            maximum: int | None = None
            if text:
                if not text.strip().isdecimal():
                    self.remark("loop", element, "loopMaximum is {value}; it must be 0 or more", value=text)
                else:
                    maximum = int(text)
            condition = child(part, "loopCondition")
            return Loop(
                many=False,
                sequential=True,
                before=part.get("testBefore") == "true",
                condition=self.formula(condition, element) if condition is not None else NONE,
                maximum=maximum,
            )
        part = child(element, "multiInstanceLoopCharacteristics")
        return None if part is None else self.instances(part, element)

    def instances(self, part: Element, element: Element) -> Loop:
        def named(tag: str, reference: bool) -> str:
            found = child(part, tag)
            if found is None:
                return ""
            if not reference:
                return found.get("name") or found.get("id")
            target = self.document.find(found.content())
            if target is None:
                self.remark("reference", element, "{ref} does not exist", ref=found.content().strip())
                return found.content().strip()
            if target.tag == "dataObjectReference":
                target = self.document.find(target.get("dataObjectRef")) or target
            return target.get("name") or target.get("id")

        cardinality, completion = child(part, "loopCardinality"), child(part, "completionCondition")
        collection = named("loopDataInputRef", True)
        if cardinality is None and not collection:
            self.remark(
                "loop", element, "the number of instances is given neither by number nor by collection"
            )
        return Loop(
            many=True,
            sequential=part.get("isSequential") == "true",
            cardinality=self.formula(cardinality, element) if cardinality is not None else NONE,
            collection=collection,
            item=named("inputDataItem", False),
            outputs=named("loopDataOutputRef", True),
            output=named("outputDataItem", False),
            completion=self.formula(completion, element) if completion is not None else NONE,
            throws=self.behaviour(part, element),
        )

    def behaviour(self, part: Element, element: Element) -> tuple[tuple[str, int, Trigger], ...]:
        """Events thrown when instances complete: (one | each | when, condition, what)."""
        kind = part.get("behavior", "All")
        found: list[tuple[str, int, Trigger]] = []
        if kind in ("One", "None"):
            reference = part.get("oneBehaviorEventRef" if kind == "One" else "noneBehaviorEventRef")
            definition = self.document.find(reference) if reference else None
            if definition is not None and definition.tag in n.TRIGGERS:
                found.append(("one" if kind == "One" else "each", NONE, self.trigger(definition, element)))
        elif kind == "Complex":
            for rule in children(part, "complexBehaviorDefinition"):
                condition, event = child(rule, "condition"), child(rule, "event")
                if condition is not None and event is not None:
                    when = self.formula(condition, element)
                    found += [("when", when, trigger) for trigger in self.triggers(event)]
        return tuple(found)

    # the whole

    def model(self, file: str | None) -> Model:
        for number in range(len(self.nodes)):
            self.finish(number)
        for scope in self.scopes:
            self.entries(scope)
        self.links()
        self.compensable()
        self.cycles()
        flows = tuple(
            Flow(**{key: value for key, value in flow.items() if key not in ("element", "document")})
            for flow in self.flows
        )
        nodes = [
            _node({key: tuple(value) if isinstance(value, list) else value for key, value in draft.items()})
            for draft in self.nodes
        ]
        for node in nodes:
            wide = len(node.incoming) > 1
            if wide and node.move in ("inclusive", "complex"):
                nodes[node.index] = replace(node, reach=upstream(nodes, flows, node))
        lanes = tuple(
            replace(lane, nodes=tuple(node.index for node in nodes if node.lane == number))
            for number, lane in enumerate(self.lanes)
        )
        used = {name for formula in self.formulas for name in formula.names}
        for node in nodes:
            if node.loop is not None:
                used |= {node.loop.collection, node.loop.outputs, node.loop.output, node.loop.item}
        scopes = tuple(Scope(**draft) for draft in self.scopes)
        return Model(
            file,
            tuple(nodes),
            flows,
            scopes,
            lanes,
            tuple(self.formulas),
            self.processes,
            self.by_id,
            self.flow_by_id,
            frozenset(used - {""} - set(LOOP_NAMES) - set(GATEWAY_NAMES)),
            frozenset(self.declared),
            tuple(self.remarks),
        )

    def entries(self, scope: dict[str, Any]) -> None:
        """Where tokens begin: start events without a trigger, else what nothing leads to."""
        inner = [self.nodes[number] for number in scope["nodes"]]
        scope["event_subs"] = tuple(d["index"] for d in inner if d["event_sub"])
        free = [
            d["index"]
            for d in inner
            if not d["incoming"]
            and not d["event_sub"]
            and not d["compensation"]
            and d["move"] not in ("boundary", "start")
            and not (d["move"] == "pass" and d["kind"] == "intermediateCatchEvent")
        ]
        starts = [d for d in inner if d["move"] == "start"]
        if scope["adhoc"] is not None:
            scope["adhoc"] = replace(scope["adhoc"], activities=tuple(free))
            return
        waiting = [d["index"] for d in starts if d["triggers"]] + [
            number for number in free if self.nodes[number].get("instantiate")
        ]
        none = [d["index"] for d in starts if not d["triggers"]]
        if scope["kind"] in ("process", "eventSubProcess"):
            scope["entries"] = tuple(waiting)
        if none:
            scope["starts"] = tuple(none)
        elif not starts:
            scope["starts"] = tuple(number for number in free if number not in waiting)
        element = self.elements[scope["nodes"][0]][0].parent if scope["nodes"] else None
        if element is not None and scope["kind"] == "eventSubProcess" and len(waiting) != 1:
            self.remark("event", element, "an event sub-process needs exactly one start event")
        if element is not None and starts:
            for number in free:
                draft = self.nodes[number]
                if number not in waiting:
                    self.remark(
                        "unreachable",
                        self.elements[number][0],
                        "nothing leads to {id}",
                        id=draft["id"],
                        blocks=False,
                    )

    def links(self) -> None:
        """A link joins a throwing event to the catching event of the same name, or the one it names."""
        for draft in self.nodes:
            if draft["move"] != "link":
                continue
            element, document = self.elements[draft["index"]]
            self.document = document
            definition = next(p for p in element.elements() if p.tag == "linkEventDefinition")
            target = text_of(definition, "target")
            catch = next(
                (
                    other["index"]
                    for other in self.nodes
                    if other["scope"] == draft["scope"]
                    and other["kind"] == "intermediateCatchEvent"
                    and other["triggers"]
                    and other["triggers"][0].type == "link"
                    and self.linked(other, draft["triggers"][0].name, target)
                ),
                NONE,
            )
            draft["link"] = catch
            if catch == NONE:
                self.remark("reference", element, "the link leads nowhere")

    def linked(self, catch: dict[str, Any], name: str, target: str) -> bool:
        element = self.elements[catch["index"]][0]
        definition = next(p for p in element.elements() if p.tag == "linkEventDefinition")
        if target:
            found = self.document.find(target)
            return found is definition
        return bool(catch["triggers"][0].name == name)

    def compensable(self) -> None:
        """Which activities leave a record when they complete: those that something could undo."""

        def inside(scope: int, seen: frozenset[int]) -> bool:
            if scope in seen:
                return False
            return any(undoable(self.nodes[number], seen | {scope}) for number in self.scopes[scope]["nodes"])

        def undoable(draft: dict[str, Any], seen: frozenset[int]) -> bool:
            if draft.get("handler", NONE) != NONE:
                return True
            if draft["event_sub"]:
                body = self.scopes[draft["body"]]
                return any(
                    trigger.type == "compensate"
                    for number in body["nodes"]
                    for trigger in self.nodes[number].get("triggers", ())
                    if self.nodes[number]["move"] == "start"
                )
            body_index = draft.get("body", NONE)
            return body_index != NONE and inside(body_index, seen)

        for draft in self.nodes:
            if not draft["event_sub"] and draft["kind"] in n.ACTIVITIES:
                draft["compensable"] = undoable(draft, frozenset())
            for trigger in draft.get("triggers", ()):
                if trigger.type == "compensate" and trigger.name and draft["move"].startswith("throw"):
                    element, self.document = self.elements[draft["index"]]
                    found = self.document.find(trigger.name)
                    number = self.by_id.get(found.get("id")) if found is not None else None
                    if number is None:
                        self.remark("reference", element, "{ref} does not exist", ref=trigger.name)
                    else:
                        draft["triggers"] = tuple(
                            replace(t, activity=number) if t is trigger else t for t in draft["triggers"]
                        )
        for draft in self.nodes:
            scope = self.scopes[draft["body"]] if draft.get("body", NONE) != NONE else None
            draft["listens"] = any(
                trigger.type in ("timer", "conditional")
                for number in draft["boundary"]
                for trigger in self.nodes[number].get("triggers", ())
            ) or (scope is not None and bool(scope["event_subs"]))

    def cycles(self) -> None:
        """Processes that call themselves, directly or through others."""
        calls: dict[int, set[int]] = {}
        for draft in self.nodes:
            body = draft.get("body", NONE)
            if body != NONE:
                calls.setdefault(draft["scope"], set()).add(body)
        for draft in self.nodes:
            if draft["kind"] != "callActivity" or draft.get("body", NONE) == NONE:
                continue
            pending, seen = [draft["body"]], set()
            while pending:
                scope = pending.pop()
                if scope in seen:
                    continue
                seen.add(scope)
                pending += calls.get(scope, ())
            if draft["scope"] in seen:
                element = self.elements[draft["index"]][0]
                self.remark(
                    "call_cycle",
                    element,
                    "the called process {name} calls this one again",
                    name=draft["calls"],
                )


def joined(own: Facts, called: Facts) -> Facts:
    """What a call says of itself, else what the called task says."""
    said = {f.name: getattr(own, f.name) for f in fields(Facts) if getattr(own, f.name) != f.default}
    return replace(called, **said)


def _node(fields: dict[str, Any]) -> Node:
    return Node(**fields)


def compile_document(document: Document, library: Mapping[str, Document] | None = None) -> Model:
    """Compile a document and the processes of ``library`` (by ``calledElement``) that it calls.

    Raises BadInput for broken structure: flows that lead nowhere, boundary events on nothing.
    """
    compiler = _Compiler(library or {})
    compiler.add_document(document)
    return compiler.model(document.file)
