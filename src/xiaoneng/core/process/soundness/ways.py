"""Ways along the sequence flows of a model, for paths that are shown on the diagram."""

from __future__ import annotations

from collections import deque

from xiaoneng.core.process.model import NONE, Model, Node, Scope


def after(model: Model, node: Node) -> list[int]:
    """Where a token may go next from a node: along its flows, through a border event, by a link."""
    found = [model.flows[flow].target for flow in node.outgoing]
    found += [number for number in node.boundary if number not in found]
    if node.link != NONE:
        found.append(node.link)
    return found


def begins(model: Model, scope: Scope) -> list[int]:
    """The nodes at which the tokens of a scope begin."""
    first = [*scope.starts, *scope.entries]
    return first or [n for n in scope.nodes if not model.nodes[n].incoming and model.nodes[n].host == NONE]


def way_to(model: Model, target: int) -> tuple[str, ...]:
    """The ids of a shortest way from the start of its scope to a node; the node alone where there is none."""
    scope = model.scopes[model.nodes[target].scope]
    queue: deque[tuple[int, ...]] = deque((number,) for number in begins(model, scope))
    seen: set[int] = set()
    while queue:
        path = queue.popleft()
        if path[-1] == target:
            return tuple(model.nodes[number].id for number in path)
        if path[-1] not in seen:
            seen.add(path[-1])
            queue += [(*path, number) for number in after(model, model.nodes[path[-1]])]
    return (model.nodes[target].id,)
