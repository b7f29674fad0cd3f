"""Widths, clipping and wrapping of mixed text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.presentation.terminal import wrap
from xiaoneng.presentation.text import (
    cells,
    clip_cells,
    clip_pixels,
    pad_cells,
    pixels,
    printable,
    wrap_pixels,
)

TEXTS = st.text(alphabet=st.sampled_from("ab cé效能，。中文Wi-1一\u0301 "), max_size=60)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("效能", 4), ("效能a", 5), ("e\u0301", 1), ("", 0)])
def test_cells(text: str, width: int) -> None:
    assert cells(text) == width


@given(TEXTS, st.integers(1, 30))
def test_clipped_text_fits(text: str, width: int) -> None:
    assert cells(clip_cells(text, width)) <= width
    if cells(text) <= width:
        assert clip_cells(text, width) == text


@given(TEXTS, st.integers(1, 30), st.booleans())
def test_padded_text_has_exactly_the_width(text: str, width: int, right: bool) -> None:
    assert cells(pad_cells(text, width, right=right)) == width


@given(TEXTS, st.integers(20, 200))
def test_clipped_pixels_fit(text: str, width: int) -> None:
    assert pixels(clip_pixels(text, 12, width), 12) <= width


@given(TEXTS, st.integers(40, 200), st.integers(1, 3))
def test_wrapped_pixels_keep_the_lines(text: str, width: int, lines: int) -> None:
    wrapped = wrap_pixels(text, 12, width, lines)
    assert 1 <= len(wrapped) <= lines
    assert pixels(wrapped[-1], 12) <= width


def test_latin_words_are_kept_whole() -> None:
    text = "Determine confirmation of receipt"
    assert wrap_pixels(text, 12, 150, 2) == ["Determine confirmation", "of receipt"]
    assert wrap_pixels(text, 12, 80, 2) == ["Determine", "confirmation…"]


@given(TEXTS, st.integers(20, 60))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width + 2 for line in lines)  # punctuation hangs on its word
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mred\x07\u2028b\ud800") == "a [31mred  b "
