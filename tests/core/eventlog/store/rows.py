"""A reader of rows that a test wrote down, and a work clock simple enough to check by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xiaoneng.core.eventlog.fill import fill
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.partfolder import part_folder
from xiaoneng.core.eventlog.raw import ReadingRemark, ReadResult, raw_schema
from xiaoneng.core.eventlog.store import EventStore

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class EveryDayEightHours:
    """Works 08:00 to 16:00 on every day of 1970 to 2099."""

    name: str = "every day, eight hours"
    fingerprint: str = "8x7"
    seconds_per_day: float = 28_800.0

    def seconds(self, local_us: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        day, within = np.divmod(local_us, DAY_US)
        worked = day * 28_800.0 + np.clip(within / 1e6 - 8 * 3600, 0, 28_800)
        return np.where((day < 0) | (day >= 47_482), np.nan, worked)

    def day_number(self, days: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        return np.where((days < 0) | (days >= 47_482), -1, days + 1).astype(np.int64)


class Rows:
    """A :class:`xiaoneng.core.eventlog.raw.Reader` over a list of dictionaries, in batches of ``batch`` rows.

    Times are naive datetimes and taken both as instant and as wall clock, unless ``local`` is given.
    """

    def __init__(
        self,
        rows: Sequence[dict[str, Any]],
        mapping: Mapping | None = None,
        *,
        batch: int = 3,
        zone: str | None = None,
        offsets: dict[int | None, int] | None = None,
        remarks: tuple[ReadingRemark, ...] = (),
        case_attributes: Path | None = None,
        event_attributes: Path | None = None,
    ) -> None:
        self.rows = [{**row, "local": row.get("local", row.get("time"))} for row in rows]
        self.mapping = mapping or Mapping(case="case", activity="activity", time="time")
        self.batch = batch
        self.zone = zone
        self.offsets = offsets or {None: len(rows)}
        self.remarks = remarks
        self.event_attributes = event_attributes
        self.case_attributes = case_attributes

    def batches(self) -> Iterator[pa.RecordBatch]:
        schema = raw_schema(self.mapping)
        for start in range(0, len(self.rows), self.batch):
            rows = self.rows[start : start + self.batch]
            yield pa.RecordBatch.from_pylist(
                [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
            )

    def result(self) -> ReadResult:
        return ReadResult(
            format="rows",
            name="rows",
            bytes=0,
            sha256="0" * 64,
            rows=len(self.rows),
            mapping=self.mapping,
            reasons={},
            columns=(),
            zone=self.zone,
            tz="UTC",
            offsets=self.offsets,
            event_attributes=self.event_attributes,
            case_attributes=self.case_attributes,
            xes=None,
            remarks=self.remarks,
        )

    def fraction(self) -> float:
        return 1.0

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *exception: object) -> None:
        return None


def make_store(
    into: Path, rows: Sequence[dict[str, Any]], mapping: Mapping | None = None, **more: Any
) -> EventStore:
    """A store of these rows, on the clock of eight hours every day."""
    with part_folder(into) as part, Rows(rows, mapping, **more) as reader:
        for name in ("event_attributes", "case_attributes"):
            if more.get(name) is not None:  # as a reader leaves them
                setattr(reader, name, Path(shutil.copy(more[name], part / f"{name}.parquet")))
        fill(part, reader, work_clock=EveryDayEightHours())
    return EventStore(into)


def at(text: str) -> datetime:
    """``2024-01-02T08:00`` as the naive datetime that Arrow takes for a wall clock or an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).replace(tzinfo=None)
