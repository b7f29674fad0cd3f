"""The process map: which activity directly follows which, how often, and after how long.

A real log has hundreds of activities; a map that shows all of them shows nothing. So the map grows along the
busiest connections until it is full, and says what share of the flow it shows.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from xiaoneng.presentation.charts.layers import Edge, Placed, layered
from xiaoneng.presentation.charts.svg import (
    NARROW,
    WIDE,
    Cell,
    Chart,
    Column,
    Markup,
    Table,
    drawing,
    escape,
    join,
    label,
    num,
    rect,
    tag,
    tip,
)
from xiaoneng.presentation.text import pixels, wrap_pixels
from xiaoneng.presentation.words import Words

START, END = 0, 1
NEAR = 44.0
"""Closer than this a passing arrow keeps clear of a box."""
STRAIGHT = 14.0
"""An arrow that would jog by less than this between two neighbouring boxes is drawn straight."""
LEAST = 0.025
"""A flow so much rarer than the busiest is left to the table, unless a step hangs on it."""
HOT = 3
"""So many connections, those in which cases spend most time in all, are set off in colour."""


@dataclass(frozen=True, slots=True)
class Step:
    """An activity with its events, the cases in which it occurs, and how many cases start and end with it."""

    name: str
    events: int
    cases: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Flow:
    """``target`` directly follows ``source`` so often, on average after so many seconds (None: not
    measurable)."""

    source: str
    target: str
    count: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a map shows: steps, flows between them, loops of one step, and the shares of the whole log that
    this is."""

    steps: tuple[Step, ...]
    flows: tuple[Flow, ...]
    loops: dict[str, int]
    events_share: float
    flow_share: float


def select(
    steps: Sequence[Step], flows: Sequence[Flow], most_steps: int, most_flows: int, transitions: int
) -> Selection:
    """Grow from the commonest start along the busiest connection until ``most_steps``, then add the
    busiest flows.

    ``transitions`` is the number of direct successions in the whole log, shown or not.
    """
    by_name = {s.name: s for s in steps}
    known = [f for f in flows if f.source in by_name and f.target in by_name]
    between = {(f.source, f.target): f for f in known if f.source != f.target}
    beside: dict[str, list[Flow]] = {}
    for flow in known:
        if flow.source != flow.target:
            beside.setdefault(flow.source, []).append(flow)
            beside.setdefault(flow.target, []).append(flow)
    chosen: dict[str, None] = {}
    tree: dict[tuple[str, str], Flow] = {}
    todo: list[tuple[int, str, str, str]] = []
    roots = sorted(steps, key=lambda s: (-s.starts, -s.cases, s.name))
    while len(chosen) < min(most_steps, len(steps)):
        if not todo:
            root = next(s for s in roots if s.name not in chosen)
            heapq.heappush(todo, (0, root.name, "", ""))
        _, name, source, target = heapq.heappop(todo)
        if name in chosen:
            continue
        chosen[name] = None
        if (source, target) in between:
            tree[(source, target)] = between[(source, target)]
        for flow in beside.get(name, []):
            other = flow.target if flow.source == name else flow.source
            if other not in chosen:
                heapq.heappush(todo, (-flow.count, other, flow.source, flow.target))
    inside = [f for f in known if f.source in chosen and f.target in chosen]
    loops = {f.source: f.count for f in inside if f.source == f.target}
    shown = dict(tree)
    least = LEAST * max((f.count for f in inside), default=0)
    for flow in sorted(inside, key=lambda f: (-f.count, f.source, f.target)):
        if len(shown) >= most_flows:
            break
        if flow.source != flow.target and flow.count >= least:
            shown.setdefault((flow.source, flow.target), flow)
    events = sum(s.events for s in steps)
    drawn = sum(f.count for f in shown.values()) + sum(loops.values())
    return Selection(
        tuple(by_name[name] for name in chosen),
        tuple(sorted(shown.values(), key=lambda f: (-f.count, f.source, f.target))),
        loops,
        sum(by_name[n].events for n in chosen) / events if events else 1.0,
        min(drawn / transitions, 1.0) if transitions else 1.0,
    )


