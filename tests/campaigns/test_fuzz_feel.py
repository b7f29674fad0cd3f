"""A slice of the fuzzing of FEEL and DMN."""

from __future__ import annotations

from campaigns import fuzz_feel


def test_only_errors_of_the_house_come_out() -> None:
    found = fuzz_feel.run(seed=20260101, slice=True)
    assert found["ok"], found["wrong"]
    assert {"expression", "cell", "model", "sql", "FeelSyntaxError"} <= set(found["outcomes"])
