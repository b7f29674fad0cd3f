"""What is missing before a model can be published: people, time, conditions."""

from __future__ import annotations

from collections import deque
from typing import Final

from xiaoneng.core.process.model import Model, Node
from xiaoneng.core.process.soundness.conditions import condition_problems
from xiaoneng.core.process.soundness.limits import limit_problems
from xiaoneng.core.process.soundness.problem import Problem, of
from xiaoneng.core.process.soundness.ways import after, way_to

# what a token passes in no time and without changing anything; of gateways that wait, only splits
PASSING: Final = frozenset(("exclusive", "pass", "link", "throw"))
SPLITS: Final = frozenset(("parallel", "inclusive", "complex"))


def publishing_problems(model: Model) -> list[Problem]:
    """Everything but control flow."""
    return [
        *people_problems(model),
        *condition_problems(model),
        *limit_problems(model),
        *round_problems(model),
    ]


def people_problems(model: Model) -> list[Problem]:
    """Lanes without a body, tasks of people without a role."""
    found = [
        of("lane_without_body", lane.id, lane.name or lane.id)
        for lane in model.lanes
        if lane.leaf and not lane.facts.body
    ]
    found += [
        of("task_without_role", node.id, node.label, way_to(model, node.index))
        for node in model.nodes
        if node.kind in ("userTask", "manualTask") and not node.facts.role
    ]
    return found


def passes(node: Node) -> bool:
    return node.move in PASSING or (node.move in SPLITS and len(node.incoming) == 1)


def round_problems(model: Model) -> list[Problem]:
    """Loops through which a token goes in one step: the data being the same every time, it never ends."""
    found: list[Problem] = []
    told: set[int] = set()
    for node in model.nodes:
        if node.index in told or not passes(node):
            continue
        path = round_of(model, node.index)
        if path:
            told.update(path)
            names = tuple(model.nodes[number].id for number in path[1:])
            found.append(of("endless_step", node.id, node.label, (*way_to(model, node.index), *names)))
    return found


def round_of(model: Model, start: int) -> list[int]:
    """A shortest round from a node back to it through what does not wait; empty where there is none."""
    came: dict[int, int] = {}
    pending = deque([start])
    while pending:
        number = pending.popleft()
        for following in after(model, model.nodes[number]):
            if following == start:
                back = [number]
                while back[-1] != start:
                    back.append(came[back[-1]])
                return [*reversed(back), start]
            if following not in came and passes(model.nodes[following]):
                came[following] = number
                pending.append(following)
    return []
