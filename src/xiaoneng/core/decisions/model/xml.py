"""Strict reading of a DMN file: expat, no DOCTYPE, no entities, bounded size, depth and number of
elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from xiaoneng.core.errors import BadInput, HostileInput, Place

SIZE_LIMIT: Final = 32 * 1024 * 1024
DEPTH_LIMIT: Final = 200
ELEMENT_LIMIT: Final = 1_000_000
NAMESPACES: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}


@dataclass(slots=True)
class Element:
    """An element of any namespace. ``prefixes`` are the namespace prefixes in force where it stands."""

    namespace: str
    tag: str
    attributes: dict[str, str]
    line: int
    prefixes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def dmn(self) -> bool:
        return self.namespace in NAMESPACES

    def all(self, *tags: str) -> list[Element]:
        """The DMN children with one of the tags."""
        return [child for child in self.children if child.dmn and child.tag in tags]

    def one(self, *tags: str) -> Element | None:
        return next((child for child in self.children if child.dmn and child.tag in tags), None)

    def content(self, tag: str) -> str:
        """The text of a child, trimmed; empty where there is none."""
        child = self.one(tag)
        return child.text.strip() if child is not None else ""

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)


class _Builder:
    def __init__(self, file: str | None) -> None:
        self.file = file
        self.root: Element | None = None
        self.stack: list[Element] = []
        self.prefixes: list[dict[str, str]] = [{}]
        self.pending: dict[str, str] = {}
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartNamespaceDeclHandler = self.prefix
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse

    def place(self) -> Place:
        return Place(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def refuse(self, *_: object) -> None:
        raise HostileInput(
            "a decision model must not declare a document type or entities", place=self.place()
        )

    def prefix(self, prefix: str | None, uri: str) -> None:
        self.pending[prefix or ""] = uri

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > ELEMENT_LIMIT:
            raise HostileInput("more than {limit} elements", limit=ELEMENT_LIMIT, place=self.place())
        if len(self.stack) >= DEPTH_LIMIT:
            raise HostileInput(
                "elements nested more than {limit} deep", limit=DEPTH_LIMIT, place=self.place()
            )
        namespace, _, tag = name.rpartition(" ")
        prefixes = self.prefixes[-1]
        if self.pending:
            prefixes = prefixes | self.pending
            self.pending = {}
        self.prefixes.append(prefixes)
        element = Element(namespace, tag, attributes, self.parser.CurrentLineNumber, prefixes)
        if self.stack:
            self.stack[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self.stack.append(element)

    def end(self, _: str) -> None:
        self.stack.pop()
        self.prefixes.pop()

    def characters(self, text: str) -> None:
        if self.stack:
            self.stack[-1].text += text


def read_xml(data: bytes, file: str | None = None) -> Element:
    """The root element. Raises BadInput for what is not XML, HostileInput beyond the limits."""
    if len(data) > SIZE_LIMIT:
        raise HostileInput(
            "the file has {size} bytes; at most {limit} are read",
            size=len(data),
            limit=SIZE_LIMIT,
            place=Place(file),
        )
    builder = _Builder(file)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadInput(
            "not well-formed XML: {problem}",
            problem=expat.ErrorString(error.code),
            place=Place(file, error.lineno, error.offset + 1),
            expected="a DMN model",
        ) from None
    except (UnicodeError, LookupError):
        raise BadInput(
            "not well-formed XML: {problem}", problem="encoding", place=Place(file), expected="a DMN model"
        ) from None
    assert builder.root is not None
    return builder.root
