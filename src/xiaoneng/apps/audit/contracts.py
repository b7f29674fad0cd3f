"""What callers hold: who acts, from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the user's key (None for nobody signed in and for the system), role, hashed address,
    request id."""

    user: int | None = None
    role: str = ""
    address_hash: str = ""
    request: str = ""


SYSTEM = Actor(role="system")


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """The result of reading the whole chain; ``broken_at`` is the first line that does not fit."""

    ok: bool
    lines: int
    broken_at: int | None
