"""Reading XES fast: a whole block of markup at once, by its quotation marks.

Nearly all XES files are written by a handful of programs, and look alike: elements with exactly ``key="…"
value="…"``, nothing nested inside events. In such text the quotation marks alone cut markup from content:
between two contents stands always one of a few dozen different pieces of markup, such as
``"/>⏎<event>⏎<string key="``. So a block is cut at its quotation marks (an array operation), the pieces of
markup are numbered (a dictionary), and each *different* piece is read once by a strict grammar that says
which elements it closes and opens.

The grammar covers every byte of the block. Whatever it does not know (comments, CDATA, nested attributes,
other quoting or order, anything not well-formed) raises :class:`Unusual`, and the block goes to the expat
parser, which knows all of XML and names the line of an error. So the fast way never accepts what the slow
way would refuse, nor reads it differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

LOG, TRACE, EVENT = 0, 1, 2
KEEP = -1

_TYPES = ("string", "date", "int", "float", "boolean", "id")
_PIECE = re.compile(
    # possessive: a piece that does not fit must fail in linear time
    rb"(?P<closed>[ \t\r\n]*+/>)?+"
    rb"(?P<ops>(?:[ \t\r\n]|</?(?:trace|event)/?>)*+)"
    rb"(?:<(?P<type>string|date|int|float|boolean|id) key=)?"
)
_OP = re.compile(rb"</?(?:trace|event)/?>")
_MOVES = {
    (LOG, b"<trace>"): TRACE,
    (LOG, b"<trace/>"): LOG,
    (TRACE, b"</trace>"): LOG,
    (TRACE, b"<event>"): EVENT,
    (TRACE, b"<event/>"): TRACE,
    (EVENT, b"</event>"): TRACE,
}
_VALUE = int.from_bytes(b'" value=', "little")


class Unusual(Exception):
    """This block is not of the usual form; the expat parser must read it."""


class Piece(NamedTuple):
    """What one piece of markup does."""

    closes: bool
    """It ends an attribute (all but the first piece of a block do)."""
    before: int
    """The state it must meet, KEEP for any."""
    after: int
    """The state it leaves, KEEP for the same."""
    traces: int
    """Traces opened."""
    events: int
    """Events opened, at most one."""
    trace_of_event: int
    """Traces opened before that event in this piece."""
    opens: int
    """Type of the attribute that it begins, −1 for none."""
    lower: int
    """Number of ``<``."""
    blanks: int
    """Number of line ends and tabs."""


@lru_cache(maxsize=4096)
def read_piece(text: bytes) -> Piece:
    """Read one piece of markup; Unusual when it is not in the grammar."""
    found = _PIECE.fullmatch(text)
    if found is None:
        raise Unusual
    kind = found["type"]
    opens = _TYPES.index(kind.decode()) if kind else -1
    before = after = KEEP
    traces = events = trace_of_event = 0
    for op in _OP.findall(found["ops"]):
        if after == KEEP:
            before = after = next((state for state, name in _MOVES if name == op), KEEP)
        after = _MOVES.get((after, op), KEEP)
        if after == KEEP:
            raise Unusual
        if op in (b"<trace>", b"<trace/>"):
            traces += 1
        elif op in (b"<event>", b"<event/>"):
            events += 1
            trace_of_event = traces
    if events > 1 or (opens >= 0 and after == LOG):
        raise Unusual
    blanks = sum(text.count(c) for c in (b"\t", b"\r", b"\n"))
    return Piece(
        found["closed"] is not None,
        before,
        after,
        traces,
        events,
        trace_of_event,
        opens,
        text.count(b"<"),
        blanks,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """All values of one key (and type) in one scope of a block."""

    scope: int
    """TRACE or EVENT."""
    kind: str
    key: str
    owners: Ints
    """Number of the event or trace in the block, rising; the same twice if a key is repeated in one
    element.
    """
    values: pa.Array
    """Strings as they stand in the file, with entities resolved."""
    line: Callable[[int], int]
    """Line (1-based, in the block) of a value by its position in this group."""


@dataclass(frozen=True, slots=True)
class Nested:
    """What does not fit into columns: an attribute with attributes inside, or a list."""

    scope: int
    owner: int
    attribute: dict[str, object]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the log. Trace 0 is the one that was open at its beginning, if there was one."""

    traces: int
    events: int
    trace_of_event: Ints
    groups: list[Group]
    nested: list[Nested]
    state: int
    """LOG or TRACE: what is open at the end."""


