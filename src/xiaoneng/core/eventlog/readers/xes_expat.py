"""Reading any XES with the expat parser: headers, unusual blocks, and the line of every error.

No document type is accepted, so there are no entities to expand; depth, and bytes that a single token takes,
are limited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.eventlog.limits import Limits
from xiaoneng.core.eventlog.readers.xes_scan import EVENT, LOG, TRACE, Block, Group, Nested

SIMPLE = frozenset(("string", "date", "int", "float", "boolean", "id"))
STRUCTURED = frozenset(("list", "container"))
Attribute = dict[str, object]
_HOLDERS = frozenset(("log", "trace", "event", "global"))
SCOPES = {"log": LOG, "trace": TRACE, "event": EVENT}


@dataclass(slots=True)
class Header:
    """Everything of a log that is no trace, in the form of ``xes.json``."""

    log: dict[str, str] = field(default_factory=dict)
    """XML attributes of the log element: version, features."""
    extensions: list[dict[str, str]] = field(default_factory=list)
    globals: dict[str, list[Attribute]] = field(default_factory=dict)
    classifiers: list[dict[str, str]] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    bytes: int = 0
    orphans: int = 0
    """Events that stand in no trace."""
    unknown: int = 0
    """Elements that the standard does not know."""

    def kept(self) -> dict[str, object]:
        """What goes into ``xes.json``."""
        return {
            "log": self.log,
            "extensions": self.extensions,
            "globals": self.globals,
            "classifiers": self.classifiers,
            "attributes": self.attributes,
        }


@dataclass(slots=True)
class _Values:
    owners: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


class XesParser:
    """Feeds on bytes (UTF-8), hands out blocks.

    ``begin`` says what is open before the first byte: nothing (a whole document), or a log, or a log and a
    trace. Lines count from ``line``.
    """

    def __init__(
        self,
        header: Header,
        limits: Limits,
        place: Callable[..., Place],
        begin: int | None = None,
        line: int = 1,
        stop_at_trace: bool = False,
    ) -> None:
        self.header = header
        self._limits = limits
        self._place = place
        self._line0 = line - 1
        self._stop_at_trace = stop_at_trace
        self.first_trace: int | None = None
        """With ``stop_at_trace``: byte position of the first trace, behind which nothing is read. (Names with
        a prefix, ``<xes:trace>``, are left to this parser.)"""
        self._stack: list[str] = []
        self._attributes: list[Attribute] = []
        self._plain_names = True
        self._skip = 0
        self._orphan = 0
        self._global: list[Attribute] | None = None
        self._reset(0)
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser
        self._fed = 0
        if begin is not None:
            prefix = b"<log>" if begin == LOG else b"<log><trace>"
            parser.Parse(prefix, False)
            self._fed = len(prefix)
            self._reset(int(begin == TRACE))

    def _reset(self, open_traces: int) -> None:
        self._traces = open_traces
        self._events = 0
        self._trace_of_event: list[int] = []
        self._values: dict[tuple[int, str, str], _Values] = {}
        self._nested: list[Nested] = []

    # ------------------------------------------------------------------ feeding

    def feed(self, data: bytes, last: bool = False) -> None:
        """Parse some bytes; BadInput or HostileInput with the line."""
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise BadInput(
                "this is not well-formed XML: {why}",
                place=self._place(error.lineno + self._line0, error.offset + 1),
                expected="a complete XES document",
                why=expat.errors.messages.get(error.code, str(error)),
            ) from error
        except UnicodeEncodeError as error:
            raise BadInput("a text is not valid UTF-8", place=self._here(), expected="UTF-8") from error
        self._fed += len(data)
        if not last and self._fed - max(self._parser.CurrentByteIndex, 0) > self._limits.value_bytes:
            raise self._too_long()

    def _too_long(self) -> HostileInput:
        return HostileInput(
            "a single element takes more than {limit} bytes",
            place=self._here(),
            expected="attributes of at most {limit} bytes",
            limit=self._limits.value_bytes,
        )

    def waiting(self) -> int:
        """Events collected for the next block."""
        return self._events

    def take(self) -> Block:
        """What was read since the last call. An event that is still open stays for the next block."""
        opened = "trace" in self._stack[1:2]
        inside = "event" in self._stack[2:3]
        kept: dict[tuple[int, str, str], _Values] = {}
        kept_nested: list[Nested] = []
        events = self._events
        if inside:
            events -= 1
            for (scope, kind, key), values in self._values.items():
                if scope == EVENT and values.owners[-1] == events:
                    first = values.owners.index(events)
                    kept[scope, kind, key] = _Values(
                        [0] * (len(values.owners) - first), values.texts[first:], values.lines[first:]
                    )
                    del values.owners[first:], values.texts[first:], values.lines[first:]
            kept_nested = [
                Nested(EVENT, 0, n.attribute) for n in self._nested if (n.scope, n.owner) == (EVENT, events)
            ]
            self._nested = [n for n in self._nested if (n.scope, n.owner) != (EVENT, events)]
        groups = [
            _group(scope, kind, key, values)
            for (scope, kind, key), values in self._values.items()
            if values.owners
        ]
        block = Block(
            self._traces,
            events,
            np.array(self._trace_of_event[:events], np.int64),
            groups,
            self._nested,
            TRACE if opened else LOG,
        )
        self._reset(int(opened))
        if inside:
            self._events, self._trace_of_event = 1, [0]
            self._values, self._nested = kept, kept_nested
        return block

    def _here(self) -> Place:
        return self._place(self._parser.CurrentLineNumber + self._line0)

    # ------------------------------------------------------------------ handlers

    def _doctype(self, *_: object) -> None:
        raise HostileInput(
            "the file declares a document type; XES has none, and entity bombs need one",
            place=self._here(),
            expected="XES without DOCTYPE",
            hint="Remove the DOCTYPE if the source can be trusted",
        )

    def _start(self, tag: str, xml: dict[str, str]) -> None:
        if self.first_trace is not None:
            return
        name = tag.rpartition(":")[2]
        stack = self._stack
        if len(stack) > self._limits.depth:
            raise HostileInput(
                "elements are nested more than {limit} deep",
                place=self._here(),
                expected="at most {limit} levels",
                limit=self._limits.depth,
            )
        if self._skip or self._orphan:
            self._skip += 1
        elif not stack:
            if name != "log":
                raise BadInput(
                    "the document begins with <{name}>", place=self._here(), expected="<log> (XES)", name=name
                )
            self._plain_names = name == tag
            self.header.log.update(xml)
        elif (name in SIMPLE or name in STRUCTURED) and (self._attributes or stack[-1] in _HOLDERS):
            self._start_attribute(name, xml)
        else:
            self._start_structure(name, xml)
        stack.append(name)

    def _start_structure(self, name: str, xml: dict[str, str]) -> None:
        parent, header = self._stack[-1], self.header
        if name == "trace" and parent == "log":
            if self._stop_at_trace and self._plain_names:
                self.first_trace = self._parser.CurrentByteIndex
                return
            self._traces += 1
        elif name == "event" and parent == "trace":
            self._trace_of_event.append(self._traces - 1)
            self._events += 1
        elif name == "event" and parent == "log":
            header.orphans += 1
            self._orphan = 1
        elif name == "extension" and parent == "log":
            self._count(xml)
            header.extensions.append(xml)
        elif name == "classifier" and parent == "log":
            self._count(xml)
            header.classifiers.append(xml)
        elif name == "global" and parent == "log":
            self._global = header.globals.setdefault(xml.get("scope", "event"), [])
        elif not (name == "values" and self._attributes):
            header.unknown += 1
            self._skip = 1

    def _start_attribute(self, name: str, xml: dict[str, str]) -> None:
        key = xml.get("key")
        if key is None:
            raise BadInput(
                "<{name}> has no key", place=self._here(), expected='key="…" on every attribute', name=name
            )
        value = xml.get("value")
        if len(key) + len(value or "") > self._limits.value_bytes:
            raise self._too_long()
        depth = len(self._attributes)
        if not depth and self._global is None and name in SIMPLE and self._stack[-1] in ("trace", "event"):
            scope = SCOPES[self._stack[-1]]
            if value is not None:
                values = self._values.get((scope, name, key))
                if values is None:
                    values = self._values[scope, name, key] = _Values()
                values.owners.append((self._events if scope == EVENT else self._traces) - 1)
                values.texts.append(value)
                values.lines.append(self._parser.CurrentLineNumber)
        attribute: Attribute = {"type": name, "key": key}
        if value is not None:
            attribute["value"] = value
        if depth:
            parent = self._attributes[-1]
            inside = "values" if self._stack[-1] == "values" else "children"
            children = parent.setdefault(inside, [])
            assert isinstance(children, list)
            children.append(attribute)
        self._attributes.append(attribute)

    def _end(self, tag: str) -> None:
        if self.first_trace is not None:
            return
        name = self._stack.pop()
        if self._skip:
            self._skip -= 1
        elif self._orphan:
            self._orphan = 0
        elif name in SIMPLE or name in STRUCTURED:
            attribute = self._attributes.pop()
            if not self._attributes:
                self._end_top(attribute, name)
        elif name == "global":
            self._global = None

    def _end_top(self, attribute: Attribute, name: str) -> None:
        """A top-level attribute is complete: keep it where columns cannot."""
        if self._global is not None:
            self._count(attribute)
            self._global.append(attribute)
            return
        scope = SCOPES[self._stack[-1]]
        if scope == LOG:
            self._count(attribute)
            self.header.attributes.append(attribute)
        elif name in STRUCTURED or len(attribute) > 2 + ("value" in attribute):
            owner = (self._events if scope == EVENT else self._traces) - 1
            self._nested.append(Nested(scope, owner, attribute))

    def _count(self, item: object) -> None:
        """Count what the header holds, so that it cannot grow without bounds."""
        self.header.bytes += _size(item)
        if self.header.bytes > self._limits.log_bytes:
            raise HostileInput(
                "the attributes of the log itself take more than {limit} bytes",
                place=self._here(),
                expected="at most {limit} bytes",
                limit=self._limits.log_bytes,
            )


def _size(item: object) -> int:
    """Rough size in memory of an attribute with all that is inside."""
    if isinstance(item, dict):
        return 64 + sum(len(k) + _size(v) for k, v in item.items())
    if isinstance(item, list):
        return sum(map(_size, item))
    return len(str(item))


def _group(scope: int, kind: str, key: str, values: _Values) -> Group:
    lines = values.lines
    return Group(
        scope,
        kind,
        key,
        np.array(values.owners, np.int64),
        pa.array(values.texts, pa.string()),
        lambda at: lines[at],
    )
