"""OCEL 2.0 as XML."""

from __future__ import annotations

from xml.parsers import expat

from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.eventlog.readers.context import ReadContext
from xiaoneng.core.eventlog.readers.ocel import Ocel, OcelEvent
from xiaoneng.core.eventlog.readers.source import Source
from xiaoneng.core.eventlog.readers.xes_encoding import utf8_reader


class _Parser:
    """Collects events and objects; what stands elsewhere (type declarations) is not needed."""

    def __init__(self, context: ReadContext) -> None:
        self.log = Ocel()
        self._context = context
        self._stack: list[str] = []
        self._item: dict[str, str] = {}
        self._attributes: list[tuple[str, str, str]] = []
        self._related: list[str] = []
        self._text: list[str] | None = None
        self._name = self._time = ""
        self._line = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise HostileInput(
            "the file declares a document type; OCEL has none, and entity bombs need one",
            place=self._context.place(self.parser.CurrentLineNumber),
            expected="OCEL 2.0 without DOCTYPE",
        )

    def _start(self, name: str, xml: dict[str, str]) -> None:
        if len(self._stack) > self._context.limits.depth:
            raise HostileInput(
                "elements are nested more than {limit} deep",
                place=self._context.place(self.parser.CurrentLineNumber),
                expected="at most {limit} levels",
                limit=self._context.limits.depth,
            )
        parents = self._stack[-3:]
        if name in ("event", "object") and parents[-1:] == [name + "s"]:
            self._item, self._attributes, self._related = xml, [], []
            self._line = self.parser.CurrentLineNumber
        elif (
            name == "attribute"
            and parents[-1:] == ["attributes"]
            and parents[-2:-1] in (["event"], ["object"])
        ):
            self._name, self._time, self._text = xml.get("name", ""), xml.get("time", ""), []
        elif (
            name in ("relationship", "object") and parents[-1:] == ["objects"] and parents[-2:-1] == ["event"]
        ):
            self._related.append(xml.get("object-id", ""))
        self._stack.append(name)

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        self._stack.pop()
        parent = self._stack[-1] if self._stack else ""
        if name == "attribute" and self._text is not None:
            self._attributes.append((self._time, self._name, "".join(self._text)))
            self._text = None
        elif name == "object" and parent == "objects" and "event" not in self._stack:
            attributes = {key: value for _, key, value in sorted(self._attributes, key=lambda a: a[0]) if key}
            self.log.objects[self._required("id")] = (self._required("type"), attributes)
        elif name == "event" and parent == "events":
            attributes = {key: value for _, key, value in self._attributes if key}
            identity, kind, time = self._required("id"), self._required("type"), self._required("time")
            self.log.events.append(OcelEvent(identity, kind, time, attributes, self._related, self._line))

    def _required(self, name: str) -> str:
        value = self._item.get(name)
        if not value:
            raise BadInput(
                "{name!r} is missing or no text",
                place=self._context.place(self._line),
                expected="a text for {name!r}",
                name=name,
            )
        return value


def read_xml(source: Source, context: ReadContext) -> Ocel:
    """The whole document, parsed as it streams; only events and objects are kept."""
    collector = _Parser(context)
    read = utf8_reader(source)
    size = 0
    try:
        while data := read(1 << 18):
            size += len(data)
            if size > context.limits.whole_document_bytes:
                raise HostileInput(
                    "the document has more than {limit} bytes",
                    place=context.place(),
                    expected="at most {limit} bytes; larger logs as SQLite or Parquet",
                    limit=context.limits.whole_document_bytes,
                )
            collector.parser.Parse(data, False)
        collector.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadInput(
            "this is not well-formed XML: {why}",
            place=context.place(error.lineno, error.offset + 1),
            expected="a complete OCEL 2.0 document",
            why=expat.errors.messages.get(error.code, str(error)),
        ) from error
    return collector.log
