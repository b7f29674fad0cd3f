"""Fixtures that every level of tests shares."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium, headless, asking nobody for updates; one for all tests of a process."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        missing("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", *quiet]
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=flags)
        yield started
        started.close()
