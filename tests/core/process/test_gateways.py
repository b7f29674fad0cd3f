"""The reset of a complex gateway (BPMN 2.0.2, table 13.5), and splits of an activity (13.3.1)."""

from __future__ import annotations

import pytest

from tests.core.process.driving import AT
from tests.core.process.test_soundness import arrows, model_of
from xiaoneng.core.process import Complete, Model, NoBranch, Start, State, advance
from xiaoneng.core.process.state import WAIT


def opened(model: Model, state: State) -> dict[str, int]:
    rows = zip(state.ids, state.shape.items, strict=True)
    return {model.nodes[item[1]].id: identity for identity, item in rows if item[0] == WAIT}


def conditional(name: str, source: str, target: str, condition: str) -> str:
    asked = f"<conditionExpression>{condition}</conditionExpression>"
    return f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{asked}</sequenceFlow>'


def discriminator(default: str, plain: bool) -> Model:
    """Two branches into a gateway that fires at the first: a flow with a condition, and one without."""
    return model_of(
        '<startEvent id="s"/><parallelGateway id="a"/><task id="x"/><task id="y"/>'
        '<task id="now"/><task id="then"/>'
        f'<complexGateway id="c"{default}><activationCondition>activationCount >= 1</activationCondition>'
        "</complexGateway>"
        + arrows("s>a", "a>x", "a>y", "x>c", "y>c", *(["c>then"] if plain else []))
        + conditional("k", "c", "now", "n = 1")
    )


@pytest.mark.parametrize(
    ("default", "plain", "late", "after"),
    [
        # no condition holds in the second phase: the default gets a token, a plain flow gets none
        (' default="f5"', True, 2, {"now", "then"}),
        ("", True, 2, {"now", "then"}),
        ("", False, 2, {"now"}),
        # the condition holds again: its flow, and not the default
        (' default="f5"', True, 1, {"now"}),
    ],
)
def test_the_reset_of_a_complex_gateway(default: str, plain: bool, late: int, after: set[str]) -> None:
    model = discriminator(default, plain)
    state = advance(model, None, Start(), AT).state
    state = advance(model, state, Complete(opened(model, state)["x"], {"n": 1}), AT).state
    first = {"now", "y"} | ({"then"} if plain and not default else set())
    assert set(opened(model, state)) == first
    step = advance(model, state, Complete(opened(model, state)["y"], {"n": late}), AT)
    tasks = [model.nodes[task.node].id for task in step.tasks]
    # a plain flow belongs to the first phase alone; with a default only where no condition holds
    assert tasks == (["now"] if late == 1 else ["then"] if default else [])
    assert set(opened(model, step.state)) == after


@pytest.mark.parametrize(
    ("n", "default", "tasks"),
    [(1, True, {"b"}), (5, True, {"z"}), (1, False, {"b"}), (5, False, None)],
)
def test_conditional_flows_of_an_activity(n: int, default: bool, tasks: set[str] | None) -> None:
    other = '<sequenceFlow id="d0" sourceRef="a" targetRef="z"/>' if default else ""
    named = ' default="d0"' if default else ""
    model = model_of(
        f'<startEvent id="s"/><task id="a"{named}/><task id="b"/><task id="z"/>'
        + arrows("s>a")
        + conditional("k", "a", "b", "n = 1")
        + other
    )
    state = advance(model, None, Start(), AT).state
    command = Complete(state.ids[0], {"n": n})
    if tasks is None:
        with pytest.raises(NoBranch):
            advance(model, state, command, AT)
    else:
        assert set(opened(model, advance(model, state, command, AT).state)) == tasks
