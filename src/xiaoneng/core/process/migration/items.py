"""The items of a case get their nodes and flows in the new version."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from xiaoneng.core.process.migration.check import group, rhythm
from xiaoneng.core.process.migration.versionmap import TEXTS, Images, Problem, problem
from xiaoneng.core.process.migration.ways import flows_ahead
from xiaoneng.core.process.model import NONE, Model, Node
from xiaoneng.core.process.state import (
    ALIVE,
    CLOSED,
    DONE,
    FLOW,
    FORK,
    HELD,
    LISTEN,
    LOOP,
    MULTI,
    RESET,
    SCOPE,
    SIGNING,
    WAIT,
)
from xiaoneng.core.process.work import Token, Work

CONTAINERS: Final = (LOOP, MULTI, SIGNING)
JOINS: Final = ("parallel", "inclusive", "complex")


class Gone(NamedTuple):
    """What the new version does not have: ``kind`` is withdrawn (a task), sub_ended or timer_off, as in a
    step's events; ``element`` is the id in the old version."""

    kind: str
    item: int
    element: str


@dataclass(slots=True)
class Move:
    """A case on its way. ``was`` keeps the items as they lay in the old version, whose scope ``process`` the
    case ran; ``going`` are tokens that go on along a flow, ``dropped`` those whose branch is gone; ``made``
    are sub-processes begun around tokens, with the tokens they were made for; ``moved`` tells what has
    another id now, by item and old id."""

    work: Work
    old: Model
    new: Model
    images: Images
    problems: list[Problem] = field(default_factory=list)
    was: dict[int, Token] = field(default_factory=dict)
    going: list[Token] = field(default_factory=list)
    dropped: list[Token] = field(default_factory=list)
    made: dict[int, list[int]] = field(default_factory=dict)
    moved: list[tuple[int, str]] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    process: int = 0

    @property
    def blocked(self) -> bool:
        return any(one.blocks for one in self.problems)

    def tell(self, kind: str, node: Node, **params: str) -> None:
        """Note a problem at a node, once."""
        self.note(Problem(kind, node.id, TEXTS[kind], {"element": node.label, **params}))

    def note(self, found: Problem) -> None:
        """Note a problem, once."""
        if found not in self.problems:
            self.problems.append(found)

    def scope_of(self, instance: int) -> int:
        """The scope of the new version in which the children of an instance lie."""
        return self.work.process if not instance else self.new.nodes[self.work.items[instance].node].body


def outer(move: Move, token: Token) -> bool:
    """Whether an item lies directly in a scope, not in a loop, among signers or in an undoing."""
    parent = move.was.get(token.parent)
    return parent is None or parent.role == SCOPE


def waits_there(node: Node) -> bool:
    """Whether a token waits on a flow before this node."""
    return node.needs > 1 or (node.move in JOINS and len(node.incoming) > 1)


def carry(move: Move) -> None:
    """Give every item its node or flow in the new version, with the problems noted where there is none."""
    move.was = {identity: replace(token) for identity, token in move.work.items.items()}
    take_onward(move)
    for token in list(move.work.items.values()):
        if token.role == FLOW:
            carry_flow(move, token)
        elif token.role != LISTEN:
            carry_node(move, token)


def take_onward(move: Move) -> None:
    """Steps that the map replaces by a flow are taken away with all that lies in them."""
    work = move.work
    for token in list(work.items.values()):
        if token.id not in work.items or token.role in (FLOW, LISTEN) or token.role > LISTEN:
            continue
        flow = move.images.onward.get(token.node)
        if flow is None or not outer(move, token):
            continue
        for inner in [t for t in work.items.values() if work.within(t, token.id) or t.id == token.id]:
            forget(work, inner)
            if inner.role == WAIT and move.old.nodes[inner.node].move in ("work", "receive"):
                move.gone.append(Gone("withdrawn", inner.id, move.old.nodes[inner.node].id))
        move.going.append(Token(token.id, FLOW, flow, token.parent, token.fork))


def forget(work: Work, token: Token) -> None:
    """An item and its data are no more; what listens for it is looked at later."""
    work.items.pop(token.id, None)
    work.owners.pop(token.id, None)
    work.local.pop(token.id, None)
    work.notes.pop(token.id, None)


def carry_flow(move: Move, token: Token) -> None:
    """A token before a join: it waits before the same join again, or goes on where its flow leads now."""
    flow = move.old.flows[token.node]
    number = move.images.flows[flow.index]
    if number == NONE:
        source = move.images.nodes[flow.source]
        if source != NONE and len(move.new.nodes[source].outgoing) == 1:
            number = move.new.nodes[source].outgoing[0]
        elif source != NONE:
            move.note(problem("gone", flow.id))
            return
        else:
            number = way_in(move, token)
    if number == NONE:
        # its whole branch may be gone: then it has nothing more to wait for
        forget(move.work, token)
        move.dropped.append(token)
        return
    token.node = number
    if not waits_there(move.new.nodes[move.new.flows[number].target]):
        forget(move.work, token)
        move.going.append(token)


