"""What changed between two models, element by element; elements are the same when their ids are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xiaoneng.core.process.model import Model, Node

FACTS = ("role", "body", "limit", "unit", "clock", "form", "decision", "connector", "cost", "duration")


@dataclass(frozen=True, slots=True)
class Diff:
    """Ids of nodes. ``moved``: other neighbours, lane or sub-process among the nodes that both models have;
    ``changed``: (id, what changed)."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]
    changed: tuple[tuple[str, tuple[str, ...]], ...]


def compare(old: Model, new: Model) -> Diff:
    """Compare two versions of a model."""
    both = [identity for identity in old.by_id if identity in new.by_id]
    pairs = [(old.nodes[old.by_id[i]], new.nodes[new.by_id[i]]) for i in both]
    common = frozenset(both)
    return Diff(
        tuple(i for i in new.by_id if i not in old.by_id),
        tuple(i for i in old.by_id if i not in new.by_id),
        tuple(a.id for a, b in pairs if place(old, a, common) != place(new, b, common)),
        tuple((a.id, what) for a, b in pairs if (what := changes(a, b))),
    )


def place(model: Model, node: Node, common: frozenset[str]) -> tuple[object, ...]:
    """Where a node stands among the common ones: the next of them before and after it, lane, sub-process."""

    def nearest(start: int, forward: bool) -> frozenset[str]:
        found, seen, pending = set[str](), {start}, [start]
        while pending:
            at = model.nodes[pending.pop()]
            flows: Iterable[int] = at.outgoing if forward else at.incoming
            for flow in flows:
                other = model.flows[flow].target if forward else model.flows[flow].source
                if model.nodes[other].id in common:
                    found.add(model.nodes[other].id)
                elif other not in seen:
                    seen.add(other)
                    pending.append(other)
        return frozenset(found)

    lane = model.lanes[node.lane].id if node.lane >= 0 else ""
    scope = model.scopes[node.scope]
    # two versions of a process may have different ids; sub-processes are elements themselves
    inside = "" if scope.kind == "process" else scope.id
    return nearest(node.index, False), nearest(node.index, True), lane, inside


def changes(old: Node, new: Node) -> tuple[str, ...]:
    """What differs in the node itself."""
    found = [name for name in ("name", "kind", "interrupting") if getattr(old, name) != getattr(new, name)]
    return (*found, *(name for name in FACTS if getattr(old.facts, name) != getattr(new.facts, name)))
