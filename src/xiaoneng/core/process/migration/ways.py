"""Ways along the flows of a model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from xiaoneng.core.process.model import NONE, Model, Node


def exits(model: Model, node: Node) -> Iterator[int]:
    """The flows along which a token may leave a node, its boundary events and link included."""
    yield from node.outgoing
    for event in node.boundary:
        yield from model.nodes[event].outgoing
    if node.link != NONE:
        yield from model.nodes[node.link].outgoing


def flows_ahead(model: Model, begin: Iterable[int], avoid: Collection[int]) -> set[int]:
    """The flows to which a token can come along these ones without passing a node of ``avoid``."""
    pending, found = list(begin), set[int]()
    while pending:
        flow = pending.pop()
        if flow not in found:
            found.add(flow)
            target = model.nodes[model.flows[flow].target]
            if target.index not in avoid:
                pending += exits(model, target)
    return found
