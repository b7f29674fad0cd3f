"""The statutory clock: start, stops, extension, deemed acceptance, due date, light.

Read ``docs/reference/clock.md`` for the rules. Bare: :func:`count` and :func:`derivation` run one limit.
Whole: :func:`reckon` runs the clock of a case from its facts. Data: :func:`default_parameters`.
"""

from __future__ import annotations

from xiaoneng.core.clock.acceptance import Acceptance, How
from xiaoneng.core.clock.case import Reckoning, Spent, explain_days, reckon
from xiaoneng.core.clock.counting import (
    DayEntry,
    Due,
    Extension,
    Pause,
    count,
    derivation,
    latest_day_before,
)
from xiaoneng.core.clock.facts import (
    CORRECTION_WINDOW,
    DELIVERY,
    CorrectionNotice,
    Facts,
    Owner,
    Rules,
    Stop,
    StopKind,
    StopNotice,
    Wait,
)
from xiaoneng.core.clock.light import Light, LightRule, light_of
from xiaoneng.core.clock.limits import (
    Direction,
    Limit,
    Parameter,
    Parameters,
    Status,
    Unit,
    default_parameters,
    load_parameters,
)
from xiaoneng.core.clock.moments import SHANGHAI, end_of, legal_day, start_of
from xiaoneng.core.clock.problems import Problem, Weight
from xiaoneng.core.clock.redate import Move, OpenCase, RedateReport, redate

__all__ = [
    "CORRECTION_WINDOW",
    "DELIVERY",
    "SHANGHAI",
    "Acceptance",
    "CorrectionNotice",
    "DayEntry",
    "Direction",
    "Due",
    "Extension",
    "Facts",
    "How",
    "Light",
    "LightRule",
    "Limit",
    "Move",
    "OpenCase",
    "Owner",
    "Parameter",
    "Parameters",
    "Pause",
    "Problem",
    "Reckoning",
    "RedateReport",
    "Rules",
    "Spent",
    "Status",
    "Stop",
    "StopKind",
    "StopNotice",
    "Unit",
    "Wait",
    "Weight",
    "count",
    "default_parameters",
    "derivation",
    "end_of",
    "explain_days",
    "latest_day_before",
    "legal_day",
    "light_of",
    "load_parameters",
    "reckon",
    "redate",
    "start_of",
]
