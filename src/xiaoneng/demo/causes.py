"""Reading the causes: ``data/*.toml`` as nested dictionaries with curves in place of dated points."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from xiaoneng.demo.kernel import hours

DATA = Path(__file__).parent / "data"


class Curve:
    """A cause that changes over time: straight lines between dated points, level outside them."""

    __slots__ = ("_times", "_values")

    def __init__(self, points: list[tuple[float, float]]) -> None:
        self._times = [t for t, _ in points]
        self._values = [v for _, v in points]

    def __call__(self, t: float) -> float:
        k = bisect_right(self._times, t)
        if k == 0:
            return self._values[0]
        if k == len(self._times):
            return self._values[-1]
        t0, t1 = self._times[k - 1], self._times[k]
        v0, v1 = self._values[k - 1], self._values[k]
        return v0 + (v1 - v0) * (t - t0) / (t1 - t0)


def moment(text: str) -> float:
    """``2024-06-01`` as hours of the simulation."""
    return hours(date.fromisoformat(text))


def load(name: str) -> dict[str, Any]:
    """One of the data files, as written."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def load_causes(changes: Mapping[str, object] | None = None) -> dict[str, Any]:
    """``causes.toml`` with curves; ``changes`` maps dotted names to other values (what-if, calibration)."""
    causes = load("causes")
    for name, value in (changes or {}).items():
        *path, last = name.split(".")
        node = causes
        for part in path:
            node = node[part]
        if last not in node:
            raise KeyError(name)
        node[last] = value
    return {section: _with_curves(values) for section, values in causes.items()}


def _with_curves(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _with_curves(value) for key, value in node.items()}
    if _is_curve(node):
        return Curve([(moment(day), float(value)) for day, value in node])
    return node


def _is_curve(node: Any) -> bool:
    return (
        isinstance(node, list)
        and bool(node)
        and all(
            isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) and isinstance(p[1], int | float)
            for p in node
        )
    )


def at(cause: Curve | float, t: float) -> float:
    """The value of a cause at ``t``, whether it changes or not."""
    return cause(t) if isinstance(cause, Curve) else cause
