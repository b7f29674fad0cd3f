"""Steps of small models: order, refusals, going back, further signers, the state as bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.process_advance import permit
from xiaoneng.core.errors import BadInput, HostileInput
from xiaoneng.core.process import (
    AddSign,
    Claim,
    CommandRefused,
    Complete,
    Countersign,
    Model,
    NotExecutable,
    Recall,
    SendBack,
    Start,
    State,
    StepTooLarge,
    Suspend,
    TimerDue,
    advance,
    compile_document,
    dump_state,
    load_state,
    read_document,
)
from xiaoneng.core.process.diff import compare
from xiaoneng.core.process.soundness import check

AT = datetime(2026, 1, 5, tzinfo=UTC)
HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><process id="p">'


def model(body: str) -> Model:
    return compile_document(read_document(f"{HEAD}{body}</process></definitions>".encode()))


def flows(*pairs: str) -> str:
    ends = [pair.split(">") for pair in pairs]
    return "".join(
        f'<sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}"/>' for i, (a, b) in enumerate(ends)
    )


def opened(m: Model, state: State) -> dict[str, int]:
    return {
        m.nodes[item[1]].id: i for i, item in zip(state.ids, state.shape.items, strict=True) if item[0] == 0
    }


def go(m: Model, state: State, *tasks: str) -> State:
    for task in tasks:
        state = advance(m, state, Complete(opened(m, state)[task]), AT).state
    return state


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_remembered_steps_and_bytes_change_nothing(choices: list[tuple[bool, bool, int]]) -> None:
    m = permit()
    a = b = advance(m, None, Start(), AT).state
    for complete, granted, which in choices:
        if a.ended:
            break
        tasks = list(opened(m, a).values())
        data = {"complete": complete, "result": "granted" if granted else "refused"}
        command = Complete(tasks[which % len(tasks)], data)
        one, two = advance(m, a, command, AT), advance(m, b, command, AT, remember=False)
        assert one == two
        a, b = one.state, load_state(m, dump_state(two.state))
        assert a == b
        assert len(dump_state(a)) <= 1024


def test_send_back_withdraws_what_runs_beside() -> None:
    m = permit()
    state = go(m, advance(m, None, Start(), AT).state, "receive")
    state = advance(m, state, Complete(opened(m, state)["check"], {"complete": True}), AT).state
    assert set(opened(m, state)) == {"plan", "fire", "green"}
    step = advance(m, state, SendBack(opened(m, state)["fire"], "check"), AT)
    assert set(opened(m, step.state)) == {"check"}
    assert len([e for e in step.events if e.kind == "withdrawn"]) == 3
    with pytest.raises(CommandRefused):
        advance(m, state, SendBack(opened(m, state)["fire"], "draft"), AT)


def test_recall_until_somebody_holds_the_next_task() -> None:
    m = permit()
    state = go(m, advance(m, None, Start(), AT).state, "receive")
    task = opened(m, state)["check"]
    assert set(opened(m, advance(m, state, Recall("receive", (task,)), AT).state)) == {"receive"}
    held = advance(m, state, Claim(task, "ann"), AT).state
    with pytest.raises(CommandRefused):
        advance(m, held, Recall("receive", (task,)), AT)
    with pytest.raises(CommandRefused):
        advance(m, held, Complete(task, None, "bob"), AT)


@pytest.mark.parametrize("before", [True, False])
def test_further_signers(before: bool) -> None:
    m = permit()
    state = advance(m, None, Start(), AT).state
    task = opened(m, state)["receive"]
    shared = advance(m, state, Countersign(task, ("ann", "bob")), AT).state
    for identity in [i for i, item in zip(shared.ids, shared.shape.items, strict=True) if item[0] == 0]:
        assert "check" not in opened(m, shared)
        shared = advance(m, shared, Complete(identity, None, shared.owners.get(identity, "")), AT).state
    assert set(opened(m, shared)) == {"check"}
    state = advance(m, state, AddSign(task, ("ann", "bob"), before), AT).state
    for done in range(3):
        assert set(opened(m, state)) == {"receive"}, done
        identity = opened(m, state)["receive"]
        state = advance(m, state, Complete(identity, None, state.owners.get(identity, "")), AT).state
    assert set(opened(m, state)) == {"check"}


def test_refusals_change_nothing() -> None:
    m = permit()
    state = advance(m, None, Start(), AT).state
    task = opened(m, state)["receive"]
    with pytest.raises(CommandRefused):
        advance(m, state, Complete(99), AT)
    with pytest.raises(CommandRefused):
        advance(m, state, Start(), AT)
    paused = advance(m, state, Suspend(), AT).state
    with pytest.raises(CommandRefused):
        advance(m, paused, Complete(task), AT)
    assert advance(m, state, Complete(task), AT).state.status == "running"
    with pytest.raises(BadInput):
        load_state(m, b"1\n[]\n[]")


def test_a_timer_is_not_due_before_its_time() -> None:
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    m = model(
        f'<startEvent id="s"/><intermediateCatchEvent id="w">{timer}</intermediateCatchEvent>'
        f'<userTask id="t"/><endEvent id="e"/>{flows("s>w", "w>t", "t>e")}'
    )
    step = advance(m, None, Start(), AT)
    (armed,) = step.timers
    assert armed.due == AT + timedelta(days=1)
    with pytest.raises(CommandRefused):
        advance(m, step.state, TimerDue(armed.id), AT)
    assert opened(m, advance(m, step.state, TimerDue(armed.id), armed.due).state).keys() == {"t"}


def test_endless_loop_and_drawing() -> None:
    m = model(
        '<startEvent id="s"/><parallelGateway id="a"/><exclusiveGateway id="b"/><userTask id="t"/>'
        + flows("s>b", "b>a", "a>b", "a>t")
    )
    with pytest.raises(StepTooLarge):
        advance(m, None, Start(), AT)
    assert not check(m).sound
    drawn = model('<startEvent id="s"/><task id="t" completionQuantity="0"/>' + flows("s>t"))
    with pytest.raises(NotExecutable):
        advance(drawn, None, Start(), AT)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><definitions/>',
        f'{HEAD}<task id="t"/><task id="t"/></process></definitions>'.encode(),
        f'{HEAD}<task id="t"/>{flows("t>x")}</process></definitions>'.encode(),
    ],
)
def test_broken_files_are_refused(text: bytes) -> None:
    with pytest.raises((BadInput, HostileInput)):
        compile_document(read_document(text))


def test_soundness() -> None:
    assert check(permit()).sound
    block = '<startEvent id="s"/><{0} id="a"/><task id="x"/><task id="y"/><{1} id="b"/><task id="z"/>'
    arrows = flows("s>a", "a>x", "a>y", "x>b", "y>b", "b>z")
    kinds = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")
    verdicts = {
        (one, two): {p.kind for p in check(model(block.format(one, two) + arrows)).problems}
        - {"no_condition"}
        for one in kinds
        for two in kinds
    }
    for (one, two), problems in verdicts.items():
        if one == two or two == "inclusiveGateway":
            assert not problems, (one, two)
        elif two == "parallelGateway":
            assert "deadlock" in problems, (one, two)
        else:
            assert "lack_of_synchronisation" in problems, (one, two)


def test_diff_tells_added_and_moved_apart() -> None:
    one = model('<task id="a"/><task id="b" name="x"/><task id="c"/>' + flows("a>b", "b>c"))
    two = model(
        '<task id="a"/><task id="n"/><task id="b" name="y"/><task id="c"/>' + flows("a>n", "n>b", "b>c")
    )
    swapped = model('<task id="a"/><task id="b" name="x"/><task id="c"/>' + flows("b>a", "a>c"))
    found = compare(one, two)
    assert (found.added, found.removed, found.moved) == (("n",), (), ())
    assert found.changed == (("b", ("name",)),)
    assert compare(one, swapped).moved == ("b",)
