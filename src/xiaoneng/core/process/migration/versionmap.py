"""The map from one version of a model to another, and what can be wrong with moving a case by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from xiaoneng.core.process.model import NONE, Flow, Model

TEXTS: Final = {
    "ended": "the case has ended; it stays in the version in which it ended",
    "not_executable": "the new version cannot be run: {reason}",
    "unknown": "the map names {element}, which the {version} version does not have",
    "kind": "{element} cannot become {target}: a case would wait there for something else",
    "open": "{element} is no new way out of a split, and cannot be opened",
    "gone": "{element} is not in the new version, and the map does not say where its cases go on",
    "process": "the process {element} is not in the new version, and the map names no other",
    "loop_changed": "{element} is repeated in another way in the new version, and the case is inside it",
    "no_scope": "{element} lies in {scope} now, which this case is not in",
    "left_scope": "{element} lies outside of {scope} now, while other steps still run inside it",
    "step": "the case cannot go on in the new version: {reason}",
    "deadlock": "{element} would wait for ever: not every way to it can still bring a token",
    "meet": "two tokens would meet at {element}: what follows would happen twice",
    "no_end": "the case could not end any more; it would go round at {element}",
    "not_proven": "whether the case can end from {element} could not be proven",
    "undo": "{element} was done and could be undone; in the new version nothing undoes it",
    "skipped": "{element} still lay ahead of the case and does not any more: it would be left out",
    "variable": "the condition {text} of {element} needs {name}, which the case does not have",
}


@dataclass(frozen=True, slots=True)
class VersionMap:
    """How cases of one version go on in another. Elements with the same id need no entry.

    ``elements``: id in the old version → id in the new one. A step may also be mapped to a sequence flow:
    it is taken away, and the case goes on along that flow.
    ``open``: sequence flows of the new version, out of splits, that are opened for cases which have passed
    the split and not yet its join. Without it such a case waits only for the branches it had opened.
    ``data``: variables that every case gets; what a case has already stays as it is.
    ``later``: names of variables that steps still to come provide, so that no case needs to have them.
    ``skip``: steps of the old version that may be left out where they lie ahead of a case no more.
    """

    elements: Mapping[str, str] = field(default_factory=dict)
    open: Collection[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    later: Collection[str] = ()
    skip: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: template and parameters of its message. ``blocks``: the case cannot be moved for it."""

    kind: str
    element: str
    message: str
    params: Mapping[str, Any]
    blocks: bool = True

    def __str__(self) -> str:
        return self.message.format(**self.params)


def problem(kind: str, element: str, label: str = "", *, blocks: bool = True, **params: Any) -> Problem:
    """A problem of this kind at an element; ``label`` is how its message names it."""
    return Problem(kind, element, TEXTS[kind], {"element": label or element, **params}, blocks)


class Images:
    """Where the elements of the old version lie in the new one. ``nodes`` and ``flows`` go from number to
    number (NONE: nowhere); ``onward`` from the number of a step to the flow along which its cases go on;
    ``known`` are the flows of the new version that the old one had."""

    def __init__(self, old: Model, new: Model, chosen: VersionMap) -> None:
        self.onward: dict[int, int] = {}
        self.nodes: list[int] = []
        for node in old.nodes:
            target = chosen.elements.get(node.id, node.id)
            self.nodes.append(new.by_id.get(target, NONE))
            if self.nodes[-1] == NONE and node.id in chosen.elements and target in new.flow_by_id:
                self.onward[node.index] = new.flow_by_id[target]
        between: dict[tuple[int, int], list[int]] = {}
        for flow in new.flows:
            between.setdefault((flow.source, flow.target), []).append(flow.index)
        self.flows = [self._flow(flow, new, chosen, between) for flow in old.flows]
        self.known = frozenset(self.flows) - {NONE}

    def _flow(
        self, flow: Flow, new: Model, chosen: VersionMap, between: Mapping[tuple[int, int], list[int]]
    ) -> int:
        """The flow of the same id, unless that is only a number; else the one between the same nodes."""
        target = chosen.elements.get(flow.id, flow.id)
        if target in new.flow_by_id and (flow.id in chosen.elements or flow.id != f"flow{flow.index}"):
            return new.flow_by_id[target]
        found = between.get((self.nodes[flow.source], self.nodes[flow.target]), [])
        return found[0] if len(found) == 1 else NONE

    def process(self, old: Model, new: Model, chosen: VersionMap, scope: int) -> int:
        """The scope of the new version that this process has become; NONE where nothing says which."""
        identity = old.scopes[scope].id
        found = new.processes.get(chosen.elements.get(identity, identity))
        if found is None and len(new.processes) == 1 and identity not in chosen.elements:
            return next(iter(new.processes.values()))
        return NONE if found is None else found
