"""Flow nodes and sequence flows get their numbers, in the order of the file."""

from __future__ import annotations

from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.compile.vocabulary import MOVES, WITHOUT_EFFECT
from xiaoneng.core.process.facts import read_facts
from xiaoneng.core.process.model import NONE, Facts
from xiaoneng.core.process.xml import Element


def add_node(drafts: Drafts, element: Element, scope: int, lane: tuple[int, Facts] | None) -> int:
    """Number a node. Raises BadInput for an element without id, or one whose id is taken."""
    identity = element.get("id")
    if not identity:
        raise BadInput("the element {tag} has no id", tag=element.tag, place=drafts.document.place(element))
    if identity in drafts.by_id:
        raise BadInput("the id {id} occurs in two files", id=identity, place=drafts.document.place(element))
    index = len(drafts.nodes)
    drafts.by_id[identity] = index
    drafts.elements.append((element, drafts.document))
    event_sub = element.tag == "subProcess" and element.get("triggeredByEvent") == "true"
    drafts.nodes.append(
        {
            "index": index,
            "id": identity,
            "name": element.get("name"),
            "kind": element.tag,
            "move": "event_sub" if event_sub else MOVES[element.tag],
            "scope": scope,
            "line": element.line,
            "event_sub": event_sub,
            "facts": read_facts(element, drafts.complain, lane[1] if lane else None),
            "lane": lane[0] if lane else NONE,
            "incoming": [],
            "outgoing": [],
            "boundary": [],
            "compensation": element.get("isForCompensation") == "true",
        }
    )
    for part in element.elements():
        if part.namespace == n.BPMN and part.tag in WITHOUT_EFFECT:
            drafts.remark("no_effect", part, "{tag} is kept and has no effect", tag=part.tag, blocks=False)
    return index


def add_flow(drafts: Drafts, element: Element) -> int:
    """Number a flow. Raises BadInput where it has no two ends in one scope."""
    index = len(drafts.flows)
    ends: list[int] = []
    for attribute in ("sourceRef", "targetRef"):
        found = drafts.document.find(element.get(attribute))
        number = drafts.by_id.get(found.get("id")) if found is not None else None
        if number is None:
            raise BadInput(
                "the sequence flow {id} has the {attribute} {ref}, which is no flow node before it",
                id=element.get("id"),
                attribute=attribute,
                ref=element.get(attribute) or "-",
                place=drafts.document.place(element),
            )
        ends.append(number)
    source, target = ends
    if drafts.nodes[source]["scope"] != drafts.nodes[target]["scope"]:
        raise BadInput(
            "the sequence flow {id} crosses the border of a process or sub-process",
            id=element.get("id"),
            place=drafts.document.place(element),
        )
    drafts.nodes[source]["outgoing"].append(index)
    drafts.nodes[target]["incoming"].append(index)
    identity = element.get("id") or f"flow{index}"
    drafts.flow_by_id[identity] = index
    drafts.flows.append(
        {
            "index": index,
            "id": identity,
            "name": element.get("name"),
            "source": source,
            "target": target,
            "condition": NONE,
            "line": element.line,
            "facts": read_facts(element, drafts.complain),
            "element": element,
            "document": drafts.document,
        }
    )
    return index
