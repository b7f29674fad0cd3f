"""Reduction rules that keep soundness: what is block-structured shrinks to nothing and needs no search.

(Sadiq and Orlowska 2000; van Dongen, van der Aalst and Verbeek 2005; only rules that are plain here.)
Every rule removes at least one place or transition, so reduction ends.
"""

from __future__ import annotations

from xiaoneng.core.process.soundness.net import Net, Transition


def reduce(net: Net) -> None:
    """Apply the rules until none applies."""
    while sequence(net) or twins(net) or back(net) or neighbours(net):
        pass


def along(net: Net, place: int) -> tuple[int, ...]:
    return net.steps.get(place, ())


def one(transition: Transition) -> int | None:
    """The only place a transition produces on, None where there are several or none."""
    if len(transition.modes) != 1 or len(transition.modes[0]) != 1 or transition.fatal:
        return None
    return next(iter(transition.modes[0]))


def started(net: Net) -> set[int]:
    return set().union(*net.starts) if net.starts else set()


def sequence(net: Net) -> bool:
    """A transition with one place before and one after: both places are one."""
    producers, consumers, starts = net.producers(), net.consumers(), started(net)
    for number, transition in list(net.transitions.items()):
        after = one(transition)
        if len(transition.ins) != 1 or after is None:
            continue
        before = transition.ins[0]
        if before == after or after in starts or len(producers.get(after, ())) != 1:
            continue
        if len(consumers[before]) != 1:
            continue
        del net.transitions[number]
        net.steps[before] = (*along(net, before), transition.node, *along(net, after))
        for other in consumers.get(after, ()):
            found = net.transitions[other]
            found.ins = tuple(before if place == after else place for place in found.ins)
        return True
    return False


def twins(net: Net) -> bool:
    """Two places between the same split and the same join that match: one of them is enough."""
    producers, consumers, starts = net.producers(), net.consumers(), started(net)
    for split in net.transitions.values():
        if not split.modes:
            continue
        places = [
            place
            for place in sorted(set().union(*split.modes))
            if place not in starts and len(producers[place]) == 1 and len(consumers.get(place, ())) == 1
        ]
        for index, first in enumerate(places):
            for second in places[index + 1 :]:
                join = net.transitions[consumers[first][0]]
                if consumers[second][0] != consumers[first][0] or not match(split, join, first, second):
                    continue
                if join.join == "all":
                    net.steps[first] = (*along(net, first), *along(net, second))
                join.ins = tuple(place for place in join.ins if place != second)
                if len(join.ins) == 1:
                    join.join = "any"
                split.modes = tuple(dict.fromkeys(merge(mode, first, second) for mode in split.modes))
                return True
    return False


def merge(mode: frozenset[int], first: int, second: int) -> frozenset[int]:
    return (mode - {second}) | {first} if second in mode else mode


def match(split: Transition, join: Transition, first: int, second: int) -> bool:
    """Whether the two places are always marked together before an ``all`` join, never together before an
    ``any`` join, or go from a split to a ``wait`` join that gets all it has from that split."""
    together = all((first in mode) == (second in mode) for mode in split.modes)
    if join.join == "all":
        return together
    if join.join == "any":
        return not any(first in mode and second in mode for mode in split.modes)
    produced = set().union(*split.modes)
    return set(join.ins) <= produced and produced <= set(join.ins)


def back(net: Net) -> bool:
    """A choice that leads straight back to itself through a merge changes nothing."""
    producers, consumers, starts = net.producers(), net.consumers(), started(net)
    for number, split in net.transitions.items():
        if split.join != "any" or len(split.modes) < 2 or split.fatal:
            continue
        for mode in split.modes:
            if len(mode) != 1:
                continue
            (place,) = mode
            if place in starts or len(producers[place]) != 1 or sum(place in m for m in split.modes) != 1:
                continue
            target = consumers.get(place, [])
            if len(target) != 1:
                continue
            join = net.transitions[target[0]]
            straight = target[0] == number and len(split.ins) > 1
            through = one(join)
            if not straight and not (
                join.join == "any"
                and len(join.ins) > 1
                and through is not None
                and split.ins == (through,)
                and len(producers[through]) == 1
            ):
                continue
            join.ins = tuple(p for p in join.ins if p != place)
            split.modes = tuple(m for m in split.modes if m != mode)
            return True
    return False


def neighbours(net: Net) -> bool:
    """Two merges, two choices, two splits or two joins in a row are one.

    Splits stay apart where a join waits for what may still come: while a token lies between them the join may
    see a way to a flow on which a token waits already, and go on without it (BPMN 2.0.2, 13.4.3).
    """
    producers, consumers, starts = net.producers(), net.consumers(), started(net)
    waits = any(t.join not in ("any", "all") for t in net.transitions.values())
    for number, first in net.transitions.items():
        for place in sorted(set().union(*first.modes)) if first.modes else ():
            if place in starts or len(producers[place]) != 1 or len(consumers.get(place, ())) != 1:
                continue
            other = consumers[place][0]
            second = net.transitions[other]
            if other == number or first.fatal or second.fatal:
                continue
            if one(first) == place and first.join == second.join in ("any", "all"):
                # merge into merge, join into join
                if set(first.ins) & set(second.ins):
                    continue
                # tokens that meet after the first must still be able to meet after the second
                if not second.modes or not all(second.modes):
                    continue
                second.ins = tuple(p for p in second.ins if p != place) + first.ins
                carry(net, first, place, second)
                del net.transitions[number]
                return True
            if not waits and second.ins == (place,) and second.modes and all(second.modes):
                if any(
                    place in mode and mode & other_mode for mode in first.modes for other_mode in second.modes
                ):
                    continue
                if len(first.modes) * len(second.modes) > 64:
                    continue
                modes = [
                    result
                    for mode in first.modes
                    for result in ([mode - {place} | m for m in second.modes] if place in mode else [mode])
                ]
                for target in set().union(*second.modes):
                    net.steps[target] = (*along(net, place), second.node, *along(net, target))
                first.modes = tuple(dict.fromkeys(modes))
                del net.transitions[other]
                return True
    return False


def carry(net: Net, first: Transition, place: int, second: Transition) -> None:
    """The steps that lay between two merged transitions move to the places before them."""
    for before in first.ins:
        net.steps[before] = (*along(net, before), first.node, *along(net, place))
