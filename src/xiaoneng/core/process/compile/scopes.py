"""Processes and sub-processes: what lies in them, from the outside inwards."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.elements import add_flow, add_node
from xiaoneng.core.process.compile.lanes import read_lanes
from xiaoneng.core.process.compile.vocabulary import DATA, WITHOUT_EFFECT
from xiaoneng.core.process.document import Document, children
from xiaoneng.core.process.facts import read_facts, read_given
from xiaoneng.core.process.model import NONE
from xiaoneng.core.process.xml import Element


def add_document(drafts: Drafts, document: Document) -> None:
    """Number all that a file holds. Raises BadInput for broken structure."""
    drafts.document = document
    drafts.language = document.root.get("expressionLanguage")
    survey(drafts, document)
    found = document.processes()
    for element in found:
        drafts.processes[element.get("id")] = add_scope(drafts, element, "process", NONE)
    for element in document.root.elements():
        if element.namespace == n.BPMN and element.tag in ("choreography", "globalConversation"):
            drafts.remark("unsupported", element, "{tag} is not run", tag=element.tag)


def survey(drafts: Drafts, document: Document) -> None:
    """Names that the model declares, and extensions of others."""
    foreign: dict[str, Element] = {}
    for element in document.root.iterate():
        if element.namespace == n.BPMN and element.tag in DATA:
            drafts.declared.add(element.get("name") or element.get("id"))
        elif element.namespace == n.XN and element.tag == "variable":
            drafts.declared.add(element.get("name"))
            drafts.given.append(read_given(element, drafts.complain))
        elif (
            element.parent is not None
            and element.parent.tag == "extensionElements"
            and element.namespace not in (n.BPMN, n.XN)
        ):
            foreign.setdefault(element.namespace, element.parent.parent or element)
    drafts.declared.discard("")
    for namespace, element in foreign.items():
        drafts.remark(
            "foreign",
            element,
            "extensions of {namespace} are kept and have no effect",
            namespace=namespace or "-",
            blocks=False,
        )


def add_scope(drafts: Drafts, element: Element, kind: str, node: int) -> int:
    """Compile what lies directly in a process or sub-process, then what lies deeper."""
    index = len(drafts.scopes)
    lanes = read_lanes(drafts, element)
    draft: dict[str, Any] = {
        "index": index,
        "id": element.get("id"),
        "name": element.get("name"),
        "kind": kind,
        "node": node,
        "adhoc": None,
        "event_subs": (),
        "starts": (),
        "facts": read_facts(element, drafts.complain),
        "line": element.line,
    }
    drafts.scopes.append(draft)
    nodes: list[int] = []
    deeper: list[int] = []
    for part in element.elements():
        if part.namespace != n.BPMN:
            drafts.remark("unsupported", part, "{tag} is not run", tag=part.name)
        elif part.tag in n.FLOW_NODES:
            number = add_node(drafts, part, index, lanes.get(part.get("id")))
            nodes.append(number)
            deeper.append(number)
        elif part.tag != "sequenceFlow" and part.tag not in n.INFORMATION:
            drafts.remark("unsupported", part, "{tag} is not run", tag=part.tag)
        elif part.tag in WITHOUT_EFFECT:
            drafts.remark("no_effect", part, "{tag} is kept and has no effect", tag=part.tag, blocks=False)
    flows = [add_flow(drafts, part) for part in children(element, "sequenceFlow")]
    draft["nodes"], draft["flows"] = tuple(nodes), tuple(flows)
    draft["local"] = (
        frozenset(e.get("name") or e.get("id") for e in children(element, "dataObject", "property"))
        if kind != "process"
        else frozenset()
    )
    for number in deeper:
        part = drafts.elements[number][0]
        if part.tag in n.SUB_PROCESSES:
            inner = "eventSubProcess" if drafts.nodes[number]["event_sub"] else part.tag
            drafts.nodes[number]["body"] = add_scope(drafts, part, inner, number)
    if kind == "process" and element.get("isExecutable") in ("false", "0"):
        drafts.remark("drawn", element, "the process is marked as not executable")
    return index
