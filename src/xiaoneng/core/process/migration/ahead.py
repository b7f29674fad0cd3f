"""What still lies ahead of a case: steps that it would leave out, variables that it would miss."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xiaoneng.core.process.compile.expressions import GATEWAY_NAMES, LOOP_NAMES
from xiaoneng.core.process.migration.check import group
from xiaoneng.core.process.migration.versionmap import Images, Problem, VersionMap, problem
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.state import ALIVE, CLOSED, FLOW, SCOPE, State


def nodes_ahead(model: Model, state: State) -> set[int]:
    """The nodes at which the tokens of a case are, and those to which they may come."""
    items = state.shape.items
    closed = {item[2] for item in items if item[0] == CLOSED}
    found: set[int] = set()
    pending: list[int] = []
    for position, (role, number, *_) in enumerate(items):
        if role >= ALIVE:
            continue
        if role == FLOW:
            pending.append(model.flows[number].target)
            continue
        found.add(number)
        node = model.nodes[number]
        pending += after(model, node)
        if node.loop is not None and node.body != NONE:
            pending += model.scopes[node.body].nodes
        if role == SCOPE and position not in closed and node.body != NONE:
            pending += model.scopes[node.body].event_subs
    if NONE not in closed:
        pending += model.scopes[state.shape.process].event_subs
    begun: set[int] = set()
    while pending:
        number = pending.pop()
        if number in begun:
            continue
        begun.add(number)
        node = model.nodes[number]
        pending += after(model, node)
        if node.body != NONE:
            pending += model.scopes[node.body].nodes
    return found | begun


def after(model: Model, node: Node) -> Iterator[int]:
    """The nodes to which a node leads, its boundary events, link and handler included."""
    for flow in node.outgoing:
        yield model.flows[flow].target
    yield from node.boundary
    yield from (number for number in (node.link, node.handler) if number != NONE)


def left_out(
    old: Model, before: State, new: Model, state: State, images: Images, skip: Collection[str]
) -> Iterator[Problem]:
    """Steps that both versions have, that lay ahead of the case and do not any more."""
    ahead = nodes_ahead(new, state)
    for number in sorted(nodes_ahead(old, before)):
        node, image = old.nodes[number], images.nodes[number]
        if group(node) == "work" and image != NONE and image not in ahead and node.id not in skip:
            yield problem("skipped", node.id, node.label)


def lacking(old: Model, new: Model, state: State, chosen: VersionMap) -> Iterator[Problem]:
    """Variables that new expressions ahead of the case name and the case does not have.

    It blocks where the old version did not keep the variable at all: whatever was said of it is lost, and
    the map must give a value, or tell that a step still to come does. Otherwise a step may still give it.
    """
    ahead = nodes_ahead(new, state)
    had = {*state.variables, *chosen.later, *LOOP_NAMES, *GATEWAY_NAMES}
    had |= {name for own in state.extra.local.values() for name in own}
    used: dict[int, Node] = {}
    for number in sorted(ahead):
        node = new.nodes[number]
        had |= given(new, node)
        for index in formulas(new, node):
            used.setdefault(index, node)
    texts = {formula.text for formula in old.formulas}
    for index, node in used.items():
        formula = new.formulas[index]
        if formula.text in texts:
            continue
        for name in sorted(set(formula.names) - had):
            yield problem(
                "variable",
                node.id,
                node.label,
                blocks=name not in old.names,
                name=name,
                text=formula.text[:80],
            )


def given(model: Model, node: Node) -> set[str]:
    """The variables that a node sets by itself."""
    found = {node.facts.result} if node.move == "script" else set()
    if node.loop is not None:
        found |= {node.loop.item, node.loop.output, node.loop.outputs}
    if node.body != NONE:
        found |= model.scopes[node.body].local
    return found


def formulas(model: Model, node: Node) -> Iterator[int]:
    """The expressions that are asked at a node and on the flows out of it."""
    found = [node.formula, *(model.flows[flow].condition for flow in node.outgoing)]
    for trigger in node.triggers:
        found += [trigger.formula, trigger.timer.formula if trigger.timer is not None else NONE]
    if node.loop is not None:
        found += [node.loop.condition, node.loop.cardinality, node.loop.completion]
        found += [condition for _, condition, _ in node.loop.throws]
    if node.body != NONE and (adhoc := model.scopes[node.body].adhoc) is not None:
        found.append(adhoc.completion)
    yield from (number for number in found if number != NONE)
