"""The province stands as told: four levels, names, codes, and causes only."""

from __future__ import annotations

import tomllib

import pytest

from xiaoneng.core.identifiers import check_uscc
from xiaoneng.demo.causes import DATA, load_causes
from xiaoneng.demo.province import build_province


def test_bodies_on_four_levels_with_valid_credit_codes() -> None:
    province = build_province()
    assert {b.level for b in province.bodies} == {"province", "city", "county", "township"}
    assert 60 <= len(province.bodies) <= 90
    assert (
        len({b.name for b in province.bodies})
        == len({b.code for b in province.bodies})
        == len(province.bodies)
    )
    assert all(check_uscc(b.code).valid for b in province.bodies)
    assert all(b.region.code.startswith("99") for b in province.bodies), "no real region code begins with 99"


def test_items_are_offered_by_somebody_and_their_limits_can_be_kept() -> None:
    province = build_province()
    offered = {item.code for item, _ in province.offers()}
    assert offered == {item.code for item in province.items}
    assert len(province.items) == 40
    for item in province.items:
        assert abs(sum(item.levels.values()) - 1) < 1e-9, item.zh
        assert item.held < item.materials, item.zh


def test_redesign_only_removes_steps() -> None:
    for steps in build_province().routes.values():
        per_version = [sum(s.last_version >= v for s in steps) for v in (1, 2, 3)]
        assert per_version == sorted(per_version, reverse=True)
        assert per_version[2] >= 1 or per_version[0] == 1


def test_a_cause_that_does_not_exist_is_refused() -> None:
    load_causes({"habit.refusal": 0.5})
    with pytest.raises(KeyError, match=r"habit\.luck"):
        load_causes({"habit.luck": 1})


def test_no_indicator_is_among_the_causes() -> None:
    causes = tomllib.loads((DATA / "causes.toml").read_text(encoding="utf-8"))
    names = {key for section in causes.values() for key in section}
    forbidden = {
        "satisfaction",
        "handling_time",
        "waiting_time",
        "sharing_rate",
        "online_rate",
        "return_rate",
    }
    assert not names & forbidden
