"""A heat map from whom to whom: handovers between persons or bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xiaoneng.presentation.charts.frame import FONT, label_space, pair
from xiaoneng.presentation.charts.svg import Cell, Chart, Column, Markup, Table, join, label, rect, tip
from xiaoneng.presentation.text import clip_pixels
from xiaoneng.presentation.words import Words

DARK = 0.6
"""From this strength on a cell is dark and its figure light."""


@dataclass(frozen=True, slots=True)
class Pair:
    """So many from one to another."""

    source: str
    target: str
    count: int


def shade(strength: float) -> tuple[float, str]:
    """Opacity of a cell and class of its figure. Middle tones, on which no text can be read, are left out."""
    if strength < DARK:
        return round(0.08 + 0.4 * strength / DARK, 2), "xc-cell"
    return round(0.84 + 0.16 * (strength - DARK) / (1 - DARK), 2), "xc-on-heat"


def matrix(
    key: str,
    title: str,
    pairs: Sequence[Pair],
    words: Words,
    *,
    from_title: str,
    to_title: str,
    count_title: str,
    most: int = 16,
    description: str = "",
) -> Chart:
    """The ``most`` busiest names in rows and columns, darker where there is more; what is left out is said
    in the note."""
    volume: dict[str, int] = {}
    for one in pairs:
        for name in (one.source, one.target):
            volume[name] = volume.get(name, 0) + one.count
    ranked = sorted(volume, key=lambda name: (-volume[name], name))
    total = sum(p.count for p in pairs)
    desk_share = 0.0

    def draw(width: float) -> tuple[float, Markup]:
        nonlocal desk_share
        phone = width < 500
        shown = ranked[: 8 if phone else most]
        place = {name: i for i, name in enumerate(shown)}
        inside = [p for p in pairs if p.source in place and p.target in place]
        if not phone:
            desk_share = sum(p.count for p in inside) / total if total else 1.0
        names = label_space(shown, 76 if phone else 190)
        size = min((width - names - 12 - 30) / max(len(shown), 1), 44)
        left, top = names + 30, 20 + min(label_space(shown, 120), 120) * 0.72 + 8
        peak = max((p.count for p in inside), default=1)
        parts = [label(0, 12, f"{from_title} ↓   {to_title} →", "xc-tick")]
        for name, i in place.items():
            y = top + size * i + size / 2
            parts.append(
                label(
                    left - 8,
                    y + 4,
                    clip_pixels(name, FONT, names + 18),
                    "xc-text",
                    "end",
                    full=name,
                )
            )
            x = left + size * i + size / 2
            parts.append(
                label(
                    x, top - 6, clip_pixels(name, FONT, 120), "xc-text",
                    full=name, transform=f"rotate(-45 {x:.1f} {top - 6:.1f})",
                )
            )  # fmt: skip
        for row in range(len(shown)):
            for column in range(len(shown)):
                parts.append(
                    rect(left + size * column, top + size * row, size - 1.5, size - 1.5, "xc-empty", rx=2)
                )
        for one in inside:
            x, y = left + size * place[one.target], top + size * place[one.source]
            opacity, tone = shade((one.count / peak) ** 0.5)
            said = tip(f"{one.source} → {one.target}: {words.number(one.count)}")
            parts.append(
                rect(
                    x,
                    y,
                    size - 1.5,
                    size - 1.5,
                    "xc-heat",
                    said,
                    rx=2,
                    fill_opacity=opacity,
                )
            )
            text = words.compact(one.count)
            if size >= 24 and len(text) * 6.2 < size - 3:
                parts.append(label(x + size / 2 - 0.75, y + size / 2 + 3.5, text, tone, "middle"))
        return top + size * len(shown) + 4, join(parts)

    ordered = sorted(pairs, key=lambda p: (-p.count, p.source, p.target))[:200]
    table = Table(
        (Column(from_title), Column(to_title), Column(count_title, numeric=True)),
        tuple((Cell(p.source), Cell(p.target), Cell(words.number(p.count), p.count)) for p in ordered),
    )
    chart = pair(key, title, description or title, table, draw)
    note = ""
    if len(ranked) > most:
        note = words.t(
            "Shows the {shown} busiest of {all}; between them lie {share} of all. A phone shows the "
            "busiest 8.",
            shown=min(most, len(ranked)),
            all=words.number(len(ranked)),
            share=words.percent(desk_share),
        )
    return Chart(chart.key, chart.title, chart.description, chart.wide, chart.narrow, chart.table, note)
