"""The words of a tree of blocks by plain recursion, and how far a path is from the nearest of them.

Nothing here knows tokens, markings or searches: it is what the replay must agree with on small models.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

from benchmarks.blocks import Block

Word = tuple[str, ...]
MANY = 3_000


class TooMany(Exception):
    """The model allows more rows of steps than brute force should look at."""


def shuffles(one: Word, other: Word) -> set[Word]:
    """Every way to do two rows of steps side by side."""
    if not one or not other:
        return {one + other}
    first = {(one[0], *rest) for rest in shuffles(one[1:], other)}
    return first | {(other[0], *rest) for rest in shuffles(one, other[1:])}


def beside(branches: Iterable[set[Word]]) -> set[Word]:
    found: set[Word] = {()}
    for words in branches:
        found = few(w for a in found for b in words for w in shuffles(a, b))
    return found


def few(words: Iterable[Word]) -> set[Word]:
    found: set[Word] = set()
    for word in words:
        found.add(word)
        if len(found) > MANY:
            raise TooMany
    return found


def words(block: Block, rounds: int) -> set[Word]:
    """Every row of steps that a block allows; loops go round at most ``rounds`` times."""
    if isinstance(block, str):
        return {(block,)} if block else {()}
    kind, *parts = block
    inner = [words(part, rounds) for part in parts]
    if kind == "seq":
        return few(sum(chosen, ()) for chosen in product(*inner))
    if kind == "xor":
        return set().union(*inner)
    if kind == "and":
        return beside(inner)
    if kind == "or":
        sizes = range(1, len(inner) + 1)
        return set().union(*(beside(chosen) for size in sizes for chosen in combinations(inner, size)))
    body, again = inner
    found = latest = set(body)
    for _ in range(rounds - 1):
        latest = few(w + a + b for w in latest for a in again for b in body)
        found = found | latest
    return found


def distance(one: Word, other: Word) -> int:
    """How many steps must be taken out or put in to make one word the other."""
    before = list(range(len(other) + 1))
    for a in one:
        now = [before[0] + 1]
        for n, b in enumerate(other):
            now.append(before[n] if a == b else 1 + min(before[n + 1], now[n]))
        before = now
    return before[-1]


def cost(path: Word, language: set[Word]) -> int:
    """The distance from the nearest word."""
    return min(distance(path, word) for word in language)