def way_in(move: Move, token: Token) -> int:
    """The flow by which the branch of a token comes into the same join in the new version; NONE where there
    is no such branch or join."""
    target = move.images.nodes[move.old.flows[token.node].target]
    fork = move.was.get(token.fork)
    while fork is not None and target != NONE:
        before, split = move.old.nodes[fork.node], move.images.nodes[fork.node]
        branches = [f for f in before.outgoing if token.node in flows_ahead(move.old, [f], (before.index,))]
        if split != NONE and len(branches) == 1 and (first := move.images.flows[branches[0]]) != NONE:
            ahead = flows_ahead(move.new, [first], (split, target))
            found = [flow for flow in move.new.nodes[target].incoming if flow in ahead]
            return found[0] if len(found) == 1 else NONE
        fork = move.was.get(fork.fork)
    return NONE


def carry_node(move: Move, token: Token) -> None:
    """The node of an item in the new version, if a case may be there."""
    before = move.old.nodes[token.node]
    image = move.images.nodes[token.node]
    after = move.new.nodes[image] if image != NONE else None
    if token.role in (FORK, RESET):
        if after is None or (token.role == RESET and after.move != "complex"):
            forget(move.work, token)
            return
        token.node = image
        token.counts = (bits(move, before, after, token),)
        return
    if token.role == DONE:
        if after is None or not after.compensable:
            move.note(problem("undo", before.id, before.label, blocks=False))
            if after is None:
                forget(move.work, token)
                return
        token.node = image
        return
    if after is None:
        container = move.was.get(token.parent)
        looped = container is not None and container.role in CONTAINERS and container.node == token.node
        if token.role == SCOPE and before.move == "scope" and not looped:
            dissolve(move, token)
        else:
            move.tell("gone", before)
        return
    if token.role != CLOSED and group(before) != group(after):
        move.tell("kind", before, target=after.label)
    elif token.role < ALIVE and (
        rhythm(before.loop) != rhythm(after.loop) or not same_order(move, before, after, token)
    ):
        move.tell("loop_changed", before)
    token.node = image
    if before.id != after.id and token.role in (WAIT, HELD, SCOPE):
        move.moved.append((token.id, before.id))
    if token.role == WAIT and token.counts:
        token.counts = (received(before, after, token.counts[0]),)


def same_order(move: Move, before: Node, after: Node, token: Token) -> bool:
    """Whether an ad-hoc sub-process begins its activities in the order in which it began them before."""
    if token.role != SCOPE or before.body == NONE or after.body == NONE:
        return True
    one, two = move.old.scopes[before.body].adhoc, move.new.scopes[after.body].adhoc
    if one is None or two is None:
        return one is two
    begun = [move.images.nodes[number] for number in one.activities[: token.counts[0]]]
    return one.sequential == two.sequential and begun == list(two.activities[: len(begun)])


def dissolve(move: Move, token: Token) -> None:
    """A sub-process that the new version does not have: what lies in it lies around it."""
    work = move.work
    for name, value in work.local.get(token.id, {}).items():
        if name in move.new.names and value is not None and name not in work.variables:
            work.variables = {**work.variables, name: value}
    forget(work, token)
    move.gone.append(Gone("sub_ended", token.id, move.old.nodes[token.node].id))


def bits(move: Move, before: Node, after: Node, token: Token) -> int:
    """The flows that a split opened, or a join took, by their positions in the new version."""
    old, new = (before.outgoing, after.outgoing) if token.role == FORK else (before.incoming, after.incoming)
    images = [move.images.flows[flow] for position, flow in enumerate(old) if token.counts[0] >> position & 1]
    return sum(1 << new.index(image) for image in dict.fromkeys(images) if image in new)


def same_trigger(before: Node, after: Node, number: int) -> int:
    """The position of a trigger among those of the same type; NONE where there are fewer now."""
    kind = before.triggers[number].type
    nth = [k for k, trigger in enumerate(before.triggers) if trigger.type == kind].index(number)
    places = [k for k, trigger in enumerate(after.triggers) if trigger.type == kind]
    return places[nth] if nth < len(places) else NONE


def received(before: Node, after: Node, had: int) -> int:
    """Which triggers of a parallel multiple event have come."""
    found = 0
    for number in range(len(before.triggers)):
        place = same_trigger(before, after, number)
        if had >> number & 1 and place != NONE:
            found |= 1 << place
    return found
