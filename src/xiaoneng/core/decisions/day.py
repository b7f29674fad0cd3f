"""The day of a decision as an input: a model that counts years names it, and nobody has to fill it in.

An input with the annotation ``day="true"`` is the day for which is decided. Rules then need no ``today()``:
they give the same for the same inputs whenever they are asked, in test cases, in replays, over past cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from xiaoneng.core.decisions.model.model import Model


def day_inputs(model: Model) -> list[str]:
    """Names of the inputs that are the day of the decision."""
    return [name for name, one in model.all_inputs().items() if one.annotations.get("day") == "true"]


def with_day(model: Model, inputs: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The inputs (JSON values), and the day of the decision where the model asks for it and it is missing."""
    missing = {name: day.isoformat() for name in day_inputs(model) if inputs.get(name) is None}
    return {**inputs, **missing}
