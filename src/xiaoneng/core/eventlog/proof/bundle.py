"""A bundle: events, chains and seals in one zip file that anyone can verify without the platform.

    manifest.json         what it is: when it was made, which cases, figures as claimed
    events.parquet        every event of these cases, by case and place, with its hash
    chains.parquet        what the chain of each case states: length and head
    leaves.parquet        what each seal found of each chain, by case and seal
    seals.jsonl           the seals as they stand in the folder outside the database
    seals_database.jsonl  the seals as they stand in the database

The members are stored, not packed again, and are taken out into a scratch folder to be read; memory does not
grow with the size of the bundle.
"""

from __future__ import annotations

import itertools
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.proof.evidence import Leaf, Stated, StoredEvent
from xiaoneng.core.eventlog.proof.seals import Seal, read_seals

FORMAT: Final = "xiaoneng bundle 1"
MANIFEST: Final = "manifest.json"
EVENTS, CHAINS, LEAVES = "events.parquet", "chains.parquet", "leaves.parquet"
SEALS, DATABASE_SEALS = "seals.jsonl", "seals_database.jsonl"
MEMBERS: Final = (MANIFEST, EVENTS, CHAINS, LEAVES, SEALS, DATABASE_SEALS)
MANIFEST_BYTES: Final = 1 << 20
RATIO: Final = 20
"""A member may not unpack to more than this times its packed size: ours are stored as they are."""
ROWS: Final = 10_000

_INSTANT = pa.timestamp("us", tz="UTC")
EVENT_SCHEMA: Final = pa.schema(
    [
        ("case", pa.string()), ("seq", pa.int64()), ("type", pa.string()), ("element", pa.string()),
        ("activity", pa.string()), ("lifecycle", pa.string()), ("occurred_at", _INSTANT),
        ("recorded_at", _INSTANT), ("actor", pa.string()), ("role", pa.string()), ("body", pa.string()),
        ("item", pa.string()), ("version", pa.string()), ("task", pa.int64()), ("data", pa.string()),
        ("hash", pa.binary()),
    ]
)  # fmt: skip
CHAIN_SCHEMA: Final = pa.schema([("case", pa.string()), ("length", pa.int64()), ("head", pa.binary())])
LEAF_SCHEMA: Final = pa.schema(
    [("case", pa.string()), ("seal", pa.int64()), ("length", pa.int64()), ("head", pa.binary())]
)

Row = TypeVar("Row", StoredEvent, Stated, Leaf)


# writing


def write_events(path: Path, events: Iterable[StoredEvent]) -> None:
    """``events.parquet``."""
    _write(path, EVENT_SCHEMA, events)


def write_bundle(
    out: Path,
    scratch: Path,
    manifest: dict[str, Any],
    *,
    chains: Iterable[Stated],
    leaves: Iterable[Leaf],
    seals: Sequence[Seal],
    database_seals: Sequence[Seal],
) -> None:
    """Write ``out``, whole or not at all, from ``scratch``, where ``events.parquet`` already lies."""
    _write(scratch / CHAINS, CHAIN_SCHEMA, chains)
    _write(scratch / LEAVES, LEAF_SCHEMA, leaves)
    for name, found in ((SEALS, seals), (DATABASE_SEALS, database_seals)):
        (scratch / name).write_text("".join(f"{seal.line()}\n" for seal in found), encoding="utf-8")
    text = json.dumps({"format": FORMAT, **manifest}, ensure_ascii=False, indent=1)
    (scratch / MANIFEST).write_text(text, encoding="utf-8")
    part = out.with_name(out.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for name in MEMBERS:
                archive.write(scratch / name, name)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, schema: pa.Schema, rows: Iterable[Row]) -> None:
    waiting = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while found := list(itertools.islice(waiting, ROWS)):
            columns = zip(*found, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


# reading


def unpack(bundle: Path, scratch: Path) -> dict[str, Any]:
    """Take the members out into ``scratch``; the manifest.

    Raises:
        BadInput: it is no bundle, with what is wrong.
        HostileInput: a member unpacks to far more than it should.
    """
    place = Place(file=bundle.name)
    no_bundle = BadInput("this is no bundle of events", place=place, expected="a zip file with a manifest")
    try:
        with zipfile.ZipFile(bundle) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if set(MEMBERS) - infos.keys():
                raise no_bundle
            for name in MEMBERS:
                info = infos[name]
                most = RATIO * info.compress_size + MANIFEST_BYTES
                if info.file_size > (MANIFEST_BYTES if name == MANIFEST else most):
                    raise HostileInput(
                        "{member} unpacks to {bytes} bytes",
                        place=place,
                        expected="at most {most}",
                        member=name,
                        bytes=info.file_size,
                        most=most,
                    )
                with archive.open(info) as source, (scratch / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise no_bundle from error
    try:
        manifest = json.loads((scratch / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] == FORMAT and isinstance(manifest["figures"], list):
            return dict(manifest)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise no_bundle from error
    raise BadInput(
        "the bundle has the format {found}",
        place=place,
        expected="{format}",
        found=str(manifest["format"])[:40],
        format=FORMAT,
    )


def read_events(scratch: Path) -> Iterator[StoredEvent]:
    """The events of an unpacked bundle."""
    return _read(scratch / EVENTS, EVENT_SCHEMA, StoredEvent)


def read_chains(scratch: Path) -> Iterator[Stated]:
    """Its chains."""
    return _read(scratch / CHAINS, CHAIN_SCHEMA, Stated)


def read_leaves(scratch: Path) -> Iterator[Leaf]:
    """Its leaves."""
    return _read(scratch / LEAVES, LEAF_SCHEMA, Leaf)


def read_seal_files(scratch: Path) -> tuple[list[Seal], list[Seal]]:
    """Its seals: those of the folder, those of the database. Raises BadInput with file and line."""
    both = []
    for name in (SEALS, DATABASE_SEALS):
        with (scratch / name).open("rb") as file:
            both.append(list(read_seals(file, name)))
    return both[0], both[1]


def _read(path: Path, schema: pa.Schema, row: Callable[..., Row]) -> Iterator[Row]:
    """The rows in the order of the file. Raises BadInput when it has other columns or is not in order."""
    place = Place(file=path.name)
    try:
        with pq.ParquetFile(path) as file:
            if not file.schema_arrow.remove_metadata().equals(schema):
                raise BadInput("the columns are not those of a bundle", place=place)
            last: tuple[str, int] = ("", -1)
            for batch in file.iter_batches(batch_size=ROWS):
                if any(batch.column(name).null_count for name in schema.names if name != "task"):
                    raise BadInput("a value is missing", place=place, expected="no empty cell but in task")
                for values in zip(*(_plain(column) for column in batch.columns), strict=True):
                    if (values[0], values[1]) < last:
                        raise BadInput(
                            "the rows are not in order", place=place, expected="by case, then by number"
                        )
                    last = values[0], values[1]
                    yield row(*values)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            "this file of the bundle is damaged", place=place, expected="Parquet as it was written"
        ) from error


def _plain(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    found: list[Any] = column.to_pylist()
    return found
