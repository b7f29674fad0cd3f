"""The control flow of one scope as a net: places are sequence flows, transitions consume and produce tokens.

A transition takes one token from any incoming place (``any``), one from each (``all``), one from every
place that has one, once no further token can come (``wait``), or decides by their number (``complex``). It
then produces one of its *modes*: a set of places. Activities choose between their normal way out and their
boundary events; data are not looked at, so every branch counts as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Final

from xiaoneng.core.process.model import NONE, Model, Node, Scope
from xiaoneng.core.process.names import ACTIVITIES

# up to twelve branches that may each be taken or not are followed exactly
MODES_LIMIT: Final = 1 << 12
# events that end their whole scope when thrown
FATAL: Final = frozenset(("terminate", "error", "cancel"))
COUNT: Final = "activationCount"

Mode = frozenset[int]


@dataclass(slots=True, eq=False)
class Transition:
    """``node`` is the number of the BPMN node; ``fatal``: everything else in the scope ends with it;
    ``needs`` tokens begin it, ``gives`` go on each way out. ``fires`` says for a complex join whether it
    fires at a number of tokens, ``late`` what it may produce when it resets."""

    node: int
    join: str
    ins: tuple[int, ...]
    modes: tuple[Mode, ...]
    fatal: bool = False
    needs: int = 1
    gives: int = 1
    fires: Callable[[int], bool] | None = None
    late: tuple[Mode, ...] = ()


@dataclass(slots=True)
class Net:
    """Transitions by number, which is the node's but for those (below 0) that the net needs for itself;
    ``starts`` are the sets of places that are marked at the beginning; ``steps``
    are the nodes that lie on a place since they were reduced; ``opaque`` nodes cannot be analysed,
    ``sampled`` ones have more modes than are followed."""

    transitions: dict[int, Transition]
    starts: tuple[Mode, ...]
    places: int
    steps: dict[int, tuple[int, ...]] = field(default_factory=dict)
    opaque: list[int] = field(default_factory=list)
    sampled: set[int] = field(default_factory=set)

    @property
    def counted(self) -> bool:
        """Whether several tokens on one flow are meant: some activity takes or gives more than one."""
        return any(t.needs > 1 or t.gives > 1 for t in self.transitions.values())

    @property
    def reducible(self) -> bool:
        return not self.counted and all(t.join != "complex" for t in self.transitions.values())

    def consumers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, transition in self.transitions.items():
            for place in transition.ins:
                found.setdefault(place, []).append(number)
        return found

    def producers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, transition in self.transitions.items():
            for place in set().union(*transition.modes, *transition.late):
                found.setdefault(place, []).append(number)
        return found


def subsets(flows: Iterable[int], always: Mode = frozenset()) -> Iterator[Mode]:
    """Every choice of flows together with ``always``, but for nothing at all; where there are too many,
    single ones, pairs and all."""
    free = [flow for flow in flows if flow not in always]
    sizes: Iterable[int] = range(len(free) + 1)
    if 1 << len(free) > MODES_LIMIT:
        sizes = sorted({0, 1, 2, len(free)})
    for size in sizes:
        for chosen in combinations(free, size):
            if chosen or always:
                yield always | frozenset(chosen)


def build(model: Model, scope: Scope) -> Net:
    """The net of a scope; what lies deeper counts as one step."""
    net = Net({}, (), len(model.flows))
    begin: dict[int, int] = {}

    def fresh() -> int:
        net.places += 1
        return net.places - 1

    members = [model.nodes[n] for n in scope.nodes]
    links = {node.link: fresh() for node in members if node.link != NONE}
    for node in members:
        if node.event_sub or node.compensation or node.move == "boundary":
            continue
        ins = tuple(node.incoming)
        if node.index in links:
            ins = (*ins, links[node.index])
        if (
            node.index in scope.starts
            or node.index in scope.entries
            or (scope.adhoc is not None and node.index in scope.adhoc.activities)
        ):
            begin[node.index] = fresh()
            ins = (*ins, begin[node.index])
        modes, exact = modes_of(model, node, links)
        if not exact:
            net.sampled.add(node.index)
        transition = Transition(
            node.index, join_of(node, ins), ins, modes, fatal_of(node), node.needs, node.gives
        )
        if transition.join == "complex":
            transition.fires = threshold(model, node)
            transition.late = late_modes(model, node)
            if transition.fires is None:
                net.opaque.append(node.index)
        net.transitions[node.index] = transition
        if not node.outgoing and len(ins) > 1 and node.kind in ACTIVITIES:
            # the last step of a branch may be reached twice, which no flow after it would show
            after = fresh()
            transition.modes = tuple(mode | {after} for mode in modes)
            net.transitions[-node.index - 1] = Transition(node.index, "any", (after,), (frozenset(),))
    if scope.adhoc is not None:
        net.starts = tuple(frozenset((place,)) for place in begin.values())
    else:
        together = frozenset(begin[n] for n in scope.starts if n in begin)
        alone = [frozenset((begin[n],)) for n in scope.entries if n in begin]
        net.starts = tuple(([together] if together else []) + alone)
    return net


def join_of(node: Node, ins: tuple[int, ...]) -> str:
    if len(ins) > 1 and node.move == "parallel":
        return "all"
    if len(ins) > 1 and node.move == "inclusive":
        return "wait"
    if len(ins) > 1 and node.move == "complex":
        return "complex"
    return "any"


def fatal_of(node: Node) -> bool:
    return node.move == "throw_end" and any(trigger.type in FATAL for trigger in node.triggers)


def threshold(model: Model, node: Node) -> Callable[[int], bool] | None:
    """Whether a complex gateway fires at a number of tokens; None where that depends on the case's data."""
    if node.formula == NONE:
        return lambda count: True
    formula = model.formulas[node.formula]
    if not formula.timeless or not set(formula.names) <= {COUNT}:
        return None
    return lambda count: formula.holds({COUNT: Decimal(count)}, None)


