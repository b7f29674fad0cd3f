"""A limit against the steps that it holds: the longest way through them, each step using its whole limit.

Branches that run side by side count as the longest of them, choices as the longest choice; a loop is passed
once. Only limits in the same unit are added: working days, calendar days and hours have no fixed ratio.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from xiaoneng.core.process.model import NONE, Facts, Model, Node
from xiaoneng.core.process.soundness.problem import Problem, of
from xiaoneng.core.process.soundness.ways import after, begins

UNITS: Final = {"wd": "working days", "cd": "calendar days", "hour": "clock hours"}


@dataclass(slots=True)
class Longest:
    """The longest way through a scope in one unit, the steps on it, and the other units that were met."""

    total: int = 0
    path: tuple[int, ...] = ()
    others: set[str] = field(default_factory=set)


def limit_problems(model: Model) -> list[Problem]:
    """Limits of processes and sub-processes that are shorter than their steps may take."""
    found: list[Problem] = []
    for scope in model.scopes:
        if scope.node == NONE and scope.facts.limit is not None:
            found += compared(model, scope.facts, scope.index, scope.id, scope.name or scope.id)
    for node in model.nodes:
        if node.body != NONE and node.facts.limit is not None:
            found += compared(model, node.facts, node.body, node.id, node.label)
    return found


def compared(model: Model, facts: Facts, scope: int, identity: str, label: str) -> list[Problem]:
    longest = longest_way(model, scope, facts.unit, frozenset())
    assert facts.limit is not None
    if longest.total > facts.limit:
        path = tuple(model.nodes[number].id for number in longest.path)
        more = {"limit": facts.limit, "unit": UNITS[facts.unit], "sum": longest.total}
        return [of("limit_too_short", identity, label, path, **more)]
    if longest.others:
        other = UNITS[min(longest.others)]
        return [of("limit_units_differ", identity, label, (), unit=UNITS[facts.unit], other=other)]
    return []


def longest_way(model: Model, scope: int, unit: str, around: frozenset[int]) -> Longest:
    """The longest way through a scope; ``around`` are the scopes that it lies in, for cyclic calls."""
    result = Longest()
    if scope in around:
        return result
    weights: dict[int, tuple[int, tuple[int, ...]]] = {}
    for number in model.scopes[scope].nodes:
        node = model.nodes[number]
        own, own_unit = limit_of(node)
        if own is not None and own_unit == unit:
            weights[number] = (own, (number,))
        elif own is not None:
            result.others.add(own_unit)
        elif node.body != NONE and not node.event_sub:
            inner = longest_way(model, node.body, unit, around | {scope})
            result.others |= inner.others
            weights[number] = (inner.total, (number, *inner.path))
    best: dict[int, tuple[int, tuple[int, ...]]] = {}
    for number in finished_first(model, begins(model, model.scopes[scope])):
        node = model.nodes[number]
        rest = [best[n] for n in after(model, node) if n in best]
        total, path = max(rest, default=(0, ()), key=lambda way: way[0])
        weight, steps = weights.get(number, (0, (number,)))
        best[number] = (weight + total, (*steps, *path))
    for number in begins(model, model.scopes[scope]):
        if best[number][0] > result.total:
            result.total, result.path = best[number]
    return result


def limit_of(node: Node) -> tuple[int | None, str]:
    """The limit of a step, or of the timer that a token waits for."""
    if node.facts.limit is not None:
        return node.facts.limit, node.facts.unit
    for trigger in node.triggers:
        if node.move == "catch" and trigger.timer is not None and trigger.timer.limit is not None:
            return trigger.timer.limit, trigger.timer.unit
    return None, ""


def finished_first(model: Model, first: list[int]) -> list[int]:
    """The nodes in the order in which a depth-first walk leaves them: whatever follows a node comes before
    it, but for the ways that lead back in a loop."""
    order: list[int] = []
    seen: set[int] = set()
    for start in first:
        stack = [(start, iter(after(model, model.nodes[start])))]
        if start in seen:
            continue
        seen.add(start)
        while stack:
            number, ways = stack[-1]
            following = next((n for n in ways if n not in seen), None)
            if following is None:
                order.append(number)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(after(model, model.nodes[following]))))
    return order
