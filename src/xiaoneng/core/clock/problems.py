"""What is wrong with the facts of a case: acts without effect, warnings, signals for the integrity checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Weight(StrEnum):
    """What a problem means for the result."""

    REFUSED = "refused"
    """The act has no effect on the clock."""
    WARNING = "warning"
    """The result stands, something must be done."""
    SIGNAL = "signal"
    """Lawful as recorded; a pattern that the integrity checks look at."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``message`` is an English template, filled from ``params``; an edge translates it."""

    code: str
    weight: Weight
    on: date | None
    message: str
    params: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.params)
