"""A slice of the fuzzing of BPMN."""

from __future__ import annotations

from campaigns import fuzz_bpmn
from tests.conftest import missing


def test_only_errors_of_the_house_come_out() -> None:
    if not (fuzz_bpmn.SHARED / "conformance" / "bpmn-execution").is_dir():
        missing(f"no models at {fuzz_bpmn.SHARED}; set XIAONENG_SHARED")
    found = fuzz_bpmn.run(seed=20260101, slice=True)
    assert found["ok"], found["wrong"]
    assert {"BadInput", "drawing", "ended", "ran", "not started"} <= set(found["outcomes"])
