"""Bars: upright, lying with intervals, stacked, histogram; and the comparison of intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xiaoneng.presentation.charts.frame import FONT, Plot, label_space, legend, pair, x_axis, y_axis
from xiaoneng.presentation.charts.scale import linear, ticks
from xiaoneng.presentation.charts.svg import (
    Cell,
    Chart,
    Column,
    Markup,
    Table,
    join,
    label,
    line,
    rect,
    tag,
    tip,
)
from xiaoneng.presentation.text import clip_pixels, pixels
from xiaoneng.presentation.words import Words

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a name, its value, an optional interval, a remark for the pointer, a tone (``xc-s1`` …)."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    remark: str = ""
    tone: str = "xc-s1"


def _table(bars: Sequence[Bar], head: str, unit: str, say: Say, words: Words) -> Table:
    intervals = any(b.low is not None for b in bars)
    columns = [Column(head), Column(unit, numeric=True)]
    if intervals:
        columns.append(Column(words.t("95% interval"), numeric=True))
    rows = []
    for bar in bars:
        row = [Cell(bar.name), Cell(say(bar.value), bar.value)]
        if intervals:
            known = bar.low is not None and bar.high is not None
            row.append(Cell(f"{say(bar.low or 0)} – {say(bar.high or 0)}" if known else "–", bar.low))
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows))


def lying_bars(
    key: str,
    title: str,
    bars: Sequence[Bar],
    words: Words,
    *,
    head: str,
    unit: str,
    say: Say,
    reference: tuple[float, str] | None = None,
    description: str = "",
) -> Chart:
    """Horizontal bars, values at their ends, whiskers where an interval is known; ``reference`` is a
    marked value."""

    def draw(width: float) -> tuple[float, Markup]:
        phone = width < 500
        names = 0.0 if phone else label_space([b.name for b in bars], 270)
        values = label_space([say(b.value) for b in bars], 140) + 10
        left = 0.0 if phone else names + 12
        top = 22.0 if reference else 2.0
        row, thick = (44.0, 14.0) if phone else (30.0, 16.0)
        most = max(
            [b.high if b.high is not None else b.value for b in bars]
            + ([reference[0]] if reference else [])
            + [0]
        )
        scale = linear(0, most or 1, left, width - values)
        bottom = top + row * len(bars)
        parts = [line(left, top, left, bottom, "xc-axis")]
        for index, bar in enumerate(bars):
            y = top + index * row + (22 if phone else (row - thick) / 2)
            remark = bar.remark or f"{bar.name}: {say(bar.value)}"
            if phone:
                parts.append(label(0, y - 6, clip_pixels(bar.name, FONT, width), "xc-text", full=bar.name))
            else:
                shown = clip_pixels(bar.name, FONT, names)
                parts.append(label(names, y + 12.5, shown, "xc-text", "end", full=bar.name))
            end = scale(bar.value)
            parts.append(rect(left, y, max(end - left, 1), thick, f"{bar.tone} xc-mark", tip(remark), rx=2))
            edge = end
            if bar.low is not None and bar.high is not None:
                parts.append(whisker(scale(bar.low), scale(bar.high), y + thick / 2, 5))
                edge = max(edge, scale(bar.high))
            parts.append(label(edge + 7, y + 12.5, say(bar.value), "xc-value"))
        if reference is not None:
            parts.append(_reference(scale(reference[0]), top, bottom, reference[1], width))
        return bottom + 4, join(parts)

    return pair(key, title, description or title, _table(bars, head, unit, say, words), draw)


def whisker(low: float, high: float, y: float, half: float) -> Markup:
    """An interval as a line with closed ends."""
    bar = f"{y - half:.1f}v{2 * half:.1f}"
    path = f"M{low:.1f} {bar}M{low:.1f} {y:.1f}H{high:.1f}M{high:.1f} {bar}"
    return tag("path", d=path, class_="xc-whisker")


def _reference(x: float, top: float, bottom: float, text: str, width: float) -> Markup:
    half = pixels(text, FONT) / 2
    place = min(max(x, half), width - half)
    return join(
        [line(x, top - 4, x, bottom, "xc-target"), label(place, top - 9, text, "xc-target-text", "middle")]
    )


def intervals(
    key: str,
    title: str,
    bars: Sequence[Bar],
    words: Words,
    *,
    head: str,
    unit: str,
    say: Say,
    tick: Say | None = None,
    reference: tuple[float, str] | None = None,
    description: str = "",
) -> Chart:
    """A point with its 95 % interval per row: for comparisons, where a bar's length would draw the eye to
    zero."""

    def draw(width: float) -> tuple[float, Markup]:
        phone = width < 500
        names = 0.0 if phone else label_space([b.name for b in bars], 270)
        values = label_space([say(b.value) for b in bars], 140) + 12
        left = 8.0 if phone else names + 20
        top = 24.0 if reference else 4.0
        row = 44.0 if phone else 30.0
        highest = max(
            [b.high if b.high is not None else b.value for b in bars]
            + ([reference[0]] if reference else [])
            + [0]
        )
        marks = ticks(0, highest or 1, 3 if phone else 6)
        scale = linear(0, marks[-1], left, width - values)
        bottom = top + row * len(bars)
        parts = []
        for mark in marks:
            parts.append(line(scale(mark), top, scale(mark), bottom, "xc-grid"))
        for index, bar in enumerate(bars):
            y = top + index * row + (30 if phone else row / 2)
            remark = bar.remark or f"{bar.name}: {say(bar.value)}"
            if phone:
                parts.append(label(0, y - 14, clip_pixels(bar.name, FONT, width), "xc-text", full=bar.name))
            else:
                parts.append(
                    label(names, y + 4, clip_pixels(bar.name, FONT, names), "xc-text", "end", full=bar.name)
                )
            if bar.low is not None and bar.high is not None:
                parts.append(whisker(scale(bar.low), scale(bar.high), y, 5))
            parts.append(
                tag(
                    "circle",
                    tip(remark),
                    cx=scale(bar.value),
                    cy=y,
                    r=5.5,
                    class_=f"{bar.tone} xc-mark xc-halo",
                )
            )
            parts.append(label(width, y + 4, say(bar.value), "xc-value", "end"))
        plot = Plot(left, top, width - values, bottom)
        parts.append(x_axis(plot, [(scale(m), (tick or say)(m)) for m in marks]))
        if reference is not None:
            parts.append(_reference(scale(reference[0]), top, bottom, reference[1], width))
        return bottom + 26, join(parts)

    return pair(key, title, description or title, _table(bars, head, unit, say, words), draw)


def bars(
    key: str,
    title: str,
    items: Sequence[Bar],
    words: Words,
    *,
    head: str,
    unit: str,
    say: Say,
    height: float = 240,
    description: str = "",
) -> Chart:
    """Upright bars over categories."""

    def draw(width: float) -> tuple[float, Markup]:
        marks = ticks(0, max((b.value for b in items), default=1) or 1, 4)
        left = label_space([words.compact(m) for m in marks], 80) + 10
        plot = Plot(left, 12, width - 2, height - 28)
        scale = linear(0, marks[-1], plot.bottom, plot.top)
        step = plot.width / max(len(items), 1)
        thick = min(step * 0.72, 64)
        parts = [y_axis(plot, marks, scale, words.compact)]
        for index, bar in enumerate(items):
            x = plot.left + step * index + (step - thick) / 2
            y = scale(bar.value)
            remark = bar.remark or f"{bar.name}: {say(bar.value)}"
            parts.append(rect(x, y, thick, plot.bottom - y, f"{bar.tone} xc-mark", tip(remark), rx=1.5))
            if thick >= 26 and bar.value:
                parts.append(label(x + thick / 2, y - 5, words.compact(bar.value), "xc-value", "middle"))
        parts.append(x_axis(plot, [(plot.left + step * (i + 0.5), b.name) for i, b in enumerate(items)]))
        return height, join(parts)

    return pair(key, title, description or title, _table(items, head, unit, say, words), draw)


@dataclass(frozen=True, slots=True)
class Bin:
    """A histogram's bin [low, high) with its count; ``rest`` says that it holds everything above ``low``
    too."""

    low: float
    high: float
    count: float
    rest: bool = False


def histogram(
    key: str,
    title: str,
    bins: Sequence[Bin],
    words: Words,
    *,
    head: str,
    unit: str,
    say_edge: Say,
    lines: Sequence[tuple[float, str]] = (),
    height: float = 250,
    description: str = "",
) -> Chart:
    """Counts over adjoining bins of equal width; ``lines`` marks values such as the median. The last bin
    may be open-ended."""
    total = sum(b.count for b in bins) or 1

    def span(item: Bin) -> str:
        return f"≥ {say_edge(item.low)}" if item.rest else f"{say_edge(item.low)} – {say_edge(item.high)}"

    def draw(width: float) -> tuple[float, Markup]:
        marks = ticks(0, max((b.count for b in bins), default=1) or 1, 4, whole=True)
        left = label_space([words.compact(m) for m in marks], 80) + 10
        plot = Plot(left, 18.0 + 16 * len(lines), width - 8, height - 28)
        low, high = (bins[0].low, bins[-1].high) if bins else (0.0, 1.0)
        x_scale, y_scale = (
            linear(low, high, plot.left, plot.right),
            linear(0, marks[-1], plot.bottom, plot.top),
        )
        parts = [y_axis(plot, marks, y_scale, words.compact)]
        for item in bins:
            x1, x2 = x_scale(item.low), x_scale(item.high)
            y = y_scale(item.count)
            share = words.percent(item.count / total)
            said = tip(f"{span(item)}: {words.number(item.count)} ({share})")
            tone = "xc-s1 xc-rest xc-mark" if item.rest else "xc-s1 xc-mark"
            parts.append(rect(x1 + 0.5, y, x2 - x1 - 1, plot.bottom - y, tone, said))
        edges = [m for m in ticks(low, high, 4 if width < 500 else 8) if low <= m <= high]
        parts.append(x_axis(plot, [(x_scale(m), words.number(m)) for m in edges]))
        for index, (value, text) in enumerate(lines):
            x = min(max(x_scale(value), plot.left), plot.right)
            y = 12.0 + 16 * index
            parts.append(line(x, y + 4, x, plot.bottom, "xc-target"))
            flip = x + pixels(text, FONT) + 8 > width
            parts.append(
                label(x - 5 if flip else x + 5, y + 4, text, "xc-target-text", "end" if flip else None)
            )
        return height, join(parts)

    rows = tuple(
        (
            Cell(span(b), b.low),
            Cell(words.number(b.count), b.count),
            Cell(words.percent(b.count / total), b.count / total),
        )
        for b in bins
    )
    columns = (Column(head, numeric=True), Column(unit, numeric=True), Column(words.t("Share"), numeric=True))
    return pair(key, title, description or title, Table(columns, rows), draw)


@dataclass(frozen=True, slots=True)
class Stack:
    """One stacked bar: a name and a value per part."""

    name: str
    values: tuple[float, ...]


def stacked_bars(
    key: str,
    title: str,
    stacks: Sequence[Stack],
    parts_named: Sequence[str],
    words: Words,
    *,
    head: str,
    say: Say,
    tones: Sequence[str] = (),
    description: str = "",
) -> Chart:
    """Lying bars cut into parts, a legend above, the total at the end."""
    classes = list(tones) or [f"xc-s{i % 8 + 1}" for i in range(len(parts_named))]

    def draw(width: float) -> tuple[float, Markup]:
        phone = width < 500
        names = 0.0 if phone else label_space([s.name for s in stacks], 270)
        totals = [sum(s.values) for s in stacks]
        values = label_space([say(t) for t in totals], 140) + 10
        left = 0.0 if phone else names + 12
        used, content = legend(list(zip(classes, parts_named, strict=True)), 0, 2, width)
        top, row, thick = used + 8, 44.0 if phone else 30.0, 16.0
        scale = linear(0, max(totals, default=1) or 1, left, width - values)
        drawn = [content, line(left, top, left, top + row * len(stacks), "xc-axis")]
        for index, stack in enumerate(stacks):
            y = top + index * row + (22 if phone else (row - thick) / 2)
            if phone:
                drawn.append(
                    label(0, y - 6, clip_pixels(stack.name, FONT, width), "xc-text", full=stack.name)
                )
            else:
                drawn.append(
                    label(
                        names,
                        y + 12.5,
                        clip_pixels(stack.name, FONT, names),
                        "xc-text",
                        "end",
                        full=stack.name,
                    )
                )
            at = 0.0
            for part, value in enumerate(stack.values):
                x = scale(at)
                said = f"{stack.name} · {parts_named[part]}: {say(value)}"
                if value > 0:
                    drawn.append(
                        rect(x, y, scale(at + value) - x, thick, f"{classes[part]} xc-mark", tip(said))
                    )
                at += value
            drawn.append(label(scale(at) + 7, y + 12.5, say(totals[index]), "xc-value"))
        return top + row * len(stacks) + 4, join(drawn)

    rows = tuple(
        (Cell(s.name), *(Cell(say(v), v) for v in s.values), Cell(say(sum(s.values)), sum(s.values)))
        for s in stacks
    )
    columns = (
        Column(head),
        *(Column(p, numeric=True) for p in parts_named),
        Column(words.t("Total"), numeric=True),
    )
    return pair(key, title, description or title, Table(columns, rows), draw)


def meter(share: float, tone: str = "xc-s1") -> Markup:
    """A thin bar filled to a share 0..1; decoration beside a figure that is written out, so hidden from
    readers."""
    width = 100 * min(max(share, 0.0), 1.0)
    return tag(
        "svg",
        rect(0, 0, 100, 4, "xc-meter-back"),
        rect(0, 0, width, 4, tone),
        viewBox="0 0 100 4",
        preserveAspectRatio="none",
        class_="xc-meter",
        aria_hidden="true",
    )
