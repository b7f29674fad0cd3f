"""A BPMN file as read: the original bytes, the tree, and its elements by id."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xiaoneng.core.errors import BadInput, HostileInput, Place
from xiaoneng.core.process.names import BPMN
from xiaoneng.core.process.xml import SIZE_LIMIT, Element, Prolog, read_xml, write_xml


@dataclass(slots=True, eq=False)
class Document:
    """A BPMN document. ``source`` is the file byte for byte; ``root`` is what the writer writes from."""

    source: bytes
    file: str | None
    root: Element
    prolog: Prolog
    by_id: dict[str, Element]

    def place(self, element: Element) -> Place:
        return Place(self.file, element.line, field=element.get("id") or element.tag)

    def find(self, reference: str, element: Element | None = None) -> Element | None:
        """The element that a QName refers to; a prefix is dropped where no id has it."""
        reference = reference.strip()
        found = self.by_id.get(reference)
        return found if found is not None else self.by_id.get(reference.rpartition(":")[2])

    def processes(self) -> list[Element]:
        return [e for e in self.root.elements() if e.namespace == BPMN and e.tag == "process"]


def children(element: Element, *tags: str) -> list[Element]:
    """The child elements of the BPMN namespace with one of the tags, in document order."""
    return [child for child in element.elements() if child.namespace == BPMN and child.tag in tags]


def child(element: Element, tag: str) -> Element | None:
    """The first child of the BPMN namespace with the tag."""
    return next((c for c in element.elements() if c.namespace == BPMN and c.tag == tag), None)


def text_of(element: Element, tag: str) -> str:
    """The trimmed text of a child; empty where there is none."""
    found = child(element, tag)
    return found.content().strip() if found is not None else ""


def read_document(source: bytes | Path, file: str | None = None) -> Document:
    """Read a BPMN 2.0 XML file.

    Raises BadInput for what is not BPMN (with line and column), for ids that occur twice and for references
    of sequence flows and boundary events that lead nowhere; HostileInput beyond the limits of size, depth
    and number.
    """
    if isinstance(source, Path):
        file = file or str(source)
        try:
            if source.stat().st_size > SIZE_LIMIT:
                raise HostileInput(
                    "the file has {size} bytes; at most {limit} are read",
                    size=source.stat().st_size,
                    limit=SIZE_LIMIT,
                    place=Place(file),
                )
            source = source.read_bytes()
        except OSError as error:
            raise BadInput(
                "the file cannot be read: {why}",
                why=error.strerror or str(error),
                place=Place(file),
                expected="a BPMN 2.0 model",
            ) from None
    root, prolog = read_xml(source, file)
    if root.namespace != BPMN or root.tag != "definitions":
        raise BadInput(
            "the root element is {name}",
            name=root.name,
            place=Place(file, root.line),
            expected="definitions of BPMN 2.0 ({namespace})",
            namespace=BPMN,
        )
    by_id: dict[str, Element] = {}
    document = Document(source, file, root, prolog, by_id)
    for element in root.iterate():
        identity = element.attributes.get("id")
        if identity is None or element.namespace != BPMN:
            continue
        if identity in by_id:
            raise BadInput(
                "the id {id} occurs twice; first in line {line}",
                id=identity,
                line=by_id[identity].line,
                place=document.place(element),
            )
        by_id[identity] = element
    return document


def write_document(document: Document) -> bytes:
    """The document as XML in UTF-8, written from the tree: diagram, comments and extension elements
    included."""
    return write_xml(document.root, document.prolog)
