"""Which incoming flows of a join can still be reached from where (BPMN 2.0.2, 13.4.3 and 13.4.5)."""

from __future__ import annotations

from collections.abc import Sequence

from xiaoneng.core.process.model import NONE, Flow, Node


def upstream(nodes: Sequence[Node], flows: Sequence[Flow], join: Node) -> dict[int, int]:
    """For each node of the join's scope from which a token may still come: the incoming flows (bits, by
    position) that it can reach by a path that does not visit the join.

    Besides sequence flows a path may leave an activity through its boundary events, and follow a link.
    """
    sources: dict[int, list[int]] = {}
    for node in nodes:
        if node.scope != join.scope:
            continue
        for event in node.boundary:
            sources.setdefault(event, []).append(node.index)
        if node.link != NONE:
            sources.setdefault(node.link, []).append(node.index)
    found: dict[int, int] = {}
    for position, flow in enumerate(join.incoming):
        pending, seen = [flows[flow].source], set()
        while pending:
            index = pending.pop()
            if index in seen or index == join.index:
                continue
            seen.add(index)
            found[index] = found.get(index, 0) | 1 << position
            pending += [flows[f].source for f in nodes[index].incoming]
            pending += sources.get(index, [])
    return found
