"""Process models from nested blocks, and three small ones for the real logs.

A block is the name of a step, ``""`` for nothing, or a tuple: ``("seq", …)`` one after the other,
``("xor", …)`` one of them, ``("and", …)`` all side by side, ``("or", …)`` some of them,
``("loop", body, again)`` the body, then as often as wanted ``again`` and the body.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from xiaoneng.core.process import Model, compile_document, read_document

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">'
Block = Any

RECEIPT: Block = (
    "seq",
    "Confirmation of receipt",
    (
        "and",
        (
            "seq",
            (
                "loop",
                "T02 Check confirmation of receipt",
                "T03 Adjust confirmation of receipt",
            ),
            "T04 Determine confirmation of receipt",
            "T05 Print and send confirmation of receipt",
        ),
        (
            "seq",
            "T06 Determine necessity of stop advice",
            "T10 Determine necessity to stop indication",
            (
                "xor",
                "",
                (
                    "seq",
                    "T16 Report reasons to hold request",
                    "T17 Check report Y to stop indication",
                    "T19 Determine report Y to stop indication",
                    "T20 Print report Y to stop indication",
                ),
            ),
        ),
    ),
)
ROAD: Block = (
    "seq",
    "Create Fine",
    (
        "xor",
        "Payment",
        (
            "seq",
            "Send Fine",
            (
                "xor",
                "",
                "Payment",
                (
                    "seq",
                    "Insert Fine Notification",
                    "Add penalty",
                    ("xor", "Send for Credit Collection", ("loop", "Payment", "")),
                ),
            ),
        ),
    ),
)
BUILDING: Block = (
    "seq",
    "01_HOOFD_010",
    "01_HOOFD_015",
    "01_HOOFD_020",
    ("and", "01_HOOFD_030_1", "01_HOOFD_030_2"),
    "01_HOOFD_180",
    "01_HOOFD_200",
    "01_HOOFD_370",
    "01_HOOFD_375",
    "01_HOOFD_380",
    "01_HOOFD_430",
    "01_HOOFD_480",
    ("and", "01_HOOFD_490_1", "01_HOOFD_490_2"),
    "01_HOOFD_495",
    ("and", "01_HOOFD_510_1", "01_HOOFD_510_2"),
)


class _Drawing:
    def __init__(self) -> None:
        self.elements: list[str] = []
        self.flows: list[tuple[str, str]] = []

    def node(self, tag: str, name: str = "") -> str:
        identity = f"n{len(self.elements)}"
        named = f" name={quoteattr(name)}" if name else ""
        self.elements.append(f'<{tag} id="{identity}"{named}/>')
        return identity

    def flow(self, source: str, target: str) -> str:
        self.flows.append((source, target))
        return target

    def block(self, block: Block, at: str) -> str:
        """Draw a block behind ``at``; gives the node at which it ends."""
        if isinstance(block, str):
            return self.flow(at, self.node("userTask", block)) if block else at
        kind, *parts = block
        if kind == "seq":
            for part in parts:
                at = self.block(part, at)
            return at
        if kind == "loop":
            body, again = parts
            entry = self.flow(at, self.node("exclusiveGateway"))
            leave = self.flow(self.block(body, entry), self.node("exclusiveGateway"))
            self.flow(self.block(again, leave), entry)
            return leave
        tag = {"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway"}[kind]
        split = self.flow(at, self.node(tag))
        join = self.node(tag)
        for part in parts:
            self.flow(self.block(part, split), join)
        return join


def bpmn(block: Block) -> str:
    """The block as BPMN 2.0: a drawing without conditions."""
    drawing = _Drawing()
    last = drawing.block(block, drawing.node("startEvent"))
    drawing.flow(last, drawing.node("endEvent"))
    flows = "".join(
        f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}"/>'
        for number, (source, target) in enumerate(drawing.flows)
    )
    return f"{HEAD}{''.join(drawing.elements)}{flows}</process></definitions>"


def model(block: Block) -> Model:
    """The compiled block."""
    return compile_document(read_document(bpmn(block).encode()))
