"""Columns and rows of a graph: longest paths give the columns, the dominator tree gives the rows.

A split dominates its branches and the join behind them. Branches share columns, so they are stacked; the join
lies in later columns, so it comes back to the row of the split: the main line stays straight. An edge that
skips columns is a vertex of its own, so that nothing lies in its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between vertices. ``aside``: it leaves from the side of its source (a boundary event) and is
    drawn below it."""

    id: int
    source: int
    target: int
    aside: bool = False


@dataclass(slots=True)
class Order:
    """Column and row of every vertex, row of every edge that skips columns, edges that lead back."""

    column: dict[int, int]
    row: dict[int, int]
    passes: dict[int, int]
    back: frozenset[int]


@dataclass(slots=True)
class _Vertex:
    first: int
    last: int
    parents: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    aside: bool = False
    above: int = -1
    depth: int = 0
    contour: dict[int, int] = field(default_factory=dict)
    offset: int = 0


def arrange(vertices: Sequence[int], edges: Sequence[Edge]) -> Order:
    """Places for the vertices (numbers, 0 or more) of any graph, cyclic or not, in the order given."""
    leaving: dict[int, list[Edge]] = {v: [] for v in vertices}
    entered = dict.fromkeys(vertices, 0)
    for edge in edges:
        leaving[edge.source].append(edge)
        entered[edge.target] += edge.source != edge.target
    finished, back = _depth_first(vertices, leaving, entered)
    order = list(reversed(finished))
    column = dict.fromkeys(order, 0)
    for v in order:
        for edge in leaving[v]:
            if edge.id not in back:
                column[edge.target] = max(column[edge.target], column[v] + 1)
    tree, sequence = _with_passing_edges(order, leaving, column, back)
    _dominate(tree, sequence)
    row = _stack(tree, sequence)
    return Order(
        column,
        {v: row[v] for v in order},
        {-v - 2: row[v] for v in sequence if v < 0},
        frozenset(back),
    )


def _depth_first(
    vertices: Sequence[int], leaving: dict[int, list[Edge]], entered: dict[int, int]
) -> tuple[list[int], set[int]]:
    """Vertices in the order in which they are finished, and the edges that close a circle."""
    state = dict.fromkeys(vertices, 0)
    finished: list[int] = []
    back: set[int] = set()
    # reversed at every level: the first branch is finished last and so comes first in the result
    roots = [v for v in vertices if not entered[v]] + [v for v in vertices if entered[v]]
    for root in [r for r in roots if not entered[r]][::-1] + [r for r in roots if entered[r]]:
        if state[root]:
            continue
        state[root] = 1
        pending = [(root, iter(leaving[root][::-1]))]
        while pending:
            v, remaining = pending[-1]
            edge = next(remaining, None)
            if edge is None:
                state[v] = 2
                finished.append(v)
                pending.pop()
            elif state[edge.target] == 1:
                back.add(edge.id)
            elif state[edge.target] == 0:
                state[edge.target] = 1
                pending.append((edge.target, iter(leaving[edge.target][::-1])))
    return finished, back


def _with_passing_edges(
    order: list[int], leaving: dict[int, list[Edge]], column: dict[int, int], back: set[int]
) -> tuple[dict[int, _Vertex], list[int]]:
    """The graph in topological order, with a vertex -2 - n for an edge n that skips columns."""
    tree = {v: _Vertex(column[v], column[v]) for v in order}
    sequence: list[int] = []
    for v in order:
        sequence.append(v)
        for edge in leaving[v]:
            if edge.id in back:
                continue
            target = tree[edge.target]
            if column[edge.target] - column[v] > 1:
                passing = -2 - edge.id
                tree[passing] = _Vertex(column[v] + 1, column[edge.target] - 1, [v], aside=edge.aside)
                sequence.append(passing)
                target.parents.append(passing)
            else:
                target.parents.append(v)
                target.aside = target.aside or edge.aside
    return tree, sequence


def _dominate(tree: dict[int, _Vertex], sequence: list[int]) -> None:
    """Hang every vertex below the last one through which all ways to it lead (Cooper, Harvey, Kennedy 2001:
    on an acyclic graph one pass in topological order is enough)."""
    for v in sequence:
        vertex = tree[v]
        if not vertex.parents:
            continue
        found = vertex.parents[0]
        for other in vertex.parents[1:]:
            a, b = found, other
            while a != b and a != -1 and b != -1:
                if tree[a].depth >= tree[b].depth:
                    a = tree[a].above
                else:
                    b = tree[b].above
            found = a if a == b else -1
            if found == -1:
                break
        if found != -1:
            vertex.above, vertex.depth = found, tree[found].depth + 1
            tree[found].children.append(v)


def _stack(tree: dict[int, _Vertex], sequence: list[int]) -> dict[int, int]:
    """Rows: below every vertex its children, each as high as those before it allow."""
    for v in reversed(sequence):
        vertex = tree[v]
        vertex.contour = dict.fromkeys(range(vertex.first, vertex.last + 1), 1)
        for child in sorted(vertex.children, key=lambda c: tree[c].aside):
            _hang(vertex.contour, tree[child], 1 if tree[child].aside else 0)
    ground: dict[int, int] = {}
    row: dict[int, int] = {}
    for v in sequence:
        vertex = tree[v]
        if vertex.above == -1:
            _hang(ground, vertex, 0)
            row[v] = vertex.offset
        else:
            row[v] = row[vertex.above] + vertex.offset
    return row


def _hang(contour: dict[int, int], child: _Vertex, least: int) -> None:
    """Put the child below what is there; ``contour`` says per column how many rows are taken."""
    child.offset = max([least, *(contour.get(column, 0) for column in child.contour)])
    for column, height in child.contour.items():
        contour[column] = child.offset + height
