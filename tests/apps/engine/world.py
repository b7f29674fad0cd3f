"""Processes and people to run cases with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model

from tests.platform import CODES
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.engine.contracts import MACHINE, Doer, Outcome
from xiaoneng.apps.engine.models import Instance, Task
from xiaoneng.apps.engine.services import start
from xiaoneng.apps.engine.verifying import instance_problems
from xiaoneng.apps.processes.models import Process, ProcessVersion
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.process import load_state
from xiaoneng.core.process.state import State

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, nine in the morning in Shanghai
CITY = CODES[1]
NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xn="urn:xiaoneng:bpmn:1" id="d" '
    'targetNamespace="urn:t"'
)


def bpmn(
    nodes: Sequence[str],
    flows: Sequence[tuple[str, ...]],
    before: str = "",
    key: str = "permit",
    *,
    named: bool = False,
) -> bytes:
    """A process: nodes as XML (``userTask id="a"`` or whole elements), flows as (from, to[, condition]),
    numbered, or ``named`` by their ends."""
    lines = [f'<definitions {NAMESPACES}>{before}<process id="{key}" isExecutable="true">']
    lines += [node if node.startswith("<") else f"<{node}/>" for node in nodes]
    for number, flow in enumerate(flows):
        condition = f"<conditionExpression>{flow[2]}</conditionExpression>" if len(flow) > 2 else ""
        ends = f'sourceRef="{flow[0]}" targetRef="{flow[1]}"'
        identity = f"{flow[0]}-{flow[1]}" if named else f"f{number}"
        lines.append(f'<sequenceFlow id="{identity}" {ends}>{condition}</sequenceFlow>')
    return "".join([*lines, "</process></definitions>"]).encode()


SIMPLE = bpmn(
    [
        'startEvent id="s"',
        'userTask id="accept" name="受理" xn:role="clerk" xn:body="case" xn:limit="2" '
        'xn:event="case.accepted"',
        'userTask id="decide" name="决定" xn:role="approver" xn:body="case" xn:limit="5"',
        'endEvent id="e"',
    ],
    [("s", "accept"), ("accept", "decide"), ("decide", "e")],
)
# 并联: two parts at once, then a decision by a gateway
JOINT = bpmn(
    [
        'startEvent id="s"',
        'userTask id="accept" xn:role="clerk" xn:body="case"',
        'parallelGateway id="split"',
        'userTask id="fire" xn:role="handler" xn:body="fire"',
        'userTask id="plan" xn:role="handler" xn:body="plan"',
        'parallelGateway id="join"',
        'userTask id="decide" xn:role="approver" xn:body="case"',
        'exclusiveGateway id="x" default="f8"',
        'userTask id="issue" xn:role="clerk" xn:body="case"',
        'endEvent id="e"',
        'endEvent id="no"',
    ],
    [
        ("s", "accept"),
        ("accept", "split"),
        ("split", "fire"),
        ("split", "plan"),
        ("fire", "join"),
        ("plan", "join"),
        ("join", "decide"),
        ("decide", "x"),
        ("x", "issue"),
        ("x", "no", "granted = false"),
        ("issue", "e"),
    ],
)


def publish(model: bytes, key: str = "permit") -> ProcessVersion:
    """The next published version of a process, in force for two years."""
    process, _ = Process.objects.get_or_create(key=key, defaults={"name_zh": key, "created_at": AT})
    number = ProcessVersion.objects.filter(process=process).count() + 1
    people = get_user_model().objects
    author, publisher = (
        people.get_or_create(username=name, role="reform", defaults={"created_at": AT})[0]
        for name in ("hand", "eye")
    )
    version = ProcessVersion(
        process=process,
        number=number,
        bpmn=model,
        sha256=hashlib.sha256(model).hexdigest(),
        state="published",
        author=author,
        hands=[author.pk],
        created_at=AT,
        changed_at=AT,
        status={},
        note="x",
        valid_from=date(2024, 1, number),
        published_by=publisher,
        published_at=AT,
    )
    version.save(force_insert=True)
    return version


def doer(user: Any, *roles: str, body: str = CITY, **more: Any) -> Doer:
    """A person of the city's office."""
    return Doer(
        actor=Actor(user=user.pk, role=user.role), roles=frozenset(roles or (user.role,)), body=body, **more
    )


def begin(key: str = "permit", case: str = "C-1", **more: Any) -> Outcome:
    """A case that has begun."""
    more.setdefault("actor", MACHINE)
    return start(process=key, case=case, body=CITY, at=more.pop("at", AT), command=uuid4(), **more)


def state_of(instance: int) -> State:
    """The stored state."""
    row = Instance.objects.get(pk=instance)
    return load_state(compiled(row.version_id, row.model), row.state)


def check(instance: int) -> None:
    """What must hold after every step: the rows say what the state says, and replay gives the same."""
    assert list(instance_problems(instance)) == []


def the_task(instance: int, element: str) -> int:
    """The number of the open task of an element."""
    return int(Task.objects.get(instance=instance, element=element, state="open").number)


def command(number: int) -> UUID:
    """A command's id that a test can name again."""
    return UUID(int=number)
