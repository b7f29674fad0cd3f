"""The markings of a model and what leads from one to another, worked out once each and remembered.

Above them lie *beliefs*: all markings in which a case may be after the events seen so far, choices and steps
that no log tells of included. From belief to belief leads one look-up per event, shared by every case.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from xiaoneng.core.mining.replay.hops import OVER, Outcome, acts, outcomes, without_listeners
from xiaoneng.core.process.commands import Start
from xiaoneng.core.process.handling import start
from xiaoneng.core.process.model import NONE, Model
from xiaoneng.core.process.order import ways_of
from xiaoneng.core.process.shape import Item
from xiaoneng.core.process.state import ALIVE, COMPENSATE, FLOW, WAIT

BELIEF_LIMIT: Final = 300
"""Markings that one belief may hold; with wider ones the paths are searched one by one."""
OPEN_LIMIT: Final = 100
"""Markings that are looked at to tell which steps are open."""
HOPELESS_AFTER: Final = 5
"""Searches of a kind that were too wide, after which no further one is begun."""
ENDED: Final = 0
"""Number of the marking of a case that is over."""


class Hop(NamedTuple):
    """A move: the node it happens at (NONE: the start), where it leads, flows taken, tokens that gateways
    consumed and produced on the way, nodes at which tokens wait since."""

    node: int
    target: int
    flows: tuple[int, ...]
    consumed: int
    produced: int
    opened: tuple[int, ...]


class Ways(NamedTuple):
    """What can happen in a marking: by node, what an event of the log may stand for; and the silent rest."""

    visible: dict[int, tuple[Hop, ...]]
    silent: tuple[Hop, ...]


Origin = tuple[int, tuple[Hop, ...]]
"""The marking before, and the hops from there."""
Trail = dict[int, Origin]


class Edge(NamedTuple):
    """From a belief to the next one; ``back`` tells for each marking of it where it came from."""

    belief: int
    back: Trail


class Automaton:
    """Markings of one process of a relaxed model.

    ``visible`` are the nodes that events stand for, ``most`` the greatest number of instances to try.
    ``complete`` becomes false when a limit cut something off.
    """

    def __init__(self, model: Model, process: str, visible: frozenset[int], most: int) -> None:
        self.model, self.visible, self.most = model, visible, most
        self.scope = model.processes[process]
        self.complete = True
        self._rows: list[tuple[Item, ...]] = [OVER]
        self._numbers: dict[tuple[Item, ...], int] = {OVER: ENDED}
        self._ways: dict[int, Ways] = {ENDED: Ways({}, ())}
        self._waiting: dict[int, frozenset[int]] = {}
        self._rests: dict[int, int] = {ENDED: 0}
        self._hopeless = 0
        self._ahead = _ahead(model)
        self._reach: dict[int, int] = {}
        self._calm = _calm(model)
        self.beginnings = self._begin(process)

    def _number(self, marking: tuple[Item, ...]) -> int:
        number = self._numbers.get(marking)
        if number is None:
            number = self._numbers[marking] = len(self._rows)
            self._rows.append(marking)
        return number

    def _hops(self, node: int, found: tuple[list[Outcome], bool]) -> list[Hop]:
        self.complete &= found[1]
        return [Hop(node, self._number(o.marking), *o[1:]) for o in found[0]]

    def _begin(self, process: str) -> tuple[Hop, ...]:
        """Every way to begin: without an event, or by each start event."""
        scope = self.model.scopes[self.scope]
        events = [self.model.nodes[entry].id for entry in scope.entries]
        hops: list[Hop] = []
        for event in ([""] if scope.starts else []) + events:
            command = Start(process, event)
            found = outcomes(self.model, None, self.scope, partial(start, command=command), self.most)
            hops += self._hops(NONE, found)
        return tuple(hops)

    def ways(self, marking: int) -> Ways:
        """What can happen in a marking."""
        found = self._ways.get(marking)
        if found is None:
            found = self._ways[marking] = self._work_out(self._rows[marking])
        return found

    def _work_out(self, rows: tuple[Item, ...]) -> Ways:
        visible: dict[int, dict[Hop, None]] = {}
        silent: dict[Hop, None] = {}
        still = without_listeners(rows)
        for node, act in acts(self.model, rows, self.scope):
            hops = self._hops(node, outcomes(self.model, rows, self.scope, act, self.most))
            if node not in self.visible:
                # a timer that only stops listening leads nowhere new
                hops = [h for h in hops if without_listeners(self._rows[h.target]) != still]
            (visible.setdefault(node, {}) if node in self.visible else silent).update(dict.fromkeys(hops))
        return Ways({node: tuple(hops) for node, hops in visible.items()}, tuple(silent))

    def open_nodes(self, marking: int) -> list[int]:
        """The visible nodes that are open in a marking or after silent moves, in order of the model."""
        found, _ = self.silently({marking: None}, OPEN_LIMIT)
        return sorted({node for other in found for node in self.ways(other).visible})

    def waiting(self, marking: int) -> frozenset[int]:
        """The nodes at which tokens wait."""
        found = self._waiting.get(marking)
        if found is None:
            found = frozenset(item[1] for item in self._rows[marking] if item[0] == WAIT)
            self._waiting[marking] = found
        return found

    def tokens_at(self, marking: int, node: int) -> int:
        """How many tokens wait at a node."""
        return sum(item[0] == WAIT and item[1] == node for item in self._rows[marking])

    @property
    def size(self) -> int:
        """How many markings were looked at."""
        return len(self._ways)

    def silently(self, start: dict[int, Origin | None], limit: int) -> tuple[dict[int, Origin | None], bool]:
        """``start`` with every marking that silent moves lead to, each with how it was reached; and whether
        these are all, as ``limit`` allows no more."""
        found = dict(start)
        pending = list(start)
        for marking in pending:
            origin = found[marking]
            for hop in self.ways(marking).silent:
                if hop.target in found:
                    continue
                if len(found) >= limit:
                    return found, False
                found[hop.target] = None if origin is None else (origin[0], (*origin[1], hop))
                pending.append(hop.target)
        return found, True

    def reach(self, marking: int) -> int:
        """Nodes (bits by number) at which something may still happen; others cannot be reached any more."""
        found = self._reach.get(marking)
        if found is None:
            found = 0
            for role, node, *_ in self._rows[marking]:
                if role == COMPENSATE:
                    found = -1
                elif role < ALIVE:
                    found |= self._ahead[self.model.flows[node].target if role == FLOW else node]
            if found and not self._calm:
                found |= self._ahead[len(self.model.nodes)]
            self._reach[marking] = found
        return found

    def rest(self, marking: int, limit: int) -> int:
        """The least number of visible steps from a marking to the end; 0 where the search of at most
        ``limit`` markings does not tell."""
        known = self._rests.get(marking)
        if known is not None or self._hopeless >= HOPELESS_AFTER:
            return known or 0
        came: dict[int, int] = {marking: marking}
        far = {marking: 0}
        levels: list[list[int]] = [[marking]]
        done: set[int] = set()
        best, at = -1, -1
        for distance, level in enumerate(levels):
            if 0 <= best <= distance:
                break
            while level:
                here = level.pop()
                if here in done:
                    continue
                done.add(here)
                if here in self._rests:
                    total = distance + self._rests[here]
                    if best < 0 or total < best:
                        best, at = total, here
                    continue
                if len(done) > limit:
                    self._hopeless += 1
                    return 0
                visible, silent = self.ways(here)
                steps = [(1, hops) for hops in visible.values()]
                if self._calm and not silent:
                    # every open step must be done before the end, and one does not touch the others
                    steps = steps[:1]
                for cost, hops in ((0, silent), *steps):
                    for hop in hops:
                        if far.get(hop.target, distance + cost + 1) > distance + cost:
                            far[hop.target] = distance + cost
                            came[hop.target] = here
                            if cost and len(levels) == distance + 1:
                                levels.append([])
                            levels[distance + cost].append(hop.target)
        if best < 0:
            # no way to the end: nothing to hope for, nothing to add
            self._rests[marking] = 0
            return 0
        while at != marking:
            at = came[at]
            self._rests[at] = best - far[at]
        self._rests[marking] = best
        return best


def _ahead(model: Model) -> list[int]:
    """For each node the nodes that a token at it may still reach, itself included; last, what may begin at
    any time: event sub-processes and compensation."""
    ways = ways_of(model)
    found: list[int] = []
    for number in range(len(ways)):
        seen = {number}
        pending = [number]
        while pending:
            node = model.nodes[pending.pop()]
            for target in ways[node.index]:
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        found.append(sum(1 << n for n in seen))
    always = 0
    for node in model.nodes:
        if node.compensation:
            always |= found[node.index]
        if node.event_sub:
            for inner in model.scopes[node.body].nodes:
                always |= found[inner]
    return [*found, always]


def _calm(model: Model) -> bool:
    """Whether nothing ever takes a token away from a step but doing it."""
    return not any(
        node.boundary
        or node.event_sub
        or node.compensation
        or node.needs > 1
        or node.gives > 1
        or node.move in ("complex", "choice", "throw", "throw_end")
        or (node.loop is not None and node.loop.completion != NONE)
        for node in model.nodes
    ) and not any(scope.adhoc is not None for scope in model.scopes)


class Beliefs:
    """The automaton of beliefs over activities; ``nodes[activity]`` are the nodes an event may stand for."""

    def __init__(self, automaton: Automaton, nodes: Sequence[tuple[int, ...]]) -> None:
        self.automaton, self.nodes = automaton, nodes
        self._sets: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._edges: list[dict[int, Edge | None]] = []
        first: dict[int, Origin | None] = {}
        for hop in automaton.beginnings:
            first.setdefault(hop.target, (NONE, (hop,)))
        self.too_wide = 0
        self.start = self._edge(first)

    def _edge(self, found: dict[int, Origin | None]) -> Edge | None:
        closed, whole = self.automaton.silently(found, BELIEF_LIMIT)
        if not whole:
            self.too_wide += 1
            return None
        belief = tuple(sorted(closed))
        number = self._numbers.get(belief)
        if number is None:
            number = self._numbers[belief] = len(self._sets)
            self._sets.append(belief)
            self._edges.append({})
        return Edge(number, {marking: origin for marking, origin in closed.items() if origin is not None})

    def _follow(self, belief: int, activity: int) -> Edge | None:
        found: dict[int, Origin | None] = {}
        for marking in self._sets[belief]:
            visible = self.automaton.ways(marking).visible
            for node in self.nodes[activity]:
                for hop in visible.get(node, ()):
                    found.setdefault(hop.target, (marking, (hop,)))
        edge = self._edge(found) if found else None
        self._edges[belief][activity] = edge
        return edge

    def fit(self, path: Sequence[int], closed: bool) -> tuple[int, list[Trail]] | None:
        """The last marking and the trail of a path that fits; None for one that does not, or where beliefs
        are too wide to tell. A closed case must be able to end."""
        edge = self.start
        if edge is None or self.too_wide >= HOPELESS_AFTER:
            return None
        trail = [edge.back]
        edges = self._edges
        for activity in path:
            row = edges[edge.belief]
            edge = row[activity] if activity in row else self._follow(edge.belief, activity)
            if edge is None:
                return None
            trail.append(edge.back)
        if ENDED in edge.back:
            return ENDED, trail
        return None if closed else (next(iter(edge.back)), trail)
