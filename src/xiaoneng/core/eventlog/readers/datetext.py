"""Dates and times written as text, parsed by the column.

Texts of one length and one *shape* (every digit replaced by 0) are parsed together with array arithmetic:
the shape is looked at once by a regular expression that says where year, month, … stand. So any mix of
formats costs little more than one format, and every value is checked.

Accepted: ISO 8601 and its relatives (``2024-01-05T09:03:00.250+08:00``, ``2024/1/5 9:03``, ``2024.01.05``,
``2024年1月5日 9时3分``), compact (``20240105``, ``20240105090300``), English month names (``05-Jan-2024
9:03 PM``, ``Fri Apr 22 04:14:40 2022``), day or month first where the column itself decides it, Unix time
(10 or 13 digits). Names of zones other than UTC say nothing reliable: ``CST``, which Java writes in China,
is passed over (the clock is read in the log's zone), the others are refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.eventlog.timestamps import MINUTE, SECOND, Int64

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
NO_OFFSET = -32_768
"""In ``Clocks.offset``: the text had no offset."""
EXPECTED = "a date and time such as 2024-01-31 09:30:00, 2024-01-31T09:30:00+08:00 or 2024年1月31日"
DAY = 86_400 * SECOND
LONGEST = 48
MAX_SHAPES = 100
"""Different shapes of one length in a block; no real column has a tenth of it, and each costs a pass."""
BLOCK = 16_384
"""Texts parsed at a time, so that the intermediate arrays stay in the processor's cache."""

_MONTHS = {
    name: i + 1
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    )
}
_MONTH = (
    r"(?P<b>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?"
)
_CLOCK = (
    r"(?P<p1>上午|下午)?\s*(?P<H>0{1,2})(?::|时|點|点)(?P<M>0{1,2})(?:分)?"
    r"(?::?(?P<S>0{1,2})(?:秒)?(?:[.,](?P<f>0{1,9}))?)?"
    r"(?:\s*(?P<p2>[AaPp]\.?[Mm]\.?))?"
)
_ZONE = r"(?:\s*(?P<z>Z|z|UTC|GMT)|\s*(?P<zs>[+-])(?P<zh>00):?(?P<zm>00)?)?"
_REST = rf"(?:(?:\s*[Tt,]?\s*){_CLOCK}{_ZONE})?"
_LAYOUTS = tuple(
    re.compile(text)
    for text in (
        rf"(?P<Y>0000)(?P<sep>[-/.])(?P<m>0{{1,2}})(?P=sep)(?P<d>0{{1,2}}){_REST}",
        rf"(?P<Y>0000)\s*年\s*(?P<m>0{{1,2}})\s*月\s*(?P<d>0{{1,2}})\s*日?{_REST}",
        r"(?P<Y>0000)(?P<m>00)(?P<d>00)(?:[T ]?(?P<H>00)(?P<M>00)(?P<S>00)?(?:\.(?P<f>0{1,9}))?)?" + _ZONE,
        rf"(?P<Y>0000)(?P<m>00)(?P<d>00)[T ]{_CLOCK}{_ZONE}",
        r"(?P<epoch_s>0{10})",
        r"(?P<epoch_ms>0{13})",
        rf"(?P<a>0{{1,2}})(?P<sep>[-/.])(?P<c>0{{1,2}})(?P=sep)(?P<Y>0000){_REST}",
        rf"(?P<d>0{{1,2}})[- /]{_MONTH}[- /,]\s*(?P<Y>0000){_REST}",
        rf"{_MONTH}\s(?P<d>0{{1,2}}),?\s(?P<Y>0000){_REST}",
        rf"[A-Z][a-z]{{2}},?\s{_MONTH}\s+(?P<d>0{{1,2}})\s{_CLOCK}\s(?:(?:CST|(?P<z>UTC|GMT))\s)?(?P<Y>0000)",
        rf"[A-Z][a-z]{{2}},?\s(?P<d>0{{1,2}})\s{_MONTH}\s(?P<Y>0000){_REST}",
    )
)