@dataclass(frozen=True, slots=True)
class _Style:
    width: float
    height: float
    gap: float
    rise: float
    font: float
    most_steps: int
    most_flows: int


_DESK = _Style(width=164, height=46, gap=26, rise=58, font=12, most_steps=15, most_flows=30)
_PHONE = _Style(width=104, height=44, gap=12, rise=50, font=11, most_steps=8, most_flows=13)


def process_map(
    key: str,
    title: str,
    steps: Sequence[Step],
    flows: Sequence[Flow],
    words: Words,
    *,
    cases: int,
    transitions: int,
    most_steps: int = 0,
    description: str = "",
) -> Chart:
    """The map for a desk and, with fewer steps, for a phone; the note says what share of the log is shown."""
    desk_style = replace(_DESK, most_steps=most_steps, most_flows=2 * most_steps) if most_steps else _DESK
    desk = _fitting(steps, flows, desk_style, transitions, WIDE * 1.12, cases)
    phone = _fitting(steps, flows, _PHONE, transitions, NARROW * 1.12, cases)
    drawn = [
        _draw(key, title, description or title, width, style, chosen, placed, words, cases)
        for width, style, (chosen, placed) in ((WIDE, desk_style, desk), (NARROW, _PHONE, phone))
    ]
    ordered = sorted(flows, key=lambda f: (-f.count, f.source, f.target))
    table = Table(
        (
            Column(words.t("From")),
            Column(words.t("To")),
            Column(words.t("Times"), numeric=True),
            Column(words.t("Mean time between"), numeric=True),
            Column(words.t("Time in all"), numeric=True),
        ),
        tuple(
            (
                Cell(f.source),
                Cell(f.target),
                Cell(words.number(f.count), f.count),
                Cell(words.duration(f.seconds), f.seconds),
                Cell(words.duration(_total(f)), _total(f)),
            )
            for f in ordered[:200]
        ),
    )
    note = words.t(
        "Shows {steps} of {all_steps} activities ({events} of all events)",
        steps=len(desk[0].steps),
        all_steps=words.number(len(steps)),
        events=words.percent(desk[0].events_share),
    )
    if transitions:
        note += words.t(
            " and {flow} of all direct successions; on a phone {phone_steps} activities, {phone_flow} of the "
            "successions. What is not drawn still counts in every figure.",
            flow=words.percent(desk[0].flow_share),
            phone_steps=len(phone[0].steps),
            phone_flow=words.percent(phone[0].flow_share),
        )
    else:
        note += words.t(". Each case has a single record, so nothing follows anything.")
    return Chart(key, title, description or title, drawn[0], drawn[1], table, note)


def _total(flow: Flow) -> float | None:
    return None if flow.seconds is None else flow.seconds * flow.count


def _fitting(
    steps: Sequence[Step], flows: Sequence[Flow], style: _Style, transitions: int, room: float, cases: int
) -> tuple[Selection, Placed]:
    """The largest selection whose drawing is no wider than ``room``: fewer flows first, then fewer steps."""
    most_steps, most_flows = style.most_steps, style.most_flows
    while True:
        chosen = select(steps, flows, most_steps, most_flows, transitions)
        placed = _place(chosen, style, cases)
        if placed.right - placed.left <= room or most_steps <= 3:
            return chosen, placed
        if most_flows > 1.5 * most_steps:
            most_flows -= 2
        else:
            most_steps -= 1
            most_flows = min(most_flows, 2 * most_steps)


def _ends(chosen: Selection, cases: int) -> tuple[dict[int, int], dict[int, int]]:
    """Which steps hang on the start and the end: those with at least 4 % of cases, the commonest in any
    case."""

    def worth(counts: dict[int, int]) -> dict[int, int]:
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {i: n for place, (i, n) in enumerate(ranked[:5]) if n and (place == 0 or n >= 0.04 * cases)}

    starts = worth({i + 2: s.starts for i, s in enumerate(chosen.steps)})
    ends = worth({i + 2: s.ends for i, s in enumerate(chosen.steps)})
    return starts, ends


