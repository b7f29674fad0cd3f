"""Small models and scenarios for the tests of the simulation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.simulation import Plan, bind, parse_scenario

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xn="urn:xiaoneng:bpmn:1" '
    'id="d" targetNamespace="urn:t">'
)
MONDAY = "2025-03-03T09:00:00+08:00"
OFFICE = {"days": "weekdays", "hours": ["09:00-12:00", "13:00-17:00"]}


def model(elements: Sequence[str], flows: Sequence[tuple[str, ...]], *, more: str = "") -> Model:
    """A process of these elements; a flow is (source, target) with an optional condition, ids f0, f1, …"""
    lines = [HEAD, more, '<process id="p" isExecutable="true">', *elements]
    for number, (source, target, *condition) in enumerate(flows):
        inside = f"<conditionExpression>{condition[0]}</conditionExpression>" if condition else ""
        lines.append(
            f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'
        )
    return compile_document(read_document("".join([*lines, "</process></definitions>"]).encode()))


def row(*tasks: str) -> Model:
    """Tasks one after the other."""
    names = ["s", *tasks, "e"]
    elements = ['<startEvent id="s"/>', *(f'<userTask id="{t}"/>' for t in tasks), '<endEvent id="e"/>']
    return model(elements, list(pairwise(names)))


def scenario(**parts: Any) -> dict[str, Any]:
    return {"format": "xiaoneng-scenario", "version": 1, "start": MONDAY, **parts}


def plan(of: Model, **parts: Any) -> Plan:
    """A plan of the model with a scenario of these parts."""
    return bind(of, parse_scenario(json.dumps(scenario(**parts)).encode(), "scenario.json"))


def queue(number: int, service: Any, gap: float, **parts: Any) -> Plan:
    """One step, so many servers: the queue of the textbooks. Times in seconds."""
    return plan(
        row("serve"),
        arrivals={"every": {"exponential": {"mean": gap}}},
        pools=[{"name": "desk", "number": number, "roles": ["clerk"]}],
        steps={"serve": {"role": "clerk", "duration": service}},
        **parts,
    )
