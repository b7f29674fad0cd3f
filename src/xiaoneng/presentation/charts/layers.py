"""A layered drawing of a directed graph, top to bottom, after Sugiyama, Tagawa and Toda (1981).

Four steps: break cycles (heavy edges keep their direction), give ranks (longest path, then tightened),
order each
rank so that few edges cross (barycentre sweeps), and find x places (weighted least squares with a minimal
distance,
solved exactly per rank by pooling adjacent violators). Deterministic: the same graph is always drawn alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[int, int]
SWEEPS = 24
SETTLING = 240
"""Sweeps in which places settle: a long edge passes a push on by one bend a sweep."""


@dataclass(frozen=True, slots=True)
class Placed:
    """``nodes``: id → (x centre, rank); ``routes``: edge → (x, rank) from its source to its target, bends
    included."""

    nodes: dict[int, tuple[float, int]]
    routes: dict[Edge, tuple[tuple[float, int], ...]]
    back: frozenset[Edge]
    ranks: int
    left: float
    right: float


def layered(
    nodes: Sequence[int],
    weights: Mapping[Edge, float],
    width: float,
    gap: float,
    bend: float,
    first: int | None = None,
    last: int | None = None,
) -> Placed:
    """Places for ``nodes`` of one ``width`` with ``gap`` between; a passing edge is given ``bend`` of room.

    ``weights`` holds the edges without self-loops; ``first`` and ``last`` are kept on the outermost ranks.
    """
    back = _backward(nodes, weights)
    downward: dict[Edge, float] = {}
    for (a, b), weight in weights.items():
        edge = (b, a) if (a, b) in back else (a, b)
        downward[edge] = downward.get(edge, 0.0) + weight
    rank = _ranks(nodes, downward, first, last)
    chains, layers, pulls = _with_bends(nodes, weights, back, rank)
    _order(layers, pulls)
    half = {n: (width if n < _BEND else bend) / 2 for layer in layers for n in layer}
    x = _places(layers, pulls, half, gap)
    level = {n: r for r, layer in enumerate(layers) for n in layer}
    routes = {edge: tuple((x[n], level[n]) for n in chain) for edge, chain in chains.items()}
    return Placed(
        {n: (x[n], rank[n]) for n in nodes},
        routes,
        frozenset(back),
        len(layers),
        min((x[n] - half[n] for n in x), default=0.0),
        max((x[n] + half[n] for n in x), default=0.0),
    )


_BEND = 1_000_000
"""Ids from here on are bends of long edges."""


LIKE = 2.0
"""Of two opposite edges, the one from the node named first leads downward unless the other is so much
heavier."""


def _backward(nodes: Sequence[int], weights: Mapping[Edge, float]) -> set[Edge]:
    """The edges against the flow: taken from heavy to light, each that would close a cycle."""
    place = {n: i for i, n in enumerate(nodes)}

    def doubtful(edge: Edge) -> bool:
        opposite = weights.get((edge[1], edge[0]))
        return opposite is not None and place[edge[0]] > place[edge[1]] and weights[edge] < LIKE * opposite

    after: dict[int, set[int]] = {n: set() for n in nodes}
    back = set()
    for source, target in sorted(weights, key=lambda e: (doubtful(e), -weights[e], e)):
        if _reaches(after, target, source):
            back.add((source, target))
        else:
            after[source].add(target)
    return back


def _reaches(after: Mapping[int, set[int]], start: int, goal: int) -> bool:
    seen, todo = {start}, [start]
    while todo:
        node = todo.pop()
        if node == goal:
            return True
        fresh = after[node] - seen
        seen |= fresh
        todo.extend(fresh)
    return False


def _ranks(
    nodes: Sequence[int], downward: Mapping[Edge, float], first: int | None, last: int | None
) -> dict[int, int]:
    before: dict[int, list[int]] = {n: [] for n in nodes}
    after: dict[int, list[int]] = {n: [] for n in nodes}
    for source, target in downward:
        before[target].append(source)
        after[source].append(target)
    rank: dict[int, int] = {}
    waiting = {n: len(before[n]) for n in nodes}
    ready = [n for n in nodes if not waiting[n]]
    order = []
    while ready:
        node = ready.pop(0)
        order.append(node)
        rank[node] = max(
            (rank[p] + 1 for p in before[node]), default=0 if node == first or first is None else 1
        )
        for follower in after[node]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    for node in reversed(order):  # pull a node down to its followers where nothing above holds it stronger
        below = [rank[f] - 1 for f in after[node]]
        holds_up = sum(downward[(p, node)] for p in before[node])
        holds_down = sum(downward[(node, f)] for f in after[node])
        if below and holds_down > holds_up and node != first:
            rank[node] = max(rank[node], min(below))
    if last is not None:
        rank[last] = max(rank.values())
        if any(rank[n] == rank[last] for n in nodes if n != last):
            rank[last] += 1
    return rank


def _with_bends(
    nodes: Sequence[int], weights: Mapping[Edge, float], back: set[Edge], rank: Mapping[int, int]
) -> tuple[dict[Edge, tuple[int, ...]], list[list[int]], dict[Edge, float]]:
    """Edge → its nodes and bends from source to target; the ranks' members; and who pulls whom how
    strongly."""
    layers: list[list[int]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node in nodes:
        layers[rank[node]].append(node)
    chains: dict[Edge, tuple[int, ...]] = {}
    pulls: dict[Edge, float] = {}
    fresh = _BEND
    for edge, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        top, bottom = edge[::-1] if edge in back else edge
        chain = [top]
        for between in range(rank[top] + 1, rank[bottom]):
            layers[between].append(fresh)
            chain.append(fresh)
            fresh += 1
        chain.append(bottom)
        for a, b in pairwise(chain):
            # long edges are pulled straight: weights 1, 2, 8 of Gansner et al. (1993)
            straight = 8 if a >= _BEND and b >= _BEND else 2 if a >= _BEND or b >= _BEND else 1
            pulls[(a, b)] = pulls.get((a, b), 0.0) + straight * max(weight, 1e-9)
        chains[edge] = tuple(chain[::-1] if edge in back else chain)
    return chains, layers, pulls


def _neighbours(
    pulls: Mapping[Edge, float],
) -> tuple[dict[int, list[tuple[int, float]]], dict[int, list[tuple[int, float]]]]:
    above: dict[int, list[tuple[int, float]]] = {}
    below: dict[int, list[tuple[int, float]]] = {}
    for (a, b), pull in pulls.items():
        below.setdefault(a, []).append((b, pull))
        above.setdefault(b, []).append((a, pull))
    return above, below


def _order(layers: list[list[int]], pulls: Mapping[Edge, float]) -> None:
    """Reorder each layer in place; the order with the fewest crossings of all sweeps is kept."""
    above, below = _neighbours(pulls)
    best, best_crossings = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        beside = above if down else below
        for index in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            fixed = layers[index - 1 if down else index + 1]
            place = {n: i for i, n in enumerate(fixed)}
            at = {n: i for i, n in enumerate(layers[index])}
            centre = {}
            for node in layers[index]:
                near = beside.get(node, [])
                mass = sum(pull for _, pull in near)
                centre[node] = sum(place[n] * pull for n, pull in near) / mass if mass else float(at[node])
            layers[index].sort(key=lambda n, c=centre, a=at: (c[n], a[n]))  # type: ignore[misc]  # bound now, not late
        crossings = _crossings(layers, below)
        if crossings < best_crossings:
            best, best_crossings = [list(layer) for layer in layers], crossings
    layers[:] = best


def _crossings(layers: Sequence[Sequence[int]], below: Mapping[int, Sequence[tuple[int, float]]]) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        place = {n: i for i, n in enumerate(lower)}
        ends = [place[b] for a in upper for b, _ in sorted(below.get(a, []), key=lambda item: place[item[0]])]
        total += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return total


def _places(
    layers: Sequence[Sequence[int]], pulls: Mapping[Edge, float], half: Mapping[int, float], gap: float
) -> dict[int, float]:
    above, below = _neighbours(pulls)
    x: dict[int, float] = {}
    for layer in layers:
        at = 0.0
        for node in layer:
            x[node] = at + half[node]
            at = x[node] + half[node] + gap
        middle = (at - gap) / 2
        for node in layer:
            x[node] -= middle
    for sweep in range(SETTLING):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            wanted, mass = [], []
            for node in layer:
                near = above.get(node, []) + below.get(node, [])
                if sweep < SWEEPS:
                    near = (above if down else below).get(node, []) or near
                total = sum(pull for _, pull in near)
                wanted.append(sum(x[n] * pull for n, pull in near) / total if total else x[node])
                mass.append(total or 1e-6)
            for node, place in zip(layer, _apart(wanted, mass, [half[n] for n in layer], gap), strict=True):
                x[node] = place
    return x


def _apart(wanted: Sequence[float], mass: Sequence[float], half: Sequence[float], gap: float) -> list[float]:
    """The places nearest to ``wanted`` (least squares by ``mass``) that keep order and distance: isotonic
    regression."""
    offsets, at = [], 0.0
    for i, h in enumerate(half):
        at += 0.0 if i == 0 else half[i - 1] + gap + h
        offsets.append(at)
    blocks: list[list[float]] = []  # [mean, mass, count]
    for value, weight, offset in zip(wanted, mass, offsets, strict=True):
        blocks.append([value - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, weight_2, count = blocks.pop()
            head = blocks[-1]
            head[0] = (head[0] * head[1] + mean * weight_2) / (head[1] + weight_2)
            head[1] += weight_2
            head[2] += count
    level = [mean for mean, _, count in blocks for _ in range(int(count))]
    return [base + offset for base, offset in zip(level, offsets, strict=True)]
