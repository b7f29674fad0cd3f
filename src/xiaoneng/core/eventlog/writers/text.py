"""Columns as text, without a loop over values: dates with their offset, numbers, XML."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.eventlog.writers.rows import Attribute

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def as_text(batch: pa.RecordBatch, attribute: Attribute) -> pa.Array:
    """The values of an attribute as XES writes them; null where there is none."""
    values = batch.column(attribute.column)
    if pa.types.is_dictionary(values.type):
        values = values.cast(pa.string())
    if pa.types.is_timestamp(values.type):
        offset = None if attribute.offset is None else batch.column(attribute.offset)
        return dates(values, offset)
    if pa.types.is_floating(values.type):
        text = values.cast(pa.string())
        return pc.replace_substring(text, "inf", "INF")
    return values.cast(pa.string())


def dates(walls: pa.Array, offset: pa.Array | None) -> pa.Array:
    """ISO 8601 with milliseconds (with microseconds where they are needed), and the offset where there is
    one.
    """
    us = pc.fill_null(walls.cast(pa.int64()), 0)
    fine = pc.any(pc.not_equal(pc.multiply(pc.divide(us, 1000), 1000), us)).as_py()
    text = pc.strftime(walls.cast(pa.timestamp("us" if fine else "ms"), safe=False), "%Y-%m-%dT%H:%M:%S")
    if offset is None:
        return text
    coded = offset.dictionary_encode()
    names = pa.array([_offset_text(minutes) for minutes in coded.dictionary.to_pylist()], pa.string())
    return pc.binary_join_element_wise(text, pc.fill_null(names.take(coded.indices), ""), "")


def _offset_text(minutes: int | None) -> str:
    if minutes is None:
        return ""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def escaped(texts: pa.Array) -> pa.Array:
    """Texts that may stand in an XML attribute; characters that XML cannot hold become U+FFFD."""
    for character, entity in _MARKUP.items():
        if pc.any(pc.match_substring(texts, character)).as_py():
            texts = pc.replace_substring(texts, character, entity)
    return pc.replace_substring_regex(texts, _CONTROL, "\ufffd")


def escape(text: str) -> str:
    """The same for one text."""
    return str(escaped(pa.array([text], pa.string()))[0].as_py())
