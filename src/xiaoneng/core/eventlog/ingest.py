"""Import a log: whole or not at all.

The store is written into ``<into>.part``, synced to the disk and renamed. A process that dies half-way
leaves only the part folder, which the next import of the same store removes.
"""

from __future__ import annotations

from pathlib import Path

from xiaoneng.core.eventlog.enrich import WorkClock
from xiaoneng.core.eventlog.fill import Progress, fill
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.partfolder import part_folder
from xiaoneng.core.eventlog.readers import open_reader
from xiaoneng.core.eventlog.store import EventStore


def ingest(
    source: Path,
    into: Path,
    *,
    mapping: Mapping | None = None,
    tz: str | None = None,
    object_type: str | None = None,
    work_clock: WorkClock,
    progress: Progress | None = None,
    memory_mb: int = 1024,
) -> EventStore:
    """Import the log ``source`` into the new folder ``into``.

    ``mapping`` names columns; roles left open are guessed. ``tz`` says where the clock hung (time zone rule
    of ``docs/reference/event-store.md``). ``object_type`` says which objects of an OCEL are the cases.
    ``progress`` gets the share done and, in English, what is being done. Raises BadInput when the log cannot
    be used, when it changes while it is read, and when ``into`` is already there.
    """
    with (
        part_folder(into) as part,
        open_reader(source, part, mapping=mapping, tz=tz, object_type=object_type) as reader,
    ):
        fill(part, reader, work_clock=work_clock, progress=progress, memory_mb=memory_mb)
    return EventStore(into)
