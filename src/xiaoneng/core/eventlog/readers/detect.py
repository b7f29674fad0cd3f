"""Which format a file has, by its content."""

from __future__ import annotations

import re

from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.readers.source import Source

HEAD = 1 << 16
EXPECTED = "XES, CSV, Excel (.xlsx), Parquet or OCEL 2.0"
_MARKUP = re.compile(r"\s*<(?:\?xml|!--|!DOCTYPE|[A-Za-z_])", re.ASCII)
_OCEL = re.compile(r"<(?:object-types|event-types|objects)[\s/>]")


def detect(source: Source) -> str:
    """``xes``, ``csv``, ``parquet``, ``xlsx``, ``ocel-json``, ``ocel-xml`` or ``ocel-sqlite``.

    Only what the first bytes say; the reader then checks all. Raises BadInput for formats that are known
    not to work.
    """
    head = source.head(HEAD)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\0"):
        return "ocel-sqlite"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadInput(
            "this is an old or encrypted Office file",
            place=source.place(),
            expected=EXPECTED,
            hint="Save it as .xlsx without a password",
        )
    text = _text(head)
    if _MARKUP.match(text):
        return "ocel-xml" if _OCEL.search(text) else "xes"
    if text.lstrip()[:1] == "{":
        return "ocel-json"
    return "csv"


def _text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
