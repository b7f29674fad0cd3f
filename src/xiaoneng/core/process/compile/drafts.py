"""What is known so far of a model: its parts as dictionaries until all are known, and the remarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xiaoneng.core.process.document import Document
from xiaoneng.core.process.formula import Formula
from xiaoneng.core.process.model import Given, Lane, Remark
from xiaoneng.core.process.xml import Element


class Drafts:
    """The parts of a model that is being compiled. ``nodes``, ``flows`` and ``scopes`` are numbered as in
    the finished model; ``document`` and ``language`` are those of the file that is being read."""

    def __init__(self, library: Mapping[str, Document]) -> None:
        self.library = library
        self.remarks: list[Remark] = []
        self.nodes: list[dict[str, Any]] = []
        self.flows: list[dict[str, Any]] = []
        self.scopes: list[dict[str, Any]] = []
        self.lanes: list[Lane] = []
        self.formulas: list[Formula] = []
        self.by_id: dict[str, int] = {}
        self.flow_by_id: dict[str, int] = {}
        self.processes: dict[str, int] = {}
        self.declared: set[str] = set()
        self.given: list[Given] = []
        self.document: Document
        self.language = ""
        self.elements: list[tuple[Element, Document]] = []

    def remark(
        self, kind: str, element: Element, message: str, *, blocks: bool = True, **params: Any
    ) -> None:
        """Tell something about an element; with ``blocks`` the model cannot be run for it."""
        name = element.get("id") or element.tag
        self.remarks.append(Remark(kind, name, element.line, message, params, blocks))

    def complain(self, element: Element, attribute: str, value: str, expected: str) -> None:
        """Tell that one of our extension attributes cannot be read."""
        self.remark(
            "extension",
            element,
            "the extension attribute {attribute} cannot be {value}; expected {expected}",
            attribute=attribute,
            value=value[:60],
            expected=expected,
        )
