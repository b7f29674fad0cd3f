"""XES (IEEE 1849), plain or gzip: streamed block by block into columns.

Three passes of data: the source unpacks, ``xes_scan`` (or, for the unusual, ``xes_expat``) turns a block of
markup into groups of values per key, and this module gives the values their types and their places in the
rows.

Global defaults are kept for export and never used as values: they would invent end dates for open cases.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.mapping import ColumnSample, Guess, guess_mapping
from xiaoneng.core.eventlog.raw import INSTANT, ReadingRemark, ReadResult
from xiaoneng.core.eventlog.readers.assemble import Assembler, Column, clocks_of
from xiaoneng.core.eventlog.readers.columns import (
    OFFSET_SUFFIX,
    ColumnFile,
    attribute_field,
    drop_bare,
    unite_cases,
)
from xiaoneng.core.eventlog.readers.context import Outcome, ReadContext, complete, require_roles
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.xes_encoding import utf8_reader
from xiaoneng.core.eventlog.readers.xes_expat import Header, XesParser
from xiaoneng.core.eventlog.readers.xes_scan import EVENT, LOG, TRACE, Block, Group, Unusual, scan

BLOCK = 8 << 20
HEAD = 1 << 16
LONGEST_NUMBER = 400
"""Characters; more than any double or 64-bit integer needs, and few enough for a regular expression."""
EVENTS_PER_BLOCK = 20_000
"""Block size where the expat parser reads on its own."""
CASE = "case:"
_TAIL = re.compile(rb"\s*</log>\s*")
_TYPES = {
    "string": pa.string(),
    "id": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": INSTANT,
}
_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?|[+-]?inf(?:inity)?|nan")
_INT = re.compile(r"[+-]?\d{1,19}")
_EXPECTED = {"int": "a whole number (64 bits)", "float": "a number", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class _Attribute:
    """A column of attributes: what is in the file, and the field it gets in the table."""

    scope: int
    kind: str
    key: str
    name: str

    @property
    def shown(self) -> str:
        return self.name if self.scope == EVENT else CASE + self.name


class XesReader:
    """See ``core/eventlog/raw.py`` for the protocol."""

    def __init__(self, source: Source, context: ReadContext) -> None:
        self._source = source
        self._context = context
        self._header = Header()
        self._known: dict[tuple[int, str, str], _Attribute] = {}
        self._events = ColumnFile(context.events_file, pa.field("row", pa.int64()))
        self._cases = ColumnFile(context.cases_file, pa.field("case_id", pa.string()))
        self._guess: Guess | None = None
        self._assembler = Assembler(context.mapping, context.zone)
        self._rows = 0
        self._traces = 0
        self._line = 1
        self._pending: dict[_Attribute, Column] = {}
        self._nested: dict[str, list[dict[str, Any]]] = {"event": [], "trace": []}
        self._nested_bytes = 0
        self._counts: Counter[str] = Counter()
        self._unnamed: list[str] = []
        self._with_events = 0

    def __enter__(self) -> XesReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._events.close()
        self._cases.close()
        self._source.close()

    def fraction(self) -> float:
        return self._source.fraction()

    # ------------------------------------------------------------------ from bytes to blocks

    def batches(self) -> Iterator[pa.RecordBatch]:
        for block in self._blocks():
            yield from self._consume(block)

    def _parser(self, begin: int | None = None) -> XesParser:
        limits, place = self._source.limits, self._context.place
        return XesParser(self._header, limits, place, begin, self._line, stop_at_trace=begin is None)

    def _blocks(self) -> Iterator[Block]:
        read = utf8_reader(self._source)
        parser = self._parser()
        head = bytearray()
        while parser.first_trace is None:
            data = read(HEAD)
            parser.feed(data, last=not data)
            if not parser.waiting():
                head += data
                self._limit_head(len(head))
            if not data or parser.waiting() >= EVENTS_PER_BLOCK:
                yield parser.take()
            if not data:
                return
        start = parser.first_trace
        self._line += head.count(b"\n", 0, start)
        yield from self._fast_blocks(bytes(head[start:]), read)

    def _limit_head(self, size: int) -> None:
        limit = self._source.limits.log_bytes
        if size > limit:
            raise HostileInput(
                "no trace begins in the first {limit} bytes",
                place=self._context.place(),
                expected="traces after a header of reasonable size",
                limit=limit,
            )

    def _fast_blocks(self, rest: bytes, read: Callable[[int], bytes]) -> Iterator[Block]:
        """Blocks cut behind ``</trace>`` (or, in a huge trace, behind ``</event>``)."""
        state, more = LOG, True
        while more:
            parts, have = [rest], len(rest)
            while have < BLOCK and (data := read(BLOCK - have)):
                parts.append(data)
                have += len(data)
            more = have >= BLOCK
            rest = b"".join(parts)
            cut = _cut(rest)
            if not cut:
                break
            data, rest = rest[:cut], rest[cut:]
            try:
                block = scan(data, state, self._source.limits.value_bytes)
            except Unusual:
                if (
                    b"<!" in data or b"<?" in data
                ):  # the cut may lie inside a comment: read on without cutting
                    rest = data + rest
                    break
                parser = self._parser(state)
                parser.feed(data)
                block = parser.take()
            yield block
            state = block.state
            self._line += data.count(b"\n")
        if state == LOG and not more and _TAIL.fullmatch(rest):
            return
        parser = self._parser(state)
        while rest:
            parser.feed(rest)
            if parser.waiting() >= EVENTS_PER_BLOCK:
                yield parser.take()
            rest = read(HEAD)
        parser.feed(b"", last=True)
        yield parser.take()

    # ------------------------------------------------------------------ from blocks to rows

    def _consume(self, block: Block) -> Iterator[pa.RecordBatch]:
        carried = bool(self._pending) or self._trace_open
        columns: dict[_Attribute, Column] = {}
        groups: dict[_Attribute, Group] = {}
        for group in block.groups:
            attribute = self._attribute(group)
            count = block.events if group.scope == EVENT else block.traces
            columns[attribute] = self._column(group, count)
            groups[attribute] = group
        if self._guess is None and block.events:
            self._decide(columns, block)
        if carried:
            self._add_carried(columns, block.traces)
        case_ids = self._case_ids(columns, block, carried)
        self._keep_nested(block, case_ids)
        if block.events:
            yield self._batch(columns, groups, block, case_ids)
        self._write_events(columns, block.events)
        self._write_cases(columns, block, case_ids)
        self._rows += block.events
        self._traces += block.traces - carried

    _trace_open = False

    def _attribute(self, group: Group) -> _Attribute:
        identity = (group.scope, group.kind, group.key)
        attribute = self._known.get(identity)
        if attribute is None:
            used = {a.name for a in self._known.values() if a.scope == group.scope}
            if len(used) >= self._source.limits.columns:
                raise HostileInput(
                    "there are more than {limit} different attributes",
                    place=self._context.place(self._line + group.line(0) - 1),
                    expected="at most {limit}",
                    limit=self._source.limits.columns,
                )
            name = group.key
            while name in used or name in ("row", "case_id") or name + OFFSET_SUFFIX in used:
                name = f"{name} ({group.kind})"
            attribute = self._known[identity] = _Attribute(group.scope, group.kind, group.key, name)
        return attribute

    def _column(self, group: Group, count: int) -> Column:
        """The values with their type, each in the row of its event or trace."""
        owners, values = group.owners, group.values
        again = np.diff(owners) == 0
        if again.any():  # a key twice in one element: the last one counts
            self._counts["repeated_keys"] += int(again.sum())
            last = np.append(~again, True)
            owners = owners[last]
            values = values.filter(pa.array(last))
        full = len(owners) == count
        typed = self._typed(group, values)
        if full:
            return typed
        index = np.full(count, -1, np.int64)
        index[owners] = np.arange(len(owners))
        places = pa.array(index, mask=index < 0)
        return Column(typed.values.take(places), None if typed.offset is None else typed.offset.take(places))

    def _typed(self, group: Group, values: pa.Array) -> Column:
        dtype = _TYPES[group.kind]
        if group.kind in ("string", "id"):
            return Column(values)
        empty = pc.equal(values, "")
        blanks = pc.sum(empty).as_py() or 0
        if blanks:
            self._counts["empty_values"] += blanks
            values = pc.if_else(empty, pa.scalar(None, pa.string()), values)

        def where(at: int) -> Any:
            return self._context.place(self._line + group.line(at) - 1, field=group.key)

        if group.kind == "date":
            return clocks_of(values, where, group.key)
        try:
            return Column(values.cast(dtype))
        except pa.ArrowInvalid:
            return Column(pa.array([_one(values, at, group, where) for at in range(len(values))], dtype))

    def _decide(self, columns: dict[_Attribute, Column], block: Block) -> None:
        """Which attribute plays which role, by what the first block has."""
        samples = []
        for attribute, column in columns.items():
            rows = block.events if attribute.scope == EVENT else block.traces
            filled = 1 - column.values.null_count / rows if rows else 0.0
            samples.append(ColumnSample(attribute.shown, attribute.kind == "date", filled))
        guess = guess_mapping(samples, self._context.mapping)
        require_roles(self._context, guess, [s.name for s in samples], ("activity", "time"))
        self._guess = guess
        self._assembler = Assembler(guess.mapping, self._context.zone)

    def _add_carried(self, columns: dict[_Attribute, Column], traces: int) -> None:
        """Trace 0 began in an earlier block: give it the attributes that it had there."""
        for attribute, kept in self._pending.items():
            column = columns.get(attribute)
            if column is None:
                rest = pa.nulls(traces - 1, kept.values.type)
                offset = None if kept.offset is None else pa.nulls(traces - 1, pa.int16())
            elif column.values[0].is_valid:
                continue
            else:
                rest = column.values.slice(1)
                offset = None if column.offset is None else column.offset.slice(1)
            columns[attribute] = Column(
                pa.concat_arrays([kept.values, rest]),
                None if kept.offset is None else pa.concat_arrays([kept.offset, offset]),
            )

    def _case_ids(self, columns: dict[_Attribute, Column], block: Block, carried: bool) -> pa.Array:
        """The name of every trace of the block; one without a name is called by its number in the file."""
        found = self._by_shown(columns, self._case_column())
        names = pa.nulls(block.traces, pa.string()) if found is None else found.values.cast(pa.string())
        missing = pc.or_kleene(pc.is_null(names), pc.equal(pc.fill_null(names, ""), ""))
        if pc.any(missing).as_py():
            first = self._traces - carried
            numbered = [f"trace {first + i + 1}" for i in range(block.traces)]
            at = pc.indices_nonzero(missing).to_pylist()
            self._counts["unnamed_cases"] += sum(1 for i in at if not (carried and i == 0))
            self._unnamed += [numbered[i] for i in at[: max(0, 5 - len(self._unnamed))]]
            names = pc.if_else(missing, pa.array(numbered), names)
        return names

    def _case_column(self) -> str:
        mapping = self._context.mapping if self._guess is None else self._guess.mapping
        return mapping.case or CASE + "concept:name"

    @staticmethod
    def _by_shown(columns: dict[_Attribute, Column], shown: str | None) -> Column | None:
        return next((c for a, c in columns.items() if a.shown == shown), None)

    def _batch(
        self,
        columns: dict[_Attribute, Column],
        groups: dict[_Attribute, Group],
        block: Block,
        case_ids: pa.Array,
    ) -> pa.RecordBatch:
        traces = pa.array(block.trace_of_event)
        mapping = self._assembler.mapping
        by_name = {attribute.shown: attribute for attribute in columns}

        def column(role: str) -> Column | None:
            if role == "case":
                return Column(pa.DictionaryArray.from_arrays(traces.cast(pa.int32()), case_ids))
            attribute = by_name.get(getattr(mapping, role) or "")
            if attribute is None:
                return None
            found = columns[attribute]
            if attribute.scope == EVENT:
                return found
            return Column(
                found.values.take(traces), None if found.offset is None else found.offset.take(traces)
            )

        def where(at: int) -> Any:
            return self._context.place(self._line)

        return self._assembler.batch(block.events, column, where)

    def _write_events(self, columns: dict[_Attribute, Column], events: int) -> None:
        raw = set()
        if self._guess is not None:
            mapping = self._guess.mapping
            raw = {getattr(mapping, role) for role in ("activity", "resource", "role", "body", "lifecycle")}
        rest = {
            a: c
            for a, c in columns.items()
            if a.scope == EVENT
            and not (a.kind == "string" and a.shown in raw)
            and not (a.kind == "date" and self._guess is not None and a.shown == self._guess.mapping.time)
        }
        rows = pa.array(np.arange(self._rows, self._rows + events))
        self._events.append(rows, *_table(rest))

    def _write_cases(self, columns: dict[_Attribute, Column], block: Block, case_ids: pa.Array) -> None:
        """A row per trace that is complete; the attributes of one that is still open wait for its end."""
        self._trace_open = block.state == TRACE
        done = block.traces - self._trace_open
        case_column = self._case_column()
        mine = {a: c for a, c in columns.items() if a.scope == TRACE}
        self._pending = {}
        if self._trace_open:
            self._pending = {a: _slice(c, done, 1) for a, c in mine.items() if c.values[done].is_valid}
        rest = {
            a: _slice(c, 0, done)
            for a, c in mine.items()
            if not (a.kind == "string" and a.shown == case_column)
        }
        self._cases.append(case_ids.slice(0, done).cast(pa.string()), *_table(rest))
        with_events = np.zeros(block.traces, np.bool_)
        with_events[block.trace_of_event] = True
        self._counts["empty_cases"] += int((~with_events[:done]).sum())

    def _keep_nested(self, block: Block, case_ids: pa.Array) -> None:
        for nested in block.nested:
            self._counts["nested_attributes"] += 1
            self._nested_bytes += len(repr(nested.attribute))
            if self._nested_bytes > self._source.limits.log_bytes:
                self._counts["nested_attributes_left_out"] += 1
            elif nested.scope == EVENT:
                self._nested["event"].append({"row": self._rows + nested.owner, **nested.attribute})
            else:
                self._nested["trace"].append({"case_id": case_ids[nested.owner].as_py(), **nested.attribute})

    # ------------------------------------------------------------------ the end

    def result(self) -> ReadResult:
        sha256 = self._source.finish()
        mapping = self._context.mapping
        guess = self._guess or Guess(mapping, {})
        self._counts["events_without_case"] = self._header.orphans
        self._counts["unknown_elements"] = self._header.unknown
        events, cases = self._events.finish(), self._cases.finish()
        self._counts["cases_of_the_same_name"] = unite_cases(cases)
        outcome = Outcome(
            format="xes",
            columns=tuple(dict.fromkeys(a.shown for a in self._known.values())),
            guess=guess,
            rows=self._rows,
            assembler=self._assembler,
            event_attributes=drop_bare(events),
            case_attributes=drop_bare(cases),
            remarks=self._remarks(),
            xes={**self._header.kept(), "nested": self._nested},
        )
        return complete(self._context, outcome, self._source.size, sha256)

    def _remarks(self) -> list[ReadingRemark]:
        return [
            ReadingRemark(
                code,
                count,
                EFFECTS[code],
                {"count": count},
                tuple(self._unnamed) if code == "unnamed_cases" else (),
            )
            for code, count in sorted(self._counts.items())
            if count and code in EFFECTS
        ]


EFFECTS = {
    "repeated_keys": "An attribute stands twice in one event or case; the last value counts.",
    "empty_values": "A date, number or truth value is an empty text; it counts as missing.",
    "unnamed_cases": "Cases without a name are called by their position in the file.",
    "cases_of_the_same_name": "Traces of the same name are taken as one case.",
    "empty_cases": "Cases without any event take no part in the figures.",
    "events_without_case": "Events outside any case cannot be assigned and were left out.",
    "unknown_elements": "Elements that the XES standard does not know were skipped.",
    "nested_attributes_left_out": "Too many nested attributes to keep them all for export; no "
    "figure uses them.",
}


def _cut(data: bytes) -> int:
    """Length of the longest front that ends behind a trace, or else behind an event; 0 when there is none."""
    for tag in (b"</trace>", b"</event>"):
        at = data.rfind(tag)
        if at >= 0:
            return at + len(tag)
    return 0


def _slice(column: Column, start: int, length: int) -> Column:
    offset = None if column.offset is None else column.offset.slice(start, length)
    return Column(column.values.slice(start, length), offset)


def _table(columns: dict[_Attribute, Column]) -> tuple[dict[str, pa.Array], dict[str, pa.Field]]:
    arrays: dict[str, pa.Array] = {}
    fields: dict[str, pa.Field] = {}
    for a, column in columns.items():
        arrays[a.name] = column.values
        fields[a.name] = attribute_field(a.name, a.key, a.kind, column.values.type)
        if column.offset is not None and column.offset.null_count < len(column.offset):
            name = a.name + OFFSET_SUFFIX
            arrays[name] = column.offset
            fields[name] = attribute_field(name, a.key, "offset", pa.int16())
    return arrays, fields


def _one(values: pa.Array, at: int, group: Group, where: Callable[[int], Any]) -> int | float | bool | None:
    """One value of a type that the fast conversion refused; BadInput when it is none."""
    text = values[at].as_py()
    if text is None:
        return None
    plain = text.strip().lower() if len(text) <= LONGEST_NUMBER else ""
    if group.kind == "boolean" and plain in _TRUTH:
        return _TRUTH[plain]
    if group.kind == "float" and _FLOAT.fullmatch(plain):
        return float(plain)
    if group.kind == "int" and _INT.fullmatch(plain) and -(1 << 63) <= int(plain) < 1 << 63:
        return int(plain)
    raise BadInput(
        "{value!r} in {field!r} is not of type {kind}",
        place=where(at),
        expected=_EXPECTED[group.kind],
        value=text[:60],
        field=group.key,
        kind=group.kind,
    )
