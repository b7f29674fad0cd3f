"""Which inputs decided: the fewest whose values alone fix a table's result, whatever the others are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any, Final

from xiaoneng.core.decisions import gaps
from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.tables import CompiledTable

MASKS_LIMIT: Final = 2_000
SETS_LIMIT: Final = 400

Decide = Callable[[int], tuple[bool, Any]]
"""For a set of rules that apply (bits): whether that is decided, and the result."""


def deciding(table: CompiledTable, values: list[Any], value: Any, decide: Decide) -> frozenset[int] | None:
    """The columns (by index) that decided: as long as they stay, the result stays, whatever the others are.

    Of several smallest sets the one that comes first in the table is taken. Only columns on which a rule
    that applies has a condition come into question. None where that cannot be said: cells or results depend
    on more than the inputs, a value lies outside every region, or the table is too large.
    """
    if table.opaque or not table.constant:
        return None
    analysis = gaps.analyse(table)
    if not analysis.possible:
        return None
    axes = analysis.axes
    here = [axis.column.region(values[axis.columns[0]]) for axis in axes]
    if any(region is None for region in here):
        return None
    fixed = [axis.column.masks[region] for axis, region in zip(axes, here, strict=True) if region is not None]
    free = [{axis.column.masks[region] for region in axis.regions} for axis in axes]
    # an axis whose every region has the same rules tells nothing apart
    asked = [i for i, masks in enumerate(free) if len(masks | {fixed[i]}) > 1]
    known: dict[int, bool] = {}

    def same(mask: int) -> bool:
        if mask not in known:
            decided, other = decide(mask)
            known[mask] = decided and op.same(other, value)
        return known[mask]

    tried = 0
    for count in range(len(asked) + 1):
        for chosen in combinations(asked, count):
            tried += 1
            if tried > SETS_LIMIT:
                return None
            reached = _reached(
                table.all_rules, ([fixed[i]] if i in chosen else free[i] for i in range(len(axes)))
            )
            if reached is not None and all(same(mask) for mask in reached):
                return frozenset(column for i in chosen for column in axes[i].columns)
    return None


def _reached(all_rules: int, masks: Iterable[Iterable[int]]) -> set[int] | None:
    """Every set of rules that can apply together; None where there are too many."""
    found = {all_rules}
    for choices in masks:
        found = {left & mask for left in found for mask in choices}
        if len(found) > MASKS_LIMIT:
            return None
    return found
