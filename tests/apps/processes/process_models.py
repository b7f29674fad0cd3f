"""Processes to test with: drawn files, written as an editor would write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.processes.models import ProcessVersion
from xiaoneng.apps.processes.services import processes as services

LONG_AGO = datetime(2024, 1, 2, 9, tzinfo=UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- kept as it is -->\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:xn="urn:xiaoneng:bpmn:1" id="d" targetNamespace="urn:t">\n'
)


def drawn(nodes: Sequence[tuple[str, str, str, str]], flows: Sequence[tuple[str, str, str]]) -> bytes:
    """A file with a picture: nodes as (kind, id, name, more attributes), flows as (from, to, condition)."""
    places = {node[1]: (160 + 160 * (i % 8), 120 + 140 * (i // 8)) for i, node in enumerate(nodes)}
    elements, shapes, edges = [], [], []
    for kind, identity, name, more in nodes:
        elements.append(f'<bpmn:{kind} id="{identity}" name="{name}"{" " + more if more else ""}/>')
        x, y = places[identity]
        size = (36, 36) if kind.endswith("Event") else (50, 50) if "Gateway" in kind else (100, 80)
        shapes.append(
            f'<bpmndi:BPMNShape id="{identity}_di" bpmnElement="{identity}"><dc:Bounds x="{x - size[0] // 2}" '
            f'y="{y - size[1] // 2}" width="{size[0]}" height="{size[1]}"/></bpmndi:BPMNShape>'
        )
    for source, target, condition in flows:
        identity = f"{source}-{target}"
        inside = (
            f'<bpmn:conditionExpression xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
            if condition
            else ""
        )
        elements.append(
            f'<bpmn:sequenceFlow id="{identity}" sourceRef="{source}" targetRef="{target}">{inside}'
            "</bpmn:sequenceFlow>"
        )
        ends = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in (places[source], places[target]))
        edges.append(f'<bpmndi:BPMNEdge id="{identity}_di" bpmnElement="{identity}">{ends}</bpmndi:BPMNEdge>')
    return (
        f'{HEAD}<bpmn:process id="permit" name="许可" isExecutable="true">{"".join(elements)}</bpmn:process>\n'
        '<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="permit">'
        f"{''.join(shapes + edges)}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>\n"
    ).encode()


BPMN = drawn(
    [
        ("startEvent", "start", "收到申请", ""),
        ("userTask", "accept", "受理", 'xn:role="clerk" xn:body="case" xn:limit="2" xn:limitUnit="wd"'),
        ("userTask", "review", "审查", 'xn:role="handler" xn:body="case" xn:cost="80"'),
        ("userTask", "decide", "决定", 'xn:role="approver" xn:body="case"'),
        ("endEvent", "end", "办结", ""),
    ],
    [("start", "accept", ""), ("accept", "review", ""), ("review", "decide", ""), ("decide", "end", "")],
)
# redesigned: the review is gone, a check by data comes first, the decision lies earlier
REDESIGNED = drawn(
    [
        ("startEvent", "start", "收到申请", ""),
        ("serviceTask", "verify", "数据核验", 'xn:connector="verify"'),
        ("userTask", "accept", "受理", 'xn:role="clerk" xn:body="case" xn:limit="1" xn:limitUnit="wd"'),
        ("userTask", "decide", "决定", 'xn:role="approver" xn:body="case"'),
        ("endEvent", "end", "办结", ""),
    ],
    [("start", "verify", ""), ("verify", "accept", ""), ("accept", "decide", ""), ("decide", "end", "")],
)
# a join of branches of which only one is taken: the case stops for ever
DEADLOCK = drawn(
    [
        ("startEvent", "start", "收到申请", ""),
        ("exclusiveGateway", "split", "材料齐全?", 'default="split-review"'),
        ("userTask", "accept", "受理", 'xn:role="clerk"'),
        ("userTask", "review", "审查", 'xn:role="handler"'),
        ("parallelGateway", "join", "", ""),
        ("endEvent", "end", "办结", ""),
    ],
    [
        ("start", "split", ""),
        ("split", "accept", "complete"),
        ("split", "review", ""),
        ("accept", "join", ""),
        ("review", "join", ""),
        ("join", "end", ""),
    ],
)


def made(
    user: Any, *, body: int | None = None, key: str = "permit", bpmn: bytes = BPMN, at: datetime = LONG_AGO
) -> ProcessVersion:
    """The first draft."""
    return services.process_create(
        key=key,
        name_zh="食品经营许可",
        name_en="Food permit",
        bpmn=bpmn,
        user=user,
        body=body,
        actor=SYSTEM,
        at=at,
    )


def publish(
    version: ProcessVersion, user: Any, *, at: datetime = LONG_AGO, day: Any = None, **more: Any
) -> ProcessVersion:
    return services.version_publish(
        process=version.process,
        revision=more.pop("revision", version.revision),
        valid_from=day or at.date(),
        valid_to=more.pop("valid_to", None),
        note=more.pop("note", "起草说明"),
        user=user,
        actor=SYSTEM,
        at=at,
    )


def redesigned(
    first: ProcessVersion, author: Any, *, at: datetime, bpmn: bytes = REDESIGNED
) -> ProcessVersion:
    """A draft of the next version."""
    draft = services.draft_open(process=first.process, base=first, user=author, actor=SYSTEM, at=at)
    return services.draft_save(
        process=first.process,
        revision=draft.revision,
        bpmn=bpmn,
        note="先核验后受理",
        user=author,
        actor=SYSTEM,
        at=at,
    )
