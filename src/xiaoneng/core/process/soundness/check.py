"""The check of a model: control flow of every scope, and what is missing before it can be published."""

from __future__ import annotations

from dataclasses import dataclass

from xiaoneng.core.process.model import Model
from xiaoneng.core.process.soundness.control import flow_problems
from xiaoneng.core.process.soundness.problem import CONTROL_FLOW, HINTS, Problem
from xiaoneng.core.process.soundness.publishing import publishing_problems


@dataclass(frozen=True, slots=True)
class Verdict:
    """``sound`` speaks of control flow alone; ``publishable`` of everything."""

    sound: bool
    publishable: bool
    problems: tuple[Problem, ...]


def check(model: Model) -> Verdict:
    """Everything that can be found without running the model; ``HINTS`` alone do not condemn it."""
    problems: list[Problem] = []
    for scope in model.scopes:
        problems += flow_problems(model, scope)
    sound = not any(problem.kind in CONTROL_FLOW for problem in problems)
    problems += publishing_problems(model)
    problems += [Problem(r.kind, r.element, r.message, r.params) for r in model.blockers]
    publishable = not any(problem.kind not in HINTS for problem in problems)
    return Verdict(sound, publishable, tuple(problems))
