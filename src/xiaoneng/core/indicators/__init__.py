"""Indicator definitions and their computation over events and facts."""

from xiaoneng.core.indicators.compute import ALL, BY, Excluded, Result, Workspace, compute, explain_query
from xiaoneng.core.indicators.definition import Definition, Target, current, definitions, find
from xiaoneng.core.indicators.periods import Period, parse_period, periods_between

__all__ = [
    "ALL",
    "BY",
    "Definition",
    "Excluded",
    "Period",
    "Result",
    "Target",
    "Workspace",
    "compute",
    "current",
    "definitions",
    "explain_query",
    "find",
    "parse_period",
    "periods_between",
]
