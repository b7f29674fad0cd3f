"""The finished model out of its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xiaoneng.core.process.compile.details import finish
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.expressions import GATEWAY_NAMES, LOOP_NAMES
from xiaoneng.core.process.compile.wiring import find_call_cycles, find_entries, join_links, mark_compensable
from xiaoneng.core.process.model import Flow, Model, Node, Scope
from xiaoneng.core.process.reach import upstream


def assemble(drafts: Drafts, file: str | None) -> Model:
    """The model of all that the drafts hold; reads what is still open in them."""
    for number in range(len(drafts.nodes)):
        finish(drafts, number)
    for scope in drafts.scopes:
        find_entries(drafts, scope)
    join_links(drafts)
    mark_compensable(drafts)
    find_call_cycles(drafts)
    flows = tuple(
        Flow(**{key: value for key, value in flow.items() if key not in ("element", "document")})
        for flow in drafts.flows
    )
    nodes = [
        finished({key: tuple(value) if isinstance(value, list) else value for key, value in draft.items()})
        for draft in drafts.nodes
    ]
    for node in nodes:
        wide = len(node.incoming) > 1
        if wide and node.move in ("inclusive", "complex"):
            nodes[node.index] = replace(node, reach=upstream(nodes, flows, node))
    lanes = tuple(
        replace(lane, nodes=tuple(node.index for node in nodes if node.lane == number))
        for number, lane in enumerate(drafts.lanes)
    )
    used = {name for formula in drafts.formulas for name in formula.names}
    used |= {given.name for given in drafts.given if not given.sensitive}
    for node in nodes:
        if node.loop is not None:
            used |= {node.loop.collection, node.loop.outputs, node.loop.output, node.loop.item}
    scopes = tuple(Scope(**draft) for draft in drafts.scopes)
    return Model(
        file,
        tuple(nodes),
        flows,
        scopes,
        lanes,
        tuple(drafts.formulas),
        drafts.processes,
        drafts.by_id,
        drafts.flow_by_id,
        frozenset(used - {""} - set(LOOP_NAMES) - set(GATEWAY_NAMES)),
        frozenset(drafts.declared),
        tuple(drafts.remarks),
        tuple(drafts.given),
    )


def finished(draft: dict[str, Any]) -> Node:
    """The node of a draft whose fields are all known."""
    return Node(**draft)
