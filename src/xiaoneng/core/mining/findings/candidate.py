"""What a finder hands in, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xiaoneng.core.mining.context import Context
from xiaoneng.core.mining.findings.waits import Int32, Rows, Waits
from xiaoneng.core.mining.statistics import Interval

PLACEHOLDER = re.compile(
    r"^\W*(empty|null|none|nan|n/?a|unknown|missing|无|空|未知|不详|其他)?\W*$", re.IGNORECASE
)
"""Names that stand for no name; they stay in the figures, but no finding is written about them."""


@dataclass(frozen=True)
class Candidate:
    """A finding before it is known whether another one tells the same story better."""

    kind: str
    subject: str
    """What it is about, to keep one finding per subject where kinds overlap."""
    title: str
    advice: str
    """English templates, filled from ``params``."""
    size: float
    unit: str
    interval: Interval | None
    hours: float | None
    """Hours of waiting a year, before overlaps; None where the log cannot say."""
    params: dict[str, Any]
    evidence: dict[str, Any]
    query: str
    """One row; its first column is ``size``."""
    case_numbers: Int32 | Sequence[int]
    """Cases behind it, the heaviest first."""
    claims: Rows | None = None
    """Rows of :class:`Waits` whose wait it counts; None when it cuts the time of whole cases another way."""
    specific: int = 0
    """Among findings about the same waits the more specific one goes first."""


@dataclass(frozen=True)
class Material:
    """What every finder works on."""

    context: Context
    waits: Waits
    labels: dict[int, str] = field(default_factory=dict)
    """How activities are called in a sentence: their name, with the readable one behind a code."""

    def activity(self, number: int) -> str:
        """The name in the log."""
        return self.context.activities[number]

    def label(self, number: int) -> str:
        """The name in a sentence."""
        return self.labels.get(number, self.context.activities[number])

    def days(self, seconds: float) -> float:
        """Seconds on the waits' clock as days of that clock."""
        return seconds / self.waits.day_seconds

    @property
    def working(self) -> bool:
        """Whether days and hours are working days and hours."""
        return self.waits.clock == "working"
