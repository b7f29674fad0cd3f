"""The real logs, imported and analysed once per test session."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.eventlog import EventStore, Mapping, ingest
from xiaoneng.core.mining.analysis import analyse
from xiaoneng.core.mining.context import Options

Analysed = tuple[EventStore, dict[str, Any]]
Import = Callable[..., Analysed]


@pytest.fixture(scope="session")
def reference(shared_data: Path) -> dict[str, Any]:
    """Figures of an independent tool."""
    return dict(json.loads((shared_data / "reference.json").read_text()))


@pytest.fixture(scope="session")
def analysed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Import:
    """``analysed(file, **mapping)``: the store of a real log and its analysis."""
    clock = work_clock(load_calendar("cn"))

    @cache
    def import_one(file: str, **roles: str) -> Analysed:
        into = tmp_path_factory.mktemp("logs") / "store"
        mapping = Mapping(**roles) if roles else None
        store = ingest(shared_data / file, into, mapping=mapping, work_clock=clock)
        return store, analyse(store, options=Options(work_clock=clock))

    return import_one
