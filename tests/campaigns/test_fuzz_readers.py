"""A slice of the fuzz campaign: a few thousand broken files through every reader."""

from __future__ import annotations

from campaigns import fuzz_readers


def test_only_errors_of_the_house_come_out() -> None:
    found = fuzz_readers.run(seed=20260101, slice=True)
    assert found["failures"] == []
    assert found["ok"]
    assert set(found["outcomes"]) == {
        "xes", "xes.gz", "csv", "csv gb18030", "parquet", "xlsx", "ocel json", "ocel xml", "ocel sqlite"
    }  # fmt: skip
    for format_name, outcomes in found["outcomes"].items():
        assert outcomes.get("read", 0) > 0, (
            f"no mutated {format_name} was ever readable: the fuzzer is too coarse"
        )
        assert outcomes["bad_input"] > 0
