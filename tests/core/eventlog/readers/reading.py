"""Read a file completely, for tests."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xiaoneng.core.eventlog.limits import LIMITS, Limits
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.raw import ReadResult
from xiaoneng.core.eventlog.readers import open_reader


@dataclass
class Reading:
    result: ReadResult
    raw: pa.Table
    """Settled raw rows."""
    events: dict[str, list[Any]]
    cases: dict[str, list[Any]]

    def column(self, name: str) -> list[Any]:
        return self.raw.column(name).to_pylist()

    def remarks(self) -> dict[str, int]:
        return {r.code: r.count for r in self.result.remarks}


def read(
    path: Path,
    part: Path,
    mapping: Mapping | None = None,
    tz: str | None = None,
    object_type: str | None = None,
    limits: Limits = LIMITS,
) -> Reading:
    part.mkdir(exist_ok=True)
    with open_reader(path, part, mapping=mapping, tz=tz, object_type=object_type, limits=limits) as reader:
        batches = list(reader.batches())
        result = reader.result()
    settled = [result.settle(b) for b in batches]
    return Reading(
        result,
        pa.Table.from_batches(settled),
        _columns(result.event_attributes),
        _columns(result.case_attributes),
    )


def _columns(path: Path | None) -> dict[str, list[Any]]:
    return {} if path is None else pq.read_table(path).to_pydict()


def write(folder: Path, name: str, text: str | bytes, packed: bool = False) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path = folder / name
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0">\n'


def event(activity: str = "A", time: str = "2024-01-02T09:00:00+08:00", more: str = "") -> str:
    return (
        "\t\t<event>\n"
        f'\t\t\t<string key="concept:name" value="{activity}"/>\n'
        f'\t\t\t<date key="time:timestamp" value="{time}"/>\n{more}'
        "\t\t</event>\n"
    )


def trace(name: str, *events: str, more: str = "") -> str:
    return f'\t<trace>\n\t\t<string key="concept:name" value="{name}"/>\n{more}{"".join(events)}\t</trace>\n'


def log(*traces: str, header: str = "") -> str:
    return HEAD + header + "".join(traces) + "</log>\n"
