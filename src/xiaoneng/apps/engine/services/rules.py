"""Business-rule tasks: decided in the step that opens them, under the version in force that day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.utils.timezone import localdate

from xiaoneng.apps.engine.contracts import Doer
from xiaoneng.apps.organisations.selectors import public_scope
from xiaoneng.apps.processes.selectors.decisions import decision_find
from xiaoneng.apps.processes.services.decisions import decide
from xiaoneng.core.decisions import from_python, to_json
from xiaoneng.core.errors import XiaonengError
from xiaoneng.core.process import Complete, Model, State, advance
from xiaoneng.core.process.faults import StepTooLarge
from xiaoneng.core.process.model import Node

if TYPE_CHECKING:
    from xiaoneng.apps.engine.services.steps import Worked

DECISIONS_LIMIT: Final = 100
"""Most decisions of one step: a loop of rules must not run for ever."""


@lru_cache(maxsize=256)
def has_rules(model: Model) -> bool:
    """Whether the model has tasks that a decision does."""
    return any(node.kind == "businessRuleTask" and node.facts.decision for node in model.nodes)


def private(model: Model, data: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What of the data of a command only the decisions of its step may see (``Given.sensitive``): it is kept,
    encrypted, with the evaluation, and nowhere else."""
    if not data or not model.given:
        return {}
    return {
        given.name: to_json(from_python(data[given.name]))
        for given in model.given
        if given.sensitive and given.name in data
    }


def decide_all(
    model: Model, worked: Worked, at: datetime, actor: Doer, case: str, private: Mapping[str, Any]
) -> Worked:
    """Decide what the step opened, and what that opens. A decision without an answer leaves its task open
    with the reason, for a person to decide; the step stands."""
    state, events, asked, faults = worked
    asked, faults = list(asked), dict(faults)
    seen = 0
    waiting = _opened(model, events)
    while waiting:
        task, node = waiting.pop(0)
        if task not in state.ids:
            continue
        seen += 1
        if seen > DECISIONS_LIMIT:
            raise StepTooLarge(
                "the step has not come to rest after {limit} decisions; it is at {element}",
                limit=DECISIONS_LIMIT,
                element=node.label,
            )
        try:
            data = answer(node, state, at, actor, case, private)
        except XiaonengError as error:
            faults[task] = str(error)
            continue
        command = Complete(task, data)
        step = advance(model, state, command, at)
        state = step.state
        events = (*events, *step.events)
        asked.append(command)
        waiting += _opened(model, step.events)
    return worked._replace(state=state, events=events, asked=asked, faults=faults)


def _opened(model: Model, events: Any) -> list[tuple[int, Node]]:
    nodes = model.nodes
    return [
        (event.item, nodes[event.node])
        for event in events
        if event.kind == "opened"
        and nodes[event.node].kind == "businessRuleTask"
        and nodes[event.node].facts.decision
    ]


def answer(
    node: Node, state: State, at: datetime, actor: Doer, case: str, private: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The variables that a decision sets: the one that ``xn:result`` names, else the entries of its value."""
    key = node.facts.decision
    decision = decision_find(public_scope(), key)
    if decision is None:
        raise NoAnswer("there is no decision {key}", key=key)
    found = decide(
        decision=decision,
        inputs={name: to_json(value) for name, value in state.variables.items()} | dict(private),
        on=localdate(at),
        at=at,
        actor=actor.actor,
        reference=case,
    )
    if found.value is None:
        reason = str(found.faults[0]) if found.faults else "-"
        raise NoAnswer("the decision {key} gives no answer: {reason}", key=key, reason=reason)
    if node.facts.result:
        return {node.facts.result: found.value}
    return found.value if isinstance(found.value, Mapping) else {key: found.value}


class NoAnswer(XiaonengError):
    """A decision that does not exist or gives nothing."""

    code = "no_answer"
