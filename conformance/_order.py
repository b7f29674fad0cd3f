"""What a model says of the order of its steps, read from the file alone and independent of the engine.

The suite sorts expected and recorded entries before it compares them, so its traces say *what* happens and
not *when*. The order is in the model: a step that lies on every way to another one happens before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from xiaoneng.core.process.document import Document, child, children
from xiaoneng.core.process.names import ACTIVITIES, BPMN, FLOW_NODES, SUB_PROCESSES
from xiaoneng.core.process.xml import Element

# a sub-process is passed twice: when it begins and when it is done
DONE: Final = "/done"
Before = dict[str, frozenset[str]]


def must_precede(document: Document) -> Before:
    """For each node that a token can reach inside its process: the nodes that come before it in every run.

    A greatest fixed point over the nodes: at a parallel join whatever precedes any of its branches, elsewhere
    what precedes all ways in. What runs beside the main way (compensation, messages between processes) is
    left out, so nothing is demanded of it.
    """
    edges: list[tuple[str, str]] = []
    joins: set[str] = set()
    roots: set[str] = set()
    for process in document.processes():
        roots |= set(_scope(process, edges, joins, document))
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for source, target in edges:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    reached: set[str] = set()
    pending = list(roots)
    while pending:
        node = pending.pop()
        if node not in reached:
            reached.add(node)
            pending += after.get(node, ())
    found: Before = {node: frozenset(reached) for node in reached}
    for root in roots:
        found[root] = frozenset((root,))
    changed = True
    while changed:
        changed = False
        for node in sorted(reached - roots):
            ways = [found[source] for source in before[node] if source in reached]
            combined = frozenset.union(*ways) if node in joins else frozenset.intersection(*ways)
            if combined | {node} != found[node]:
                found[node] = combined | {node}
                changed = True
    return {node: frozenset(others - {node}) for node, others in found.items()}


def out_of_order(document: Document, trace: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of nodes (first, then) that the trace of node ids has the wrong way round."""
    known = must_precede(document)
    nodes = list(trace)
    wrong = []
    for position, node in enumerate(nodes):
        earlier = set(nodes[:position])
        late = {other for other in known.get(node, ()) if other in nodes and other not in earlier}
        wrong += [(other, node) for other in sorted(late)]
    return wrong


def _scope(element: Element, edges: list[tuple[str, str]], joins: set[str], document: Document) -> list[str]:
    """Add the edges of a process or sub-process; gives the nodes at which its tokens begin."""
    nodes = [e for e in element.elements() if e.namespace == BPMN and e.tag in FLOW_NODES]
    targets = set()
    for flow in children(element, "sequenceFlow"):
        source, target = (document.find(flow.get(name)) for name in ("sourceRef", "targetRef"))
        assert source is not None
        assert target is not None
        targets.add(target.get("id"))
        inside = source.tag in SUB_PROCESSES
        edges.append((source.get("id") + (DONE if inside else ""), target.get("id")))
    entries = []
    for node in nodes:
        identity = node.get("id")
        if node.tag == "parallelGateway" and len(children(node, "incoming")) > 1:
            joins.add(identity)
        if node.tag == "boundaryEvent":
            edges.append((node.get("attachedToRef"), identity))
        elif child(node, "linkEventDefinition") is not None and node.tag == "intermediateThrowEvent":
            edges += [(identity, other) for other in _links(nodes, node)]
        elif identity not in targets and child(node, "linkEventDefinition") is None:
            entries.append(identity)
        if node.tag in SUB_PROCESSES:
            inner = _scope(node, edges, joins, document)
            edges += [(identity, entry) for entry in inner]
            edges += [(end, identity + DONE) for end in _ends(node)]
    return entries


def _links(nodes: list[Element], throw: Element) -> list[str]:
    names = [definition.get("name") for definition in children(throw, "linkEventDefinition")]
    return [
        node.get("id")
        for node in nodes
        if node.tag == "intermediateCatchEvent"
        and any(d.get("name") in names for d in children(node, "linkEventDefinition"))
    ]


def _ends(scope: Element) -> list[str]:
    """The nodes after which a token of the scope is gone."""
    sources = {flow.get("sourceRef") for flow in children(scope, "sequenceFlow")}
    return [
        node.get("id") + (DONE if node.tag in SUB_PROCESSES else "")
        for node in scope.elements()
        if node.namespace == BPMN
        and node.tag in FLOW_NODES
        and node.get("id") not in sources
        and (node.tag in ACTIVITIES or node.tag == "endEvent" or node.tag == "intermediateThrowEvent")
    ]
