"""What a run beside a path says: deviations, tokens, and which event did and enabled which step.

Tokens are counted as in token replay (Rozinat, van der Aalst 2008), along the nearest run: a step consumes
one and produces one, a split and a join what they take and give; the case produces the first and consumes
the last. A row of skipped steps leaves one token remaining before it and one missing behind it; an event
that is no step of the run takes a token that is missing and leaves one that remains; one that was done at
another place than its turn is both at once, counted once; a case that was closed early leaves its open
steps' tokens, and misses the last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from xiaoneng.core.mining.replay.automaton import ENDED, Automaton
from xiaoneng.core.mining.replay.nearest import INSERT, SILENT, START, SYNC, Move, Run
from xiaoneng.core.process.model import NONE

NOT_ENABLED: Final = "not_enabled"
UNKNOWN: Final = "unknown"
SKIPPED: Final = "skipped"
OUT_OF_ORDER: Final = "out_of_order"
LEFT_OPEN: Final = "left_open"
KINDS: Final = {
    UNKNOWN: "the model has no step “{activity}”",
    NOT_ENABLED: "“{activity}” was done although it was not open; open was: {open}",
    OUT_OF_ORDER: "“{activity}” was not done in its turn; open was: {open}",
    SKIPPED: "“{step}” had to be done before “{activity}” and is missing",
    LEFT_OPEN: "the case ended while “{step}” was still open",
}
BEGINNING: Final = -1
"""Enabler of a step that was open from the beginning of the case."""
NOBODY: Final = -2
"""No event of the log enabled the step: a timer did, or a step before it is missing."""


class Tokens(NamedTuple):
    """Tokens consumed, produced, missing and remaining."""

    consumed: int = 0
    produced: int = 0
    missing: int = 0
    remaining: int = 0


class Deviation(NamedTuple):
    """``position`` of the event in the case (its length: behind the last), or of the one before which a step
    is missing. ``node``: the step that was done or is missing (NONE: none). ``open``: the steps that were
    open."""

    position: int
    kind: str
    node: int
    open: tuple[int, ...] = ()


class Verdict(NamedTuple):
    """How one path goes through the model. ``nodes`` and ``enablers`` tell per event the step it was (NONE:
    none) and the position of the event that enabled it; ``flows`` how often each flow was taken."""

    deviations: tuple[Deviation, ...]
    tokens: Tokens
    nodes: tuple[int, ...]
    enablers: tuple[int, ...]
    flows: dict[int, int]
    exact: bool

    @property
    def fits(self) -> bool:
        return not self.deviations


def fitness(tokens: Tokens) -> float:
    """½(1 − missing/consumed) + ½(1 − remaining/produced); 1 where nothing was to be done."""
    if not tokens.consumed or not tokens.produced:
        return 1.0
    return 0.5 * (1 - tokens.missing / tokens.consumed) + 0.5 * (1 - tokens.remaining / tokens.produced)


class _Waiting(NamedTuple):
    """A token that waits at a node: who brought it, whether a skipped step did, whether after the last
    event."""

    enabler: int
    artificial: bool
    late: bool


def judge(
    automaton: Automaton,
    run: Run,
    wanted: Sequence[tuple[int, ...]],
    places: Sequence[int],
    unknown: Sequence[int],
    length: int,
) -> Verdict:
    """Read a run. ``wanted`` are the nodes that each of its events may stand for, ``places`` their positions
    in the case of ``length`` events, ``unknown`` those of events that are no step of the model at all."""
    reader = _Reader(automaton, places, length)
    last = max((n for n, m in enumerate(run.moves) if m.kind in (SYNC, INSERT)), default=NONE)
    for number, move in enumerate(run.moves):
        reader.read(move, number > last and move.kind != START)
    return reader.verdict(run, wanted, unknown)


class _Reader:
    def __init__(self, automaton: Automaton, places: Sequence[int], length: int) -> None:
        self.automaton, self.places, self.length = automaton, places, length
        self.waiting: dict[int, deque[_Waiting]] = {}
        self.nodes = [NONE] * length
        self.enablers = [NOBODY] * length
        self.flows: dict[int, int] = {}
        self.found: list[tuple[Deviation, int, int]] = []  # with its event in the path, and tokens counted
        self.consumed = self.missing = self.remaining = 0
        self.produced = 1

    def place(self, position: int) -> int:
        return self.places[position] if position < len(self.places) else self.length

    def read(self, move: Move, late: bool) -> None:
        kind, position, hop, before = move
        if hop is None:
            self.insert(position, before)
            return
        if kind == START:
            self.open(hop.opened, BEGINNING, False, late)
        elif kind == SYNC:
            token = self.take(hop.node, before)
            event = self.place(position)
            self.nodes[event], self.enablers[event] = hop.node, token.enabler
            self.open(hop.opened, event, False, late)
        elif kind == SILENT:
            token = self.take(hop.node, before)
            # a step that no log tells of passes on; after a timer nobody knows since when
            done = self.automaton.model.nodes[hop.node].move in ("work", "receive")
            self.open(hop.opened, token.enabler if done else NOBODY, token.artificial, token.late)
        else:
            self.skip(position, hop.node, before, late)
            self.open(hop.opened, NOBODY, True, late)
        if not late or kind == SILENT:
            for flow in hop.flows:
                self.flows[flow] = self.flows.get(flow, 0) + 1
            own = kind in (SYNC, SILENT)
            self.consumed += hop.consumed + own
            self.produced += hop.produced + own

    def take(self, node: int, before: int) -> _Waiting:
        queue = self.waiting.get(node)
        if not queue:
            return _Waiting(NOBODY, False, False)
        if len(queue) > 1:
            # what was withdrawn is no longer there
            while len(queue) > max(1, self.automaton.tokens_at(before, node)):
                queue.popleft()
        return queue.popleft()

    def open(self, nodes: Sequence[int], enabler: int, artificial: bool, late: bool) -> None:
        for node in nodes:
            self.waiting.setdefault(node, deque()).append(_Waiting(enabler, artificial, late))

    def insert(self, position: int, before: int) -> None:
        open_ = tuple(self.automaton.open_nodes(before))
        self.found.append((Deviation(self.place(position), NOT_ENABLED, NONE, open_), position, 1))
        self.consumed += 1
        self.produced += 1
        self.missing += 1
        self.remaining += 1

    def skip(self, position: int, node: int, before: int, late: bool) -> None:
        token = self.take(node, before)
        if late and token.late:
            return
        counted = 0 if token.artificial else 1
        self.remaining += counted
        if not late:
            self.missing += counted
        kind = LEFT_OPEN if late else SKIPPED
        place = self.length if late else self.place(position)
        self.found.append((Deviation(place, kind, node), position, counted))

    def verdict(self, run: Run, wanted: Sequence[tuple[int, ...]], unknown: Sequence[int]) -> Verdict:
        deviations = self.paired(wanted) if self.found else []
        deviations += [Deviation(position, UNKNOWN, NONE) for position in unknown]
        self.consumed += len(unknown)
        self.produced += len(unknown)
        self.missing += len(unknown)
        self.remaining += len(unknown)
        if run.last == ENDED:
            # whoever closes the case consumes the last token, also one that is not there
            self.consumed += 1
            self.missing += any(d.kind == LEFT_OPEN for d in deviations)
        # what is missing before an event comes before what is wrong with it
        deviations.sort(key=lambda d: (d.position, d.kind != SKIPPED, d.node))
        tokens = Tokens(self.consumed, self.produced, self.missing, self.remaining)
        return Verdict(
            tuple(deviations), tokens, tuple(self.nodes), tuple(self.enablers), self.flows, run.exact
        )

    def paired(self, wanted: Sequence[tuple[int, ...]]) -> list[Deviation]:
        """The deviations; an event and the missing step it may stand for become one that is out of order."""
        missing = [n for n, (d, _, _) in enumerate(self.found) if d.kind in (SKIPPED, LEFT_OPEN)]
        gone: set[int] = set()
        kept: dict[int, Deviation] = {}
        for number, (deviation, position, _) in enumerate(self.found):
            if deviation.kind != NOT_ENABLED:
                continue
            fitting = [n for n in missing if n not in gone and self.found[n][0].node in wanted[position]]
            if not fitting:
                kept[number] = deviation._replace(node=wanted[position][0])
                continue
            other = min(fitting, key=lambda n: (abs(self.found[n][0].position - deviation.position), n))
            gone.add(other)
            step, _, counted = self.found[other]
            kept[number] = deviation._replace(kind=OUT_OF_ORDER, node=step.node)
            if step.kind == SKIPPED:
                self.missing -= counted
            self.remaining -= counted
        return [
            kept.get(number, deviation)
            for number, (deviation, _, _) in enumerate(self.found)
            if number not in gone
        ]
