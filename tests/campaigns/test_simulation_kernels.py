"""A slice of the proof that all kernels of the simulation give the same rows."""

from __future__ import annotations

from campaigns import simulation_kernels


def test_all_kernels_give_the_same_rows() -> None:
    found = simulation_kernels.run(seed=20260101, slice=True)
    assert found["ok"], found["wrong"]
    assert found["models"] == 30
    assert found["rows"] > 5_000
