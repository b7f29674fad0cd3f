"""Lines over time, survival steps, sparklines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from xiaoneng.presentation.charts.frame import FONT, Plot, label_space, legend, pair, x_axis, y_axis
from xiaoneng.presentation.charts.scale import linear, ticks, time_ticks
from xiaoneng.presentation.charts.svg import (
    Cell,
    Chart,
    Column,
    Markup,
    Table,
    join,
    label,
    line,
    num,
    rect,
    tag,
    tip,
)
from xiaoneng.presentation.text import pixels
from xiaoneng.presentation.words import Words

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a name and a value per period, None where there is none; ``area`` fills it down to zero."""

    name: str
    values: tuple[float | None, ...]
    tone: str = "xc-s1"
    area: bool = False
    dashed: bool = False


def lines(
    key: str,
    title: str,
    periods: Sequence[datetime],
    series: Sequence[Series],
    words: Words,
    *,
    head: str,
    say: Say,
    say_period: Callable[[datetime], str],
    targets: Sequence[tuple[float, str]] = (),
    height: float = 280,
    description: str = "",
) -> Chart:
    """Several series over one time axis with a legend, optional horizontal ``targets``; a gap stays a gap."""

    def draw(width: float) -> tuple[float, Markup]:
        known = [v for s in series for v in s.values if v is not None] + [t for t, _ in targets]
        marks = ticks(0, max(known, default=1) or 1, 4)
        left = label_space([words.compact(m) for m in marks], 80) + 10
        entries = [(f"{s.tone} xc-swatch", s.name) for s in series]
        used, drawn_legend = legend(entries, left, 2, width - left)
        plot = Plot(left, used + 12, width - 10, used + height - 28)
        y_scale = linear(0, marks[-1], plot.bottom, plot.top)
        seconds = [(p - periods[0]).total_seconds() for p in periods] if periods else []
        x_scale = linear(0, seconds[-1] if seconds else 1, plot.left + 4, plot.right - 4)
        xs = [x_scale(s) for s in seconds]
        parts = [drawn_legend, y_axis(plot, marks, y_scale, words.compact)]
        if periods:
            dates = time_ticks(periods[0], periods[-1], 4 if width < 500 else 8, words)
            parts.append(
                x_axis(plot, [(x_scale((d - periods[0]).total_seconds()), text) for d, text in dates])
            )
        for one in series:
            parts.append(_line(one, xs, y_scale, plot.bottom))
        for value, text in targets:
            y = y_scale(value)
            parts.append(line(plot.left, y, plot.right, y, "xc-target"))
            parts.append(label(plot.right, y - 5, text, "xc-target-text", "end"))
        parts.append(_hover_bands(xs, plot, periods, series, say, say_period))
        return plot.bottom + 28, join(parts)

    rows = tuple(
        (
            Cell(say_period(p), float(i)),
            *(Cell("–" if (v := s.values[i]) is None else say(v), v) for s in series),
        )
        for i, p in enumerate(periods)
    )
    columns = (Column(head), *(Column(s.name, numeric=True) for s in series))
    return pair(key, title, description or title, Table(columns, rows), draw)


def _line(one: Series, xs: Sequence[float], y_scale: Callable[[float], float], base: float) -> Markup:
    runs: list[list[tuple[float, float]]] = [[]]
    for x, value in zip(xs, one.values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x, y_scale(value)))
    parts = []
    for run in filter(None, runs):
        path = "L".join(f"{num(x)} {num(y)}" for x, y in run)
        if one.area:
            fill = f"M{num(run[0][0])} {num(base)}L{path}L{num(run[-1][0])} {num(base)}Z"
            parts.append(tag("path", d=fill, class_=f"{one.tone} xc-area"))
        if len(run) == 1:
            parts.append(tag("circle", cx=run[0][0], cy=run[0][1], r=2.5, class_=one.tone))
        else:
            class_ = f"{one.tone} xc-line{' xc-dashed' if one.dashed else ''}"
            parts.append(tag("path", d=f"M{path}", class_=class_))
    return join(parts)


