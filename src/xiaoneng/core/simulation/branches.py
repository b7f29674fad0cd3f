"""Branches that a simulation decides: the model again, with conditions that ask the simulation.

The engine's own ``advance`` walks the model; only the answers of its conditions come from here. A condition
whose split has probabilities is answered by a draw, every other one by its FEEL expression over the drawn
attributes of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, cast

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import Flow, Model, Node
from xiaoneng.core.process.formula import Formula
from xiaoneng.core.process.model import NONE
from xiaoneng.core.simulation.remarks import Remark
from xiaoneng.core.simulation.scenario import Scenario

FEEL: Final = 0  # ask the expression
FIRST: Final = 1  # the first flow of an exclusive split: draw, and compare with the share so far
NEXT: Final = 2  # a further flow of it: compare the same draw
OWN: Final = 3  # a flow of an inclusive split: a draw of its own
TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Question:
    """How a condition is answered. ``bound``: below it the draw of ``stream`` says yes. ``opens``: the first
    flow asked when a token passes the split; ``forced``: it must be taken where no other flow was."""

    kind: int
    stream: str
    bound: float = 0.0
    opens: bool = False
    forced: bool = False
    known: bool = True
    """Of a FEEL condition: the drawn attributes alone decide it."""


Answer = Callable[[int, Mapping[str, Any], datetime | None], bool]


@dataclass(slots=True)
class Desk:
    """Where conditions turn to. ``impure`` is set by whatever a remembered step could not repeat."""

    answer: Answer | None = None
    impure: bool = False


class Asked:
    """Stands in for a formula of the model."""

    __slots__ = ("_desk", "names", "number", "original", "timeless")

    def __init__(self, number: int, original: Formula | None, desk: Desk) -> None:
        self.number, self.original, self._desk = number, original, desk
        self.names = original.names if original is not None else frozenset()
        self.timeless = original is None or original.timeless

    def holds(self, variables: Mapping[str, Any], at: datetime | None) -> bool:
        assert self._desk.answer is not None
        return self._desk.answer(self.number, variables, at)

    def value(self, variables: Mapping[str, Any], at: datetime | None) -> Any:
        """The value of an expression; null where it asks for data that the simulation does not draw."""
        assert self.original is not None
        self._desk.impure = True
        if any(name not in variables for name in self.names):
            return None
        return self.original.value(variables, at)


@dataclass
class Branching:
    """The model that asks, and how each of its conditions is answered."""

    model: Model
    questions: list[Question]
    desk: Desk
    remarks: list[Remark] = field(default_factory=list)


def bind_branches(model: Model, scenario: Scenario, elsewhere: Collection[str] = ()) -> Branching:
    """Raises BadInput for probabilities that do not fit, and for a condition that nothing answers."""
    desk = Desk()
    flows, nodes = list(model.flows), list(model.nodes)
    questions = [_feel(formula, scenario) for formula in model.formulas]
    formulas: list[Any] = [Asked(n, formula, desk) for n, formula in enumerate(model.formulas)]
    result = Branching(model, questions, desk)
    lifted: set[str] = set()

    def ask(flow: Flow, question: Question) -> None:
        flows[flow.index] = replace(flow, condition=len(formulas))
        formulas.append(Asked(len(formulas), None, desk))
        questions.append(question)

    result.remarks += [
        Remark(
            "script_without_data",
            node.id,
            "the expression asks for {names}, which nothing draws; its result is null",
            {"names": ", ".join(missing)},
        )
        for node in model.nodes
        if node.move == "script"
        and node.formula != NONE
        and (missing := sorted(set(model.formulas[node.formula].names) - set(scenario.attributes)))
    ]
    for identity in scenario.flows:
        if identity not in model.flow_by_id and identity not in elsewhere:
            scenario.places[f"flows {identity}"].fail(
                "the model has no sequence flow {flow}", expected="the id of a sequence flow", flow=identity
            )
    for node in model.nodes:
        shares = _shares(model, node, scenario, questions, result.remarks)
        if shares is None:
            continue
        lifted.update(model.flows[f].id for f in node.outgoing)
        outgoing = [model.flows[f] for f in node.outgoing]
        if node.move == "exclusive":
            total, first = 0.0, True
            asked = [flow for flow in outgoing if flow.index != node.default]
            for flow in asked:
                total += shares[flow.index]
                bound = total if flow is not asked[-1] or node.default != NONE else 2.0
                ask(flow, Question(FIRST if first else NEXT, node.id, bound, opens=first))
                first = False
        else:
            asked = [f for f in outgoing if f.index != node.default and f.index in shares]
            sure = node.default != NONE or len(asked) < len(outgoing)
            for flow in asked:
                ask(
                    flow,
                    Question(
                        OWN, flow.id, shares[flow.index], flow is asked[0], flow is asked[-1] and not sure
                    ),
                )
            nodes[node.index] = replace(node, plain=False)
    result.model = replace(
        model,
        flows=tuple(flows),
        nodes=tuple(nodes),
        formulas=cast("tuple[Formula, ...]", tuple(formulas)),
        shapes={},
        # what a flow lacks to be run, a draw gives it
        remarks=tuple(r for r in model.remarks if r.element not in lifted and r.kind != "drawn"),
    )
    return result


def _feel(formula: Formula, scenario: Scenario) -> Question:
    known = formula.timeless and set(formula.names) <= set(scenario.attributes)
    return Question(FEEL, formula.element, known=known)


def _shares(
    model: Model, node: Node, scenario: Scenario, questions: list[Question], remarks: list[Remark]
) -> dict[int, float] | None:
    """The probability of each flow that leaves a split, None where the model's own conditions decide."""
    if len(node.outgoing) < 2 or node.move in ("parallel", "choice"):
        return None
    outgoing = [model.flows[f] for f in node.outgoing]
    conditional = any(flow.condition != NONE for flow in outgoing)
    if node.move not in ("exclusive", "inclusive", "complex") and not conditional:
        return None  # an activity or event that splits without conditions
    shares: dict[int, float] = {}
    for flow in outgoing:
        said = scenario.flows.get(flow.id)
        if said is None and flow.facts.probability is not None:
            said = float(flow.facts.probability)
        if said is not None:
            shares[flow.index] = said
    open_names = sorted(
        {
            name
            for flow in outgoing
            if flow.condition != NONE and not questions[flow.condition].known
            for name in model.formulas[flow.condition].names
            if name not in scenario.attributes and name not in model.declared
        }
    )
    exclusive = node.move == "exclusive"
    bare = exclusive and any(f.condition == NONE and f.index != node.default for f in outgoing)
    if not shares:
        if not open_names and not bare:
            return None
        if scenario.given and not open_names:
            raise BadInput(
                "nothing decides at {element}: a flow has neither a condition nor a probability",
                element=node.label,
                expected="probabilities of its flows, in the scenario or in the model",
            )
        if scenario.given:
            raise BadInput(
                "nothing decides at {element}: its conditions ask for {names}",
                element=node.label,
                names=", ".join(open_names),
                expected="probabilities of its flows in the scenario, or attributes of these names",
            )
        remarks.append(
            Remark(
                "branches_even", node.id, "nothing says which branch is taken; all are taken equally often"
            )
        )
        if exclusive:
            return {flow.index: 1 / len(outgoing) for flow in outgoing}
        return {f.index: 0.5 for f in outgoing if f.condition != NONE}
    if not exclusive:
        return shares
    missing = [flow for flow in outgoing if flow.index not in shares]
    total = sum(shares.values())
    if len(missing) == 1 and total <= 1 + TOLERANCE:
        shares[missing[0].index] = max(0.0, 1 - total)
    elif missing or abs(total - 1) > TOLERANCE:
        raise BadInput(
            "the probabilities of the flows that leave {element} add up to {total}",
            place=_place(scenario, outgoing),
            element=node.label,
            total=round(total, 9),
            expected="1 over all flows; at most one may be left out",
        )
    return shares


def _place(scenario: Scenario, outgoing: list[Flow]) -> Any:
    for flow in outgoing:
        found = scenario.places.get(f"flows {flow.id}")
        if found is not None:
            return found.place
    return None
