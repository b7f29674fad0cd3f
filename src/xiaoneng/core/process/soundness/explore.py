"""Searching the markings of a net: deadlocks, tokens that meet, steps and ends that are never reached.

A marking is the sorted places of its tokens. A complex gateway that has fired and waits for late tokens is a
mark of its own, beyond the places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from xiaoneng.core.process.soundness.net import Mode, Net, Transition

# steps from marking to marking that are looked at before the search gives up
STEPS_LIMIT: Final = 200_000
# a step to a marking of many tokens costs as much as several
TOKENS_A_STEP: Final = 20
SHOWN: Final = 20
Marking = tuple[int, ...]
Path = tuple[int, ...]


@dataclass(slots=True)
class Search:
    """What was found, each with the nodes that are passed from the start. ``meetings`` have the place, and
    whether it can be repeated for ever; ``complete``: all markings were seen."""

    deadlocks: list[tuple[Path, Marking]] = field(default_factory=list)
    meetings: list[tuple[Path, int, bool]] = field(default_factory=list)
    stuck: list[Path] = field(default_factory=list)
    fired: set[int] = field(default_factory=set)
    complete: bool = True

    @property
    def found(self) -> bool:
        return bool(self.deadlocks or self.meetings or self.stuck)


class Firing(NamedTuple):
    """A way on: the transition, what it takes and what it gives, and whether it ends everything."""

    number: int
    taken: Marking
    given: Marking
    fatal: bool


class Marks:
    """The marks of complex gateways that have fired, numbered after the places as they occur."""

    def __init__(self, net: Net) -> None:
        self.first = net.places
        self.numbers: dict[tuple[int, int], int] = {}
        self.keys: list[tuple[int, int]] = []

    def number(self, transition: int, bits: int) -> int:
        key = (transition, bits)
        if key not in self.numbers:
            self.numbers[key] = self.first + len(self.keys)
            self.keys.append(key)
        return self.numbers[key]

    def of(self, marking: Marking, transition: int) -> tuple[int, int] | None:
        """(mark, bits of the flows it took from) of a gateway that waits for late tokens."""
        for mark in marking:
            if mark >= self.first and self.keys[mark - self.first][0] == transition:
                return mark, self.keys[mark - self.first][1]
        return None


def reachable(net: Net, join: Transition, place: int) -> set[int]:
    """The places from which a token can come to ``place`` without visiting the join."""
    producers = net.producers()
    found, pending = {place}, [place]
    while pending:
        for number in producers.get(pending.pop(), ()):
            transition = net.transitions[number]
            if transition is not join:
                fresh = set(transition.ins) - found
                found |= fresh
                pending += fresh
    return found


class Explorer:
    """One search. ``safe``: no flow may ever hold two tokens."""

    def __init__(self, net: Net, limit: int) -> None:
        self.net, self.safe, self.left = net, not net.counted, limit
        self.marks = Marks(net)
        self.consumers = net.consumers()
        self.reach = {
            number: [reachable(net, t, place) for place in t.ins]
            for number, t in net.transitions.items()
            if t.join in ("wait", "complex")
        }
        self.came: dict[Marking, tuple[Marking | None, int]] = {}
        self.follows: dict[Marking, list[Marking]] = {}
        self.search = Search(complete=not net.sampled)

    def run(self) -> Search:
        """Search breadth first, so that the paths are the shortest."""
        search, came, follows = self.search, self.came, self.follows
        queue: deque[Marking] = deque()
        for start in self.net.starts:
            marking = tuple(sorted(start))
            if marking not in came:
                came[marking] = (None, -1)
                queue.append(marking)
        bad: set[Marking] = set()
        while queue:
            marking = queue.popleft()
            follows[marking] = []
            if self.over(marking):
                continue
            enabled = False
            for firing in self.firings(marking):
                enabled = True
                search.fired.add(firing.number)
                after = self.after(marking, firing)
                self.left -= 1 + len(after) // TOKENS_A_STEP
                if after in came:
                    follows[marking].append(after)
                elif self.meets(marking, firing, after):
                    bad.add(marking)
                elif self.left < 0:
                    search.complete = False
                    return search
                else:
                    follows[marking].append(after)
                    came[after] = (marking, firing.number)
                    queue.append(after)
            if not enabled:
                bad.add(marking)
                if len(search.deadlocks) < SHOWN:
                    search.deadlocks.append((self.path_to(marking), marking))
        if search.complete:
            self.find_stuck(bad)
        return search

    def over(self, marking: Marking) -> bool:
        return not marking or marking[0] >= self.marks.first

    @staticmethod
    def after(marking: Marking, firing: Firing) -> Marking:
        if firing.fatal:
            return firing.given
        left = list(marking)
        for place in firing.taken:
            left.remove(place)
        return tuple(sorted((*left, *firing.given)))

    def firings(self, marking: Marking) -> Iterator[Firing]:
        """Every way on from a marking."""
        numbers = {n for place in marking for n in self.consumers.get(place, ())}
        for number in sorted(numbers):
            transition = self.net.transitions[number]
            if transition.join == "complex":
                yield from self.complex(number, transition, marking)
                continue
            for taken in self.takes(number, transition, marking):
                yield from self.gives(number, transition, taken, transition.modes, ())

    @staticmethod
    def gives(
        number: int, transition: Transition, taken: Marking, modes: tuple[Mode, ...], mark: Marking
    ) -> Iterator[Firing]:
        for mode in modes or (frozenset(),):
            given = (*(place for place in mode for _ in range(transition.gives)), *mark)
            yield Firing(number, taken, given, transition.fatal)

    def takes(self, number: int, transition: Transition, marking: Marking) -> list[Marking]:
        """The sets of tokens that the transition can take."""
        here = [place for place in transition.ins if place in marking]
        if transition.join == "any":
            if transition.needs == 1:
                return [(place,) for place in here]
            return list(shares([(place, marking.count(place)) for place in here], transition.needs))
        if transition.join == "all":
            return [tuple(here)] if len(here) == len(transition.ins) else []
        return [tuple(here)] if here and not self.coming(number, marking, set(here)) else []

    def coming(self, number: int, marking: Marking, full: set[int]) -> bool:
        """Whether a token elsewhere can come to an incoming place that is not in ``full``, and to none that
        is (13.4.3, 13.4.5)."""
        transition = self.net.transitions[number]
        ways = [
            (place in full, found) for place, found in zip(transition.ins, self.reach[number], strict=True)
        ]
        for token in marking:
            if token in transition.ins or token >= self.marks.first:
                continue
            to_empty = any(not filled and token in found for filled, found in ways)
            if to_empty and not any(filled and token in found for filled, found in ways):
                return True
        return False

    def complex(self, number: int, transition: Transition, marking: Marking) -> Iterator[Firing]:
        """A complex gateway: its first firing by the number of tokens, then its reset."""
        ins = transition.ins
        here = [place for place in ins if place in marking]
        bits = sum(1 << ins.index(place) for place in here)
        everything = (1 << len(ins)) - 1
        fired = self.marks.of(marking, number)
        if fired is None:
            count = sum(place in ins for place in marking)
            if transition.fires is not None and transition.fires(count):
                mark = [] if bits == everything else [self.marks.number(number, bits)]
                yield from self.gives(number, transition, tuple(here), transition.modes, tuple(mark))
            return
        old_mark, taken = fired
        old = {place for i, place in enumerate(ins) if taken >> i & 1}
        again = bits & taken and not bits & ~taken
        if self.coming(number, marking, old if again else old | set(here)):
            return
        late = tuple(place for place in here if place not in old)
        yield from self.gives(number, transition, (*late, old_mark), transition.late, ())

    def meets(self, marking: Marking, firing: Firing, after: Marking) -> bool:
        """Whether the new marking is one that must not be: two tokens on a flow, or, where several are
        meant, ever more."""
        doubled = next((p for p, q in pairwise(after) if p == q < self.marks.first), None)
        if self.safe and doubled is None:
            return False
        endless = self.grows(marking, after)
        if not self.safe and not endless:
            return False
        place = doubled if doubled is not None else after[0]
        if len(self.search.meetings) < SHOWN and not any(p == place for _, p, _ in self.search.meetings):
            path = self.path_to(marking, (self.net.transitions[firing.number].node,))
            self.search.meetings.append((path, place, endless))
        return True

    def grows(self, marking: Marking, after: Marking) -> bool:
        """Whether an earlier marking on the path is contained in the new one, which has more: then it can be
        repeated for ever."""
        at: Marking | None = marking
        while at is not None:
            if len(at) < len(after) and contained(at, after):
                return True
            at = self.came[at][0]
        return False

    def find_stuck(self, bad: set[Marking]) -> None:
        """A marking from which the end cannot be reached although something always goes on."""
        before: dict[Marking, list[Marking]] = {}
        for marking, after in self.follows.items():
            for other in after:
                before.setdefault(other, []).append(marking)
        good: set[Marking] = set()
        pending = [*bad, *(marking for marking in self.came if self.over(marking))]
        while pending:
            marking = pending.pop()
            if marking not in good:
                good.add(marking)
                pending += before.get(marking, [])
        for marking in self.came:
            if marking not in good:
                self.search.stuck.append(self.path_to(marking))
                return

    def path_to(self, marking: Marking, last: Path = ()) -> Path:
        """The nodes that are passed from the start to a marking, reduced ones included."""
        back: list[tuple[Marking, Marking, int]] = []
        at = marking
        while (previous := self.came[at])[0] is not None:
            back.append((previous[0], at, previous[1]))
            at = previous[0]
        steps = self.net.steps
        path: list[int] = [node for place in at for node in steps.get(place, ())]
        for before, after, number in reversed(back):
            if number >= 0:
                path.append(self.net.transitions[number].node)
            path += [node for place in after if place not in before for node in steps.get(place, ())]
        return (*path, *last)


def shares(places: list[tuple[int, int]], needs: int) -> Iterator[Marking]:
    """Every way to take ``needs`` tokens from places with so many tokens."""
    if not needs:
        yield ()
    elif places:
        (place, count), *rest = places
        for taken in range(min(count, needs), -1, -1):
            for others in shares(rest, needs - taken):
                yield (*[place] * taken, *others)


def contained(less: Marking, more: Marking) -> bool:
    """Whether every token of one marking is in the other (both sorted)."""
    rest = iter(more)
    return all(any(place == other for other in rest) for place in less)


def explore(net: Net, limit: int = STEPS_LIMIT) -> Search:
    """Search all markings of a net, as far as ``limit`` steps lead."""
    return Explorer(net, limit).run()
