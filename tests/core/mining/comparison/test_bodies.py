"""Bodies side by side: open cases count, mix is taken out, small numbers are not ranked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.core.mining.office import Case, Story, office
from xiaoneng.core.mining.comparison.bodies import bodies
from xiaoneng.core.mining.comparison.divergence import divergence
from xiaoneng.core.mining.context import Context, NotMeasurable, Options


def both(tmp_path: Path, story: Story, cases: int = 400) -> tuple[Any, Any]:
    store = office(tmp_path, story, cases=cases).store
    with store.connection() as connection:
        context = Context(store, connection, Options())
        parts = []
        for section in (bodies, divergence):
            try:
                parts.append(section(context))
            except NotMeasurable as gap:
                parts.append(gap.reason)
    return parts[0], parts[1]


def test_a_different_mix_is_no_difference_between_bodies(tmp_path: Path) -> None:
    """East has the hard item more often; each item takes the same everywhere."""

    def story(case: Case, planted: dict[str, float]) -> None:
        case.body = str(case.rng.choice(["East", "West"]))
        hard = case.rng.random() < (0.8 if case.body == "East" else 0.2)
        case.item = "Hard" if hard else "Easy"
        case.step("Receive")
        case.step("Decide", days=20 if hard else 2)

    rows, items = both(tmp_path, story)
    east, west = sorted(rows, key=lambda row: row["body"])
    assert east["mean_days"] > 1.8 * west["mean_days"]
    assert east["expected_days"] == pytest.approx(east["mean_days"], rel=0.1)
    assert east["adjusted_ratio"] == pytest.approx(1, abs=0.1)
    assert west["adjusted_ratio"] == pytest.approx(1, abs=0.1)
    assert not any(item["different"] and item["ratio_interval"][0] > 1.2 for item in items)


def test_the_same_item_at_different_speed_shows(tmp_path: Path) -> None:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.item = "Permit"
        case.body = str(case.rng.choice(["East", "West"]))
        case.step("Receive")
        if case.body == "East":
            case.step("Stamp")
        case.step("Decide", days=12 if case.body == "East" else 4)

    rows, items = both(tmp_path, story)
    (permit,) = items
    assert permit["different"]
    assert [row["body"] for row in permit["bodies"]] == ["East", "West"]
    assert permit["ratio"] == pytest.approx(3, rel=0.15)
    assert permit["ratio_interval"][0] <= 3 <= permit["ratio_interval"][1]
    assert permit["bodies"][0]["path_distance"] == pytest.approx(1 / 5)
    assert sorted(row["path_share"] for row in permit["bodies"]) == [0.0, 1.0]
    assert {row["body"]: row["adjusted_ratio"] > 1 for row in rows} == {"East": True, "West": False}


def test_open_cases_lengthen_the_median(tmp_path: Path) -> None:
    """Half of West's cases are left open; its finished ones alone would look fast."""

    def story(case: Case, planted: dict[str, float]) -> None:
        case.body = str(case.rng.choice(["East", "West"]))
        case.step("Receive")
        case.step("Decide")
        took = float(case.rng.uniform(1, 40))
        if case.body == "East" or took < 15:
            case.finished = case.now + timedelta(days=took)

    rows, _ = both(tmp_path, story)
    east, west = sorted(rows, key=lambda row: row["body"])
    assert west["open"] > 0
    assert west["mean_days"] < 10
    assert west["median_days"] is None or west["median_days"] > 13
    assert east["median_days"] == pytest.approx(20, rel=0.15)


def test_a_tiny_body_is_listed_but_neither_ranked_nor_compared(tmp_path: Path) -> None:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.item = "Permit"
        case.body = "Tiny" if planted.setdefault("seen", 0) < 3 else "Big"
        planted["seen"] += 1
        case.step("Receive")
        case.step("Decide", days=30 if case.body == "Tiny" else 3)

    rows, items = both(tmp_path, story, cases=100)
    tiny = next(row for row in rows if row["body"] == "Tiny")
    assert tiny == {"body": "Tiny", "cases": 3, "open": 0, "ranked": False}
    assert items == []


def test_overdue_rates_have_intervals(tmp_path: Path) -> None:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.body = str(case.rng.choice(["East", "West"]))
        case.deadline = case.now + timedelta(days=10)
        case.step("Receive")
        case.step("Decide", days=10 if case.body == "East" else 5)

    rows, _ = both(tmp_path, story)
    east, west = sorted(rows, key=lambda row: row["body"])
    assert west["overdue_rate"] == 0
    assert east["overdue_rate"] == pytest.approx(0.5, abs=0.1)
    assert east["overdue_interval"][0] < 0.5 < east["overdue_interval"][1]
    assert west["overdue_interval"][1] < 0.03


def test_without_bodies_or_items_it_says_so(tmp_path: Path) -> None:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.step("Receive")
        case.step("Decide")

    assert both(tmp_path, story, cases=30) == ("no_body", "no_item")


def test_figures_do_not_depend_on_chance_order(tmp_path: Path) -> None:
    def story(case: Case, planted: dict[str, float]) -> None:
        case.body = str(case.rng.choice(["East", "West"]))
        case.item = "Permit"
        case.step("Receive")
        case.step("Decide", days=3)

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = both(tmp_path / "a", story), both(tmp_path / "b", story)
    np.testing.assert_equal(first, second)
