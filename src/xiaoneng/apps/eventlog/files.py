"""Where a log's files lie, how an upload is streamed there, and what kind of file it is."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from xiaoneng.apps.eventlog.errors import NotALog, TooLarge
from xiaoneng.core.errors import Place

# longest first: "log.xes.gz" is a .xes.gz
SUFFIXES = (
    ".xes.gz",
    ".csv.gz",
    ".xes",
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".parquet",
    ".json",
    ".jsonocel",
    ".xml",
    ".xmlocel",
    ".sqlite",
)
MAGIC = {
    ".gz": (b"\x1f\x8b",),
    ".xlsx": (b"PK\x03\x04",),
    ".parquet": (b"PAR1",),
    ".sqlite": (b"SQLite format 3\x00",),
    ".xes": (b"<",),
    ".xml": (b"<",),
    ".xmlocel": (b"<",),
    ".json": (b"{",),
    ".jsonocel": (b"{",),
}
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Received:
    """What arrived: where it lies, its digest and size."""

    path: Path
    sha256: str
    size: int


def folder(log: UUID) -> Path:
    """The folder of everything that belongs to one log."""
    return Path(settings.LOGS_FOLDER) / str(log)


def source(log: UUID, filename: str) -> Path:
    """The uploaded file itself."""
    return folder(log) / f"source{suffix(filename)}"


def suffix(filename: str) -> str:
    """The suffix by which the readers know the format.

    Raises:
        NotALog: it is none that can be read.
    """
    lower = filename.lower()
    for known in SUFFIXES:
        if lower.endswith(known):
            return known
    raise NotALog(
        "{name} is not a file that can be read",
        place=Place(file=filename),
        expected="XES, CSV, Excel (.xlsx), Parquet or OCEL 2.0 (JSON, XML, SQLite)",
        name=filename,
    )


def receive(log: UUID, filename: str, chunks: Iterable[bytes], limit: int) -> Received:
    """Write the chunks to disk as they come; nothing remains when the file is refused.

    Raises:
        NotALog: suffix or first bytes are not those of a log.
        TooLarge: more than ``limit`` bytes came.
    """
    path = source(log, filename)
    path.parent.mkdir(parents=True, mode=0o700)
    try:
        sha256, size = _write(path, filename, chunks, limit)
    except BaseException:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    return Received(path, sha256, size)


def _write(path: Path, filename: str, chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    """Write and sync the chunks; digest and size."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in chunks:
            if size == 0:
                sniff(filename, chunk)
            size += len(chunk)
            if size > limit:
                raise TooLarge(
                    "{name} is too large", expected="at most {mb} MB", name=filename, mb=limit >> 20
                )
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size == 0:
        raise NotALog("{name} is empty", place=Place(file=filename), name=filename)
    return digest.hexdigest(), size


def sniff(filename: str, head: bytes) -> None:
    """Check that the first bytes are those of the format that the suffix claims.

    Raises:
        NotALog: they are not.
    """
    kind = suffix(filename)
    magic = MAGIC.get(".gz" if kind.endswith(".gz") else kind)
    start = head
    for bom in BOMS:
        start = start.removeprefix(bom)
    if magic is not None:
        text = kind in (".xes", ".xml", ".xmlocel", ".json", ".jsonocel")
        start = start.replace(b"\x00", b"").lstrip() if text else head
        fits = start.startswith(magic)
    else:  # text: a zero byte means that it is none (UTF-16 says so by its mark)
        fits = b"\x00" not in head or head.startswith(BOMS[1:])
    if not fits:
        raise NotALog(
            "{name} does not contain what its name says",
            place=Place(file=filename),
            expected="a file of the kind {kind}",
            name=filename,
            kind=kind,
        )


def remove(log: UUID) -> None:
    """Delete everything of a log."""
    shutil.rmtree(folder(log), ignore_errors=True)
