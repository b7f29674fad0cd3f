"""The tokens keep WCAG 2.2 AA: 4.5 to 1 for text (1.4.3), 3 to 1 for marks that carry meaning (1.4.11)."""

from __future__ import annotations

import re

import pytest

from xiaoneng.presentation.charts.matrix import shade
from xiaoneng.presentation.report.document import TOKENS

TEXT = [
    (ink, paper)
    for ink in ("text", "muted", "primary", "green", "yellow", "red", "seal")
    for paper in ("surface", "bg", "raised")
]
SOFT = [
    ("primary-strong", "primary-soft"),
    ("green", "green-soft"),
    ("yellow", "yellow-soft"),
    ("red", "red-soft"),
]
MARKS = [(f"series-{n}", "surface") for n in range(1, 9)]


def _tokens(dark: bool) -> dict[str, str]:
    css = TOKENS.read_text(encoding="utf-8")
    light, _, night = css.partition('[data-bs-theme="dark"]')
    found = dict(re.findall(r"--xn-([\w-]+):\s*(#[0-9a-fA-F]{6})", light))
    return found | (dict(re.findall(r"--xn-([\w-]+):\s*(#[0-9a-fA-F]{6})", night)) if dark else {})


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("ink", "paper"), [*TEXT, *SOFT])
def test_text(ink: str, paper: str, dark: bool) -> None:
    tokens = _tokens(dark)
    assert _contrast(tokens[ink], tokens[paper]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("ink", "paper"), MARKS)
def test_marks(ink: str, paper: str, dark: bool) -> None:
    tokens = _tokens(dark)
    assert _contrast(tokens[ink], tokens[paper]) >= 3


def _mix(ink: str, paper: str, opacity: float) -> str:
    channels = [(int(ink[i : i + 2], 16), int(paper[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02x}" for a, b in channels)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("percent", range(1, 101, 3))
def test_figures_in_the_heat_map(percent: int, dark: bool) -> None:
    tokens = _tokens(dark)
    opacity, tone = shade(percent / 100)
    ink = tokens["text" if tone == "xc-cell" else "on-primary"]
    assert _contrast(ink, _mix(tokens["series-1"], tokens["surface"], opacity)) >= 4.5
