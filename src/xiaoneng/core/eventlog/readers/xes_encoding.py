"""Bytes of an XES file as UTF-8, whatever its XML declaration says."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.readers.source import Source

# Only encodings that say what a byte means; codecs that unpack or execute are no encodings of text.
ENCODINGS = frozenset(
    (
        *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
        *("iso8859-1", "iso8859-2", "iso8859-15", "cp1251", "cp1252", "koi8-r"),
    )
)
_DECLARED = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def declared_encoding(head: bytes) -> str:
    """The encoding by byte order mark or XML declaration; its Python name, not yet checked."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _DECLARED.match(head[:400].decode("latin-1").removeprefix("\u00ef\u00bb\u00bf"))
    return found[1] if found else "utf-8"


def utf8_reader(source: Source) -> Callable[[int], bytes]:
    """A ``read(count)`` that gives UTF-8; BadInput for an encoding that is unknown or not kept."""
    named = declared_encoding(source.head(400))
    try:
        name = codecs.lookup(named).name
    except LookupError:
        name = ""
    if name not in ENCODINGS:
        raise BadInput(
            "the encoding {encoding!r} is not known",
            place=source.place(line=1),
            expected="UTF-8, UTF-16 or GB18030",
            encoding=named,
        )
    if name in ("utf-8", "ascii"):
        return source.read
    decoder = codecs.getincrementaldecoder(name)()

    def read(count: int) -> bytes:
        while data := source.read(count):
            try:
                text = decoder.decode(data)
            except UnicodeError as error:
                raise BadInput(
                    "the text is not valid {encoding}", place=source.place(), expected=named, encoding=named
                ) from error
            if text:
                return text.encode("utf-8", "surrogatepass")
        return b""

    return read
