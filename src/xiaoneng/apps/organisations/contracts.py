"""What other parts may hold about bodies and scope."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The bodies whose data someone may see.

    ``everything`` means no restriction; otherwise ``codes`` are the unified social credit codes of the
    visible bodies
    and ``ids`` their database keys. ``user`` is the key of the user for "one's own" things.
    """

    user: int
    everything: bool
    ids: frozenset[int]
    codes: frozenset[str]

    def sees(self, code: str) -> bool:
        """Whether the body with this credit code is visible."""
        return self.everything or code in self.codes


@dataclass(frozen=True, slots=True)
class BodyInfo:
    """A body as others see it."""

    id: int
    code: str
    name: str
    level: str
    region_code: str
