"""The constants that cells mention."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler import Level, compile_node
from xiaoneng.core.decisions.faults import Stop
from xiaoneng.core.decisions.runtime import Limits, Run
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Range, Time, YearsMonths

CLOCK_FUNCTIONS: Final = frozenset(("now", "today"))
FOLDING: Final = Limits(steps=10_000, depth=20, text=10_000, pattern_seconds=0.05)


def constant_value(node: s.Node) -> tuple[bool, Any]:
    """(True, value) of a node that gives the same everywhere and without a fault, else (False, None)."""
    if type(node) is s.Literal:
        return True, node.value
    for name in s.names_in(node):
        if name.variable is None or name.variable.value is None or name.text in CLOCK_FUNCTIONS:
            return False, None
    level = Level()
    try:
        code = compile_node(node, level)
        run = Run(limits=FOLDING)
        value = code(level.frame(run))
    except (Stop, RecursionError):
        return False, None
    return (False, None) if run.faults else (True, value)


def mentioned(value: Any) -> list[Any] | None:
    """The constants by which a test's value cuts its column; None where it cannot be said."""
    if isinstance(value, Range):
        return [end for end in (value.low, value.high) if end is not None]
    if isinstance(value, list):
        out: list[Any] = []
        for item in value:
            inner = None if isinstance(item, (list, dict)) else mentioned(item)
            if inner is None:
                return None
            out += inner
        return out
    if value is None:
        return []
    if isinstance(value, (bool, Decimal, str, Date, DateTime, Time, DaysTime, YearsMonths)):
        return [value]
    return None


def cell_constants(cell: s.Tests) -> list[Any] | None:
    """All constants of a cell, None for a cell that depends on anything but its input's value."""
    found: list[Any] = []
    for test in cell.tests:
        if test.uses_input:
            return None
        known, value = constant_value(test.value)
        parts = mentioned(value) if known else None
        if parts is None:
            return None
        found += parts
    return found
