"""What every chart with axes shares: plot area, grid, legend, and the pair of drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xiaoneng.presentation.charts.scale import Scale
from xiaoneng.presentation.charts.svg import (
    NARROW,
    WIDE,
    Chart,
    Markup,
    Table,
    drawing,
    join,
    label,
    line,
    rect,
)
from xiaoneng.presentation.text import clip_pixels, pixels

FONT = 12.0


@dataclass(frozen=True, slots=True)
class Plot:
    """The rectangle in which marks are drawn."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def pair(
    key: str,
    title: str,
    description: str,
    table: Table,
    draw: Callable[[float], tuple[float, Markup]],
    note: str = "",
) -> Chart:
    """A chart from ``draw(width) -> (height, content)``, called for a desk and for a phone."""
    drawn = []
    for width in (WIDE, NARROW):
        height, content = draw(width)
        drawn.append(drawing(key, title, description, width, height, content))
    return Chart(key, title, description, drawn[0], drawn[1], table, note)


def y_axis(plot: Plot, values: Sequence[float], scale: Scale, say: Callable[[float], str]) -> Markup:
    """Horizontal grid lines with their labels left of the plot; the lowest is the base line."""
    parts = []
    for index, value in enumerate(values):
        y = scale(value)
        parts.append(line(plot.left, y, plot.right, y, "xc-axis" if index == 0 else "xc-grid"))
        parts.append(label(plot.left - 8, y + 4, say(value), "xc-tick", "end"))
    return join(parts)


def x_axis(plot: Plot, marks: Sequence[tuple[float, str]], *, grid: bool = False) -> Markup:
    """Labels below the plot at their x places; one that would touch its neighbour is left out."""
    parts: list[Markup] = []
    free = float("-inf")
    for x, text in marks:
        width = pixels(text, FONT)
        place = min(max(x, width / 2), plot.right + 12 - width / 2 + 2)
        if place - width / 2 < free:
            continue
        free = place + width / 2 + 8
        parts.append(line(x, plot.top if grid else plot.bottom, x, plot.bottom + 4, "xc-grid"))
        parts.append(label(place, plot.bottom + 18, text, "xc-tick", "middle"))
    return join(parts)


def label_space(texts: Sequence[str], most: float) -> float:
    """Room for the widest of the texts, at most ``most``."""
    return min(max((pixels(t, FONT) for t in texts), default=0) + 2, most)


def legend(entries: Sequence[tuple[str, str]], x: float, y: float, width: float) -> tuple[float, Markup]:
    """Swatches with names from ``(class, name)``, broken into lines; returns the height used."""
    parts: list[Markup] = []
    left, top = x, y
    for class_, name in entries:
        shown = clip_pixels(name, FONT, width - 24)
        need = 18 + pixels(shown, FONT) + 18
        if left > x and left + need > x + width:
            left, top = x, top + 20
        parts.append(rect(left, top, 12, 12, class_, rx=2))
        parts.append(label(left + 18, top + 10.5, shown, "xc-text", full=name))
        left += need
    return (top - y + 22 if entries else 0.0), join(parts)
