"""Processes to test with: drawn files, written as an editor would write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.processes.models import ProcessVersion
from xiaoneng.apps.processes.services import processes as services
from xiaoneng.core.process.layout import with_diagram

LONG_AGO = datetime(2024, 1, 2, 9, tzinfo=UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- kept as it is -->\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xn="urn:xiaoneng:bpmn:1" id="d" '
    'targetNamespace="urn:t">\n'
)


def drawn(nodes: Sequence[tuple[str, str, str, str]], flows: Sequence[tuple[str, str, str]]) -> bytes:
    """A file with a picture: nodes as (kind, id, name, more attributes), flows as (from, to, condition)."""
    elements = [
        f'<bpmn:{kind} id="{identity}" name="{name}"{" " + more if more else ""}/>'
        for kind, identity, name, more in nodes
    ]
    for source, target, condition in flows:
        inside = (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
            if condition
            else ""
        )
        ends = f'sourceRef="{source}" targetRef="{target}"'
        elements.append(f'<bpmn:sequenceFlow id="{source}-{target}" {ends}>{inside}</bpmn:sequenceFlow>')
    process = f'<bpmn:process id="permit" name="许可" isExecutable="true">{"".join(elements)}</bpmn:process>'
    return with_diagram(f"{HEAD}{process}</bpmn:definitions>\n".encode())


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
