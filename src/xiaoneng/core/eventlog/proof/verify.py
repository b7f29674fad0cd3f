"""One pass over everything: events against their chains, chains against seals, seals against their root.

Events, chains and leaves come sorted by case (by code point, as UTF-8 sorts) and are merged; memory holds one
case and a digest per seal.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Generic, TypeVar

from xiaoneng.core.eventlog.chain import genesis, link
from xiaoneng.core.eventlog.merkle import Tree
from xiaoneng.core.eventlog.proof.diagnosis import diagnose
from xiaoneng.core.eventlog.proof.evidence import Leaf, Problem, Stated, StoredEvent
from xiaoneng.core.eventlog.proof.seals import Seal, check_seals

Row = TypeVar("Row", StoredEvent, Stated, Leaf)


@dataclass(slots=True)
class Verdict:
    """What was found. ``unsealed``: events after the last seal; ``elsewhere``: sealed cases that a partial
    bundle does not contain."""

    cases: int = 0
    events: int = 0
    seals: int = 0
    unsealed: int = 0
    elsewhere: int = 0
    problems: list[Problem] = field(default_factory=list)


def verify(
    events: Iterable[StoredEvent],
    chains: Iterable[Stated],
    leaves: Iterable[Leaf],
    seals: Sequence[Seal],
    *,
    anchor: bytes | None = None,
    whole: bool = True,
) -> Verdict:
    """Check ``events`` (sorted by case and place), ``chains`` (by case), ``leaves`` (by case and seal) and
    ``seals`` (by number) against each other.

    ``whole``: all cases should be there; else sealed cases that are missing are only counted.
    """
    verdict = Verdict(seals=len(seals))
    verdict.problems += check_seals(seals, anchor)
    sealed = _Sealed(seals)
    for case, rows, stated, found in _by_case(events, chains, leaves):
        sealed.add(found)
        if not rows and not stated and not whole:
            verdict.elsewhere += 1
            continue
        verdict.cases += 1
        verdict.events += len(rows)
        verdict.unsealed += max(0, len(rows) - (found[-1].length if found else 0))
        verdict.problems += check_case(case, rows, stated, found)
    verdict.problems += sealed.finish()
    return verdict


def check_case(
    case: str, rows: Sequence[StoredEvent], stated: Sequence[Stated], leaves: Sequence[Leaf]
) -> list[Problem]:
    """The problems of one case. ``stated`` has its chain, if there is one; ``leaves`` what seals found."""
    last = max((leaf.length for leaf in leaves), default=0)
    if not rows and not stated:
        return [Problem("deleted_case", case, seal=leaves[-1].seal)] if last else []
    hashes = [genesis(case)]
    for place, row in enumerate(rows, 1):
        if row.seq != place or link(hashes[-1], row.covered(place)) != row.hash:
            break
        hashes.append(row.hash)
    length = len(hashes) - 1
    if length < len(rows):
        promised = max(last, stated[0].length if stated else 0)
        problems = [
            problem._replace(kind="inserted") if problem.seq > promised > 0 else problem
            for problem in diagnose(case, rows, hashes[0])
        ]
        end = max(row.seq for row in rows)
        known = {problem.kind for problem in problems}
        if end < promised and "deleted" not in known:
            problems.append(Problem("cut", case, end + 1))
        return problems
    problems = []
    if not stated:
        problems.append(Problem("unstated", case, 1))
    elif stated[0].length > length:
        problems.append(Problem("cut", case, length + 1))
    elif stated[0].length < length:
        problems.append(Problem("inserted", case, stated[0].length + 1))
    elif stated[0].head != hashes[-1]:
        problems.append(Problem("misstated", case, length))
    return problems or _against_seals(case, hashes, leaves)


def _against_seals(case: str, hashes: Sequence[bytes], leaves: Sequence[Leaf]) -> list[Problem]:
    """A chain that fits in itself against what was sealed of it: the first seal that it does not fit."""
    for leaf in leaves:
        if leaf.length >= len(hashes):
            return [Problem("cut", case, len(hashes), leaf.seal)]
        if leaf.length > 0 and hashes[leaf.length] != leaf.head:
            return [Problem("rewritten", case, leaf.length, leaf.seal)]
    return []


class _Sealed:
    """Adds up the leaves: a digest for each seal, and the tree of the last one."""

    def __init__(self, seals: Sequence[Seal]) -> None:
        self._seals = seals
        self._digests = {seal.number: sha256() for seal in seals}
        self._counts = dict.fromkeys(self._digests, 0)
        self._unknown: set[int] = set()
        self._tree = Tree()
        self._events = 0

    def add(self, leaves: Sequence[Leaf]) -> None:
        """The leaves of one case, by seal."""
        for leaf in leaves:
            digest = self._digests.get(leaf.seal)
            if digest is None:
                self._unknown.add(leaf.seal)
                continue
            digest.update(leaf.entry() + b"\n")
            self._counts[leaf.seal] += 1
        if leaves and leaves[-1].length:
            self._tree.add(leaves[-1].entry())
            self._events += leaves[-1].length

    def finish(self) -> Iterator[Problem]:
        """What does not fit the signed numbers."""
        for number in sorted(self._unknown):
            yield Problem("seal_missing", seal=number)
        for seal in self._seals:
            same = (self._digests[seal.number].digest(), self._counts[seal.number])
            if same != (seal.leaves, seal.changed):
                yield Problem("seal_leaves", seal=seal.number)
        if self._seals:
            last = self._seals[-1]
            counted = (self._tree.finish()[0], self._tree.size, self._events)
            if counted != (last.root, last.cases, last.events):
                yield Problem("seal_root", seal=last.number)


def _by_case(
    events: Iterable[StoredEvent], chains: Iterable[Stated], leaves: Iterable[Leaf]
) -> Iterator[tuple[str, list[StoredEvent], list[Stated], list[Leaf]]]:
    """Everything of one case together, case after case."""
    rows, stated, found = _Grouped(events), _Grouped(chains), _Grouped(leaves)
    while True:
        cases = [case for case in (rows.case, stated.case, found.case) if case is not None]
        if not cases:
            return
        case = min(cases)
        yield case, rows.take(case), stated.take(case), found.take(case)


class _Grouped(Generic[Row]):
    """A sorted stream, taken case by case; ``case`` is the next one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._groups: Iterator[tuple[str, Iterator[Row]]] = itertools.groupby(rows, key=lambda row: row.case)
        self._group: Iterator[Row] = iter(())
        self.case: str | None = None
        self._next()

    def _next(self) -> None:
        found = next(self._groups, None)
        self.case, self._group = found if found is not None else (None, iter(()))

    def take(self, case: str) -> list[Row]:
        """The rows of ``case``, if it is the next one."""
        if self.case != case:
            return []
        rows = list(self._group)
        self._next()
        return rows
