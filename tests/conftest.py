"""Fixtures that every level of tests shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("XIAONENG_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def missing(what: str) -> None:
    """Skip with the reason; where everything must run, fail instead."""
    if os.environ.get("XIAONENG_REQUIRE_ALL") == "1":
        pytest.fail(f"cannot run here: {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real public-sector logs, see its README."""
    folder = SHARED / "data"
    if not folder.is_dir():
        missing(f"no real logs at {folder}; set XIAONENG_SHARED")
    return folder
