"""The dotted chart: every event a point, a row per case, time to the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xiaoneng.presentation.charts.frame import Plot, label_space, legend, pair, x_axis, y_axis
from xiaoneng.presentation.charts.scale import linear, ticks, time_ticks
from xiaoneng.presentation.charts.svg import Cell, Chart, Column, Markup, Table, join, label, tag
from xiaoneng.presentation.words import Words

NAMED = 7
"""So many activities get a colour of their own; more could not be told apart. The rest share grey."""


@dataclass(frozen=True, slots=True)
class Dot:
    """An event: its case's row, its seconds from the left edge, its group."""

    row: int
    seconds: float
    group: int


def dotted(
    key: str,
    title: str,
    dots: Sequence[Dot],
    groups: Sequence[str],
    rows: int,
    words: Words,
    *,
    origin: datetime | None,
    y_title: str,
    other: str,
    say_x: Callable[[float], str] | None = None,
    height: float = 460,
    description: str = "",
) -> Chart:
    """Dots over a time axis that begins at ``origin`` (an axis of elapsed time where None); frequent
    groups in colour."""
    counts = Counter(d.group for d in dots)
    named = [group for group, _ in counts.most_common(NAMED)]
    if len(counts) == NAMED + 1:
        named = [group for group, _ in counts.most_common(NAMED + 1)]
    tones = {group: f"xc-s{i + 1}" for i, group in enumerate(named)}
    last = max((d.seconds for d in dots), default=0.0)

    def draw(width: float) -> tuple[float, Markup]:
        entries = [(f"{tones[g]} xc-swatch", groups[g]) for g in named]
        if len(counts) > len(named):
            entries.append(("xc-other xc-swatch", other))
        used, drawn_legend = legend(entries, 0, 2, width)
        marks = [m for m in ticks(0, max(rows, 1), 5, whole=True) if m <= rows]
        left = label_space([words.number(m) for m in marks], 60) + 10
        plot = Plot(left, used + 26, width - 10, used + height - 28)
        x_scale = linear(0, last, plot.left + 3, plot.right - 3)
        y_scale = linear(0, max(rows, 1), plot.top + 3, plot.bottom - 3)
        parts = [drawn_legend, y_axis(plot, marks, y_scale, words.number)]
        parts.append(label(0, plot.top - 8, y_title, "xc-tick"))
        about = 4 if width < 500 else 8
        if origin is not None:
            dates = time_ticks(origin, origin + timedelta(seconds=last), about, words)
            parts.append(
                x_axis(plot, [(x_scale((d - origin).total_seconds()), text) for d, text in dates], grid=True)
            )
        else:
            day = 86400.0
            at = [m for m in ticks(0, last / day, about) if m * day <= last]
            parts.append(x_axis(plot, [(x_scale(m * day), (say_x or words.days)(m)) for m in at], grid=True))
        parts += _dots(dots, tones, x_scale, y_scale)
        return plot.bottom + 28, join(parts)

    total = max(len(dots), 1)
    table_rows = tuple(
        (Cell(groups[g]), Cell(words.number(n), n), Cell(words.percent(n / total), n / total))
        for g, n in counts.most_common()
    )
    columns = (
        Column(words.t("Activity")),
        Column(words.t("Events drawn"), numeric=True),
        Column(words.t("Share"), numeric=True),
    )
    return pair(key, title, description or title, Table(columns, table_rows), draw)


def _dots(
    dots: Sequence[Dot],
    tones: dict[int, str],
    x_scale: Callable[[float], float],
    y_scale: Callable[[float], float],
) -> list[Markup]:
    """One path per colour: a stroke of no length with round ends is a dot, at a tenth of the bytes of a
    circle."""
    paths: dict[str, list[str]] = {"xc-other": []}
    for tone in tones.values():
        paths[tone] = []
    for dot in dots:
        x, y = x_scale(dot.seconds), y_scale(dot.row)
        paths[tones.get(dot.group, "xc-other")].append(f"M{x:.1f} {y:.1f}h0")
    return [tag("path", d="".join(marks), class_=f"{tone} xc-dots") for tone, marks in paths.items() if marks]
