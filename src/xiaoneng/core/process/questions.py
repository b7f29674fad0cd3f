"""What a task has to answer, read off the model: the variables that the next conditions ask for.

A task with a form of its own is asked by the form. Without one, the conditions behind the task say what must
be known when it is done: their names are the questions, the values they compare with are the options.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import syntax
from xiaoneng.core.process.model import NONE, Flow, Given, Model, Node

PERSONS: Final = frozenset(("userTask", "manualTask", "task"))
OTHER: Final = "other"
KINDS: Final = {bool: "boolean", str: "text", Decimal: "number"}


@dataclass(frozen=True, slots=True)
class Option:
    """A value to choose, with the names of the flow that it opens."""

    value: str
    name: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A variable to be filled. ``kind`` is boolean, choice, number, text, date or other; options for a
    choice; ``en`` is its English name where the model gives one."""

    name: str
    kind: str
    options: tuple[Option, ...] = ()
    en: str = ""


def questions_of(model: Model, node: int) -> tuple[Question, ...]:
    """What completing a task must answer: asked by the conditions on the way to the next tasks that persons
    do, and to the next events that are waited for."""
    asked, _ = _ahead(model, [model.nodes[node]], passing=model.nodes[node].index)
    return _questions(model, asked)


def questions_at_start(model: Model, process: str = "") -> tuple[Question, ...]:
    """What must be known when a case begins: what the model says is given, and what conditions ask before the
    first task or without any task that answers."""
    scope = model.scopes[model.processes[process] if process else next(iter(model.processes.values()))]
    first, _ = _ahead(model, [model.nodes[n] for n in (*scope.starts, *scope.entries)], passing=NONE)
    answered = {
        question.name
        for node in model.nodes
        if node.kind in PERSONS
        for question in questions_of(model, node.index)
    }
    own = {node.facts.result for node in model.nodes if node.facts.result}
    late = [
        flow
        for flow in model.flows
        if flow.condition != NONE and not set(model.formulas[flow.condition].names) <= answered | own
    ]
    known = {question.name: question for question in _questions(model, [*first, *late])}
    asked = [
        question
        for name, question in known.items()
        if name not in answered or any(name in model.formulas[flow.condition].names for flow in first)
    ]
    given = [_given(one) for one in model.given]
    names = {question.name for question in given}
    return (*given, *(question for question in asked if question.name not in names))


def _given(one: Given) -> Question:
    options = tuple(Option(value, value, en) for value, en in one.options)
    return Question(one.name, "choice" if options else one.kind, options, one.en)


def _ahead(model: Model, nodes: Iterable[Node], passing: int) -> tuple[list[Flow], set[int]]:
    """Conditional flows that can be asked without a person doing anything in between."""
    found: list[Flow] = []
    seen: set[int] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop(0)
        if node.index in seen:
            continue
        seen.add(node.index)
        if node.index != passing and _waits(node):
            continue
        if node.body != NONE and not node.calls and node.index != passing:
            inner = model.scopes[node.body]
            pending += [model.nodes[n] for n in (*inner.starts, *inner.entries)]
            continue
        flows = [model.flows[f] for f in node.outgoing]
        found += [flow for flow in flows if flow.condition != NONE]
        pending += [model.nodes[flow.target] for flow in flows]
        if not flows and model.scopes[node.scope].node != NONE:
            outer = model.nodes[model.scopes[node.scope].node]
            behind = [model.flows[f] for f in outer.outgoing]
            found += [flow for flow in behind if flow.condition != NONE]
            pending += [model.nodes[flow.target] for flow in behind]
    return found, seen


def _waits(node: Node) -> bool:
    return (
        node.kind in PERSONS
        or node.kind in ("receiveTask", "intermediateCatchEvent", "eventBasedGateway")
        or bool(node.calls)
    )


def _questions(model: Model, flows: Iterable[Flow]) -> tuple[Question, ...]:
    given = {node.facts.result for node in model.nodes if node.facts.result}
    kinds: dict[str, str] = {}
    options: dict[str, list[Option]] = {}
    for flow in flows:
        formula = model.formulas[flow.condition]
        for name in sorted(formula.names, key=formula.text.find):
            if name not in given:
                kinds.setdefault(name, OTHER)
        for name, value in _compared(formula.expression.node):
            if name not in kinds:
                continue
            kind = KINDS.get(type(value), OTHER)
            kinds[name] = kind if kinds[name] == OTHER else kinds[name]
            if kind == "text" and all(option.value != value for option in options.setdefault(name, [])):
                options[name].append(Option(value, flow.name or value, flow.facts.en))
                other = _otherwise(model, flow)
                if other is not None and all(o.value != other.value for o in options[name]):
                    options[name].append(other)
    return tuple(
        Question(name, "choice" if options.get(name) else kind, tuple(options.get(name, ())))
        for name, kind in kinds.items()
    )


def _otherwise(model: Model, flow: Flow) -> Option | None:
    """The default branch as an option: any value that no condition names opens it."""
    default = model.nodes[flow.source].default
    if default == NONE or not model.flows[default].name:
        return None
    return Option(model.flows[default].name, model.flows[default].name, model.flows[default].facts.en)


def _compared(node: Any) -> Iterable[tuple[str, Any]]:
    """Names and the values that an expression compares them with; a bare name is compared with true."""
    if isinstance(node, syntax.Name):
        yield node.text, True
    elif isinstance(node, syntax.Compare):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, syntax.Name) and isinstance(other, syntax.Literal):
                yield one.text, other.value
    elif isinstance(node, syntax.Logic):
        for part in node.parts:
            yield from _compared(part)
    elif isinstance(node, syntax.In) and isinstance(node.value, syntax.Name):
        for test in node.tests:
            if isinstance(test.value, syntax.Literal):
                yield node.value.text, test.value.value
    elif isinstance(node, syntax.Call):
        for argument in node.arguments:
            yield from _compared(argument)