def _place(chosen: Selection, style: _Style, cases: int) -> Placed:
    number = {s.name: i + 2 for i, s in enumerate(chosen.steps)}
    weights: dict[Edge, float] = {(number[f.source], number[f.target]): float(f.count) for f in chosen.flows}
    starts, ends = _ends(chosen, cases)
    weights |= {(START, i): float(n) for i, n in starts.items()}
    weights |= {(i, END): float(n) for i, n in ends.items()}
    return layered([START, END, *number.values()], weights, style.width, style.gap, 26, START, END)


def _draw(
    key: str,
    title: str,
    description: str,
    width: float,
    style: _Style,
    chosen: Selection,
    placed: Placed,
    words: Words,
    cases: int,
) -> Markup:
    content_width = placed.right - placed.left + 2 * 8
    width = max(width, content_width)
    shift = width / 2 - (placed.left + placed.right) / 2
    pitch = style.height + style.rise
    height = pitch * (placed.ranks - 1) + 2 * 16 + 24 + (style.height if placed.ranks == 1 else 0)

    def centre(rank: int) -> float:
        # start and end are small discs: their ranks need less height
        return 16.0 if rank == 0 else 16 + pitch * rank - 8

    number = {s.name: i + 2 for i, s in enumerate(chosen.steps)}
    half = dict.fromkeys(number.values(), style.height / 2) | {START: 13.0, END: 13.0}
    boxes = [
        (
            x + shift - style.width / 2 - 2,
            centre(rank) - half[n] - 2,
            x + shift + style.width / 2 + 2,
            centre(rank) + half[n] + 2,
        )
        for n, (x, rank) in placed.nodes.items()
    ]
    starts, ends = _ends(chosen, cases)
    details: dict[Edge, tuple[int, float | None, str, str]] = {
        (number[f.source], number[f.target]): (f.count, f.seconds, f.source, f.target) for f in chosen.flows
    }
    details |= {(START, i): (n, None, words.t("Start"), chosen.steps[i - 2].name) for i, n in starts.items()}
    details |= {(i, END): (n, None, chosen.steps[i - 2].name, words.t("End")) for i, n in ends.items()}
    totals = sorted(((d[1] or 0) * d[0], e) for e, d in details.items())
    hot = {edge for total, edge in totals[-HOT:] if total > 0}
    most = max((d[0] for d in details.values()), default=1)
    ports = _ports(placed, style)
    lines, labels = [], []
    for edge in sorted(details, key=lambda e: details[e][0]):
        count, seconds, source, target = details[edge]
        stroke = 1.1 + 6.4 * (count / most) ** 0.7
        points = _points(edge, placed, ports, half, centre, shift, style)
        terminal = START in edge or END in edge
        tone = "xc-flow-hot" if edge in hot else "xc-flow-end" if terminal else "xc-flow"
        said = f"{source} → {target}: {words.plural(count, '{n} time', '{n} times')}"
        if seconds is not None:
            said += words.t(", on average after {time}", time=words.duration(seconds))
        dashed = " xc-flow-back" if edge in placed.back else ""
        cubics = _cubics(points, stroke)
        curve = _curve(cubics)
        lines.append(tag("path", tip(said), d=curve, class_=f"{tone}{dashed}", stroke_width=round(stroke, 1)))
        lines.append(_arrow(points, stroke, tone))
        time = "" if seconds is None else words.duration(seconds)
        labels.append((count, edge, cubics, _count(count, words), time))
    parts = [*lines, *_labels(labels, boxes, style.font - 1, hot, width)]
    for step in chosen.steps:
        x, rank = placed.nodes[number[step.name]]
        parts.append(
            _node(x + shift, centre(rank), step, chosen.loops.get(step.name, 0), style, words, cases)
        )
    for which, text in ((START, words.t("Start")), (END, words.t("End"))):
        x, rank = placed.nodes[which]
        parts.append(tag("circle", cx=x + shift, cy=centre(rank), r=13, class_="xc-terminal"))
        parts.append(label(x + shift + 20, centre(rank) + 4, text, "xc-tick"))
    return (
        drawing(key, title, description, width, height, *parts)
        if width < 500 or width >= WIDE
        else drawing(key, title, description, min(width, 500), height, *parts)
    )


