"""Limits that a log must keep, so that no file can exhaust the machine.

They are data and can be raised by whoever trusts the source; the values here are several times what the
largest public logs need.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit is inclusive; bytes are after unpacking and in UTF-8."""

    file_bytes: int = 64 << 30
    """The file as it lies on the disk."""
    unpacked_bytes: int = 64 << 30
    """All bytes that come out of a gzip or zip file."""
    unpacked_ratio: int = 250
    """Unpacked bytes per packed byte, looked at beyond ``unpacked_free`` (a very regular real log has 54)."""
    unpacked_free: int = 64 << 20
    """A packed file may unpack to this much whatever its ratio."""
    value_bytes: int = 16 << 20
    """One attribute, cell or markup token."""
    columns: int = 2_000
    """Different attributes of events, and of cases."""
    depth: int = 64
    """Attributes nested in each other."""
    log_bytes: int = 64 << 20
    """Everything kept beside the columns: log attributes, globals, nested attributes."""
    whole_document_bytes: int = 512 << 20
    """A format that cannot be streamed (a JSON document, a workbook's shared strings)."""


LIMITS = Limits()
