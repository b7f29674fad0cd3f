"""The file behind a reader: opened once, hashed, unpacked within limits, and watched for changes."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from xiaoneng.core.errors import BadInput, HostileInput, NotFound, Place
from xiaoneng.core.eventlog.limits import Limits

GZIP = b"\x1f\x8b"
READ = 1 << 20
PACKED_READ = 1 << 16


class Fingerprint(NamedTuple):
    """What changes when somebody writes to a file or puts another in its place."""

    size: int
    modified_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, status: os.stat_result) -> Fingerprint:
        return cls(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)


class Source:
    """A regular file, read from the front; gzip is unpacked on the way.

    ``read`` returns unpacked bytes, ``finish`` returns the SHA-256 of the file as it lies on the disk and
    raises BadInput when the file is not the one that was opened.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise BadInput("this is not a file", place=self.place(), expected="an event log")
            self._file: BinaryIO = path.open("rb")
        except FileNotFoundError as error:
            raise NotFound("there is no such file", place=self.place()) from error
        except OSError as error:
            raise BadInput(
                "the file cannot be read: {why}", place=self.place(), why=error.strerror
            ) from error
        self._opened = Fingerprint.of(os.fstat(self._file.fileno()))
        self.size = self._opened.size
        self.packed = self._file.read(2) == GZIP
        self._rewind()
        try:
            self._check_size()
        except BadInput:
            self._file.close()
            raise

    def _check_size(self) -> None:
        if self.size == 0:
            raise BadInput("the file is empty", place=self.place(), expected="an event log")
        if self.size > self.limits.file_bytes:
            raise HostileInput(
                "the file has {bytes} bytes",
                place=self.place(),
                expected="at most {limit}",
                bytes=self.size,
                limit=self.limits.file_bytes,
            )

    def _rewind(self) -> None:
        self._file.seek(0)
        self._sha = hashlib.sha256()
        self._inflate = zlib.decompressobj(wbits=31) if self.packed else None
        self._pending = b""
        self.taken = 0
        self.given = 0

    def place(self, line: int | None = None, column: int | None = None, field: str | None = None) -> Place:
        """A place in this file."""
        return Place(self.path.name, line, column, field)

    def fraction(self) -> float:
        """How much of the file has been read."""
        return min(1.0, self.taken / self.size)

    def head(self, count: int) -> bytes:
        """The first unpacked bytes, at most ``count``; the source stands at the beginning afterwards."""
        parts, have = [], 0
        while have < count and (part := self.read(count - have)):
            parts.append(part)
            have += len(part)
        self._rewind()
        return b"".join(parts)

    def read(self, count: int = READ) -> bytes:
        """Up to ``count`` unpacked bytes; empty at the end."""
        try:
            data = self._take(count) if self._inflate is None else self._unpack(count)
        except OSError as error:
            raise BadInput(
                "the file cannot be read: {why}", place=self.place(), why=error.strerror
            ) from error
        self.given += len(data)
        if self.packed:
            self._check_ratio()
        return data

    def _take(self, count: int) -> bytes:
        data = self._file.read(count)
        self._sha.update(data)
        self.taken += len(data)
        return data

    def _unpack(self, count: int) -> bytes:
        while True:
            assert self._inflate is not None
            packed = self._pending or self._take(PACKED_READ)
            if not packed:
                if not self._inflate.eof:
                    raise BadInput(
                        "the gzip file ends before its end: it was cut off",
                        place=self.place(),
                        hint="Copy or export it again",
                    )
                return b""
            if self._inflate.eof:  # a gzip file may have several members; zero padding may follow
                packed = packed.lstrip(b"\0")
                self._pending = packed
                if not packed:
                    continue
                self._inflate = zlib.decompressobj(wbits=31)
            try:
                data = self._inflate.decompress(packed, count)
            except zlib.error as error:
                raise BadInput(
                    "the gzip file is damaged after {bytes} bytes",
                    place=self.place(),
                    hint="Copy or export it again",
                    bytes=self.given,
                ) from error
            self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if data:
                return data

    def _check_ratio(self) -> None:
        limits = self.limits
        ratio_broken = self.given > limits.unpacked_free and self.given > limits.unpacked_ratio * self.taken
        if ratio_broken or self.given > limits.unpacked_bytes:
            raise HostileInput(
                "{packed} bytes unpack to more than {bytes}: this looks like a zip bomb",
                place=self.place(),
                expected="at most {ratio} times the packed size, and at most {limit} bytes",
                packed=self.taken,
                bytes=self.given,
                ratio=limits.unpacked_ratio,
                limit=limits.unpacked_bytes,
            )

    def finish(self) -> str:
        """Hash what was not read, check that the file is still the same, return the SHA-256 in hex."""
        self._file.seek(self.taken)
        while self._take(READ):
            pass
        try:
            now = {Fingerprint.of(os.fstat(self._file.fileno())), Fingerprint.of(self.path.stat())}
        except OSError:
            now = set()
        if now != {self._opened} or self.taken != self.size:
            raise BadInput(
                "the file changed while it was read",
                place=self.place(),
                expected="a file that nobody writes to",
                hint="Copy it to another place and read the copy",
            )
        return self._sha.hexdigest()

    def close(self) -> None:
        self._file.close()
