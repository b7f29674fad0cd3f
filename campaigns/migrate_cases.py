"""Running cases of random models moved to random next versions.

Models are sequences, the three gateways, loops, several instances and sub-processes, nested; a case is taken
at a random point; the next version has steps added, branches added, steps put beside others, wrapped, renamed
or moved. Every case moved by a compatible edit must keep its open tasks and end; the same version must change
nothing; going back must restore the state; what is refused must have a reason, told here by kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.core.process.migration.running import (
    COMPATIBLE,
    Case,
    cases,
    check_back,
    check_moved,
    check_refused_or_moved,
    check_same,
)

CASES, SLICE = 3_000, 60


def compatible(case: Case) -> str:
    """A case under compatible edits: there, to the end, and back."""
    check_same(case)
    out = case.move()
    check_moved(case, out)
    return "moved and back" if check_back(case, out) else "moved, a new step open"


def moving(case: Case) -> str:
    """A case under a step that moves: refused for a reason, or moved whole."""
    out = case.move()
    check_refused_or_moved(case, out)
    if out.state is not None:
        return "step moved: case moved"
    return f"step moved: refused, {next(p.kind for p in out.problems if p.blocks)}"


def run(seed: int, slice: bool) -> dict[str, Any]:  # the names that every campaign has
    """Move ``CASES`` cases each way (a slice: ``SLICE``); the record counts what became of them."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    number = SLICE if slice else CASES
    for judge, kinds, edits in ((compatible, COMPATIBLE, 3), (moving, ["move", *COMPATIBLE], 2)):
        try:
            many(judge, kinds, edits, number, seed, counts)
        except AssertionError as error:
            wrong.append(f"{judge.__name__}: {error}"[:600])
    return {
        "ok": not wrong,
        "cases": sum(counts.values()),
        "outcomes": dict(sorted(counts.items())),
        "wrong": wrong,
    }


def many(
    judge: Callable[[Case], str],
    kinds: list[str],
    edits: int,
    number: int,
    chance: int,
    counts: Counter[str],
) -> None:
    """Judge this many random cases; raises AssertionError for the smallest that fails."""

    @seed(chance)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(kinds, edits))
    def one(case: Case) -> None:
        counts[judge(case)] += 1

    one()
