"""Members of a zip file (Excel), unpacked within limits."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Generator

from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.readers.context import ReadContext

CHUNK = 1 << 18
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """A zip file whose members are read as chunks; neither its sizes nor its ratios are believed, both are
    checked."""

    def __init__(self, context: ReadContext) -> None:
        self._context = context
        self._unpacked = 0
        self._packed = context.path.stat().st_size
        try:
            self._zip = zipfile.ZipFile(context.path)
        except _FAULTS as error:
            raise self._damaged(error) from error
        declared = sum(info.file_size for info in self._zip.infolist())
        self._check(declared)

    def names(self) -> set[str]:
        """Names of the members."""
        return set(self._zip.namelist())

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """The content of one member."""
        try:
            with self._zip.open(name) as member:
                while data := member.read(CHUNK):
                    self._unpacked += len(data)
                    self._check(self._unpacked)
                    yield data
        except KeyError as error:
            raise BadInput(
                "the workbook has no part {name!r}",
                place=self._context.place(),
                expected="an .xlsx file",
                name=name,
            ) from error
        except _FAULTS as error:
            raise self._damaged(error) from error

    def close(self) -> None:
        self._zip.close()

    def _damaged(self, error: Exception) -> BadInput:
        return BadInput(
            "the zip file is damaged: {why}",
            place=self._context.place(),
            expected="an .xlsx file",
            hint="Copy or export it again",
            why=str(error)[:200] or type(error).__name__,
        )

    def _check(self, unpacked: int) -> None:
        limits = self._context.limits
        too_much = unpacked > limits.unpacked_free and unpacked > limits.unpacked_ratio * self._packed
        if too_much or unpacked > limits.whole_document_bytes:
            raise HostileInput(
                "{packed} bytes unpack to more than {bytes}: this looks like a zip bomb",
                place=self._context.place(),
                expected="at most {ratio} times the packed size, and at most {limit} bytes",
                packed=self._packed,
                bytes=unpacked,
                ratio=limits.unpacked_ratio,
                limit=limits.whole_document_bytes,
            )
