"""The day on which time alone brings a value about: found by deciding for days to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.day import day_inputs
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.model.model import Model
from xiaoneng.core.decisions.tables import CompiledTable
from xiaoneng.core.decisions.trace import TableTrace

HORIZON: Final = 130 * 366
"""Days: longer than a life."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """An evaluation that can be done again for a later day: the model, what was asked, the inputs, when."""

    model: Model
    decision: str
    inputs: Mapping[str, Any]
    at: datetime

    def on(self, days: int, decision: str, table: CompiledTable) -> TableTrace | None:
        """What the table of a decision would find so many days later."""
        try:
            later = self.at + timedelta(days=days)
        except OverflowError:
            return None
        given = dict(self.inputs) | {name: later.date() for name in day_inputs(self.model)}
        trace = self.model.evaluate(self.decision, given, at=later, explain=True).trace
        for one in trace.decisions if trace is not None else ():
            if one.unit.name == decision:
                return next((t for t in one.tables if t.table is table), None)
        return None


@dataclass(frozen=True, slots=True)
class Day:
    """A day (ISO 8601), and what the table gives on it."""

    day: str
    value: Any


def forecast(ahead: Ahead, decision: str, table: CompiledTable, column: int, to: Any) -> Day | None:
    """The first day on which what the column tests has reached ``to``, if it grows with time and with
    nothing else; None where it does not get there."""

    def reached(days: int) -> TableTrace | None:
        trace = ahead.on(days, decision, table)
        if trace is None or type(trace.values[column]) is not type(to):
            return None
        try:
            return None if op.less(trace.values[column], to) else trace
        except Null:
            return None

    low, high = 0, HORIZON
    if reached(low) is not None or reached(high) is None:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle) is None:
            low = middle
        else:
            high = middle
    trace = reached(high)
    if trace is None:
        return None
    return Day((ahead.at + timedelta(days=high)).date().isoformat(), trace.value)
