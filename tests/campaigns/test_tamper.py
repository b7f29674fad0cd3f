"""A slice of the tampering campaign."""

from __future__ import annotations

from campaigns import tamper


def test_whatever_an_intruder_does_is_found() -> None:
    found = tamper.run(seed=7, slice=True)
    assert found["ok"], found["wrong"]
    assert found["outcomes"]["found"] > tamper.SLICE / 2
    exactly = sum(n for how, n in found["named"].items() if how.endswith("exactly"))
    assert exactly > 0.9 * sum(found["named"].values()), found["named"]
