"""Readers: one module per format, all with the protocol of ``core/eventlog/raw.py``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xiaoneng.core.eventlog.limits import LIMITS, Limits
from xiaoneng.core.eventlog.mapping import Mapping
from xiaoneng.core.eventlog.raw import Reader
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.csv import CsvRows
from xiaoneng.core.eventlog.readers.detect import detect
from xiaoneng.core.eventlog.readers.excel import ExcelRows
from xiaoneng.core.eventlog.readers.ocel import Ocel, OcelReader, OcelRows
from xiaoneng.core.eventlog.readers.ocel_json import read_json
from xiaoneng.core.eventlog.readers.ocel_sqlite import read_sqlite
from xiaoneng.core.eventlog.readers.ocel_xml import read_xml
from xiaoneng.core.eventlog.readers.parquet import ParquetRows
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.tabular import TabularReader
from xiaoneng.core.eventlog.readers.xes import XesReader
from xiaoneng.core.eventlog.timestamps import zone_table


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

    ``part`` is an existing folder for attribute tables; ``tz`` overrides recorded offsets; ``object_type``
    says which
    objects of an OCEL are the cases. Raises NotFound, BadInput or HostileInput.
    """
    context = ReadContext(path, part, mapping or Mapping(), tz, limits, object_type)
    if tz is not None:
        zone_table(tz)  # refuse an unknown zone before anything is read
    source = Source(path, limits)
    try:
        return _READERS[detect(source)](source, context)
    except BaseException:
        source.close()
        raise


_READERS: dict[str, Callable[[Source, ReadContext], Reader]] = {
    "xes": XesReader,
    "csv": lambda source, context: TabularReader(CsvRows(source, context), context),
    "parquet": lambda source, context: TabularReader(ParquetRows(source, context), context),
    "xlsx": lambda source, context: TabularReader(ExcelRows(source, context), context),
    "ocel-json": lambda source, context: _ocel("ocel-json", read_json(source, context), source, context),
    "ocel-xml": lambda source, context: _ocel("ocel-xml", read_xml(source, context), source, context),
    "ocel-sqlite": lambda source, context: _ocel("ocel-sqlite", read_sqlite(context), source, context),
}


def _ocel(name: str, log: Ocel, source: Source, context: ReadContext) -> Reader:
    return OcelReader(OcelRows(name, log, source, context), context)