def late_modes(model: Model, node: Node) -> tuple[Mode, ...]:
    """What a complex gateway may produce when it resets (table 13.5): flows whose condition holds, the
    default where none does, perhaps nothing."""
    free = [f for f in node.outgoing if model.flows[f].condition != NONE and f != node.default]
    none = frozenset((node.default,)) if node.default != NONE else frozenset()
    return (none, *subsets(free))


def modes_of(model: Model, node: Node, links: dict[int, int]) -> tuple[tuple[Mode, ...], bool]:
    """The sets of flows that may get a token when the node is left, and whether these are all."""
    if node.link != NONE:
        return (frozenset((links[node.link],)),), True
    normal, exact = normal_modes(model, node)
    beside: list[Mode] = [frozenset()]
    instead: list[Mode] = []
    for number in node.boundary:
        event = model.nodes[number]
        ways, all_ways = boundary_modes(model, event)
        exact = exact and all_ways
        if event.interrupting:
            instead += ways
        elif len(beside) * (len(ways) + 1) * (len(normal) + len(instead)) > MODES_LIMIT:
            exact = False
        else:
            beside = [a | b for a in beside for b in [frozenset(), *ways]]
    left = [a | b for a in [*normal, *instead] for b in beside]
    return tuple(dict.fromkeys(left)), exact


def normal_modes(model: Model, node: Node) -> tuple[list[Mode], bool]:
    """Without boundary events."""
    out = node.outgoing
    if node.move in ("exclusive", "choice"):
        return ([frozenset((flow,)) for flow in out] or [frozenset()]), True
    gateway = node.move in ("inclusive", "complex")
    if node.move == "parallel" or len(out) < 2 or (node.plain and not gateway):
        return [frozenset(out)], True
    conditional = [f for f in out if model.flows[f].condition != NONE and f != node.default]
    if gateway and not conditional:
        # a drawing without conditions: any of them
        conditional = [f for f in out if f != node.default]
    always = frozenset(f for f in out if f not in conditional and f != node.default)
    modes = list(subsets(conditional, always))
    if node.default != NONE and not always:
        modes.append(frozenset((node.default,)))
    elif node.default != NONE and not gateway:
        # the default of an activity is taken where no condition holds, beside what has none (13.3.1)
        modes = [*(mode for mode in modes if mode != always), always | {node.default}]
    return modes, 1 << len(conditional) <= MODES_LIMIT


def boundary_modes(model: Model, event: Node) -> tuple[list[Mode], bool]:
    conditional = [f for f in event.outgoing if model.flows[f].condition != NONE]
    if not conditional:
        return [frozenset(event.outgoing)], True
    always = frozenset(event.outgoing) - frozenset(conditional)
    return list(subsets(conditional, always)), 1 << len(conditional) <= MODES_LIMIT
