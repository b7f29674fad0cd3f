"""The details of each node, once all nodes and flows of its file are known; calls bring in further files."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.activities import finish_activity
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.events import finish_event
from xiaoneng.core.process.compile.expressions import compile_formula, compile_text
from xiaoneng.core.process.compile.gateways import finish_gateway, order_outgoing, read_condition
from xiaoneng.core.process.compile.scopes import add_document
from xiaoneng.core.process.compile.vocabulary import MOVES
from xiaoneng.core.process.document import Document, child
from xiaoneng.core.process.facts import read_facts
from xiaoneng.core.process.model import NONE, Facts
from xiaoneng.core.process.xml import Element


def finish(drafts: Drafts, index: int) -> None:
    """Read what the element of a node says beyond its place in the flow."""
    draft = drafts.nodes[index]
    element, document = drafts.elements[index]
    drafts.document, drafts.language = document, document.root.get("expressionLanguage")
    kind = draft["kind"]
    order_outgoing(drafts, draft, element)
    if kind in n.EVENTS:
        finish_event(drafts, draft, element)
    elif kind in n.ACTIVITIES:
        finish_activity(drafts, draft, element)
        if draft["facts"].outcome:
            draft["outcome"] = compile_text(drafts, draft["facts"].outcome, element)
        if kind == "callActivity":
            resolve_call(drafts, draft, element)
    else:
        finish_gateway(drafts, draft, element)
    default = element.get("default")
    if default:
        found = drafts.document.find(default)
        number = drafts.flow_by_id.get(found.get("id")) if found is not None else None
        if number is None or drafts.flows[number]["source"] != index:
            drafts.remark("reference", element, "the default flow {ref} does not leave it", ref=default)
        else:
            draft["default"] = number
    for number in draft["outgoing"]:
        read_condition(drafts, draft, number)
    conditional = any(drafts.flows[f]["condition"] != NONE for f in draft["outgoing"])
    draft["plain"] = not conditional and draft.get("default", NONE) == NONE


def resolve_call(drafts: Drafts, draft: dict[str, Any], element: Element) -> None:
    """What a call activity runs: a global task of the file, a process of it, or one of the library."""
    reference = element.get("calledElement")
    draft["calls"] = reference
    found = drafts.document.find(reference) if reference else None
    if found is not None and found.tag in n.GLOBAL_TASKS:
        kind = n.GLOBAL_TASKS[found.tag]
        draft["move"] = MOVES[kind]
        draft["facts"] = joined(draft["facts"], read_facts(found, drafts.complain))
        if kind == "scriptTask":
            part = child(found, "script")
            draft["formula"] = compile_formula(drafts, part, found) if part is not None else NONE
        return
    scope = drafts.processes.get(found.get("id") if found is not None else reference)
    if scope is None and reference in drafts.library:
        home, language = drafts.document, drafts.language
        scope = add_called(drafts, drafts.library[reference], reference)
        drafts.document, drafts.language = home, language
    if scope is None:
        drafts.remark("call", element, "the called element {name} was not found", name=reference or "-")
    else:
        draft["body"] = scope


def add_called(drafts: Drafts, document: Document, name: str) -> int | None:
    """A process of another file, compiled into this model."""
    first = len(drafts.nodes)
    add_document(drafts, document)
    for number in range(first, len(drafts.nodes)):
        finish(drafts, number)
    return drafts.processes.get(name) or (
        drafts.processes.get(document.processes()[0].get("id")) if document.processes() else None
    )


def joined(own: Facts, called: Facts) -> Facts:
    """What a call says of itself, else what the called task says."""
    said = {f.name: getattr(own, f.name) for f in fields(Facts) if getattr(own, f.name) != f.default}
    return replace(called, **said)
