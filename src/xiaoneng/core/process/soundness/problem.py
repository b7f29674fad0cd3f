"""What a check tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# kind → English template of its message
TEXTS: Final = {
    # control flow
    "dead": "{element} is never reached",
    "no_end": "from {element} the end cannot be reached",
    "deadlock": "the case stops for ever before {element}",
    "lack_of_synchronisation": "two tokens meet on the way to {element}: what follows happens twice",
    "unbounded": "tokens on the way to {element} multiply without end",
    "livelock": "the case can go round for ever and never end",
    "not_proven": "{element} has too many markings; the check is incomplete",
    "not_analysed": "{element} decides by its data; the check cannot follow it",
    # conditions
    "missing_default": "no condition after {element} might hold, and it has no default flow",
    "conditions_gap": "no condition after {element} holds when {where}, and it has no default flow",
    "conditions_overlap": "two conditions after {element} hold when {where}; the first of them decides",
    "condition_never": "the condition {text} after {element} never decides",
    "conditions_not_proven": "the conditions after {element} are more than comparisons with constants; gaps "
    "and overlaps are not checked",
    "endless_step": "a round through {element} passes no step that waits: once begun, it never ends",
    # people and time
    "lane_without_body": "the lane {element} names no body that is responsible",
    "task_without_role": "the task {element} names no role that does it",
    "limit_too_short": "the limit of {element} is {limit} {unit}, but its steps may take {sum} {unit}",
    "limit_units_differ": "the limit of {element} counts {unit}, a step in it {other}; they are not compared",
}
CONTROL_FLOW: Final = frozenset(
    ("dead", "no_end", "deadlock", "lack_of_synchronisation", "unbounded", "livelock", "not_proven")
)
# kinds that say what was not checked, and condemn nothing
HINTS: Final = frozenset(("not_analysed", "conditions_not_proven", "limit_units_differ"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: template and parameters of its message, and the BPMN ids of a path that shows it."""

    kind: str
    element: str
    message: str
    params: Mapping[str, Any]
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message.format(**self.params)


def of(kind: str, identity: str, label: str, path: tuple[str, ...] = (), **more: Any) -> Problem:
    """A problem of a kind in ``TEXTS``."""
    return Problem(kind, identity, TEXTS[kind], {"element": label, **more}, path)
