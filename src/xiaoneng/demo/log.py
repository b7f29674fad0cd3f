"""The log while it grows, and the same log as one Parquet file in the platform's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xiaoneng.core.eventlog.vocabulary import CASE, COMMON, EVENT_TYPES, FURTHER, Attribute, event_type
from xiaoneng.demo.kernel import EPOCH

TYPES = {"text": pa.string(), "integer": pa.int32(), "number": pa.float64(), "boolean": pa.bool_()}
ENDS = frozenset(("case.decided", "case.withdrawn", "ticket.answered"))
ACTIVITY = {kind.name: kind.activity for kind in EVENT_TYPES}
Row = tuple[int, float, float, str, str, str, str, str, "dict[str, Any] | None"]


@dataclass(slots=True)
class EventLog:
    """Rows ``(case, begin, end, type, activity, actor, role, body, attributes)``; times in hours."""

    rows: list[Row] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)

    def open_case(self, attributes: dict[str, Any]) -> int:
        """A number for a new case; ``attributes`` are those of its opening event and must name the body."""
        self.cases.append(attributes)
        return len(self.cases) - 1

    def add(
        self,
        case: int,
        kind: str,
        begin: float,
        end: float,
        *,
        actor: str = "",
        role: str = "",
        body: str = "",
        activity: str = "",
        **attributes: object,
    ) -> None:
        """One event. ``begin`` equals ``end`` for a moment."""
        self.rows.append(
            (case, begin, end, kind, activity or ACTIVITY[kind], actor, role, body, attributes or None)
        )


def micro(t: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Simulation hours as µs since 1970-01-01 on the wall clock, whole seconds."""
    seconds = np.rint(t * 3600).astype(np.int64)
    epoch = int(np.datetime64(EPOCH, "s").astype(np.int64))
    result: np.ndarray[Any, np.dtype[np.int64]] = (seconds + epoch) * 1_000_000
    return result


def table(
    log: EventLog, *, first: float, until: float, delay_hours: np.ndarray[Any, np.dtype[np.float64]]
) -> pa.Table:
    """What had been recorded at ``until``, in the order of the beginnings.

    Cases that were still under way at ``first`` are kept whole, those finished before are left out.
    ``delay_hours[n]`` says how long after the event each row was recorded.
    """
    case = np.array([r[0] for r in log.rows], np.int64)
    begin = np.array([r[1] for r in log.rows])
    end = np.array([r[2] for r in log.rows])
    last = np.full(len(log.cases), -np.inf)
    np.maximum.at(last, case, end)
    filed = np.array(
        ["_opened" in attributes for attributes in log.cases]
    )  # not yet: still on the way to the counter
    keep = np.flatnonzero((end <= until) & (last[case] >= first) & filed[case])
    order = keep[np.lexsort((keep, begin[keep]))]
    numbers = case_numbers(log.cases)
    picked = [log.rows[i] for i in order.tolist()]
    recorded = np.minimum(end + delay_hours, np.maximum(end, until))
    columns: dict[str, pa.Array] = {
        "case": pa.array([numbers[r[0]] for r in picked]).dictionary_encode(),
        "type": pa.array([r[3] for r in picked]).dictionary_encode(),
        "activity": pa.array([r[4] for r in picked]).dictionary_encode(),
        "time": _time(begin[order]),
        "occurred_at": _time(end[order]),
        "recorded_at": _time(recorded[order]),
        "lifecycle": pa.array([event_type(r[3]).lifecycle for r in picked]).dictionary_encode(),
        "actor": pa.array([r[5] or None for r in picked], pa.string()).dictionary_encode(),
        "role": pa.array([r[6] or None for r in picked], pa.string()).dictionary_encode(),
        "body": pa.array([r[7] or None for r in picked], pa.string()).dictionary_encode(),
    }
    assert set(columns) == {attribute.name for attribute in COMMON}
    opening = {"case.submitted", "ticket.created"}
    of_case = [log.cases[r[0]] if r[3] in opening else None for r in picked]
    for attribute in CASE:
        columns[attribute.name] = _column(attribute, [c.get(attribute.name) if c else None for c in of_case])
    columns["due"] = _maybe_time([r[8].get("due") if r[8] else None for r in picked])
    columns["finished"] = _maybe_time([r[2] if r[3] in ENDS else None for r in picked])
    for attribute in FURTHER:
        if attribute.name in columns:
            continue
        columns[attribute.name] = _column(
            attribute, [r[8].get(attribute.name) if r[8] else None for r in picked]
        )
    return pa.table(columns)


def _time(t: np.ndarray[Any, np.dtype[np.float64]]) -> pa.Array:
    return pa.array(micro(t), pa.timestamp("us"))


def _maybe_time(values: list[float | None]) -> pa.Array:
    known = np.array([0.0 if value is None else value for value in values])
    return pa.array(micro(known), pa.timestamp("us"), mask=np.array([value is None for value in values]))


def _column(attribute: Attribute, values: list[Any]) -> pa.Array:
    array = pa.array(values, TYPES[attribute.type])
    return array.dictionary_encode() if attribute.type == "text" else array


def case_numbers(cases: list[dict[str, Any]]) -> list[str]:
    """Region in 12 digits, date, serial number of the day: 办件编号."""
    serial: dict[tuple[str, date], int] = {}
    numbers = []
    for case in cases:
        if "_opened" not in case:
            numbers.append("")
            continue
        day = EPOCH.date() + timedelta(days=int(case["_opened"] // 24))
        serial[case["region"], day] = n = serial.get((case["region"], day), 0) + 1
        numbers.append(f"{case['region']:0<12}{day:%Y%m%d}{n:06d}")
    return numbers


def write(found: pa.Table, path: Path) -> None:
    """Write a table whole or not at all."""
    part = path.with_name(path.name + ".part")
    pq.write_table(found, part, compression="zstd", row_group_size=131_072)
    part.replace(path)


def fact_table(columns: tuple[Attribute, ...], rows: list[Mapping[str, Any]]) -> pa.Table:
    """Fact rows as a table; dates are :class:`datetime.date`, times simulation hours."""
    arrays = {}
    for column in columns:
        values = [row[column.name] for row in rows]
        if column.type == "date":
            arrays[column.name] = pa.array(values, pa.date32())
        elif column.type == "time":
            arrays[column.name] = _time(np.array(values, np.float64))
        else:
            arrays[column.name] = pa.array(values, TYPES[column.type])
    return pa.table(arrays)
