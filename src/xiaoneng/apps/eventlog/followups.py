"""What is to be done when the platform's store has changed: apps above this one register it here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Followup = Callable[[datetime], None]

_followups: dict[str, Followup] = {}


def register(name: str, followup: Followup) -> None:
    """Have ``followup`` called, in the transaction that ends the refresh, with the time of the refresh."""
    _followups[name] = followup


def call_all(at: datetime) -> None:
    """Call them in the order of their names."""
    for name in sorted(_followups):
        _followups[name](at)
