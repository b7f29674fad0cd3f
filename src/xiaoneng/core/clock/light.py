"""The light of a case: what to look at first. Thresholds are parameters (standards: 电子监察 and design)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xiaoneng.core.clock.counting import Due


class Light(StrEnum):
    """green: time enough. yellow: hurry. red: overdue. grey: the clock stands."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class LightRule:
    """Yellow at or below ``yellow_share`` of the limit, or ``yellow_days`` working days (not for hours)."""

    yellow_share: float = 0.20
    yellow_days: int = 1


DEFAULT_LIGHT = LightRule()


def light_of(due: Due, rule: LightRule) -> Light | None:
    """The light of a running limit; None when its due date is not known."""
    if due.stopped:
        return Light.GREY
    if due.overdue:
        return Light.RED
    if due.remaining is None:
        return None
    near = due.working_days_left is not None and due.working_days_left <= rule.yellow_days
    if near or due.remaining <= rule.yellow_share * due.total:
        return Light.YELLOW
    return Light.GREEN
