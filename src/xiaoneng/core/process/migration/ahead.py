"""What still lies ahead of a case: steps that it would leave out, variables that it would miss."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from xiaoneng.core.process.compile.expressions import GATEWAY_NAMES, LOOP_NAMES
from xiaoneng.core.process.migration.check import group
from xiaoneng.core.process.migration.versionmap import Images, Problem, problem
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
    """Steps that both versions have, that lay ahead of the case and do not any more. A step that it has done
    already, and might only have come back to, is not left out."""
    ahead = nodes_ahead(new, state)
    for number in sorted(nodes_ahead(old, before)):
        node, image = old.nodes[number], images.nodes[number]
        if group(node) != "work" or image == NONE or image in ahead or node.id in skip:
            continue
        if not surely_done(old, before, number):
            yield problem("skipped", node.id, node.label)


def surely_done(model: Model, state: State, number: int) -> bool:
    """Whether a token of the case cannot have come to where it is without passing this node."""
    scope = model.scopes[model.nodes[number].scope]
    begin = (*scope.starts, *scope.entries)
    for role, place, *_ in state.shape.items:
        at = model.flows[place].source if role == FLOW else place
        if role >= ALIVE or model.nodes[at].scope != scope.index or not begin:
            continue
        if at == number and role != FLOW:
            continue
        if at == number or not comes_to(model, begin, at, avoid=number):
            return True
    return False


def comes_to(model: Model, begin: Iterable[int], end: int, avoid: int) -> bool:
    """Whether a way leads from one of these nodes to another without passing a third."""
    pending, seen = list(begin), {avoid}
    while pending:
        number = pending.pop()
        if number == end:
            return True
        if number not in seen:
            seen.add(number)
            pending += after(model, model.nodes[number])
    return False


class Need(NamedTuple):
    """A variable that a new expression ahead of a case names. ``kept``: the old version kept it too."""

    name: str
    node: Node
    text: str
    kept: bool


def needed(old: Model, new: Model, state: State) -> Iterator[Need]:
    """The variables that new expressions ahead of a case name and that no node ahead sets by itself."""
    own = {*LOOP_NAMES, *GATEWAY_NAMES}
    used: dict[int, Node] = {}
    for number in sorted(nodes_ahead(new, state)):
        node = new.nodes[number]
        own |= given(new, node)
        for index in formulas(new, node):
            used.setdefault(index, node)
    texts = {formula.text for formula in old.formulas}
    for index, node in used.items():
        formula = new.formulas[index]
        if formula.text not in texts:
            for name in sorted(set(formula.names) - own):
                yield Need(name, node, formula.text[:80], name in old.names)


def lacking(needs: Iterable[Need], state: State, later: Collection[str]) -> Iterator[Problem]:
    """Those that the case does not have. It blocks where the old version did not keep the variable at all:
    whatever was said of it is lost, and the map must give a value, or tell that a step still to come does.
    Otherwise a step may still give it."""
    local = {name for own in state.extra.local.values() for name in own}
    for name, node, text, had in needs:
        if name not in state.variables and name not in local and name not in later:
            yield problem("variable", node.id, node.label, blocks=not had, name=name, text=text)


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
