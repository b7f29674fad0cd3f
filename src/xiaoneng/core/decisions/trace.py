"""What an evaluation did, recorded while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TableTrace:
    """One evaluation of a table: the values tested, the rules that applied (by index), the result.

    ``cells`` holds for every rule whether each of its cells was satisfied.
    """

    table: Any
    values: list[Any]
    hits: list[int]
    value: Any
    cells: list[list[bool]] = field(default_factory=list)


@dataclass(slots=True)
class DecisionTrace:
    """One decision: its value, its tables, and what it required."""

    unit: Any
    required: dict[str, Any] = field(default_factory=dict)
    value: Any = None
    tables: list[TableTrace] = field(default_factory=list)


class Trace:
    """Decisions in the order in which they were finished."""

    def __init__(self) -> None:
        self.inputs: dict[str, Any] = {}
        self.decisions: list[DecisionTrace] = []
        self.open: list[DecisionTrace] = []

    def enter(self, unit: Any, session: Any) -> None:
        required = {element.name: session.memo.get(element) for _, element in unit.requires}
        self.open.append(DecisionTrace(unit, required))

    def leave(self, unit: Any, value: Any) -> None:
        done = self.open.pop()
        done.value = value
        self.decisions.append(done)

    def table(self, table: Any, frame: list[Any], values: list[Any], hits: list[int], value: Any) -> None:
        """Called by a compiled table after it has been evaluated."""
        cells = [[cell(frame, v) for cell, v in zip(row, values, strict=True)] for row in table.cells]
        if self.open:
            self.open[-1].tables.append(TableTrace(table, list(values), list(hits), value, cells))