class Span(NamedTuple):
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a date stand in texts of one shape (byte positions)."""

    parts: dict[str, Span]
    month: int | None = None
    pm: bool | None = None
    utc: bool = False

    @property
    def two_numbers(self) -> bool:
        """Day and month are both bare numbers before the year: their order must be decided."""
        return "a" in self.parts


@lru_cache(maxsize=4096)
def layout_of(shape: bytes) -> Layout | None:
    """The layout for a shape, or None when it is no date."""
    try:
        text = shape.decode()
    except UnicodeDecodeError:
        return None
    for pattern in _LAYOUTS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        groups = found.groupdict()
        month = _MONTHS[groups["b"][:3].lower()] if groups.get("b") else None
        half = groups.get("p1") or (groups.get("p2") or "")[:1].lower()
        parts = {}
        for name, value in groups.items():
            if value is not None and name not in ("sep", "b", "p1", "p2", "z"):
                start, stop = found.span(name)
                lead = len(text[:start].encode())
                parts[name] = Span(lead, lead + stop - start)
        return Layout(
            parts,
            month,
            {"上午": False, "a": False, "下午": True, "p": True}.get(half),
            bool(groups.get("z")),
        )
    return None


@dataclass(frozen=True, slots=True)
class Clocks:
    """Parsed texts: wall clock as written, and its offset."""

    wall: Int64
    """µs, counted as if the clock were UTC; 0 where not ``valid``."""
    offset: npt.NDArray[np.int16]
    """Minutes, or NO_OFFSET."""
    valid: Bools
    """Parsed; false for empty texts and nulls, too."""
    bad: int | None
    """Position of the first text that is neither empty nor a date."""
    ambiguous: int | None
    """Position of the first text that needed ``day_first`` although it was not given."""


def parse_clocks(texts: pa.Array, day_first: bool | None = None, go_on: bool = False) -> Clocks:
    """Parse a string array (no dictionary).

    Never raises: ``bad`` and ``ambiguous`` say what could not be read.
    Behind the first text that is no date others may be left unread; with ``go_on`` all are tried
    (but no more than ``MAX_SHAPES`` forms of one length).
    """
    n = len(texts)
    wall = np.zeros(n, np.int64)
    offset = np.full(n, NO_OFFSET, np.int16)
    valid = np.zeros(n, np.bool_)
    bad: list[int] = []
    ambiguous: list[int] = []
    for first in range(0, n, BLOCK):
        _parse_block(
            texts.slice(first, BLOCK), day_first, go_on, first, (wall, offset, valid), bad, ambiguous
        )
    return Clocks(wall, offset, valid, min(bad, default=None), min(ambiguous, default=None))


def _parse_block(
    texts: pa.Array,
    day_first: bool | None,
    go_on: bool,
    first: int,
    into: tuple[Int64, npt.NDArray[np.int16], Bools],
    bad: list[int],
    ambiguous: list[int],
) -> None:
    """Parse some texts; positions count from ``first``."""
    wall, offset, valid = into
    for rows, matrix in _by_length(texts):
        for some, shape in _by_shape(matrix, go_on):
            layout = layout_of(shape)
            at = rows[some] + first
            if layout is None:
                bad.append(int(at[0]))
                continue
            if layout.two_numbers and day_first is None:
                ambiguous.append(int(at[0]))
            clocks, minutes, good = _compute(matrix[some], layout, bool(day_first))
            wall[at], offset[at], valid[at] = clocks, minutes, good
            if not good.all():
                bad.append(int(at[np.argmin(good)]))


def which_first(texts: pa.Array) -> bool | None:
    """True: day first, False: month first, as far as these texts prove it; None when they do not (or
    contradict).
    """
    day = month = False
    for _, matrix in _by_length(texts):
        for some, shape in _by_shape(matrix):
            layout = layout_of(shape)
            if layout is None or not layout.two_numbers:
                continue
            digits = matrix[some]
            day |= bool((_number(digits, layout.parts["a"]) > 12).any())
            month |= bool((_number(digits, layout.parts["c"]) > 12).any())
    return day if day != month else None


def _by_length(texts: pa.Array) -> Iterator[tuple[Int64, Bytes]]:
    """(positions, byte matrix) per length; empty and null texts are left out, blanks at the ends are cut."""
    if texts.null_count:
        texts = pc.fill_null(texts, "")
    if pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.string())
    n = len(texts)
    if n == 0:
        return
    starts = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + n + 1].astype(np.int64)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    lengths = np.diff(starts)
    counts = np.bincount(np.minimum(lengths, LONGEST + 1))
    for length in np.flatnonzero(counts):
        if length == 0:
            continue
        if length > LONGEST:
            rows = np.flatnonzero(lengths > LONGEST)
            yield rows, np.zeros((len(rows), 1), np.uint8)
        elif counts[length] == n:
            yield np.arange(n), data[starts[0] : starts[n]].reshape(n, length)
        else:
            rows = np.flatnonzero(lengths == length)
            yield rows, data[starts[rows][:, None] + np.arange(length)]


def _by_shape(matrix: Bytes, go_on: bool = False) -> Iterator[tuple[npt.NDArray[np.intp] | slice, bytes]]:
    """(rows, shape) per distinct shape, in order of first appearance; stops after the first that is no
    date.
    """
    shapes = np.where((matrix - 48) < 10, np.uint8(48), matrix)
    same = (shapes == shapes[0]).all(axis=1)
    if same.all():
        yield slice(None), shapes[0].tobytes()
        return
    left = np.arange(len(matrix))
    for number in itertools.count():
        if not len(left):
            return
        if number == MAX_SHAPES:
            yield left, b""
            return
        first = shapes[left[0]]
        same = (shapes[left] == first).all(axis=1)
        shape = first.tobytes()
        yield left[same], shape
        if not go_on and layout_of(shape) is None:
            return
        left = left[~same]


def _number(matrix: Bytes, span: Span) -> npt.NDArray[np.int32]:
    value = (matrix[:, span.start] - 48).astype(np.int32)
    for i in range(span.start + 1, span.stop):
        value = value * 10 + (matrix[:, i] - 48)
    return value


def _compute(matrix: Bytes, layout: Layout, day_first: bool) -> tuple[Int64, Int64, Bools]:
    """(wall clock µs, offset minutes or NO_OFFSET, is it a real date)."""
    parts = layout.parts
    n = len(matrix)
    none = np.full(n, NO_OFFSET, np.int64)
    if "epoch_s" in parts or "epoch_ms" in parts:
        name, unit = ("epoch_s", SECOND) if "epoch_s" in parts else ("epoch_ms", 1000)
        value = np.zeros(n, np.int64)
        for i in range(*parts[name]):
            value = value * 10 + (matrix[:, i] - 48)
        return value * unit, np.zeros(n, np.int64), np.ones(n, np.bool_)

    zero = np.zeros(n, np.int32)
    year = _number(matrix, parts["Y"])
    if layout.month is not None:
        month, day = np.full(n, layout.month, np.int32), _number(matrix, parts["d"])
    elif layout.two_numbers:
        a, c = _number(matrix, parts["a"]), _number(matrix, parts["c"])
        day, month = (a, c) if day_first else (c, a)
    else:
        month, day = _number(matrix, parts["m"]), _number(matrix, parts["d"])
    hour = _number(matrix, parts["H"]) if "H" in parts else zero
    minute = _number(matrix, parts["M"]) if "M" in parts else zero
    second = _number(matrix, parts["S"]) if "S" in parts else zero
    good = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (minute <= 59) & (second <= 59)
    if layout.pm is None:
        good &= hour <= 23
    else:
        good &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + (12 if layout.pm else 0)

    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    good &= day <= _MONTH_DAYS[np.clip(month, 0, 13)] + (leap & (month == 2))
    # days from civil (H. Hinnant): years begin in March, so that the leap day is the last
    early = (month <= 2).astype(np.int32)
    y = year - early
    day_of_year = (153 * (month + 12 * early - 3) + 2) // 5 + day - 1
    days = (365 * y + y // 4 - y // 100 + y // 400 + day_of_year - 719_468).astype(np.int64)
    wall = days * DAY + (hour * 3600 + minute * 60 + second).astype(np.int64) * SECOND
    if "f" in parts:
        start, stop = parts["f"]
        used = Span(start, min(stop, start + 6))
        wall += _number(matrix, used).astype(np.int64) * 10 ** (6 - (used.stop - used.start))

    if layout.utc:
        return np.where(good, wall, 0), np.zeros(n, np.int64), good
    if "zs" not in parts:
        return np.where(good, wall, 0), none, good
    hours = _number(matrix, parts["zh"])
    minutes = _number(matrix, parts["zm"]) if "zm" in parts else zero
    good &= (hours <= 18) & (minutes <= 59)
    sign = np.where(matrix[:, parts["zs"].start] == ord("-"), -1, 1)
    return np.where(good, wall, 0), (sign * (hours * 60 + minutes)).astype(np.int64), good


_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0], np.int32)


def instants(wall: Int64, offset: Int64, by_zone: Int64) -> Int64:
    """Instants (µs) of wall clocks: by the recorded offset (minutes) where there is one, else by ``by_zone``
    (µs).
    """
    return wall - np.where(offset != NO_OFFSET, offset * MINUTE, by_zone)
