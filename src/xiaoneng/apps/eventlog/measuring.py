"""The bridge to core: how an uploaded file is imported and analysed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from xiaoneng.core.calendar import load_calendar, work_clock
from xiaoneng.core.calendar.hours import DEFAULT_HOURS
from xiaoneng.core.eventlog.ingest import ingest
from xiaoneng.core.eventlog.mapping import ROLES, Mapping
from xiaoneng.core.mining.analysis import analyse
from xiaoneng.core.mining.context import Options

INGEST_SHARE = 0.7
MEMORY_MB = 1024
Progress = Callable[[float, str], None]


def measure(
    *, source: Path, name: str, folder: Path, mapping: dict[str, str], progress: Progress
) -> dict[str, Any]:
    """Fill ``folder/store`` from ``source`` and analyse it; the analysis, see ``docs/reference/analysis.md``.

    A role that is not in a non-empty ``mapping`` is one that the log does not have: the user has seen all
    of them.

    Raises:
        BadInput, HostileInput: the log cannot be used, with the place; nothing remains.
    """
    chosen = Mapping(**{role: mapping.get(role, "") for role in ROLES}) if mapping else Mapping()
    clock = work_clock(load_calendar("cn"), DEFAULT_HOURS)
    store = ingest(
        source,
        folder / "store",
        mapping=chosen,
        work_clock=clock,
        memory_mb=MEMORY_MB,
        progress=lambda share, text: progress(share * INGEST_SHARE, text),
    )
    analysis: dict[str, Any] = analyse(
        store,
        options=Options(work_clock=clock),
        progress=lambda share, text: progress(INGEST_SHARE + share * (1 - INGEST_SHARE), text),
    )
    analysis["log"]["name"] = name
    return analysis
