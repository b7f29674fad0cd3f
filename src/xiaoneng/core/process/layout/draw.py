"""Write the diagram of a model into its document (BPMN 2.0, clause 12: BPMN Diagram Interchange)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from xiaoneng.core.process.compile import compile_document
from xiaoneng.core.process.document import Document, children, read_document, write_document
from xiaoneng.core.process.layout.place import (
    LANE_TITLE,
    PADDING,
    Box,
    Picture,
    Point,
    name_width,
    picture_of,
)
from xiaoneng.core.process.model import NONE, Model, Scope
from xiaoneng.core.process.names import BPMN, BPMNDI
from xiaoneng.core.process.xml import Element

DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
MARGIN: Final = 80
BETWEEN: Final = 60
EXTERNAL: Final = ("Event", "Gateway")
LINE: Final = 14
LABEL_WIDTH: Final = 90


def has_diagram(document: Document) -> bool:
    """Whether the document draws anything."""
    return any(
        element.namespace == BPMNDI and element.tag in ("BPMNShape", "BPMNEdge")
        for element in document.root.iterate()
    )


def with_diagram(source: bytes, file: str | None = None) -> bytes:
    """The model with a diagram of ours in place of the one that it had, if any; all else stays.

    Raises BadInput and HostileInput as ``read_document`` does.
    """
    document = read_document(source, file)
    model = compile_document(document)
    root = document.root
    root.children = [
        child
        for child in root.children
        if not (isinstance(child, Element) and child.namespace == BPMNDI and child.tag == "BPMNDiagram")
    ]
    root.children.append(_diagram(document, model))
    return write_document(document)


def _diagram(document: Document, model: Model) -> Element:
    pool = {
        part.get("processRef").rpartition(":")[2]: part.get("id")
        for collaboration in children(document.root, "collaboration")
        for part in children(collaboration, "participant")
    }
    about = next((c.get("id") for c in children(document.root, "collaboration")), "")
    about = about or next(iter(model.processes), "")
    diagram = Element("bpmndi:BPMNDiagram", BPMNDI, "BPMNDiagram", {"id": "diagram"}, 0, {}, tail="\n")
    diagram.attributes |= {"xmlns:bpmndi": BPMNDI, "xmlns:dc": DC, "xmlns:di": DI}
    plane = _add(diagram, "bpmndi:BPMNPlane", {"id": "plane", "bpmnElement": about})
    top = MARGIN
    for identity, number in model.processes.items():
        scope = model.scopes[number]
        top = _process(plane, model, scope, pool.get(identity, ""), top) + BETWEEN
    _indent(diagram, 1)
    return diagram


def _process(plane: Element, model: Model, scope: Scope, pool: str, top: int) -> int:
    """Draw one process from ``top`` down; the bottom."""
    inner = picture_of(model, scope)
    picture = Picture()
    # without lanes, loops that lead back run above the first row
    above = 0 if inner.lanes else PADDING + 10
    left = MARGIN + (2 * LANE_TITLE + PADDING if pool else PADDING)
    picture.take(inner, left, top + above)
    bottom = top + inner.height + (0 if inner.lanes else 2 * above)
    if pool:
        width = inner.width + 2 * PADDING + LANE_TITLE
        _shape(plane, pool, Box(left - PADDING - LANE_TITLE, top, width, bottom - top), isHorizontal="true")
    for number, box in picture.lanes.items():
        _shape(plane, model.lanes[number].id, box, isHorizontal="true")
    for number in sorted(picture.nodes):
        node = model.nodes[number]
        box = picture.nodes[number]
        more = {}
        if node.kind == "exclusiveGateway":
            more["isMarkerVisible"] = "true"
        if node.body >= 0 and not node.calls:
            more["isExpanded"] = "true"
        shape = _shape(plane, node.id, box, **more)
        if node.name and any(part in node.kind for part in EXTERNAL):
            label = _add(shape, "bpmndi:BPMNLabel", {})
            _bounds(label, _below(box, node.name, aside=node.host != NONE))
    for number, line in sorted(picture.flows.items()):
        flow = model.flows[number]
        edge = _add(plane, "bpmndi:BPMNEdge", {"id": f"{flow.id}_di", "bpmnElement": flow.id})
        for x, y in line:
            _add(edge, "di:waypoint", {"x": str(x), "y": str(y)})
        if flow.name:
            label = _add(edge, "bpmndi:BPMNLabel", {})
            x, y = _beside(line)
            _bounds(label, Box(x, y, name_width(flow.name), LINE))
    return bottom


def _below(box: Box, name: str, *, aside: bool) -> Box:
    """Where the name of an event or gateway stands; beside the line that leaves a boundary event."""
    wide = min(name_width(name), LABEL_WIDTH)
    lines = -(-name_width(name) // LABEL_WIDTH)
    left = box.x + box.width // 2 + 4 if aside else box.x + box.width // 2 - wide // 2
    return Box(left, box.bottom + (2 if aside else 4), wide, LINE * lines)


def _beside(line: list[Point]) -> Point:
    """A free place for a flow's name: above the way into the target, which no other branch shares."""
    levels = [(a, b) for a, b in pairwise(line) if a[1] == b[1]]
    (ax, ay), (bx, _) = levels[-1] if len(levels) > 1 else levels[0] if levels else (line[0], line[0])
    for a, b in levels[1:]:
        if abs(b[0] - a[0]) > 2 * abs(bx - ax):
            (ax, ay), (bx, _) = a, b
    return min(ax, bx) + 5, ay - LINE - 3


def _shape(plane: Element, identity: str, box: Box, **more: str) -> Element:
    shape = _add(plane, "bpmndi:BPMNShape", {"id": f"{identity}_di", "bpmnElement": identity, **more})
    _bounds(shape, box)
    return shape


def _bounds(parent: Element, box: Box) -> None:
    places = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    _add(parent, "dc:Bounds", {name: str(value) for name, value in places.items()})


def _add(parent: Element, name: str, attributes: dict[str, str]) -> Element:
    prefix, _, tag = name.partition(":")
    namespace = {"bpmndi": BPMNDI, "dc": DC, "di": DI, "bpmn": BPMN}[prefix]
    element = Element(name, namespace, tag, attributes, 0, {}, parent)
    parent.children.append(element)
    return element


def _indent(element: Element, depth: int) -> None:
    """Line breaks and indents, so that a person can read the file."""
    if element.children:
        element.text = "\n" + "  " * (depth + 1)
        for place, child in enumerate(element.children):
            assert isinstance(child, Element)
            last = place == len(element.children) - 1
            child.tail = "\n" + "  " * (depth if last else depth + 1)
            _indent(child, depth + 1)