def _count(count: int, words: Words) -> str:
    return words.number(count) if count < 1_000_000 else words.compact(count)


def _ports(placed: Placed, style: _Style) -> dict[tuple[Edge, str], float]:
    """Where each edge leaves and enters its boxes: side by side in the order of their other ends."""
    hooks: dict[tuple[int, str], list[tuple[float, Edge, str]]] = {}
    for edge, route in placed.routes.items():
        up = edge in placed.back
        hooks.setdefault((edge[0], "top" if up else "bottom"), []).append((route[1][0], edge, "out"))
        hooks.setdefault((edge[1], "bottom" if up else "top"), []).append((route[-2][0], edge, "in"))
    ports = {}
    for (node, _), ends in hooks.items():
        ends.sort()
        room = 0.0 if node in (START, END) else min(style.width * 0.62, 26.0 * (len(ends) - 1))
        for i, (_, edge, way) in enumerate(ends):
            ports[(edge, way)] = 0.0 if len(ends) == 1 else -room / 2 + room * i / (len(ends) - 1)
    return ports


Point = tuple[float, float]


def _points(
    edge: Edge,
    placed: Placed,
    ports: dict[tuple[Edge, str], float],
    half: dict[int, float],
    centre: Callable[[int], float],
    shift: float,
    style: _Style,
) -> list[Point]:
    """The places through which an edge runs, from the rim of its source to the rim of its target.

    Where it passes close to a box it runs upright along the whole box, so that it cannot cut a corner.
    """
    (x1, rank1), *between, (x2, rank2) = placed.routes[edge]
    down = -1 if edge in placed.back else 1
    points = [(x1 + shift + ports[(edge, "out")], centre(rank1) + down * half[edge[0]])]
    reach = style.width / 2 + NEAR
    for x, rank in between:
        y = centre(rank)
        close = any(r == rank and abs(box - x) < reach for box, r in placed.nodes.values())
        beside = style.height / 2 if close else 0.0
        points += (
            [(x + shift, y - down * beside), (x + shift, y + down * beside)] if close else [(x + shift, y)]
        )
    points.append((x2 + shift + ports[(edge, "in")], centre(rank2) - down * (half[edge[1]] + 2)))
    if len(points) == 2 and abs(points[0][0] - points[1][0]) < STRAIGHT:
        start, end = points[0][0], points[1][0]
        middle = start if edge[0] == START else end if edge[1] == END else (start + end) / 2
        points = [(middle, points[0][1]), (middle, points[1][1])]
    return points


Cubic = tuple[Point, Point, Point, Point]


def _cubics(points: Sequence[Point], stroke: float) -> list[Cubic]:
    """Smooth through every bend, upright at both ends; the last ends where the arrow head
    begins."""
    *rest, (x, y) = points
    down = 1 if y > points[-2][1] else -1
    knots = [*rest, (x, y - down * (4 + stroke))]
    last = len(knots) - 1
    slopes = []
    for i, (_, here_y) in enumerate(knots):
        if i in (0, last):
            beside_y = knots[1][1] if i == 0 else knots[last - 1][1]
            slopes.append((0.0, 1.5 * abs(here_y - beside_y) * down))
        else:
            before, behind = knots[i][0] - knots[i - 1][0], knots[i + 1][0] - knots[i][0]
            # harmonic mean (Fritsch and Butland 1984): never swings out beyond its bends
            sideways = 2 * before * behind / (before + behind) if before * behind > 0 else 0.0
            slopes.append((sideways, (knots[i + 1][1] - knots[i - 1][1]) / 2))
    return [
        (a, (a[0] + m[0] / 3, a[1] + m[1] / 3), (b[0] - n[0] / 3, b[1] - n[1] / 3), b)
        for (a, b), (m, n) in zip(pairwise(knots), pairwise(slopes), strict=True)
    ]


