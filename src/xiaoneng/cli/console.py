"""Standard error for people: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

from xiaoneng.presentation.i18n import translator
from xiaoneng.presentation.text import clip_cells, pad_cells

BAR = 28


def shows_colours(stream: TextIO) -> bool:
    """Colours only on a terminal, and never against ``NO_COLOR`` (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Cells in a line."""
    return shutil.get_terminal_size((100, 24)).columns


class Progress:
    """Shows how far a task is; ``within(low, high)`` gives a callback for one part of it."""

    def __init__(self, stream: TextIO, lang: str) -> None:
        self._stream = stream
        self._translate = translator(lang)
        self._bar = stream.isatty()
        self._last = ""

    def within(self, low: float, high: float) -> _Part:
        """The callback of a part that takes the bar from ``low`` to ``high`` (0..1)."""
        return _Part(self, low, high)

    def show(self, share: float, what: str) -> None:
        """``what`` is an English text from a catalogue; drawn only when something visible changed."""
        text = self._translate(what)
        if self._bar:
            filled = round(BAR * min(max(share, 0.0), 1.0))
            line = f"{'█' * filled}{'░' * (BAR - filled)} {share:4.0%} "
            line += pad_cells(clip_cells(text, 40), 40)
            if line != self._last:
                self._stream.write(f"\r{line}")
                self._stream.flush()
                self._last = line
        elif text != self._last:
            print(f"… {text}", file=self._stream)
            self._last = text

    def done(self) -> None:
        """Take the bar away, so that what follows starts on a clean line."""
        if self._bar and self._last:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._last = ""


class _Part:
    def __init__(self, whole: Progress, low: float, high: float) -> None:
        self._whole, self._low, self._high = whole, low, high

    def __call__(self, share: float, what: str) -> None:
        self._whole.show(self._low + share * (self._high - self._low), what)
