"""Where decisions are used: the steps of published processes that ask for one (``xn:decision``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.contracts import DecisionInfo, ProcessInfo, ProcessVersionInfo
from xiaoneng.apps.processes.diagrams.kept import Kept
from xiaoneng.apps.processes.selectors import processes
from xiaoneng.core.process import Model


@dataclass(frozen=True, slots=True)
class Step:
    """A step that asks for a decision."""

    decision: str
    id: str
    name: str
    en: str


@dataclass(frozen=True, slots=True)
class Use:
    """A step of a process version that asks for a decision; ``now`` is whether the version is in force, or
    else begins later."""

    process: ProcessInfo
    version: ProcessVersionInfo
    step: Step
    now: bool


_steps: Kept[tuple[Step, ...]] = Kept(1_000)


def used_by(decision: DecisionInfo, scope: Scope, today: date) -> list[Use]:
    """Where a decision is used today or will be, as far as one may see: by process and step.

    Two queries, and one more for each version that has not been looked at yet.
    """
    found: list[Use] = []
    for one in processes.overview(scope, today):
        for version, now in ((one.present, True), (one.following, False)):
            if version is not None:
                found += [
                    Use(one.process, version, step, now)
                    for step in steps_of(version)
                    if step.decision == decision.key
                ]
    return found


def steps_of(version: ProcessVersionInfo) -> tuple[Step, ...]:
    """The steps of a version that ask for a decision, in the order of the file."""
    return _steps.get(version.sha256, lambda: _asking(processes.compiled(version.pk, version.sha256)))


def _asking(model: Model) -> tuple[Step, ...]:
    return tuple(
        Step(node.facts.decision, node.id, node.name or node.id, node.facts.en)
        for node in model.nodes
        if node.facts.decision
    )
