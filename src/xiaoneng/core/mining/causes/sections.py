"""The sections ``time_split`` and ``waiting_causes`` of the analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np

from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.mining.causes.decompose import CAUSES, Float64, Waits, decompose
from xiaoneng.core.mining.causes.instances import MISSING, Instances, read_instances
from xiaoneng.core.mining.context import Context, NotMeasurable


@dataclass(frozen=True, slots=True)
class Measured:
    """What both sections, and the findings, are drawn from; computed once per analysis."""

    instances: Instances
    waits: Waits
    names: dict[int, str]
    """Activity names by id."""


def measure(connection: duckdb.DuckDBPyConnection, work_clock: WorkClock | None = None) -> Measured:
    """Raises :class:`NotMeasurable` when the log cannot tell waiting from working."""
    instances = read_instances(connection)
    names = dict(connection.execute("SELECT id, name FROM activities").fetchall())
    return Measured(instances, _until_the_end(instances, decompose(instances, work_clock)), names)


def _until_the_end(instances: Instances, waits: Waits) -> Waits:
    """The waits without those for work that began after the case was finished."""
    if not instances.afterwards.any():
        return waits
    ended = {name: np.where(instances.afterwards, 0.0, getattr(waits, name)) for name in ("waiting", *CAUSES)}
    return replace(waits, **ended)


def measured_in(context: Context) -> Measured:
    """The same for every section of one analysis."""
    return context.once("waits", lambda: measure(context.connection, context.options.work_clock))


def time_split(context: Context) -> dict[str, Any]:
    """Waiting and working seconds of all steps and per activity, by waiting descending, then name."""
    return split_of(measured_in(context))


def waiting_causes(context: Context) -> dict[str, Any]:
    """Seconds of waiting per activity and cause; ``unattributed`` is the wait of steps that name no
    person."""
    return causes_of(measured_in(context))


def split_of(measured: Measured) -> dict[str, Any]:
    """The section ``time_split``."""
    activities: list[dict[str, Any]] = [
        {
            "activity": name,
            "events": int(mine.sum()),
            "waiting_seconds": _sum(measured.waits.waiting[mine]),
            "working_seconds": _sum(measured.waits.working[mine]),
        }
        for name, mine in _by_activity(measured)
    ]
    activities.sort(key=lambda row: (-row["waiting_seconds"], row["activity"]))
    waiting, working = _sum(measured.waits.waiting), _sum(measured.waits.working)
    return {
        "measurable": True,
        "waiting_seconds": waiting,
        "working_seconds": working,
        "working_share": working / (waiting + working) if waiting + working else None,
        "activities": activities,
    }


def causes_of(measured: Measured) -> dict[str, Any]:
    """Seconds of waiting per activity and cause; ``unattributed`` is the wait of steps that name no
    person."""
    if not np.any(measured.instances.resource != MISSING):
        raise NotMeasurable("no_resource")
    rows = [{"activity": name, **_causes(measured.waits, mine)} for name, mine in _by_activity(measured)]
    rows.sort(key=lambda row: (-row["waiting_seconds"], row["activity"]))
    everything = np.ones(len(measured.instances), np.bool_)
    return {"measurable": True, "activities": rows, "total": _causes(measured.waits, everything)}


def _by_activity(measured: Measured) -> list[tuple[str, Any]]:
    return [
        (measured.names[number], measured.instances.activity == number)
        for number in np.unique(measured.instances.activity).tolist()
    ]


def _causes(waits: Waits, chosen: Any) -> dict[str, Any]:
    parts = {cause: _sum(getattr(waits, cause)[chosen]) for cause in CAUSES}
    waiting = _sum(waits.waiting[chosen])
    rest = _sum(np.where(np.isnan(waits.extraneous[chosen]), waits.waiting[chosen], 0.0))
    return {"waiting_seconds": waiting, **parts, "unattributed": rest}


def _sum(values: Float64) -> float:
    return float(np.nansum(values)) if len(values) else 0.0
