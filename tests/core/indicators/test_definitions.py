"""The definitions are complete, honest and say what is wrong with a bad one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.reference import stale
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.indicators import current, definitions, explain_query, find, parse_period
from xiaoneng.core.indicators.definition import read_definitions
from xiaoneng.presentation.i18n import translator

GOOD = """
[[indicator]]
id = "X1"
version = 1
zh = "一"
en = "One"
formula_zh = "一"
formula_en = "one"
unit = "%"
direction = "up"
kind = "O"
perspective = "customer"
owner = "效能建设办公室"
aggregate = "share"
basis = "flow"
baseline = { period = "2023" }
sql = "SELECT 1"
"""


def test_ids_are_of_the_plan_and_outcome_has_its_share() -> None:
    ids = [d.id for d in current()]
    assert len(ids) == len(set(ids)) >= 35
    assert {"I1", "I14", "I22", "I31", "I47"} <= set(ids)
    assert all(d.zh and d.en and d.formula_zh and d.formula_en and d.owner for d in definitions())


def test_the_version_in_force_and_any_other() -> None:
    assert find("I20").version == 1
    assert find("i20@2").version == 2
    with pytest.raises(NotFound, match="I99"):
        find("I99")
    with pytest.raises(NotFound):
        find("I1@7")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('aggregate = "share"', 'aggregate = "median"'), "aggregate cannot be 'median'"),
        (('direction = "up"', 'direction = "left"'), "direction cannot be 'left'"),
        (('unit = "%"', 'colour = "red"'), "incomplete or has a field"),
        (('baseline = { period = "2023" }', "baseline = { era = 1 }"), "incomplete or has a field"),
        (("[[indicator]]", "[[indicator"), "cannot be read"),
    ],
)
def test_a_bad_file_says_what_is_wrong(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_definitions(path)[0].id == "X1"
    path.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(BadInput, match=message) as caught:
        read_definitions(path)
    assert caught.value.place is not None
    assert caught.value.place.file == "mine.toml"


def test_the_query_of_a_figure_names_its_days_and_is_not_broken_by_a_quote() -> None:
    text = explain_query(find("I1"), parse_period("2026-Q3"), by="body", key="O'Neill")
    assert "2026-07-01" in text
    assert "O''Neill" in text


def test_every_reason_of_exclusion_is_said_in_chinese() -> None:
    say = translator("zh")
    reasons = {r for d in definitions() for r in re.findall(r"THEN '([^']+)'", d.sql)}
    assert len(reasons) > 10
    assert not {r for r in reasons if say(r) == r}


def test_the_reference_pages_are_current() -> None:
    assert stale() == []
