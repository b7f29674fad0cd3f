"""Writers: a store becomes XES, CSV, Parquet or OCEL 2.0; the file exists whole or not at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from xiaoneng.core.errors import BadInput, Place
from xiaoneng.core.eventlog.store import EventStore
from xiaoneng.core.eventlog.writers.ocel import write_ocel_json
from xiaoneng.core.eventlog.writers.tables import write_csv, write_parquet
from xiaoneng.core.eventlog.writers.xes import write_xes

_PIECES: dict[str, Callable[[EventStore], Iterator[bytes]]] = {
    ".xes": write_xes,
    ".csv": write_csv,
    ".json": write_ocel_json,
    ".jsonocel": write_ocel_json,
}
FORMATS = (".xes", ".xes.gz", ".csv", ".csv.gz", ".parquet", ".json", ".jsonocel")


def check_ending(target: Path) -> tuple[str, bool]:
    """The ending that says the format, and whether the file is packed; BadInput for one that is not known."""
    name = target.name.lower()
    packed = name.endswith(".gz")
    ending = "." + name.removesuffix(".gz").rpartition(".")[2]
    if ending not in _PIECES and (packed or ending != ".parquet"):
        raise BadInput(
            "a log cannot be written as {name!r}",
            place=Place(target.name),
            expected="one of {formats}",
            name=target.name,
            formats=", ".join(FORMATS),
        )
    return ending, packed


def export_log(store: EventStore, target: Path) -> Path:
    """Write the log of a store into ``target``; its ending says the format (``FORMATS``; .json is OCEL 2.0).

    An existing file is replaced only when the new one is complete. Raises BadInput for another ending.
    """
    ending, packed = check_ending(target)
    if target.exists() and not target.is_file():
        raise BadInput(
            "a log can only be written to a file", place=Place(str(target)), expected="the name of a file"
        )
    part = target.with_name(target.name + ".part")
    try:
        if ending == ".parquet":
            write_parquet(store, part)
        else:
            with part.open("wb") as plain:
                # no name and no time in the header: the same log gives the same bytes
                packer = gzip.GzipFile("", "wb", 6, plain, mtime=0) if packed else None
                out = cast(BinaryIO, packer or plain)
                for piece in _PIECES[ending](store):
                    out.write(piece)
                if packer is not None:
                    packer.close()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
