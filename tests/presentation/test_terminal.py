"""The terminal summary."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.presentation.report.test_report import _poisoned
from tests.presentation.sample import analysis
from xiaoneng.presentation.terminal import summary
from xiaoneng.presentation.text import cells

ESCAPE = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [20, 60, 80, 110, 300])
def test_lines_fit_the_terminal(lang: str, width: int) -> None:
    for colours in (True, False):
        text = summary(analysis(), lang, width=width, colours=colours)
        widest = max(cells(ESCAPE.sub("", line)) for line in text.splitlines())
        assert widest <= max(60, min(width, 110)) + 2


def test_colours_only_where_asked_for() -> None:
    assert "\x1b" not in summary(analysis(), "zh", width=80, colours=False)
    assert "\x1b[1;34m" in summary(analysis(), "zh", width=80, colours=True)


def test_columns_of_figures_stand_under_each_other() -> None:
    text = summary(analysis(), "zh", width=90, colours=False)
    names, figures = next(
        (a, b)
        for a, b in zip(text.splitlines(), text.splitlines()[1:], strict=False)
        if a.startswith("办件  ")
    )
    assert cells(names[: names.index("首末")]) == cells(figures[: figures.index("10.2")]) == 30


def test_a_log_cannot_steer_the_terminal() -> None:
    hostile = _poisoned(analysis())
    hostile["variant_list"][0]["path"] = ["\x1b[2J\x07", "\r办结\n"]
    hostile["findings"][0]["title"] = "\x1b]0;owned\x07"
    hostile["quality"][0]["effect"] = "\x9b31m"
    text = summary(hostile, "zh", width=80, colours=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_what_is_missing_is_said() -> None:
    found: dict[str, Any] = analysis() | {"overdue": {"measurable": False, "reason": "no_deadline"}}
    text = summary(found, "en", width=100, colours=False)
    assert "Overdue cases: The log contains no deadline" in text
    assert "missed" not in text


def test_it_is_short() -> None:
    assert len(summary(analysis(), "en", width=100, colours=False).splitlines()) < 60
