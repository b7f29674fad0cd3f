"""The little of SVG that the charts need; every text is escaped here and nowhere else.

No scripts, no inline styles: colours come from classes (``report.css``, which speaks in the variables of
``tokens.css``) and geometry from presentation attributes, so a strict content security policy holds.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import NewType

from xiaoneng.presentation.text import printable

Markup = NewType("Markup", str)
"""Text that is markup already. Only ``escape`` and ``tag`` make it, so the type checker guards the
escaping."""

NOTHING = Markup("")


def escape(text: object) -> Markup:
    """Any text as markup: hostile names of a log come out as harmless words."""
    return Markup(html.escape(printable(str(text)), quote=True))


def join(parts: list[Markup]) -> Markup:
    """Several pieces of markup as one."""
    return Markup("".join(parts))


def num(value: float) -> str:
    """A coordinate: two decimals are finer than any printer."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tag(name: str, *children: Markup, **attributes: object) -> Markup:
    """An element. ``class_`` means class, other underscores are hyphens; an attribute that is None is left
    out."""
    written = []
    for key, value in attributes.items():
        if value is None:
            continue
        label = (
            "class"
            if key == "class_"
            else key
            if key in ("viewBox", "preserveAspectRatio")
            else key.replace("_", "-")
        )
        shown = (
            num(value) if isinstance(value, int | float) else html.escape(printable(str(value)), quote=True)
        )
        written.append(f' {label}="{shown}"')
    inside = "".join(children)
    head = f"<{name}{''.join(written)}"
    return Markup(f"{head}>{inside}</{name}>" if inside else f"{head}/>")


def tip(text: str) -> Markup:
    """What a pointer resting on the mark reads."""
    return tag("title", escape(text))


def label(
    x: float,
    y: float,
    text: str,
    class_: str = "xc-text",
    anchor: str | None = None,
    full: str | None = None,
    **more: object,
) -> Markup:
    """A text; ``full`` is the unclipped text for the pointer."""
    extra = [tip(full)] if full is not None and full != text else []
    return tag("text", escape(text), *extra, x=x, y=y, class_=class_, text_anchor=anchor, **more)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(
    x: float, y: float, width: float, height: float, class_: str, *inside: Markup, **more: object
) -> Markup:
    """A rectangle."""
    return tag("rect", *inside, x=x, y=y, width=max(width, 0), height=max(height, 0), class_=class_, **more)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table behind a chart."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: what is read, by what it is sorted (the text where None), and whether it must not be
    broken."""

    text: str
    sort: float | None = None
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The figures behind a chart, for those who read tables or cannot see the chart."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, drawn for a desk (``wide``) and for a phone (``narrow``), and its table."""

    key: str
    title: str
    description: str
    wide: Markup
    narrow: Markup
    table: Table
    note: str = ""

    @property
    def svg(self) -> Markup:
        """Both drawings; the style sheet shows the one that fits, the other is hidden from screen readers
        too."""
        return Markup(self.wide + self.narrow)


WIDE, NARROW = 860, 360


def drawing(key: str, title: str, description: str, width: float, height: float, *content: Markup) -> Markup:
    """The outer ``svg`` with its name and description; ``key`` must be unique on the page."""
    size = "narrow" if width < (WIDE + NARROW) / 2 else "wide"
    name = f"{key}-{size}"
    return tag(
        "svg",
        tag("title", escape(title), id=f"{name}-t"),
        tag("desc", escape(description), id=f"{name}-d"),
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {num(width)} {num(height)}",
        role="img",
        class_=f"xc xc-{size}",
        aria_labelledby=f"{name}-t",
        aria_describedby=f"{name}-d",
    )
