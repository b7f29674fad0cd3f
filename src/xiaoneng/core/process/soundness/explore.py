"""Searching the markings of a net: deadlocks, tokens that meet, steps and ends that are never reached."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from xiaoneng.core.process.soundness.net import Net, Transition

MARKINGS_LIMIT: Final = 20_000
Marking = frozenset[int]
Path = tuple[int, ...]


@dataclass(slots=True)
class Search:
    """What was found, each with the nodes of a path from the start. ``complete``: all markings were seen."""

    deadlocks: list[tuple[Path, Marking]] = field(default_factory=list)
    meetings: list[tuple[Path, int, bool]] = field(default_factory=list)
    stuck: list[Path] = field(default_factory=list)
    fired: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    complete: bool = True


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


def explore(net: Net) -> Search:
    """Search breadth first, so that the paths are the shortest."""
    search = Search()
    reach: dict[int, list[set[int]]] = {
        number: [reachable(net, t, place) for place in t.ins]
        for number, t in net.transitions.items()
        if t.join == "wait"
    }
    came: dict[Marking, tuple[Marking | None, int]] = {}
    follows: dict[Marking, list[Marking]] = {}
    queue: deque[Marking] = deque()
    for start in net.starts:
        if start not in came:
            came[start] = (None, -1)
            queue.append(start)
    bad: set[Marking] = set()
    consumers = net.consumers()
    while queue:
        marking = queue.popleft()
        search.marked |= marking
        follows[marking] = []
        if not marking:
            continue
        enabled = False
        for number in sorted({n for place in marking for n in consumers.get(place, ())}):
            transition = net.transitions[number]
            for taken in takes(transition, marking, reach.get(number)):
                enabled = True
                search.fired.add(number)
                rest = frozenset() if transition.fatal else marking - taken
                for mode in transition.modes or (frozenset(),):
                    both = rest & mode
                    after = rest | mode
                    if both:
                        if not any(place in both for _, place, _ in search.meetings):
                            endless = grows(came, marking, after)
                            path = path_to(net, came, marking, (transition.node,))
                            search.meetings.append((path, min(both), endless))
                        bad.add(marking)
                        continue
                    follows[marking].append(after)
                    if after not in came:
                        if len(came) >= MARKINGS_LIMIT:
                            search.complete = False
                            continue
                        came[after] = (marking, number)
                        queue.append(after)
        if not enabled:
            bad.add(marking)
            if len(search.deadlocks) < 20:
                search.deadlocks.append((path_to(net, came, marking), marking))
    if search.complete:
        find_stuck(net, search, came, follows, bad)
    return search


def takes(transition: Transition, marking: Marking, reach: list[set[int]] | None) -> list[Marking]:
    """The sets of tokens that the transition can take."""
    here = [place for place in transition.ins if place in marking]
    if transition.join == "any":
        return [frozenset((place,)) for place in here]
    if transition.join == "all":
        return [frozenset(here)] if len(here) == len(transition.ins) else []
    assert reach is not None
    ways = [(place in marking, found) for place, found in zip(transition.ins, reach, strict=True)]
    for token in marking:
        if token in transition.ins:
            continue
        to_empty = any(not full and token in found for full, found in ways)
        to_full = any(full and token in found for full, found in ways)
        if to_empty and not to_full:
            return []
    return [frozenset(here)] if here else []


def grows(came: dict[Marking, tuple[Marking | None, int]], marking: Marking, after: Marking) -> bool:
    """Whether an earlier marking on the path is contained in the new one: then it can be repeated for
    ever."""
    at: Marking | None = marking
    while at is not None:
        if at <= after:
            return True
        at = came[at][0]
    return False


def find_stuck(
    net: Net,
    search: Search,
    came: dict[Marking, tuple[Marking | None, int]],
    follows: dict[Marking, list[Marking]],
    bad: set[Marking],
) -> None:
    """Markings from which the end cannot be reached although something always goes on."""
    before: dict[Marking, list[Marking]] = {}
    for marking, after in follows.items():
        for other in after:
            before.setdefault(other, []).append(marking)
    good: set[Marking] = set()
    pending = [frozenset(), *bad]
    while pending:
        marking = pending.pop()
        if marking not in good:
            good.add(marking)
            pending += before.get(marking, [])
    for marking in came:
        if marking not in good:
            search.stuck.append(path_to(net, came, marking))
            return


def path_to(
    net: Net, came: dict[Marking, tuple[Marking | None, int]], marking: Marking, last: Path = ()
) -> Path:
    """The nodes that are passed from the start to a marking, reduced ones included."""
    back: list[tuple[Marking, Marking, int]] = []
    at: Marking = marking
    while (previous := came[at])[0] is not None:
        back.append((previous[0] or frozenset(), at, previous[1]))
        at = previous[0] or frozenset()
    path: list[int] = [node for place in sorted(at) for node in net.steps.get(place, ())]
    for before, after, number in reversed(back):
        path.append(net.transitions[number].node)
        path += [node for place in sorted(after - before) for node in net.steps.get(place, ())]
    return (*path, *last)
