"""Hostile and careless models, data and clocks: each has a clear answer; a refused step changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.process.driving import AT, HOUR
from tests.core.process.test_soundness import arrows, model_of
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import (
    Cancel,
    CommandRefused,
    Complete,
    Message,
    Model,
    NotExecutable,
    Signal,
    Start,
    State,
    StepFault,
    StepTooLarge,
    TimerDue,
    advance,
    compile_document,
    dump_state,
    read_document,
)
from xiaoneng.core.process.durations import after, moment, read_cycle
from xiaoneng.core.process.soundness import check

# calls


def calling(**calls: str) -> bytes:
    """Processes that call each other, by id."""
    body = "".join(
        f'<process id="{one}"><startEvent id="s{one}"/><callActivity id="c{one}" calledElement="{other}"/>'
        f'<sequenceFlow id="f{one}" sourceRef="s{one}" targetRef="c{one}"/></process>'
        for one, other in calls.items()
    )
    head = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
    return f"{head}{body}</definitions>".encode()


@pytest.mark.parametrize("calls", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_processes_that_call_each_other_for_ever(calls: dict[str, str]) -> None:
    model = compile_document(read_document(calling(**calls)))
    assert "call_cycle" in {remark.kind for remark in model.blockers}
    with pytest.raises(NotExecutable):
        advance(model, None, Start("a"), AT)
    verdict = check(model)
    assert verdict.sound
    assert not verdict.publishable


def test_a_cycle_through_a_library() -> None:
    library = {"b": read_document(calling(b="a"))}
    model = compile_document(read_document(calling(a="b")), library)
    assert {remark.kind for remark in model.blockers} <= {"call_cycle", "call"}
    with pytest.raises(NotExecutable):
        advance(model, None, Start("a"), AT)


# tokens

LOOP = '<startEvent id="s"/><exclusiveGateway id="m"/><task id="x" completionQuantity="9999"/>' + arrows(
    "s>m", "m>x", "x>m"
)


def test_a_million_tokens() -> None:
    model = model_of(LOOP)
    state = advance(model, None, Start(), AT).state
    many = advance(model, state, Complete(state.ids[0]), AT).state
    kept = dump_state(many)
    with pytest.raises(StepTooLarge, match="10000 tokens"):
        advance(model, many, Complete(many.ids[5]), AT)
    assert dump_state(many) == kept
    # the case is not lost: it can still be ended
    assert advance(model, many, Cancel(), AT).state.status == "cancelled"
    assert "unbounded" in {problem.kind for problem in check(model).problems}


def test_a_million_instances() -> None:
    many = (
        "<multiInstanceLoopCharacteristics><loopCardinality>{}</loopCardinality>"
        "</multiInstanceLoopCharacteristics>"
    )
    body = (
        f'<startEvent id="s"/><subProcess id="u">{many}<task id="t">{many}</task></subProcess>{arrows("s>u")}'
    )
    with pytest.raises(StepTooLarge, match="10000 tokens"):
        advance(model_of(body.format(1000, 1000)), None, Start(), AT)
    for number in ("1000000000", "-1", "1.5", '"many"', "1 / 0", "null"):
        with pytest.raises(StepFault, match=r"number of instances|no value"):
            advance(model_of(body.format(number, 1)), None, Start(), AT)


# expressions


def choice(condition: str) -> Model:
    return model_of(
        '<startEvent id="s"/><exclusiveGateway id="g" default="f1"/><task id="a"/><task id="b"/>'
        + arrows("s>g", "g>a")
        + '<sequenceFlow id="c" sourceRef="g" targetRef="b"><conditionExpression>'
        + condition.replace("<", "&lt;")
        + "</conditionExpression></sequenceFlow>"
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("count(for i in 1..100000000 return i) > 3", "needs more than 1000000 steps"),
        ("{f: function(x) f(x + 1), r: f(1)}.r", "more than 100 levels deep"),
        ("nothing > 3", "no value was given for nothing"),
        ("nothing", "no value was given for nothing"),
        ('"text"', "expected true or false"),
    ],
)
def test_a_condition_without_an_answer(condition: str, words: str) -> None:
    with pytest.raises(StepFault) as caught:
        advance(choice(condition), None, Start(), AT)
    assert words in str(caught.value)
    assert "c" in str(caught.value)


def test_an_expression_that_is_none() -> None:
    model = choice("1 +")
    with pytest.raises(NotExecutable, match="cannot be read"):
        advance(model, None, Start(), AT)
    assert "expression" in {problem.kind for problem in check(model).problems}


def test_a_fault_in_the_middle_of_a_case_changes_nothing() -> None:
    model = model_of(
        '<startEvent id="s"/><task id="t"/><exclusiveGateway id="g" default="f2"/><task id="a"/>'
        + '<task id="b"/>'
        + arrows("s>t", "t>g", "g>a")
        + '<sequenceFlow id="c" sourceRef="g" targetRef="b"><conditionExpression>n > 3</conditionExpression>'
        + "</sequenceFlow>"
    )
    state = advance(model, None, Start(), AT).state
    kept = dump_state(state)
    for data in (None, {"n": "three"}, {"m": 4}):
        for remember in (True, False):
            with pytest.raises(StepFault):
                advance(model, state, Complete(state.ids[0], data), AT, remember=remember)
            assert dump_state(state) == kept
    assert advance(model, state, Complete(state.ids[0], {"n": 4}), AT).tasks


# time


def timed(kind: str, text: str, *, border: bool = False) -> Model:
    event = f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"
    if border:
        return model_of(
            '<startEvent id="s"/><task id="t"/>'
            f'<boundaryEvent id="w" attachedToRef="t" cancelActivity="false">{event}</boundaryEvent>'
            f'<task id="r"/><endEvent id="e"/>{arrows("s>t", "t>e", "w>r")}'
        )
    return model_of(
        f'<startEvent id="s"/><intermediateCatchEvent id="w">{event}</intermediateCatchEvent>'
        + f'<endEvent id="e"/>{arrows("s>w", "w>e")}'
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timeDuration", "P99999Y"),
        ("timeDuration", "P999999M"),
        ("timeDuration", "PT99999999H"),
        ("timeDuration", "given"),
        ("timeDate", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_timer_beyond_the_calendar_of_the_world(kind: str, text: str) -> None:
    with pytest.raises(StepFault, match="outside the years 1 to 9999"):
        advance(timed(kind, text), None, Start(data={"given": "P99999Y"}), AT)


@pytest.mark.parametrize("value", ["yesterday", "", 3, None, True, [1], "2026-01-05"])
def test_a_timer_that_is_no_time(value: Any) -> None:
    with pytest.raises(StepFault):
        advance(timed("timeDuration", "given"), None, Start(data={"given": value}), AT)


def test_a_timer_in_the_past_is_due_at_once() -> None:
    model = timed("timeDate", "2020-01-01T00:00:00Z")
    step = advance(model, None, Start(), AT)
    (armed,) = step.timers
    assert armed.due < AT
    assert advance(model, step.state, TimerDue(armed.id), AT).state.status == "completed"


def rounds(model: Model, state: State, at: datetime) -> tuple[int, State]:
    """How often a timer fires by ``at``."""
    count = 0
    while True:
        due = {i: note[0] for i, note in state.extra.notes.items()}
        late = [i for i, when in due.items() if moment(when) <= at]
        if not late or count > 100:
            return count, state
        state = advance(model, state, TimerDue(late[0]), at).state
        count += 1


def test_missed_rounds_are_made_up_when_they_are_counted() -> None:
    model = timed("timeCycle", "R4/PT1H", border=True)
    state = advance(model, None, Start(), AT).state
    assert rounds(model, state, AT + 100 * HOUR)[0] == 4


@pytest.mark.parametrize(
    ("cycle", "late", "then"),
    [
        ("R/PT1H", timedelta(days=365, minutes=30), timedelta(days=365, hours=1)),
        ("R/PT1H", timedelta(hours=1), timedelta(hours=2)),
        ("R/PT1H", timedelta(hours=2), timedelta(hours=2)),
        ("R/2020-01-01T00:00:00Z/PT1S", timedelta(seconds=0.5), timedelta(seconds=1)),
        ("R/P1M", timedelta(days=90), timedelta(days=90)),
    ],
)
def test_missed_rounds_without_end_are_left_out(cycle: str, late: timedelta, then: timedelta) -> None:
    """After a long stop one firing, and the next round on the old beat."""
    model = timed("timeCycle", cycle, border=True)
    step = advance(model, None, Start(), AT)
    again = advance(model, step.state, TimerDue(step.timers[0].id), AT + late)
    (armed,) = again.timers
    assert armed.due == AT + then
    assert rounds(model, again.state, AT + late)[0] <= 1


@given(st.integers(1, 10**7), st.integers(0, 10**10))
def test_the_next_round_lies_on_the_beat_and_not_behind(seconds: int, late: int) -> None:
    model = timed("timeCycle", f"R/PT{seconds}S", border=True)
    step = advance(model, None, Start(), AT)
    at = AT + timedelta(seconds=seconds + late % 10**9)
    (armed,) = advance(model, step.state, TimerDue(step.timers[0].id), at).timers
    assert armed.due >= at
    assert (armed.due - AT) % timedelta(seconds=seconds) == timedelta()
    assert armed.due - at < timedelta(seconds=seconds) or at == AT + timedelta(seconds=seconds)


def test_cycles_shorter_than_a_second_are_none() -> None:
    assert read_cycle("R/PT1S") is not None
    for text in ("R/PT0S", "R/PT0.5S", "R3/P0D", "R/PT0.999999S"):
        assert read_cycle(text) is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**6 * 12), st.integers(0, 10**20))
def test_no_duration_breaks_the_arithmetic(at: datetime, months: int, micro: int) -> None:
    found = after(at, months, micro)
    assert found is None or moment(found) >= at


def test_a_clock_that_goes_back() -> None:
    """What is late is late by the clock of the command; nothing fires early, nothing breaks."""
    model = timed("timeDuration", "PT1H")
    step = advance(model, None, Start(), AT)
    (armed,) = step.timers
    kept = dump_state(step.state)
    for at in (AT - 1000 * HOUR, AT, AT + HOUR / 2):
        with pytest.raises(CommandRefused, match="not yet"):
            advance(model, step.state, TimerDue(armed.id), at)
    assert dump_state(step.state) == kept
    border = timed("timeCycle", "R3/PT1H", border=True)
    begun = advance(border, None, Start(), AT)
    task = begun.tasks[0].id
    assert advance(border, begun.state, Complete(task), AT - 5 * HOUR).state.status == "completed"


def test_a_time_without_offset_is_refused_always() -> None:
    model = model_of(f'<startEvent id="s"/><task id="t"/>{arrows("s>t")}')
    state = advance(model, None, Start(), AT).state
    advance(model, state, Complete(state.ids[0]), AT)
    for command, before in ((Start(), None), (Complete(state.ids[0]), state)):
        with pytest.raises(BadInput, match="no offset"):
            advance(model, before, command, AT.replace(tzinfo=None))


# messages


def test_a_message_that_nobody_waits_for() -> None:
    model = model_of(
        '<startEvent id="s"/><task id="t"/><intermediateCatchEvent id="w">'
        "<conditionalEventDefinition><condition>go</condition></conditionalEventDefinition>"
        f'</intermediateCatchEvent><endEvent id="e"/>{arrows("s>t", "t>w", "w>e")}'
    )
    state = advance(model, None, Start(), AT).state
    kept = dump_state(state)
    for command in (Message("m"), Message("m", {"x": 1}, 7), Signal("g"), Message("")):
        with pytest.raises(CommandRefused, match="nothing waits"):
            advance(model, state, command, AT)
        assert dump_state(state) == kept
    with pytest.raises(CommandRefused, match="has ended"):
        advance(model, advance(model, state, Cancel(), AT).state, Message("m"), AT)


def test_thousands_of_tokens_before_an_inclusive_join_are_refused_soon() -> None:
    """Each decision of such a join looks at every token; found by the fuzzing campaign."""
    model = model_of(
        '<startEvent id="s"/><task id="x" completionQuantity="5000"/><task id="y"/><inclusiveGateway id="j"/>'
        f'<task id="z"/>{arrows("s>x", "x>j", "y>j", "j>z")}'
    )
    state = advance(model, None, Start(), AT).state
    with pytest.raises(StepTooLarge, match="20000 moves"):
        advance(model, state, Complete(state.ids[0]), AT)
    assert len(state.ids) == 1
