"""A drawn model: every element has its place, no two shapes overlap, lines run square from shape to shape."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoneng.core.process import compile_document, read_document
from xiaoneng.core.process.layout import has_diagram, with_diagram
from xiaoneng.core.process.layout.order import Edge, arrange
from xiaoneng.core.process.layout.place import picture_of
from xiaoneng.core.process.model import NONE

DEMO = Path("src/xiaoneng/demo/data/processes")
HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">'
TAIL = "</process></definitions>"
KINDS = ("task", "exclusiveGateway", "parallelGateway", "intermediateThrowEvent")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """Vertices and edges, circles and loose ends included."""
    count = draw(st.integers(1, 9))
    vertex = st.integers(0, count - 1)
    return count, draw(st.lists(st.tuples(vertex, vertex), max_size=14, unique=True))


def bpmn(count: int, edges: list[tuple[int, int]], kinds: list[str]) -> bytes:
    nodes = "".join(f'<{kinds[n]} id="n{n}" name="第{n}步"/>' for n in range(count))
    flows = "".join(
        f'<sequenceFlow id="f{a}_{b}" name="去{b}" sourceRef="n{a}" targetRef="n{b}"/>' for a, b in edges
    )
    return (HEAD + nodes + flows + TAIL).encode()


@given(graphs())
def test_columns_lead_forward_and_places_are_taken_once(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = graph
    edges = [Edge(n, a, b) for n, (a, b) in enumerate(pairs)]
    order = arrange(range(count), edges)
    for edge in edges:
        assert edge.id in order.back or order.column[edge.source] < order.column[edge.target]
    places = [(order.column[v], order.row[v]) for v in range(count)]
    for edge in edges:
        if edge.id in order.passes:
            between = range(order.column[edge.source] + 1, order.column[edge.target])
            places += [(column, order.passes[edge.id]) for column in between]
    assert len(places) == len(set(places))
    # without circles nothing leads back
    if all(a < b for a, b in pairs):
        assert not order.back


@settings(max_examples=60)
@given(graphs(), st.data())
def test_a_drawn_model_is_complete_square_and_free_of_overlaps(
    graph: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    count, edges = graph
    kinds = [data.draw(st.sampled_from(KINDS)) for _ in range(count)]
    source = bpmn(count, edges, kinds)
    drawn = with_diagram(source)
    assert drawn == with_diagram(drawn)
    document = read_document(drawn)
    shown = {e.get("bpmnElement") for e in document.root.iterate() if e.tag in ("BPMNShape", "BPMNEdge")}
    assert shown == {f"n{n}" for n in range(count)} | {f"f{a}_{b}" for a, b in edges}
    model = compile_document(document)
    picture = picture_of(model, model.scopes[0])
    for one, other in combinations(picture.nodes.values(), 2):
        apart = one.right <= other.x or other.right <= one.x
        assert apart or one.bottom <= other.y or other.bottom <= one.y
    for number, line in picture.flows.items():
        flow = model.flows[number]
        begin, end = picture.nodes[flow.source], picture.nodes[flow.target]
        assert line[0] == (begin.right, begin.middle)
        assert line[-1] == (end.x, end.middle)
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line))


@pytest.mark.parametrize("file", sorted(DEMO.glob("*.bpmn")), ids=lambda path: path.stem)
def test_in_the_demo_models_no_line_runs_through_a_step(file: Path) -> None:
    model = compile_document(read_document(file))
    for scope in model.scopes:
        picture = picture_of(model, scope)
        own = [n for n in scope.nodes if model.nodes[n].host == NONE]
        for number in scope.flows:
            for (ax, ay), (bx, by) in pairwise(picture.flows[number]):
                for n in own:
                    box = picture.nodes[n]
                    crossed = (
                        max(min(ax, bx), box.x + 1) < min(max(ax, bx), box.right - 1)
                        and box.y < ay < box.bottom
                        if ay == by
                        else max(min(ay, by), box.y + 1) < min(max(ay, by), box.bottom - 1)
                        and box.x < ax < box.right
                    )
                    assert not crossed, (model.flows[number].id, model.nodes[n].id)


def test_lanes_lie_below_each_other_and_hold_their_steps() -> None:
    model = compile_document(read_document(DEMO / "joint-review.1.bpmn"))
    picture = picture_of(model, model.scopes[0])
    lanes = [picture.lanes[n] for n in sorted(picture.lanes)]
    assert len(lanes) == 7
    assert all(upper.bottom == lower.y for upper, lower in pairwise(lanes))
    for number, box in picture.nodes.items():
        lane = picture.lanes[model.nodes[number].lane]
        assert lane.y < box.y
        assert box.bottom < lane.bottom


def test_only_the_diagram_changes() -> None:
    source = bpmn(3, [(0, 1), (1, 2)], ["task"] * 3)
    assert not has_diagram(read_document(source))
    drawn = with_diagram(source)
    assert has_diagram(read_document(drawn))
    assert (
        drawn.decode().split("<bpmndi:BPMNDiagram")[0].strip() == source.decode().split("</definitions>")[0]
    )
