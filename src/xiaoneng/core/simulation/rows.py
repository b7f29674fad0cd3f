"""What happened to every task of a replication: one row each, in the order in which they opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

WAITING: Final = 0
WORKING: Final = 1
DONE: Final = 2
WITHDRAWN: Final = 3
AHEAD: Final = 4096


@dataclass(slots=True)
class Rows:
    """Columns; times in µs since 1970, −1 where there is none. Those that are filled in later are longer than
    the others: they grow ahead in steps."""

    case: list[int] = field(default_factory=list)
    node: list[int] = field(default_factory=list)
    visit: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    person: list[int] = field(default_factory=list)
    state: list[int] = field(default_factory=list)

    def grow(self) -> None:
        """Make room for what is filled in later."""
        for column in (self.begun, self.ended, self.person):
            column.extend([-1] * AHEAD)
        self.state.extend([WAITING] * AHEAD)