def scan(data: bytes, state: int, longest: int = 16 << 20) -> Block:
    """Read a block that begins in ``state`` (LOG or TRACE) and ends right after ``</trace>`` or ``</event>``.

    Raises Unusual, also for a key or value of more than ``longest`` bytes. Traces and events are numbered
    from 0; with ``state`` TRACE, trace 0 is the open one.
    """
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise Unusual from error
    view = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(view == 0x22)
    count, odd = divmod(len(quotes), 4)
    if odd or count == 0 or int(np.diff(quotes).max()) > longest:
        raise Unusual
    _check_values(data, quotes)

    # element 2i of this array is what stands before quote i, element 2i+1 is the quote
    offsets = np.empty(2 * len(quotes) + 2, np.int32)
    offsets[0] = 0
    offsets[1:-1:2] = quotes
    offsets[2:-1:2] = quotes + 1
    offsets[-1] = len(data)
    parts = pa.Array.from_buffers(
        pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )
    attribute = np.arange(count, dtype=np.int64) * 8
    markup = parts.take(pa.array(np.append(attribute, 8 * count))).dictionary_encode()
    pieces = [read_piece(text.encode()) for text in markup.dictionary.to_pylist()]
    codes = markup.indices.to_numpy()
    _check_bytes(view, codes, pieces)

    table = np.array(pieces, np.int64)
    closes, before, after, traces, events, trace_of_event, opens = (table[:, i] for i in range(7))
    if (
        closes[codes[0]]
        or not closes[codes[1:]].all()
        or (opens[codes[:-1]] < 0).any()
        or opens[codes[-1]] >= 0
    ):
        raise Unusual
    states = _states(codes, before, after, state)
    if states[-1] == EVENT or (states[:-1] == LOG).any():
        raise Unusual

    opened = int(state == TRACE)
    trace_number = np.cumsum(traces[codes]) + opened
    event_number = np.cumsum(events[codes])
    with_event = np.flatnonzero(events[codes])
    used = codes[with_event]
    of_event = trace_number[with_event] - traces[used] + trace_of_event[used] - 1
    scopes = states[:-1]
    owners = np.where(scopes == EVENT, event_number[:-1], trace_number[:-1]) - 1

    keys = parts.take(pa.array(attribute + 2)).dictionary_encode()
    kinds = opens[codes[:-1]]
    entities = b"&" in data
    names = _unescaped(keys.dictionary).to_pylist() if entities else keys.dictionary.to_pylist()
    groups = list(
        _groups(data, parts, attribute, scopes, kinds, keys.indices.to_numpy(), names, owners, entities)
    )
    return Block(int(trace_number[-1]), int(event_number[-1]), of_event, groups, [], int(states[-1]))


def _check_values(data: bytes, quotes: Ints) -> None:
    """Between key and value stands exactly ``" value=``."""
    key_end, value_start = quotes[1::4], quotes[2::4]
    if len(data) < 8 or not (value_start - key_end == 8).all():
        raise Unusual
    words = np.ndarray((len(data) - 7,), "<u8", buffer=data, strides=(1,))
    if not (words[key_end] == _VALUE).all():
        raise Unusual


def _check_bytes(view: npt.NDArray[np.uint8], codes: Ints, pieces: list[Piece]) -> None:
    """All ``<``, line ends and tabs of the block stand in its markup, and no other control character
    anywhere.
    """
    times = np.bincount(codes, minlength=len(pieces))
    lower = int(times @ np.array([p.lower for p in pieces]))
    blanks = int(times @ np.array([p.blanks for p in pieces]))
    if np.count_nonzero(view == 0x3C) != lower or np.count_nonzero(view < 0x20) != blanks:
        raise Unusual


def _states(codes: Ints, before: Ints, after: Ints, state: int) -> Ints:
    """The state after every piece; Unusual where a piece meets another state than it needs."""
    moves = after[codes]
    last_move = np.maximum.accumulate(np.where(moves != KEEP, np.arange(len(codes)), -1))
    states = np.where(last_move >= 0, moves[last_move], state)
    met = np.concatenate(([state], states[:-1]))
    needed = before[codes]
    if ((needed != KEEP) & (needed != met)).any():
        raise Unusual
    return states


def _groups(
    data: bytes,
    parts: pa.Array,
    attribute: Ints,
    scopes: Ints,
    kinds: Ints,
    key_codes: Ints,
    keys: list[str],
    owners: Ints,
    entities: bool,
) -> Iterator[Group]:
    combined = (key_codes.astype(np.int64) * len(_TYPES) + kinds) * 2 + (scopes == EVENT)
    if len(keys) * len(_TYPES) * 2 < 32_000:
        combined = combined.astype(np.int16)  # numpy sorts 16-bit integers by radix
    order = np.argsort(combined, kind="stable")
    starts = np.flatnonzero(np.diff(combined[order], prepend=-1))
    offsets = np.frombuffer(parts.buffers()[1], np.int32)
    spans = zip(starts, [*starts[1:], len(order)], strict=True)
    for start, stop in sorted(spans, key=lambda span: order[span[0]]):  # keys in order of appearance
        members = order[start:stop]
        code = int(combined[members[0]])
        key, kind = divmod(code // 2, len(_TYPES))
        elements = attribute[members] + 6
        values = parts.take(pa.array(elements))
        if entities:
            values = _unescaped(values)

        def line(at: int, elements: Ints = elements) -> int:
            return data.count(b"\n", 0, int(offsets[elements[at]])) + 1

        yield Group(EVENT if code % 2 else TRACE, _TYPES[kind], keys[key], owners[members], values, line)


_ENTITY = re.compile(r"&([^;&]*);?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def _unescaped(values: pa.Array) -> pa.Array:
    """Resolve the entities of XML; Unusual for any other."""
    if not pc.any(pc.match_substring(values, "&")).as_py():
        return values
    coded = values.dictionary_encode()
    return pa.array([_unescape(text) for text in coded.dictionary.to_pylist()], pa.string()).take(
        coded.indices
    )


def _unescape(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if found[0].endswith(";"):
        if name in _NAMED:
            return _NAMED[name]
        number = re.fullmatch(r"#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))", name)
        if number:
            code = int(number[1], 16) if number[1] else int(number[2])
            if (
                code in (9, 10, 13)
                or 0x20 <= code < 0xD800
                or 0xE000 <= code < 0xFFFE
                or 0x10000 <= code <= 0x10FFFF
            ):
                return chr(code)
    raise Unusual
