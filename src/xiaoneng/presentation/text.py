"""Widths of mixed Chinese and Latin text: on a terminal in cells, on a page in pixels."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljtfr.,:;'|!()[]{} I")
_BROAD = frozenset("mwMW@%&")
ELLIPSIS = "…"


def cells(text: str) -> int:
    """Terminal cells: two for a wide character, none for a combining one."""
    return sum(_cell(c) for c in text)


def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip_cells(text: str, width: int) -> str:
    """The text in at most ``width`` terminal cells, an ellipsis where something is left out."""
    if cells(text) <= width:
        return text
    used, kept = 1, []
    for char in text:
        used += _cell(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS


def pad_cells(text: str, width: int, *, right: bool = False) -> str:
    """The text clipped and padded to exactly ``width`` terminal cells; ``right`` aligns it to the right."""
    text = clip_cells(text, width)
    space = " " * (width - cells(text))
    return space + text if right else text + space


def printable(text: str) -> str:
    """The text without control characters: a log's names must not steer a terminal or break XML."""
    return "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Co") or c in "\u2028\u2029\ufffe\uffff" else c
        for c in text
    )


def pixels(text: str, size: float) -> float:
    """About how wide the text is at a font ``size``; errs on the wide side so that nothing overlaps."""
    total = 0.0
    for char in text:
        if _cell(char) == 2:
            total += 1.0
        elif char in _NARROW:
            total += 0.34
        elif char in _BROAD:
            total += 0.92
        elif char.isupper():
            total += 0.68
        else:
            total += 0.57
    return total * size


def clip_pixels(text: str, size: float, width: float) -> str:
    """The text in at most ``width`` pixels, an ellipsis where something is left out."""
    if pixels(text, size) <= width:
        return text
    kept = text
    while kept and pixels(kept + ELLIPSIS, size) > width:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def wrap_pixels(text: str, size: float, width: float, lines: int) -> list[str]:
    """The text in at most ``lines`` lines of ``width`` pixels: Latin breaks at spaces, Chinese anywhere."""
    rest = text.strip()
    out: list[str] = []
    while rest and len(out) < lines - 1 and pixels(rest, size) > width:
        cut = 1
        while cut < len(rest) and pixels(rest[: cut + 1], size) <= width:
            cut += 1
        space = max(rest.rfind(" ", 0, cut + 1), rest.rfind("-", 0, cut) + 1)
        # a Latin word is kept whole unless that would leave less than a third of the line
        if rest[cut - 1 : cut].isascii() and rest[cut : cut + 1].isascii() and space > cut / 3:
            cut = space
        out.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        out.append(clip_pixels(rest, size, width))
    return out or [""]
