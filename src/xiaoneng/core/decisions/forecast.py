"""The day on which time alone brings a value about: found by deciding for days to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.day import day_inputs
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.model.model import Evaluation, Model
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
        evaluation = self._evaluate(days, self.decision, explain=True)
        trace = evaluation.trace if evaluation is not None else None
        for one in trace.decisions if trace is not None else ():
            if one.unit.name == decision:
                return next((t for t in one.tables if t.table is table), None)
        return None

    def value(self, days: int, decision: str) -> Any:
        """What a decision would give so many days later."""
        evaluation = self._evaluate(days, decision, explain=False)
        return evaluation.value if evaluation is not None else None

    def _evaluate(self, days: int, decision: str, *, explain: bool) -> Evaluation | None:
        try:
            later = self.at + timedelta(days=days)
        except OverflowError:
            return None
        given = dict(self.inputs) | {name: later.date() for name in day_inputs(self.model)}
        return self.model.evaluate(decision, given, at=later, explain=explain)


@dataclass(frozen=True, slots=True)
class Day:
    """A day (ISO 8601), and what the table gives on it."""

    day: str
    value: Any


def forecast(ahead: Ahead, decision: str, table: CompiledTable, column: int, to: Any) -> Day | None:
    """The first day on which what the column tests has reached ``to``, if it grows with time and with
    nothing else; None where it does not get there."""

    tested = table.spec.inputs[column].text.strip()

    def value(days: int) -> Any:
        # a decision that is tested under its name can be asked for alone
        if tested in ahead.model.decisions:
            return ahead.value(days, tested)
        trace = ahead.on(days, decision, table)
        return trace.values[column] if trace is not None else None

    def reached(days: int) -> bool:
        found = value(days)
        try:
            return type(found) is type(to) and not op.less(found, to)
        except Null:
            return False

    low, high = 0, HORIZON
    if reached(low) or not reached(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    trace = ahead.on(high, decision, table)
    if trace is None:
        return None
    return Day((ahead.at + timedelta(days=high)).date().isoformat(), trace.value)
