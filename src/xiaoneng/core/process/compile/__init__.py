"""From the document to the compiled model. Structure is always compiled; what keeps a model from being run
is collected as remarks, each with its element and line, so that a drawing can be shown and checked too."""

from __future__ import annotations

from collections.abc import Mapping

from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.scopes import add_document
from xiaoneng.core.process.compile.whole import assemble
from xiaoneng.core.process.document import Document
from xiaoneng.core.process.model import Model

__all__ = ["compile_document"]


def compile_document(document: Document, library: Mapping[str, Document] | None = None) -> Model:
    """Compile a document and the processes of ``library`` (by ``calledElement``) that it calls.

    Raises BadInput for broken structure: flows that lead nowhere, boundary events on nothing.
    """
    drafts = Drafts(library or {})
    add_document(drafts, document)
    return assemble(drafts, document.file)
