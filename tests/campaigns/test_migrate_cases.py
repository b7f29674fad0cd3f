"""A slice of moving running cases to other versions."""

from __future__ import annotations

import pytest

from campaigns import migrate_cases


def test_every_case_is_moved_whole_or_refused_for_a_reason() -> None:
    found = migrate_cases.run(seed=7, slice=True)
    assert found["ok"], found["wrong"]
    assert found["cases"] >= 2 * migrate_cases.SLICE
    assert {outcome.split(":")[0] for outcome in found["outcomes"]} >= {"moved and back", "step moved"}


def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(case: object) -> str:
        raise AssertionError("planted")

    monkeypatch.setattr(migrate_cases, "compatible", planted)
    found = migrate_cases.run(seed=7, slice=True)
    assert not found["ok"]
    assert "planted" in found["wrong"][0]
