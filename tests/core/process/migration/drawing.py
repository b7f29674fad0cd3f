"""Small models for the tests of migration, and steps through them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from xiaoneng.core.process import Complete, Model, Start, State, advance, compile_document, read_document
from xiaoneng.core.process.state import FLOW, WAIT

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xn="urn:xiaoneng:bpmn:1" id="d">'
)


def model(body: str, process: str = "proc") -> Model:
    text = f'{HEAD}<process id="{process}">{body}</process></definitions>'
    return compile_document(read_document(text.encode()))


def flow(source: str, target: str, identity: str = "", condition: str = "") -> str:
    """A sequence flow, by default with an id that its ends make."""
    asked = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    name = identity or f"{source}-{target}"
    return f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{asked}</sequenceFlow>'


def path(*nodes: str) -> str:
    """Flows from each node to the next."""
    return "".join(flow(a, b) for a, b in pairwise(nodes))


def draw(tasks: str, *paths: str, gateways: str = "", more: str = "") -> Model:
    """A model of user tasks with ``s`` and ``e``; ``gateways`` are told by their first letter: x, a (and), o
    (or); a default flow follows after a slash."""
    lines = ['<startEvent id="s"/>', '<endEvent id="e"/>']
    lines += [f'<userTask id="{task}"/>' for task in tasks.split()]
    kinds = {"x": "exclusiveGateway", "a": "parallelGateway", "o": "inclusiveGateway"}
    for gateway in gateways.split():
        name, _, default = gateway.partition("/")
        extra = f' default="{default}"' if default else ""
        lines.append(f'<{kinds[name[0]]} id="{name}"{extra}/>')
    lines += [path(*p.split()) for p in paths]
    return model("".join(lines) + more)


def begin(m: Model, data: Mapping[str, Any] | None = None) -> State:
    return advance(m, None, Start(data=data), AT).state


def opened(m: Model, state: State) -> list[str]:
    """Ids of the nodes at which tokens rest, sorted."""
    items = state.shape.items
    return sorted(m.nodes[item[1]].id for item in items if item[0] == WAIT)


def waiting(m: Model, state: State) -> list[str]:
    """Ids of the flows on which tokens wait before a join, sorted."""
    return sorted(m.flows[item[1]].id for item in state.shape.items if item[0] == FLOW)


def do(m: Model, state: State, *tasks: str, data: Mapping[str, Any] | None = None) -> State:
    """Complete these tasks, one after the other."""
    for task in tasks:
        number = m.by_id[task]
        rows = zip(state.ids, state.shape.items, strict=True)
        item = next(i for i, row in rows if row[0] == WAIT and row[1] == number)
        state = advance(m, state, Complete(item, data, state.owners.get(item, "")), AT).state
    return state
