"""What is to say about a BPMN file: remarks of the reader, soundness, what is missing before publishing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xiaoneng.apps.processes.diagrams.kept import Kept
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import Model, compile_document, read_document
from xiaoneng.core.process.soundness import HINTS, Verdict, check

FILE_BYTES: Final = 4_000_000
"""A file larger than this is not taken by pages and API."""
ACTIVITIES: Final = frozenset(
    (
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "scriptTask",
        "callActivity",
    )
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: ``error`` keeps the model from publication. Template and parameters of its message, the
    BPMN element, its line in the file (0: unknown), and the ids of a path that shows it."""

    severity: str
    kind: str
    element: str
    message: str
    params: Mapping[str, Any]
    line: int = 0
    path: tuple[str, ...] = ()


_models: Kept[Model] = Kept(128)
_verdicts: Kept[Verdict] = Kept(128)


def sha_of(bpmn: bytes) -> str:
    """The name under which what is computed from a file is kept."""
    return hashlib.sha256(bpmn).hexdigest()


def model_by(sha256: str, load: Callable[[], bytes]) -> Model:
    """The compiled model of the file with this hash, which is loaded only when the model is not kept.

    Raises BadInput, HostileInput.
    """
    return _models.get(sha256, lambda: _compile(load()))


def model_of(bpmn: bytes) -> Model:
    """The compiled model of a file. Raises BadInput, HostileInput."""
    return model_by(sha_of(bpmn), lambda: bpmn)


def _verdict(bpmn: bytes) -> Verdict:
    return _verdicts.get(sha_of(bpmn), lambda: check(model_of(bpmn)))


def verdict(bpmn: bytes) -> tuple[bool, bool]:
    """Whether the control flow is sound, and whether the file can be published. Raises BadInput,
    HostileInput."""
    found = _verdict(bpmn)
    return found.sound, found.publishable


def _compile(bpmn: bytes) -> Model:
    model = compile_document(read_document(bpmn))
    if not model.processes:
        raise BadInput("the file has no process", expected="a BPMN 2.0 model with a process")
    return model


def findings(bpmn: bytes) -> tuple[Finding, ...]:
    """Errors first, then remarks, each in the order of the file. Raises BadInput, HostileInput."""
    model = model_of(bpmn)
    lines = {remark.element: remark.line for remark in model.remarks}
    lines |= {node.id: node.line for node in model.nodes} | {flow.id: flow.line for flow in model.flows}
    lines |= {lane.id: lane.line for lane in model.lanes} | {scope.id: scope.line for scope in model.scopes}
    found = [
        Finding(
            "warning" if problem.kind in HINTS else "error",
            problem.kind,
            problem.element,
            problem.message,
            problem.params,
            lines.get(problem.element, 0),
            problem.path,
        )
        for problem in _verdict(bpmn).problems
    ]
    found += [
        Finding("warning", remark.kind, remark.element, remark.message, remark.params, remark.line)
        for remark in model.remarks
        if not remark.blocks
    ]
    return tuple(sorted(found, key=lambda one: one.severity != "error"))


def steps(model: Model) -> int:
    """How many steps (activities that somebody or something does) the model has."""
    return sum(node.kind in ACTIVITIES for node in model.nodes)


def status(bpmn: bytes) -> dict[str, int]:
    """{errors, warnings, steps} of a file. Raises BadInput, HostileInput."""
    found = findings(bpmn)
    errors = sum(one.severity == "error" for one in found)
    return {"errors": errors, "warnings": len(found) - errors, "steps": steps(model_of(bpmn))}
