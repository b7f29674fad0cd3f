"""A few kills of a loaded engine, as the campaign does two hundred times."""

from __future__ import annotations

from campaigns import kill_engine


def test_no_step_is_lost_doubled_or_half_done() -> None:
    figures = kill_engine.run(seed=7, slice=True)
    assert figures["ok"], figures
    assert figures["sqlite"]["kills"] == 5
    assert figures["sqlite"]["killed"]["worker"] >= 1
    assert figures["sqlite"]["acknowledged"] > 0
