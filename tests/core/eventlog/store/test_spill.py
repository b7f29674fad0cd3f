"""Runs on disk come back case by case, in file order, whatever the order of the cases."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoneng.core.eventlog.spill import Spill


@settings(max_examples=60, deadline=None)
@given(
    runs=st.lists(st.lists(st.integers(0, 5000), min_size=1, max_size=60), min_size=1, max_size=6),
    rows=st.integers(1, 50),
)
def test_whole_cases_in_order(runs: list[list[int]], rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spill = Spill(Path(folder) / "spill", {"case_no": np.int32, "row": np.int64})
        row = 0
        for run in runs:
            spill.append(
                {"case_no": np.array(run, np.int32), "row": np.arange(row, row + len(run), dtype=np.int64)}
            )
            row += len(run)
        pieces = list(spill.chunks(rows))
        spill.close()
    flat = [case for run in runs for case in run]
    expected = sorted((case, place) for place, case in enumerate(flat))
    found = [(int(c), int(r)) for p in pieces for c, r in zip(p["case_no"], p["row"], strict=True)]
    assert found == expected
    for piece, following in pairwise(pieces):
        assert piece["case_no"][-1] < following["case_no"][0]


def test_pieces_keep_near_the_size_asked_for(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "spill", {"case_no": np.int32})
    for start in range(0, 100_000, 20_000):
        spill.append({"case_no": np.arange(start, start + 20_000, dtype=np.int32)})
    sizes = [len(piece["case_no"]) for piece in spill.chunks(10_000)]
    spill.close()
    assert sum(sizes) == 100_000
    assert max(sizes) <= 10_000


@pytest.mark.parametrize("rows", [1, 7])
def test_one_long_case_is_one_piece(tmp_path: Path, rows: int) -> None:
    spill = Spill(tmp_path / "spill", {"case_no": np.int32})
    spill.append({"case_no": np.zeros(500, np.int32)})
    spill.append({"case_no": np.zeros(500, np.int32)})
    assert [len(piece["case_no"]) for piece in spill.chunks(rows)] == [1000]
    spill.close()