def _hover_bands(
    xs: Sequence[float],
    plot: Plot,
    periods: Sequence[datetime],
    series: Sequence[Series],
    say: Say,
    say_period: Callable[[datetime], str],
) -> Markup:
    parts = []
    for i, x in enumerate(xs):
        start = plot.left if i == 0 else (xs[i - 1] + x) / 2
        end = plot.right if i == len(xs) - 1 else (x + xs[i + 1]) / 2
        said = [say_period(periods[i])]
        said += [f"{s.name}: {say(v)}" for s in series if (v := s.values[i]) is not None]
        parts.append(rect(start, plot.top, end - start, plot.height, "xc-band", tip("\n".join(said))))
    return join(parts)


def survival(
    key: str,
    title: str,
    curve: Sequence[tuple[float, float]],
    words: Words,
    *,
    x_title: str,
    marked: float | None = None,
    height: float = 260,
    description: str = "",
) -> Chart:
    """A Kaplan–Meier step curve: the share of cases still open so many days after they began."""
    points = [(0.0, 1.0), *[p for p in curve if p[0] > 0]] if not curve or curve[0][0] > 0 else list(curve)

    def draw(width: float) -> tuple[float, Markup]:
        marks = [0.0, 0.25, 0.5, 0.75, 1.0]
        left = label_space(["100%"], 80) + 10
        plot = Plot(left, 14, width - 12, height - 44)
        most = max((day for day, _ in points), default=1) or 1
        days = ticks(0, most, 4 if width < 500 else 8)
        x_scale, y_scale = linear(0, most, plot.left, plot.right), linear(0, 1, plot.bottom, plot.top)
        path = f"M{num(x_scale(points[0][0]))} {num(y_scale(points[0][1]))}"
        for day, share in points[1:]:
            path += f"H{num(x_scale(day))}V{num(y_scale(share))}"
        end = num(x_scale(points[-1][0]))
        parts = [
            y_axis(plot, marks, y_scale, lambda v: words.percent(v, 0)),
            x_axis(plot, [(x_scale(d), words.number(d)) for d in days if d <= most]),
            label((plot.left + plot.right) / 2, height - 6, x_title, "xc-tick", "middle"),
            tag("path", d=f"{path}V{num(plot.bottom)}H{num(plot.left)}Z", class_="xc-s1 xc-area"),
            tag("path", d=f"{path}H{end}", class_="xc-s1 xc-line"),
        ]
        if marked is not None and marked <= most:
            x, y = x_scale(marked), y_scale(0.5)
            parts.append(
                tag("path", d=f"M{num(plot.left)} {num(y)}H{num(x)}V{num(plot.bottom)}", class_="xc-target")
            )
            text = f"{words.percent(0.5, 0)}  {words.days(marked)}"
            flip = x + pixels(text, FONT) + 12 > width
            parts.append(
                label(x - 6 if flip else x + 7, y - 6, text, "xc-target-text", "end" if flip else None)
            )
        return height, join(parts)

    rows = tuple((Cell(words.days(day), day), Cell(words.percent(share), share)) for day, share in points)
    columns = (Column(x_title, numeric=True), Column(words.t("Share still open"), numeric=True))
    return pair(key, title, description or title, Table(columns, rows), draw)


def sparkline(
    title: str, values: Sequence[float | None], *, tone: str = "xc-s1", width: float = 120, height: float = 32
) -> Markup:
    """A small line without axes for a card; the last value is dotted."""
    known = [v for v in values if v is not None]
    if not known:
        return tag("svg", viewBox=f"0 0 {num(width)} {num(height)}", class_="xc-spark", aria_hidden="true")
    low, high = min(known), max(known)
    y_scale = linear(low, high, height - 4, 4) if high > low else (lambda _v: height / 2)
    xs = [linear(0, max(len(values) - 1, 1), 3, width - 4)(i) for i in range(len(values))]
    last = max(i for i, v in enumerate(values) if v is not None)
    return tag(
        "svg",
        tip(title),
        _line(Series("", tuple(values), tone), xs, y_scale, height),
        tag("circle", cx=xs[last], cy=y_scale(values[last] or 0), r=2.5, class_=tone),
        viewBox=f"0 0 {num(width)} {num(height)}",
        role="img",
        aria_label=title,
        class_="xc-spark",
    )