def _curve(cubics: Sequence[Cubic]) -> str:
    path = f"M{num(cubics[0][0][0])} {num(cubics[0][0][1])}"
    return path + "".join("C" + " ".join(f"{num(x)} {num(y)}" for x, y in cubic[1:]) for cubic in cubics)


def _arrow(points: Sequence[Point], stroke: float, tone: str) -> Markup:
    x, y = points[-1]
    sign = 1 if y > points[-2][1] else -1
    head, wing = 5 + stroke, 2.8 + stroke * 0.8
    return tag(
        "path",
        d=f"M{num(x)} {num(y)}l{num(-wing)} {num(-sign * head)}h{num(2 * wing)}Z",
        class_=f"{tone}-head",
    )


def _labels(
    labels: list[tuple[int, Edge, list[Cubic], str, str]],
    boxes: list[tuple[float, float, float, float]],
    font: float,
    hot: set[Edge],
    width: float,
) -> list[Markup]:
    """Labels where they cover no box and no other label; the slowest and busiest choose first, some go
    without."""
    parts, taken = [], list(boxes)
    for _, edge, cubics, count, time in sorted(
        labels, key=lambda item: (item[1] not in hot, -item[0], item[1])
    ):
        first = pixels(count, font)
        wide = first + (5 + pixels(time, font) if time else 0) + 6
        tall = font + 4
        for x, y in _along(cubics):
            left, top, right, bottom = x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2
            inside = left >= 0 and right <= width
            if inside and not any(
                left < r and right > l_ and top < b and bottom > t for l_, t, r, b in taken
            ):
                taken.append((left, top, right, bottom))
                tone = "xc-flow-label-hot" if edge in hot else "xc-flow-label"
                parts.append(rect(left, top, wide, tall, "xc-flow-plate", rx=3))
                base = y + font * 0.36
                parts.append(label(left + 3, base, count, tone, font_size=font))
                if time:
                    parts.append(label(left + 8 + first, base, time, f"{tone} xc-flow-time", font_size=font))
                break
    return parts


def _along(cubics: Sequence[Cubic]) -> list[Point]:
    """Places on the curve, the middle of the middle stretch first."""
    order = sorted(range(len(cubics)), key=lambda i: abs(i - (len(cubics) - 1) / 2))
    return [_at(cubics[i], share) for share in (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8) for i in order]


def _at(cubic: Cubic, share: float) -> Point:
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    x = sum(w * p[0] for w, p in zip(weights, cubic, strict=True))
    return x, sum(w * p[1] for w, p in zip(weights, cubic, strict=True))


def _node(x: float, y: float, step: Step, loops: int, style: _Style, words: Words, cases: int) -> Markup:
    share = step.cases / cases if cases else 0.0
    left, top = x - style.width / 2, y - style.height / 2
    said = [step.name, words.plural(step.cases, "in {n} case", "in {n} cases") + f" ({words.percent(share)})"]
    said.append(words.plural(step.events, "{n} event", "{n} events"))
    if loops:
        said.append(words.plural(loops, "directly repeated {n} time", "directly repeated {n} times"))
    name = wrap_pixels(step.name, style.font, style.width - 14, 2)
    under = f"{words.number(step.events)}" + (f"  ↻{words.compact(loops)}" if loops else "")
    first = y + (-4 if len(name) == 1 else -9)
    parts = [
        tip("\n".join(said)),
        rect(left, top, style.width, style.height, "xc-node-back", rx=6),
        rect(
            left,
            top,
            style.width,
            style.height,
            "xc-node",
            rx=6,
            fill_opacity=round(0.06 + 0.3 * min(share, 1), 2),
        ),
    ]
    for i, text in enumerate(name):
        parts.append(
            label(x, first + i * (style.font + 1), text, "xc-node-name", "middle", font_size=style.font)
        )
    parts.append(
        tag(
            "text",
            escape(under),
            x=x,
            y=top + style.height - 6,
            class_="xc-node-count",
            text_anchor="middle",
            font_size=style.font - 2,
        )
    )
    return tag("g", join(parts))
