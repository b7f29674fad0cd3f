"""What can be said of a map before any case is looked at."""

from __future__ import annotations

from typing import Final

from xiaoneng.core.process.migration.versionmap import Images, Problem, VersionMap, problem
from xiaoneng.core.process.model import NONE, Loop, Model, Node

# a case may rest at nodes that move so
RESTING: Final = frozenset(("work", "receive", "catch", "choice", "scope", "event_sub"))


def group(node: Node) -> str:
    """Nodes of one group wait for the same kind of thing."""
    return "work" if node.move == "receive" else node.move


def rhythm(loop: Loop | None) -> tuple[object, ...] | None:
    """What of a loop a case inside it depends on."""
    return None if loop is None else (loop.many, loop.sequential, loop.item, loop.output, bool(loop.outputs))


def check_map(old: Model, new: Model, chosen: VersionMap) -> list[Problem]:
    """Problems of the map itself (``blocks``), and elements at which cases could not be moved (not
    ``blocks``: they matter only to cases that are there, which ``migrate`` finds)."""
    found: list[Problem] = []
    if new.blockers:
        found.append(problem("not_executable", new.blockers[0].element, reason=str(new.blockers[0])))
    for identity, target in chosen.elements.items():
        if identity not in old.by_id and identity not in old.flow_by_id and identity not in old.processes:
            found.append(problem("unknown", identity, version="old"))
        if target not in new.by_id and target not in new.flow_by_id and target not in new.processes:
            found.append(problem("unknown", target, version="new"))
    images = Images(old, new, chosen)
    found += opening_problems(old, new, chosen, images)
    for node in old.nodes:
        if node.move not in RESTING or node.index in images.onward:
            continue
        image = images.nodes[node.index]
        if image == NONE:
            found.append(problem("gone", node.id, node.label, blocks=False))
            continue
        target_node = new.nodes[image]
        if group(node) != group(target_node):
            found.append(
                problem(
                    "kind", node.id, node.label, target=target_node.label, blocks=node.id in chosen.elements
                )
            )
        elif rhythm(node.loop) != rhythm(target_node.loop):
            found.append(problem("loop_changed", node.id, node.label, blocks=False))
    return found


def opening_problems(old: Model, new: Model, chosen: VersionMap, images: Images) -> list[Problem]:
    """Flows that the map opens: each must leave a split, and be new in it."""
    found: list[Problem] = []
    for identity in chosen.open:
        number = new.flow_by_id.get(identity)
        if number is None:
            found.append(problem("unknown", identity, version="new"))
        elif number in images.known or len(new.nodes[new.flows[number].source].outgoing) < 2:
            found.append(problem("open", identity))
    return found
