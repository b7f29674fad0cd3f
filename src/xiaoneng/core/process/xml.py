"""Strict, lossless reading and writing of XML: expat, no DOCTYPE, no entities, bounded size, depth and count.

An ``Element`` keeps what a writer needs to say the same again: the name as it was written, the order of
attributes and namespace declarations, comments and processing instructions among the children.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from xiaoneng.core.errors import BadInput, HostileInput, Place

SIZE_LIMIT: Final = 16 * 1024 * 1024
DEPTH_LIMIT: Final = 200
ELEMENT_LIMIT: Final = 200_000
XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"


@dataclass(slots=True)
class Remark:
    """A comment (``target`` None) or a processing instruction, with the text that follows it."""

    target: str | None
    text: str
    tail: str = ""


@dataclass(slots=True, eq=False)
class Element:
    """An element. ``name`` is the name as written, ``attributes`` as written and in order, namespace
    declarations included; ``prefixes`` are the prefixes in force where it stands."""

    name: str
    namespace: str
    tag: str
    attributes: dict[str, str]
    line: int
    prefixes: dict[str, str]
    parent: Element | None = None
    children: list[Element | Remark] = field(default_factory=list)
    text: str = ""
    tail: str = ""

    def elements(self) -> Iterator[Element]:
        """The child elements."""
        return (child for child in self.children if isinstance(child, Element))

    def iterate(self) -> Iterator[Element]:
        """This element and all below it, in document order."""
        pending = [self]
        while pending:
            element = pending.pop()
            yield element
            pending.extend(reversed(list(element.elements())))

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def qualified(self) -> dict[tuple[str, str], str]:
        """Attributes by (namespace, name), declarations left out; an unprefixed attribute has no
        namespace."""
        found: dict[tuple[str, str], str] = {}
        for name, value in self.attributes.items():
            prefix, colon, local = name.rpartition(":")
            if name == "xmlns" or prefix == "xmlns":
                continue
            found[(self.prefixes.get(prefix, "") if colon else "", local)] = value
        return found

    def content(self) -> str:
        """All text of the element itself, without that of its child elements."""
        return self.text + "".join(child.tail for child in self.children)


@dataclass(slots=True)
class Prolog:
    """What stands around the root: declaration, comments before and after."""

    version: str | None = None
    encoding: str | None = None
    standalone: int = -1
    before: list[Remark] = field(default_factory=list)
    after: list[Remark] = field(default_factory=list)


class _Builder:
    def __init__(self, file: str | None, what: str) -> None:
        self.file, self.what = file, what
        self.root: Element | None = None
        self.prolog = Prolog()
        self.stack: list[Element] = []
        self.count = 0
        parser = self.parser = expat.ParserCreate()
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.XmlDeclHandler = self.declaration
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.CommentHandler = lambda text: self.remark(Remark(None, text))
        parser.ProcessingInstructionHandler = lambda target, text: self.remark(Remark(target, text))
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse

    def place(self) -> Place:
        return Place(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def refuse(self, *_: object) -> None:
        raise HostileInput("a model must not declare a document type or entities", place=self.place())

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.prolog.version, self.prolog.encoding, self.prolog.standalone = version, encoding, standalone

    def start(self, name: str, pairs: list[str]) -> None:
        self.count += 1
        if self.count > ELEMENT_LIMIT:
            raise HostileInput("more than {limit} elements", limit=ELEMENT_LIMIT, place=self.place())
        if len(self.stack) >= DEPTH_LIMIT:
            raise HostileInput(
                "elements nested more than {limit} deep", limit=DEPTH_LIMIT, place=self.place()
            )
        attributes = dict(zip(pairs[::2], pairs[1::2], strict=True))
        parent = self.stack[-1] if self.stack else None
        prefixes = parent.prefixes if parent is not None else {"xml": XML_NAMESPACE}
        declared = {
            key.partition(":")[2]: value
            for key, value in attributes.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        if declared:
            prefixes = prefixes | declared
        prefix, _, tag = name.rpartition(":")
        if prefix and prefix not in prefixes:
            raise BadInput(
                "the prefix {prefix} of {name} is not declared", prefix=prefix, name=name, place=self.place()
            )
        line = self.parser.CurrentLineNumber
        element = Element(name, prefixes.get(prefix, ""), tag, attributes, line, prefixes, parent)
        if parent is not None:
            parent.children.append(element)
        else:
            self.root = element
        self.stack.append(element)

    def end(self, _: str) -> None:
        self.stack.pop()

    def characters(self, text: str) -> None:
        if not self.stack:
            return
        element = self.stack[-1]
        if element.children:
            element.children[-1].tail += text
        else:
            element.text += text

    def remark(self, remark: Remark) -> None:
        if self.stack:
            self.stack[-1].children.append(remark)
        else:
            (self.prolog.before if self.root is None else self.prolog.after).append(remark)


def read_xml(data: bytes, file: str | None = None, what: str = "a BPMN 2.0 model") -> tuple[Element, Prolog]:
    """The root element and what stands around it. Raises BadInput for what is not XML, HostileInput beyond
    the limits."""
    if len(data) > SIZE_LIMIT:
        raise HostileInput(
            "the file has {size} bytes; at most {limit} are read",
            size=len(data),
            limit=SIZE_LIMIT,
            place=Place(file),
        )
    builder = _Builder(file, what)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadInput(
            "not well-formed XML: {problem}",
            problem=expat.ErrorString(error.code),
            place=Place(file, error.lineno, error.offset + 1),
            expected=what,
        ) from None
    except (UnicodeError, LookupError):
        raise BadInput(
            "not well-formed XML: {problem}", problem="encoding", place=Place(file), expected=what
        ) from None
    assert builder.root is not None
    return builder.root, builder.prolog


def write_xml(root: Element, prolog: Prolog) -> bytes:
    """The document as UTF-8. Nothing of the tree is left out; quotes and character references may be
    written differently from the original."""
    out: list[str] = []
    if prolog.version is not None:
        standalone = {0: ' standalone="no"', 1: ' standalone="yes"'}.get(prolog.standalone, "")
        out.append(f'<?xml version="{prolog.version}" encoding="UTF-8"{standalone}?>\n')
    for remark in prolog.before:
        out.append(_remark(remark) + "\n")
    _write(root, out)
    for remark in prolog.after:
        out.append("\n" + _remark(remark))
    out.append("\n")
    return "".join(out).encode()


def _remark(remark: Remark) -> str:
    if remark.target is None:
        return f"<!--{remark.text}-->{remark.tail}"
    return f"<?{remark.target} {remark.text}?>{remark.tail}"


# a bare carriage return, tab or newline would be normalised away by the next reader
ATTRIBUTE_ESCAPES: Final = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _write(element: Element, out: list[str]) -> None:
    out.append(f"<{element.name}")
    for name, value in element.attributes.items():
        out.append(f" {name}={quoteattr(value, ATTRIBUTE_ESCAPES)}")
    if not element.children and not element.text:
        out.append("/>")
    else:
        out.append(">" + escape(element.text, {"\r": "&#13;"}))
        for child in element.children:
            if isinstance(child, Element):
                _write(child, out)
            else:
                out.append(_remark(Remark(child.target, child.text)))
            out.append(escape(child.tail, {"\r": "&#13;"}))
        out.append(f"</{element.name}>")
