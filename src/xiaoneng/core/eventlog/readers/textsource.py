"""A text file as UTF-8 bytes: byte order marks, UTF-16, GB18030 found on the way."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.readers.source import Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextSource(io.RawIOBase):
    """A readable file object of UTF-8.

    Without a byte order mark the encoding is settled by the first bytes that are not ASCII: UTF-8 if they
    are valid
    as such, else GB18030 (which contains GBK and GB2312). Until then both read the same.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self.encoding: str | None = None
        self._rest = b""
        start = source.read(4)
        for mark, name in _MARKS:
            if start.startswith(mark):
                self.encoding = name
                start = start[len(mark) :]
                break
        self._decoder = codecs.getincrementaldecoder(self.encoding)() if self.encoding else None
        self._rest = self._utf8(start)

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while count < 0 or have < count:
            data = self._source.read(1 << 20)
            if not data:
                parts.append(self._utf8(b"", last=True))
                break
            parts.append(self._utf8(data))
            have += len(parts[-1])
        data = b"".join(parts)
        if count < 0:
            count = len(data)
        self._rest = data[count:]
        return data[:count]

    def readinto(self, buffer: WriteableBuffer) -> int:
        """What the buffered readers of the standard library call."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _utf8(self, data: bytes, last: bool = False) -> bytes:
        if self._decoder is None:
            if data.isascii():
                return self._clean(data)
            self._settle(data)
        assert self._decoder is not None
        try:
            text = self._decoder.decode(data, last)
        except UnicodeDecodeError as error:
            raise BadInput(
                "the text is not valid {encoding}",
                place=self._source.place(),
                expected="UTF-8 or GB18030 throughout",
                hint="Save the file as UTF-8",
                encoding=self.encoding,
            ) from error
        return self._clean(text.encode("utf-8", "surrogatepass"))

    def _settle(self, data: bytes) -> None:
        for name in ("utf-8", "gb18030"):
            try:
                codecs.getincrementaldecoder(name)().decode(data)
            except UnicodeDecodeError:
                continue
            self.encoding = name
            self._decoder = codecs.getincrementaldecoder(name)()
            return
        raise BadInput(
            "the file is neither UTF-8 nor GB18030 text",
            place=self._source.place(),
            expected="XES, CSV, Excel (.xlsx), Parquet or OCEL 2.0",
        )

    def _clean(self, data: bytes) -> bytes:
        if b"\0" in data:
            raise BadInput(
                "the file is not text: it contains zero bytes",
                place=self._source.place(),
                expected="XES, CSV, Excel (.xlsx), Parquet or OCEL 2.0",
            )
        return data
