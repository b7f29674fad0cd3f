"""Coordinates: where shapes stand and how lines run between them. Units are pixels of the diagram."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from xiaoneng.core.process.layout.order import Edge, arrange
from xiaoneng.core.process.model import NONE, Model, Node, Scope

TASK: Final = (120, 80)
GATEWAY: Final = (50, 50)
EVENT: Final = (36, 36)
COLUMN_GAP: Final = 60
TURN: Final = 22
CHARACTER: Final = 13
NAME_WIDTH: Final = 104
ROW_GAP: Final = 44
PADDING: Final = 30
LANE_PADDING: Final = 20
LANE_TITLE: Final = 30
TRACK: Final = 9

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def moved(self, dx: int, dy: int) -> Box:
        return Box(self.x + dx, self.y + dy, self.width, self.height)


@dataclass(slots=True)
class Picture:
    """Boxes of nodes and lanes, lines of flows, by number; the size of the whole."""

    nodes: dict[int, Box] = field(default_factory=dict)
    lanes: dict[int, Box] = field(default_factory=dict)
    flows: dict[int, list[Point]] = field(default_factory=dict)
    width: int = 0
    height: int = 0

    def take(self, other: Picture, dx: int, dy: int) -> None:
        """Put another picture into this one."""
        self.nodes.update({n: box.moved(dx, dy) for n, box in other.nodes.items()})
        self.lanes.update({n: box.moved(dx, dy) for n, box in other.lanes.items()})
        self.flows.update({n: [(x + dx, y + dy) for x, y in line] for n, line in other.flows.items()})


def picture_of(model: Model, scope: Scope) -> Picture:
    """A picture of a process or of the inside of a sub-process, its sub-processes opened."""
    inner = {
        n: picture_of(model, model.scopes[model.nodes[n].body]) for n in scope.nodes if _opened(model, n)
    }
    nodes = [model.nodes[n] for n in scope.nodes]
    vertices = [node.index for node in nodes if node.host == NONE]
    edges = [_edge(model, flow) for flow in scope.flows]
    order = arrange(vertices, edges)
    size = {n: _size(model.nodes[n], inner.get(n)) for n in vertices}
    picture = Picture()
    lines = _Rows(model, picture, order.row, order.passes, vertices, size)
    columns = _columns(order.column, size, _names(model, edges, order.column))
    for n in vertices:
        left, width = columns[order.column[n]]
        w, h = size[n]
        row = lines.of(n, order.row[n])
        picture.nodes[n] = Box(left + (width - w) // 2, lines.tops[row] + (lines.heights[row] - h) // 2, w, h)
        if n in inner:
            box = picture.nodes[n]
            picture.take(inner[n], box.x + PADDING, box.y + PADDING + 10)
    for node in nodes:
        for place, n in enumerate(node.boundary):
            host = picture.nodes[node.index]
            w, h = EVENT
            picture.nodes[n] = Box(host.right - 24 - w - place * (w + 8), host.bottom - h // 2, w, h)
    back = [edge for edge in edges if edge.id in order.back]
    for edge in edges:
        if edge.id not in order.back:
            passing = order.passes.get(edge.id)
            track = None if passing is None else lines.middle(edge, passing)
            picture.flows[edge.id] = _forward(model, picture, columns, order.column, edge, track)
    for number, edge in enumerate(back):
        picture.flows[edge.id] = _backward(model, picture, columns, order.column, edge, number)
    right = max((left + width for left, width in columns.values()), default=0)
    picture.width, picture.height = right, lines.bottom
    for lane, (top, height) in lines.bands.items():
        picture.lanes[lane] = Box(-PADDING, top, right + 2 * PADDING, height)
    return picture


def _opened(model: Model, number: int) -> bool:
    """Whether the inside of the node belongs to it and is drawn within it."""
    node = model.nodes[number]
    return node.body != NONE and not node.calls and bool(model.scopes[node.body].nodes)


def _edge(model: Model, number: int) -> Edge:
    flow = model.flows[number]
    source = model.nodes[flow.source]
    if source.host != NONE:
        return Edge(number, source.host, flow.target, aside=True)
    return Edge(number, flow.source, flow.target)


def _size(node: Node, inner: Picture | None) -> Point:
    if inner is not None:
        return max(inner.width + 2 * PADDING, TASK[0]), max(inner.height + 2 * PADDING + 10, TASK[1])
    if "Gateway" in node.kind:
        return GATEWAY
    return EVENT if "Event" in node.kind else TASK


def name_width(text: str) -> int:
    """About how wide the name of a flow is: Chinese characters are as wide as high, others half of it."""
    return min(sum(CHARACTER if ord(c) > 0x2E80 else CHARACTER * 5 // 9 for c in text) + 2, NAME_WIDTH)


def _names(model: Model, edges: list[Edge], column: dict[int, int]) -> dict[int, int]:
    """Room that the names of the flows need behind every column."""
    found: dict[int, int] = {}
    for edge in edges:
        name = model.flows[edge.id].name
        if name and not edge.aside:
            behind = column[edge.source]
            found[behind] = max(found.get(behind, 0), name_width(name))
    return found


def _columns(column: dict[int, int], size: dict[int, Point], names: dict[int, int]) -> dict[int, Point]:
    """Left edge and width of every column."""
    widths: dict[int, int] = {}
    for n, c in column.items():
        widths[c] = max(widths.get(c, 0), size[n][0])
    left, found = 0, {}
    for c in sorted(widths):
        found[c] = (left, widths[c])
        left += widths[c] + max(COLUMN_GAP, TURN + names.get(c, 0) + 24)
    return found


class _Rows:
    """The rows of a scope. With lanes, every lane has rows of its own, closed up."""

    def __init__(
        self,
        model: Model,
        picture: Picture,
        row: dict[int, int],
        passes: dict[int, int],
        vertices: list[int],
        size: dict[int, Point],
    ) -> None:
        self.model = model
        lanes = {n: model.nodes[n].lane for n in vertices}
        keys = {(lanes[n], row[n]) for n in vertices}
        # an edge that passes keeps its row in the lane of its target
        keys |= {(lanes[model.flows[f].target], r) for f, r in passes.items()}
        heights = dict.fromkeys(keys, TASK[1])
        for n in vertices:
            key = (lanes[n], row[n])
            extra = EVENT[1] // 2 if model.nodes[n].boundary else 0
            heights[key] = max(heights[key], size[n][1] + 2 * extra)
        self.tops: dict[tuple[int, int], int] = {}
        self.heights = heights
        self.bands: dict[int, Point] = {}
        self.lanes = lanes
        y, lane = 0, NONE - 1
        for key in sorted(keys):
            if key[0] != lane:
                if lane >= 0:
                    y += LANE_PADDING
                    self.bands[lane] = (self.bands[lane][0], y - ROW_GAP + LANE_PADDING - self.bands[lane][0])
                    y += LANE_PADDING - ROW_GAP
                lane = key[0]
                if lane >= 0:
                    self.bands[lane] = (y, 0)
                    y += LANE_PADDING * 2
            self.tops[key] = y
            y += heights[key] + ROW_GAP
        if lane >= 0:
            y += LANE_PADDING
            self.bands[lane] = (self.bands[lane][0], y - ROW_GAP + LANE_PADDING - self.bands[lane][0])
            y += LANE_PADDING
        self.bottom = max(y - ROW_GAP, 0)

    def of(self, vertex: int, row: int) -> tuple[int, int]:
        return self.lanes[vertex], row

    def middle(self, edge: Edge, row: int) -> int:
        key = (self.lanes[edge.target], row)
        return self.tops[key] + self.heights[key] // 2


def _ends(model: Model, picture: Picture, edge: Edge) -> tuple[Box, Box, bool]:
    flow = model.flows[edge.id]
    return picture.nodes[flow.source], picture.nodes[flow.target], edge.aside


def _forward(
    model: Model,
    picture: Picture,
    columns: dict[int, Point],
    column: dict[int, int],
    edge: Edge,
    track: int | None,
) -> list[Point]:
    """Out of the right side (a boundary event: of the bottom), into the left side of the target."""
    source, target, aside = _ends(model, picture, edge)
    before = columns[column[edge.target]][0] - TURN
    line: list[Point] = []
    if aside:
        x = source.x + source.width // 2
        level = track if track is not None else target.middle
        line.append((x, source.bottom))
        if level < source.bottom + TRACK:
            # the way on lies above: first out of the host's shadow
            host = picture.nodes[edge.source]
            beside = host.right + TURN
            line += [(x, source.bottom + TRACK), (beside, source.bottom + TRACK), (beside, level)]
        else:
            line.append((x, level))
    else:
        after = columns[column[edge.source]][0] + columns[column[edge.source]][1] + TURN
        # branches part behind their split and meet before their join
        parts = len(model.nodes[model.flows[edge.id].source].outgoing) > 1
        level = track if track is not None else target.middle if parts else source.middle
        line.append((source.right, source.middle))
        if level != source.middle:
            line += [(after, source.middle), (after, level)]
    if level != target.middle:
        line += [(before, level), (before, target.middle)]
    line.append((target.x, target.middle))
    return _without_repeats(line)


def _backward(
    model: Model,
    picture: Picture,
    columns: dict[int, Point],
    column: dict[int, int],
    edge: Edge,
    number: int,
) -> list[Point]:
    """Up behind the source, back above everything on the way, down before the target."""
    source, target, aside = _ends(model, picture, edge)
    first, last = column[edge.target], column[edge.source]
    between = [picture.nodes[n].y for n, c in column.items() if first <= c <= last]
    shift = TRACK * (number % 3)
    level = min(between) - ROW_GAP // 2 + shift - TRACK
    after = columns[last][0] + columns[last][1] + TURN - shift // 3
    before = columns[first][0] - TURN + shift // 3
    start: list[Point] = [(source.right, source.middle)]
    if aside:
        x = source.x + source.width // 2
        start = [(x, source.bottom), (x, source.bottom + TRACK), (after, source.bottom + TRACK)]
    end = [(after, level), (before, level), (before, target.middle), (target.x, target.middle)]
    if not aside:
        start.append((after, source.middle))
    return _without_repeats(start + end)


def _without_repeats(line: list[Point]) -> list[Point]:
    """Without points on the way: a straight line has two ends."""
    found: list[Point] = []
    for point in line:
        if found and found[-1] == point:
            continue
        on_the_way = len(found) > 1 and any(found[-2][k] == found[-1][k] == point[k] for k in (0, 1))
        if on_the_way:
            found[-1] = point
        else:
            found.append(point)
    return found
