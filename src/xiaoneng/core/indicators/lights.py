"""The programme light of an indicator: red behind, yellow on schedule, green ahead. The rule is data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from xiaoneng.core.indicators.definition import Definition, Target
from xiaoneng.core.indicators.periods import parse_period


@dataclass(frozen=True, slots=True)
class Light:
    """``colour`` is red, yellow, green, or None where a light would say more than is known.

    ``reason`` is the key of the text; ``zh`` and ``en`` are the filled texts; shares are 0 to 1.
    """

    colour: str | None
    reason: str
    zh: str
    en: str
    progress: float | None = None
    planned: float | None = None


@cache
def rule() -> dict[str, Any]:
    """The rule with its texts, as in ``lights.toml``."""
    return tomllib.loads((Path(__file__).parent / "lights.toml").read_text(encoding="utf-8"))


def next_target(definition: Definition, on: date) -> Target | None:
    """The milestone that counts on that day: the next one not yet due, else the last."""
    ahead = [target for target in definition.targets if target.by >= on]
    return (
        min(ahead, key=lambda t: t.by) if ahead else max(definition.targets, key=lambda t: t.by, default=None)
    )


def light(
    definition: Definition,
    *,
    now: float | None,
    baseline: float | None,
    target: float | None,
    by: date | None,
    on: date,
    enough: bool = True,
    within: bool = False,
) -> Light:
    """The light of a figure ``now`` on the day ``on``; ``target`` and ``by``: the milestone that counts."""
    if now is None:
        return _said(None, "no_value")
    if target is None or by is None:
        return _said(None, "no_target")
    if not enough:
        return _said(None, "few")
    reached = now <= target if definition.direction == "down" else now >= target
    if reached:
        return _said("green", "reached", 1.0, None)
    if within:
        return _said("red", "beyond_limit")
    done = 0.0 if baseline is None or baseline == target else (now - baseline) / (target - baseline)
    if on >= by:
        return _said("red", "missed", done, 1.0)
    start = parse_period(definition.baseline.period).last
    planned = (on - start).days / max((by - start).days, 1)
    tolerance = float(rule()["tolerance"])
    if done > planned + tolerance:
        return _said("green", "ahead", done, planned)
    if done < planned - tolerance:
        return _said("red", "behind", done, planned)
    return _said("yellow", "on_schedule", done, planned)


def _said(
    colour: str | None, reason: str, progress: float | None = None, planned: float | None = None
) -> Light:
    texts = rule()["texts"][reason]
    shares = {"progress": round(100 * (progress or 0)), "planned": round(100 * (planned or 0))}
    return Light(
        colour, reason, texts["zh"].format(**shares), texts["en"].format(**shares), progress, planned
    )
