"""Readers: one module per format, all with the protocol of ``core/eventlog/raw.py``."""

from __future__ import annotations

from pathlib import Path

from xiaoneng.core.eventlog.limits import LIMITS, Limits
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.raw import Reader
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.csv import CsvRows
from xiaoneng.core.eventlog.readers.detect import detect
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.tabular import TabularReader
from xiaoneng.core.eventlog.readers.xes import XesReader


def open_reader(
    path: Path,
    part: Path,
    *,
    mapping: Mapping | None = None,
    tz: str | None = None,
    object_type: str | None = None,
    limits: Limits = LIMITS,
) -> Reader:
    """Recognise the format by content and open a reader; the caller uses it as a context manager.

    ``part`` is an existing folder for attribute tables; ``tz`` overrides recorded offsets; ``object_type`` says which
    objects of an OCEL are the cases. Raises NotFound, BadInput or HostileInput.
    """
    context = ReadContext(path, part, mapping or Mapping(), tz, limits, object_type)
    source = Source(path, limits)
    try:
        if detect(source) == "xes":
            return XesReader(source, context)
        return TabularReader(CsvRows(source, context), context)
    except BaseException:
        source.close()
        raise
