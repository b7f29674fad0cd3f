"""The verdict on arbitrary small graphs is the one found by looking at every marking; every path is a run."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.core.process.driving import AT
from tests.core.process.graphs import Brute, Graph, graphs, unsafe
from xiaoneng.core.process import (
    Complete,
    Model,
    NoBranch,
    Start,
    State,
    StepTooLarge,
    advance,
    compile_document,
    read_document,
)
from xiaoneng.core.process.soundness import check
from xiaoneng.core.process.soundness.control import flow_problems, pruned
from xiaoneng.core.process.soundness.explore import explore
from xiaoneng.core.process.soundness.problem import CONTROL_FLOW, Problem
from xiaoneng.core.process.soundness.reduce import reduce
from xiaoneng.core.process.state import WAIT

EXAMPLES = settings(deadline=None, max_examples=120)


def compiled(graph: Graph) -> Model:
    return compile_document(read_document(graph.bpmn()))


def control(model: Model) -> list[Problem]:
    return [p for p in check(model).problems if p.kind in CONTROL_FLOW]


@EXAMPLES
@given(graphs())
def test_the_verdict_agrees_with_brute_force(graph: Graph) -> None:
    brute = Brute(graph)
    assume(brute.complete)
    problems = control(compiled(graph))
    assert (not problems) == brute.sound(), [str(problem) for problem in problems]


@EXAMPLES
@given(graphs())
def test_every_path_is_a_run_that_shows_its_problem(graph: Graph) -> None:
    brute = Brute(graph)
    for problem in control(compiled(graph)):
        if problem.kind == "dead":
            assert problem.path == ()
            continue
        assert problem.path, problem
        path = [int(name.removeprefix("n")) for name in problem.path]
        if problem.kind == "no_end":
            assert path[-1] == int(problem.element.removeprefix("n"))
            assert set(pairwise(path)) <= set(graph.flows)
            continue
        markings = brute.after(path)
        if problem.kind == "deadlock":
            assert any(brute.dead_end(marking) for marking in markings), problem
        elif problem.kind in ("lack_of_synchronisation", "unbounded"):
            assert any(unsafe(marking) for marking in markings), problem
        else:
            assert problem.kind == "livelock"
            assert any(marking for marking in markings), problem


EARLY = Graph(
    kinds=("start", "or", "and", "and", "and", "any", "end"),
    flows=((0, 1), (1, 6), (2, 4), (1, 2), (3, 5), (4, 3), (5, 1), (1, 5), (2, 1)),
)
"""A join that goes on early, because what it waits for may also come to where a token lies already."""


@EXAMPLES
@example(EARLY)
@given(graphs(most=7))
def test_reduction_changes_no_verdict(graph: Graph) -> None:
    """The reduced net is sound exactly where the whole one is."""
    model = compiled(graph)
    (scope,) = model.scopes
    whole, dead, stray = pruned(model, scope)
    assume(not dead and not stray)
    reduced = pruned(model, scope)[0]
    reduce(reduced)
    one, two = explore(whole, 2_000), explore(reduced, 2_000)
    assume(one.complete and two.complete)
    clean = [not s.found and s.fired >= set(n.transitions) for s, n in ((one, whole), (two, reduced))]
    assert clean[0] == clean[1]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.filter_too_much])
@given(graphs(most=5), st.integers(0, 2**32 - 1))
def test_a_sound_model_never_stops_when_it_is_run(graph: Graph, seed: int) -> None:
    """Whatever the data: while a case runs some task is open, and no task twice."""
    model = compiled(graph)
    assume(not control(model) and "task" in graph.kinds)
    chance = random.Random(seed)

    def data() -> dict[str, bool]:
        return {f"c{flow}": chance.random() < 0.5 for flow in range(len(graph.flows))}

    def step(state: State | None, command: Any) -> State:
        """A step with data under which some branch applies."""
        while True:
            try:
                return advance(model, state, command._replace(data=data()), AT).state
            except (NoBranch, StepTooLarge):
                continue

    state = step(None, Start())
    for _ in range(60):
        if state.ended:
            break
        rows = zip(state.ids, state.shape.items, strict=True)
        tasks = [identity for identity, item in rows if item[0] == WAIT]
        assert tasks, "the case runs and nothing waits"
        nodes = [item[:2] for item in state.shape.items]
        assert len(nodes) == len(set(nodes)), "a task is open twice"
        state = step(state, Complete(chance.choice(tasks)))
    assert state.status in ("completed", "running")


HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">'


def model_of(body: str) -> Model:
    return compile_document(read_document(f"{HEAD}{body}</process></definitions>".encode()))


def arrows(*pairs: str) -> str:
    ends = [pair.split(">") for pair in pairs]
    return "".join(
        f'<sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}"/>' for i, (a, b) in enumerate(ends)
    )


def wide(branches: int, join: str) -> Model:
    """An inclusive split of many branches."""
    names = [f"t{i}" for i in range(branches)]
    return model_of(
        '<startEvent id="s"/><inclusiveGateway id="a"/>'
        + "".join(f'<task id="{name}"/>' for name in names)
        + f'<{join} id="b"/><endEvent id="e"/>'
        + arrows("s>a", "b>e", *(f"a>{name}" for name in names), *(f"{name}>b" for name in names))
    )


@pytest.mark.parametrize(
    ("branches", "join", "kinds"),
    [
        (9, "inclusiveGateway", set()),
        (30, "inclusiveGateway", set()),
        (9, "parallelGateway", {"deadlock"}),
        (30, "parallelGateway", {"deadlock"}),
        (30, "exclusiveGateway", {"lack_of_synchronisation"}),
    ],
)
def test_many_optional_branches(branches: int, join: str, kinds: set[str]) -> None:
    assert {problem.kind for problem in control(wide(branches, join))} == kinds


def test_more_branches_than_can_be_followed_prove_nothing() -> None:
    """Thirteen branches that cannot be reduced: no false peace."""
    names = [f"t{i}" for i in range(13)]
    model = model_of(
        '<startEvent id="s"/><inclusiveGateway id="a"/>'
        + "".join(f'<task id="{name}"/>' for name in names)
        + '<inclusiveGateway id="b"/><inclusiveGateway id="c"/><inclusiveGateway id="j"/><endEvent id="e"/>'
        + arrows(
            "s>a",
            *(f"a>{name}" for name in names),
            *(f"{name}>{'b' if i % 2 else 'c'}" for i, name in enumerate(names)),
            "b>j",
            "c>j",
            "b>c",
            "j>e",
        )
    )
    assert {problem.kind for problem in control(model)} <= {"not_proven"}


BRANCHES = '<startEvent id="s"/><parallelGateway id="a"/><task id="x"/><task id="y"/><task id="z"/>'
ARROWS = ("s>a", "a>x", "a>y", "a>z", "x>b", "y>b", "z>b", "b>t", "t>e")


@pytest.mark.parametrize(
    ("condition", "kinds"),
    [
        ("activationCount &gt;= 1", set()),
        # two tokens may come at once, and then it is never two
        ("activationCount = 2", {"deadlock"}),
        ("activationCount &gt;= 3", set()),
        ("activationCount &gt;= 4", {"deadlock"}),
    ],
)
def test_complex_join_by_number(condition: str, kinds: set[str]) -> None:
    """The gateway fires once, swallows the late tokens, and the case ends; where it never fires, it stops."""
    model = model_of(
        BRANCHES
        + f'<complexGateway id="b"><activationCondition>{condition}</activationCondition></complexGateway>'
        + '<task id="t"/><endEvent id="e"/>'
        + arrows(*ARROWS)
    )
    found = control(model)
    assert {problem.kind for problem in found} == kinds
    assert not [p for p in check(model).problems if p.kind == "not_analysed"]
    for problem in found:
        assert set(problem.path) == {"s", "a", "x", "y", "z"}
        assert problem.element == "b"


def test_complex_join_by_data_is_not_analysed() -> None:
    model = model_of(
        BRANCHES
        + '<complexGateway id="b"><activationCondition>urgent or activationCount = 3</activationCondition>'
        + '</complexGateway><task id="t"/><endEvent id="e"/>'
        + arrows(*ARROWS)
    )
    assert [p.kind for p in check(model).problems if p.kind == "not_analysed"] == ["not_analysed"]


@pytest.mark.parametrize(
    ("gives", "needs", "kinds"),
    [(2, 2, set()), (4, 2, set()), (3, 2, {"deadlock"}), (1, 2, {"deadlock"}), (2, 1, set())],
)
def test_quantities_of_tokens(gives: int, needs: int, kinds: set[str]) -> None:
    model = model_of(
        f'<startEvent id="s"/><task id="x" completionQuantity="{gives}"/>'
        f'<task id="y" startQuantity="{needs}"/><endEvent id="e"/>{arrows("s>x", "x>y", "y>e")}'
    )
    assert {problem.kind for problem in control(model)} == kinds


def test_thousands_of_tokens_prove_nothing_in_no_time() -> None:
    model = model_of(
        '<startEvent id="s"/><task id="x" completionQuantity="9999"/><task id="y" startQuantity="5000"/>'
        f'<task id="z" startQuantity="2"/><endEvent id="e"/>{arrows("s>x", "x>y", "x>z", "y>e", "z>e")}'
    )
    assert {problem.kind for problem in control(model)} == {"not_proven"}


def test_a_loop_that_gives_more_than_it_takes_is_unbounded() -> None:
    model = model_of(
        '<startEvent id="s"/><exclusiveGateway id="m"/><task id="x" completionQuantity="2"/>'
        f'<exclusiveGateway id="g"/><endEvent id="e"/>{arrows("s>m", "m>x", "x>g", "g>m", "g>e")}'
    )
    assert {problem.kind for problem in control(model)} == {"unbounded"}


def test_a_last_step_that_is_reached_twice() -> None:
    model = model_of(
        '<startEvent id="s"/><parallelGateway id="a"/><task id="x"/><task id="y"/><task id="z"/>'
        + arrows("s>a", "a>x", "a>y", "x>z", "y>z")
    )
    (found,) = control(model)
    assert (found.kind, found.element) == ("lack_of_synchronisation", "z")
    assert found.path == ("s", "a", "x", "y", "z", "z")


def test_flow_problems_of_a_scope_name_its_elements() -> None:
    model = model_of(
        '<startEvent id="s"/><subProcess id="u"><startEvent id="s2"/><exclusiveGateway id="a"/><task id="x"/>'
        '<task id="y"/><parallelGateway id="b"/><endEvent id="e2"/>'
        + arrows("s2>a", "a>x", "a>y", "x>b", "y>b", "b>e2")
        + '</subProcess><endEvent id="e"/>'
        + arrows("s>u", "u>e").replace('id="f', 'id="h')
    )
    inner = next(scope for scope in model.scopes if scope.id == "u")
    (first, second) = flow_problems(model, inner)
    assert (first.kind, first.element, first.path) == ("deadlock", "b", ("s2", "a", "x"))
    assert second.path == ("s2", "a", "y")
