"""The draws of one replication, looked up by case: block by block, only where they are needed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from xiaoneng.core.decisions import from_python
from xiaoneng.core.simulation.agenda import MICRO, Int64
from xiaoneng.core.simulation.chance import BLOCK, Chance, Float64
from xiaoneng.core.simulation.distributions import LONGEST, Distribution
from xiaoneng.core.simulation.plan import Plan

SHIFT: Final = BLOCK.bit_length() - 1
MASK: Final = BLOCK - 1


class Draws:
    """Durations in whole microseconds, uniforms of branches, delays, attributes."""

    __slots__ = ("_branches", "_chance", "_delays", "_durations", "plan")

    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.plan, self._chance = plan, chance
        self._durations: dict[tuple[int, int, int], list[int]] = {}
        self._branches: dict[tuple[int, int, int], list[float]] = {}
        self._delays: dict[tuple[int, int, int], list[int]] = {}

    def duration(self, node: int, visit: int, case: int) -> int:
        """Work (µs) of the ``visit``-th time that the case comes to the node."""
        key = (node, visit, case >> SHIFT)
        found = self._durations.get(key)
        if found is None:
            found = self._durations[key] = self.duration_block(*key).tolist()
        return found[case & MASK]

    def first_visits(self, node: int, cases: int) -> list[int]:
        """:meth:`duration` of the first visit, for all cases."""
        blocks = range(-(-cases // BLOCK))
        column: list[int] = np.concatenate([self.duration_block(node, 0, b) for b in blocks]).tolist()
        return column[:cases]

    def duration_block(self, node: int, visit: int, block: int) -> Int64:
        """``int64[BLOCK]`` of them."""
        element = self.plan.model.nodes[node].id
        return self._times("duration", element, self.plan.durations[node], visit, block)

    def chance_of(self, question: int, visit: int, case: int) -> float:
        """The uniform that answers a question (of its first flow, for an exclusive split)."""
        key = (question, visit, case >> SHIFT)
        found = self._branches.get(key)
        if found is None:
            found = self._branches[key] = self.chance_block(*key).tolist()
        return found[case & MASK]

    def chance_block(self, question: int, visit: int, block: int) -> Float64:
        """``float64[BLOCK]`` of them."""
        stream = self.plan.branching.questions[question].stream
        return self._chance.uniforms("branch", stream, visit, block)

    def delay(self, element: int, distribution: Distribution, visit: int, case: int) -> int:
        """How long (µs) a message lets the ``visit``-th token wait."""
        key = (element, visit, case >> SHIFT)
        found = self._delays.get(key)
        if found is None:
            name = self.plan.model.nodes[element].id
            found = self._delays[key] = self._times("delay", name, distribution, *key[1:]).tolist()
        return found[case & MASK]

    def _times(self, purpose: str, element: str, d: Distribution, visit: int, block: int) -> Int64:
        drawn = d.draw(self._chance.block(purpose, element, visit, block), BLOCK)
        whole: Int64 = np.rint(np.minimum(drawn, LONGEST) * MICRO).astype(np.int64)
        return whole


def attributes(plan: Plan, chance: Chance, cases: int) -> list[dict[str, Any]]:
    """The drawn data of each case, as FEEL values."""
    columns: dict[str, list[Any]] = {}
    blocks = range(-(-cases // BLOCK))
    for name, attribute in plan.scenario.attributes.items():
        if attribute.number is not None:
            number = attribute.number
            drawn = [number.draw(chance.block("attribute", name, 0, b), BLOCK) for b in blocks]
            columns[name] = [from_python(round(v, 9)) for v in np.concatenate(drawn)[:cases].tolist()]
            continue
        values = [from_python(value) for value in attribute.values]
        edges = np.cumsum(attribute.shares)
        u = np.concatenate([chance.uniforms("attribute", name, 0, b) for b in blocks])[:cases]
        picked = np.minimum(np.searchsorted(edges, u, side="right"), len(values) - 1)
        columns[name] = [values[i] for i in picked.tolist()]
    names = list(columns)
    if not names:
        return [{}] * cases
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
