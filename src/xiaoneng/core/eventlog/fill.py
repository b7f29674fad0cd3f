"""From a reader's raw rows to all files of a store: spill by case, enrich piece by piece, write.

Memory is bounded by ``memory_mb`` plus the names (about 150 bytes per case) and the different paths; the
work per event does not grow with the length of the log.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xiaoneng import __version__
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.enrich import NAT, Columns, WorkClock, enrich, path_groups
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.names import Names
from xiaoneng.core.eventlog.quality import quality_report
from xiaoneng.core.eventlog.raw import CASE_TEXT_ROLES, OFFSET, Reader, ReadResult
from xiaoneng.core.eventlog.spill import Spill
from xiaoneng.core.eventlog.store import LAYOUT, EventStore
from xiaoneng.core.eventlog.tables import CASES, EVENTS, EventWriter, to_table, write_cases, write_names
from xiaoneng.core.eventlog.timestamps import MINUTE, zone_table
from xiaoneng.core.eventlog.variants import Variants

Progress = Callable[[float, str], None]

NAME_COLUMNS = {
    "activity": "activities",
    "resource": "resources",
    "body": "bodies",
    "role": "roles",
    "lifecycle": "lifecycles",
}
"""Text column of an event → the table of its names."""
NO_OFFSET = np.iinfo(np.int16).min
READ, ENRICHED = 0.55, 0.95
"""Share of the whole import that is done when the log is read, and when the events are written."""


def fill(
    part: Path,
    reader: Reader,
    *,
    work_clock: WorkClock,
    progress: Progress | None = None,
    memory_mb: int = 1024,
) -> None:
    """Write every file of the store of what ``reader`` reads into the folder ``part``."""
    say = progress or (lambda share, what: None)
    scratch = part / "scratch"
    piece_rows = _piece_rows(memory_mb)
    names = {column: Names() for column in ("case_id", *NAME_COLUMNS, *CASE_TEXT_ROLES)}
    variants = Variants()
    with ExitStack() as stack:
        spill = _spill_all(reader, scratch / "spill", names, piece_rows, say, stack)
        result = reader.result()
        if spill is None:
            raise BadInput(
                "the log has no events",
                place=Place(file=result.name),
                expected="at least one event with a case",
            )
        events = stack.enter_context(EventWriter(part / "events.parquet"))
        sink = stack.enter_context(pa.OSFile(str(scratch / "cases.arrow"), "wb"))
        cases = stack.enter_context(_CaseSpill(sink))
        written = 0
        for raw in spill.chunks(piece_rows):
            _settle(raw, result)
            piece = enrich(raw, work_clock, own_limits=_own_limits(result.mapping))
            events.write(to_table(piece.events, EVENTS))
            first, group = path_groups(piece.events["activity"], piece.starts)
            piece.cases["variant"] = variants.number(piece.events["activity"], piece.starts, first, group)
            piece.cases["open"] = _open(piece.cases, result.mapping, names["status"])
            cases.write(piece.cases)
            written += len(raw["row"])
            say(READ + (ENRICHED - READ) * written / result.rows, "Enriching the events")
    final_ids = variants.write(part / "variants.parquet", names["activity"].to_list())
    say(ENRICHED, "Writing the cases")
    write_cases(scratch / "cases.arrow", part / "cases.parquet", names, final_ids)
    for column, table in NAME_COLUMNS.items():
        write_names(part / f"{table}.parquet", names[column].to_list())
    _number_case_attributes(part, result.case_attributes, scratch, memory_mb)
    shutil.rmtree(scratch)
    if result.xes is not None:
        _write_json(part / "xes.json", result.xes)
    _write_json(part / "meta.json", _meta(result, work_clock, names))
    say(0.98, "Checking the quality of the log")
    _write_json(part / "quality.json", quality_report(EventStore(part), result))
    say(1.0, "Imported")


def _own_limits(mapping: Mapping) -> tuple[str, ...]:
    """The limits that the log gives for each event; those of the case are written with the case only."""
    return tuple(
        r for r in ("deadline", "planned") if not (getattr(mapping, r) or "case:").startswith("case:")
    )


def _piece_rows(memory_mb: int) -> int:
    """Events handled at a time: about 600 bytes each while they are enriched, half of the memory for them."""
    return int(min(max(memory_mb * 2**20 // 2 // 600, 1 << 16), 1 << 20))


def _spill_all(
    reader: Reader, folder: Path, names: dict[str, Names], run_rows: int, say: Progress, stack: ExitStack
) -> Spill | None:
    """Read everything into a spill, which ``stack`` closes; None when there is no event."""
    spill: Spill | None = None
    waiting: list[Columns] = []
    rows = waiting_rows = 0
    for batch in reader.batches():
        if not batch.num_rows:
            continue
        columns = _plain(batch, names, rows)
        if spill is None:
            types = {name: values.dtype for name, values in columns.items()}
            spill = stack.enter_context(closing(Spill(folder, types)))
        waiting.append(columns)
        rows += batch.num_rows
        waiting_rows += batch.num_rows
        if waiting_rows >= run_rows:
            spill.append(_joined(waiting))
            waiting, waiting_rows = [], 0
            say(READ * reader.fraction(), "Reading the log")
    if spill is not None and waiting:
        spill.append(_joined(waiting))
    say(READ, "Reading the log")
    return spill


def _plain(batch: pa.RecordBatch, names: dict[str, Names], row: int) -> Columns:
    """One batch as numpy columns: ids for text, µs for times."""
    out: Columns = {"row": np.arange(row, row + batch.num_rows, dtype=np.int64)}
    for name in batch.schema.names:
        column = batch.column(name)
        if name in names:
            out["case_no" if name == "case_id" else name] = names[name].encode(column)
        elif name.endswith(OFFSET):
            out[name] = _filled(column, NO_OFFSET, np.int16)
        else:
            out[name] = _filled(column.cast(pa.int64()), NAT, np.int64)
    return out


def _filled(column: pa.Array, none: int, kind: type[np.generic]) -> npt.NDArray[Any]:
    filled = pc.fill_null(column, pa.scalar(none, column.type)) if column.null_count else column
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=kind)


def _joined(waiting: list[Columns]) -> Columns:
    if len(waiting) == 1:
        return waiting[0]
    return {name: np.concatenate([columns[name] for columns in waiting]) for name in waiting[0]}


def _settle(raw: Columns, result: ReadResult) -> None:
    """Final wall clocks (see ``ReadResult.settle``), instants of start and finish, wall clock of the ends."""
    for name in ("started", "finished"):
        if name in raw:
            raw[f"{name}_instant"] = _instants(raw[name], raw[name + OFFSET], result.tz)
    if result.zone is not None:
        table = zone_table(result.zone)
        for name in [n for n in raw if n.endswith(OFFSET)]:
            wall, offset = raw[name[: -len(OFFSET)]], raw[name]
            recorded = (offset != NO_OFFSET) & (wall != NAT)
            instants = wall[recorded] - offset[recorded].astype(np.int64) * MINUTE
            wall[recorded] = table.to_wall(instants)
    ended, local = raw["ended"], raw["local"]
    zone = result.zone or (result.tz if set(result.offsets) <= {None} else None)
    if not np.any(ended != NAT):
        ended_local = ended
    elif zone is not None:
        ended_local = np.where(ended == NAT, NAT, zone_table(zone).to_wall(np.where(ended == NAT, 0, ended)))
    else:  # the same offset as at the start of the event
        known = (ended != NAT) & (local != NAT)
        ended_local = np.where(known, ended + (local - raw["time"]), NAT)
    raw["ended_local"] = ended_local
    for name in [n for n in raw if n.endswith(OFFSET)]:
        del raw[name]


def _instants(wall: npt.NDArray[np.int64], offset: npt.NDArray[np.int16], tz: str) -> npt.NDArray[np.int64]:
    """The instant of each wall clock as recorded: by its own offset, else by the zone."""
    there = wall != NAT
    known = np.where(there, wall, 0)
    instants = np.where(
        offset == NO_OFFSET, zone_table(tz).to_instant(known), known - offset.astype(np.int64) * MINUTE
    )
    return np.where(there, instants, NAT)


STATES = {
    "open opened new active running pending ongoing suspended in_progress started registered": 1,
    "在办 办理中 未办结 受理 受理中 待办 处理中 进行中 挂起 未结 新建": 1,
    "closed complete completed done finished resolved ended archived": 0,
    "cancelled canceled withdrawn rejected": 0,
    "办结 已办结 完成 已完成 结束 已结束 终止 撤回 已撤回 退件 归档 已归档 已结": 0,
    "o": 1,  # Dutch municipalities: open
    "g": 0,  # gesloten, closed
}
"""Words of a status column: 1 still open, 0 finished. A word that is not here tells nothing."""
STATE_OF = {word: state for words, state in STATES.items() for word in words.split()}


def _open(cases: Columns, mapping: Mapping, status: Names) -> npt.NDArray[np.int8]:
    """1 open, 0 finished, -1 the log cannot tell: from the finish, else the status, else the last event's
    end."""
    n = len(cases["case_no"])
    if mapping.finished:
        return np.asarray(cases["finished"] == NAT, np.int8)
    if mapping.status:
        known = [_state(word) for word in status.to_list()]
        return np.array([*known, -1], np.int8)[cases["status"]]
    if mapping.end:
        return np.asarray(~cases["last_event_ended"], np.int8)
    return np.full(n, -1, np.int8)


def _state(word: str) -> int:
    plain = word.strip().lower().replace(" ", "_").replace("-", "_")
    return STATE_OF.get(plain, -1)


class _CaseSpill:
    """Case columns in an Arrow file until variants have their final numbers."""

    def __init__(self, sink: pa.NativeFile) -> None:
        self._sink = sink
        self._writer: pa.RecordBatchFileWriter | None = None

    def write(self, columns: Columns) -> None:
        table = to_table(columns, CASES)
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._sink, table.schema)
        self._writer.write_table(table, max_chunksize=1 << 17)

    def __enter__(self) -> _CaseSpill:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._writer is not None:
            self._writer.close()


def _number_case_attributes(part: Path, attributes: Path | None, scratch: Path, memory_mb: int) -> None:
    """Replace the reader's ``case_id`` by ``case_no``, sorted by it."""
    if attributes is None:
        return
    by_id = scratch / "case_attributes.parquet"
    attributes.rename(by_id)
    types = {field.name: field.metadata for field in pq.read_schema(by_id)}
    target = part / "case_attributes.parquet"
    with duckdb.connect(
        ":memory:", config={"memory_limit": f"{max(memory_mb // 2, 128)}MB", "threads": 1}
    ) as db:
        db.execute("SET temp_directory = ?", [str(scratch / "duckdb")])
        relation = db.sql(
            "SELECT c.case_no, a.* EXCLUDE (case_id) FROM read_parquet(?) a"
            " JOIN read_parquet(?) c ON c.case_id = a.case_id ORDER BY c.case_no",
            params=[str(by_id), str(part / "cases.parquet")],
        )
        reader = relation.to_arrow_reader(1 << 17)
        schema = pa.schema([f.with_metadata(types.get(f.name)) for f in reader.schema])
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))


def _meta(result: ReadResult, clock: WorkClock, names: dict[str, Names]) -> dict[str, Any]:
    """What the log is, for ``meta.json``."""
    return {
        "layout": LAYOUT,
        "xiaoneng": __version__,
        "name": result.name,
        "format": result.format,
        "bytes": result.bytes,
        "sha256": result.sha256,
        "mapping": result.mapping.as_dict(),
        "reasons": {role: asdict(reason) for role, reason in result.reasons.items()},
        "columns": list(result.columns),
        "tz": result.tz,
        "zone": result.zone,
        "offsets": {"none" if minutes is None else str(minutes): n for minutes, n in result.offsets.items()},
        "calendar": {
            "name": clock.name,
            "fingerprint": clock.fingerprint,
            "seconds_per_day": clock.seconds_per_day,
        },
        "counts": {
            "events": result.rows,
            "cases": len(names["case_id"]),
            **{table: len(names[column]) for column, table in NAME_COLUMNS.items()},
        },
        "details": dict(result.details),
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
