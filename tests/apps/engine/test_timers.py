"""Timers: once, in order, after being down, on a clock that goes back, past the published calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.engine.world import AT, begin, bpmn, check, publish, the_task
from xiaoneng.apps.engine import calendars
from xiaoneng.apps.engine.contracts import MACHINE
from xiaoneng.apps.engine.models import CommandRecord, Instance, Task, Timer
from xiaoneng.apps.engine.services import act, timers, timers_fire, timers_redate
from xiaoneng.core.process import commands as c

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _somebody(person: Callable[..., Any]) -> None:
    person("clerk")


def waits_for(definition: str, boundary: str = "") -> bytes:
    """A task with a timer beside it: ``definition`` is the inside of its timer event definition."""
    border = boundary or 'cancelActivity="true"'
    return bpmn(
        [
            'startEvent id="s"',
            'userTask id="a" xn:role="clerk" xn:body="case"',
            f'<boundaryEvent id="late" attachedToRef="a" {border}><timerEventDefinition>{definition}'
            "</timerEventDefinition></boundaryEvent>",
            'userTask id="remind" xn:role="head" xn:body="case"',
            'endEvent id="e"',
            'endEvent id="f"',
        ],
        [("s", "a"), ("a", "e"), ("late", "remind"), ("remind", "f")],
    )


DAY = waits_for("<timeDuration>P1D</timeDuration>")


def test_a_timer_fires_once_when_it_is_due() -> None:
    publish(DAY)
    instance = begin().instance
    timer = Timer.objects.get()
    assert timer.due_at == AT + timedelta(days=1)
    assert timers_fire(AT + timedelta(hours=23)) == 0
    late = AT + timedelta(days=3)  # the worker was down
    assert timers_fire(late) == 1
    check(instance)
    assert not Timer.objects.exists()
    assert timers_fire(late) == 0
    assert timers_fire(AT) == 0  # a clock that goes back fires nothing, and takes nothing back
    assert set(Task.objects.filter(state="open").values_list("element", flat=True)) == {"remind"}
    outcome = act(
        instance=instance,
        command=c.Complete(the_task(instance, "remind")),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    assert outcome.status == "completed"
    check(instance)


def test_a_step_on_a_clock_that_went_back() -> None:
    publish(DAY)
    instance = begin().instance
    timers_fire(AT + timedelta(days=1))
    outcome = act(
        instance=instance,
        command=c.Complete(the_task(instance, "remind")),
        actor=MACHINE,
        at=AT - timedelta(days=1),
        command_id=uuid4(),
    )
    assert outcome.status == "completed"
    check(instance)


def test_a_timer_of_a_task_that_is_done_is_gone() -> None:
    publish(DAY)
    instance = begin().instance
    act(
        instance=instance,
        command=c.Complete(the_task(instance, "a")),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    check(instance)
    assert timers_fire(AT + timedelta(days=9)) == 0


def test_a_timer_in_the_past_fires_at_once() -> None:
    publish(waits_for("<timeDate>2020-01-01T00:00:00Z</timeDate>"))
    instance = begin().instance
    assert timers_fire(AT) == 1
    check(instance)


def test_many_timers_fire_in_order_and_a_cycle_again_and_again() -> None:
    publish(waits_for("<timeCycle>R3/PT1H</timeCycle>", 'cancelActivity="false"'))
    first, second = begin(case="C-1").instance, begin(case="C-2", at=AT + timedelta(minutes=1)).instance
    assert timers_fire(AT + timedelta(days=2)) == 6
    order = CommandRecord.objects.filter(kind="TimerDue").order_by("at", "instance", "revision")
    assert order.count() == 6
    for instance in (first, second):
        check(instance)
        assert Task.objects.filter(instance=instance, element="remind").count() == 3
    assert not Timer.objects.exists()


def test_a_claim_is_one_workers_alone_and_comes_back() -> None:
    publish(DAY)
    begin()
    due = AT + timedelta(days=2)
    claimed = timers.claim(due)
    assert claimed is not None
    assert timers.claim(due) is None
    assert timers_fire(due) == 0
    later = due + timers.LEASE + timedelta(seconds=1)  # that worker was killed
    assert timers_fire(later) == 1
    assert not timers.fire(claimed, later) or CommandRecord.objects.filter(kind="TimerDue").count() == 1
    assert CommandRecord.objects.filter(kind="TimerDue").count() == 1


def test_timers_of_a_suspended_case_wait() -> None:
    publish(DAY)
    instance = begin().instance
    act(instance=instance, command=c.Suspend(), actor=MACHINE, at=AT, command_id=uuid4())
    late = AT + timedelta(days=5)
    assert timers_fire(late) == 0
    act(instance=instance, command=c.Resume(), actor=MACHINE, at=late, command_id=uuid4())
    assert timers_fire(late) == 1
    check(instance)


def test_limits_are_counted_by_the_calendar_and_dated_when_it_is_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = waits_for("").replace(
        b"<timerEventDefinition>", b'<timerEventDefinition xn:limit="3" xn:limitUnit="wd">'
    )
    model = model.replace(b'<userTask id="a"', b'<userTask id="a" xn:limit="2"')
    publish(model)
    instance = begin(case="C-1").instance
    timer, task = Timer.objects.get(), Task.objects.get()
    assert (timer.due_at, task.undated) == (
        datetime.fromisoformat("2026-03-05T23:59:59.999999+08:00"),
        False,
    )
    with monkeypatch.context() as patched:
        patched.setattr(calendars, "last_moment", lambda *_: None)
        far = begin(case="C-2").instance
        assert timers_redate(AT) == 0
    timer, task = Timer.objects.get(instance=far), Task.objects.get(instance=far)
    assert (timer.due_at, timer.next_at, task.due, task.undated) == (None, None, None, True)
    assert timers_fire(AT + timedelta(days=400)) == 1  # the dated one
    assert timers_redate(AT + timedelta(days=30)) == 2
    timer, task = Timer.objects.get(instance=far), Task.objects.get(instance=far)
    assert timer.due_at == datetime.fromisoformat("2026-03-05T23:59:59.999999+08:00")
    assert task.due == datetime.fromisoformat("2026-03-04T23:59:59.999999+08:00")
    assert timers_fire(AT + timedelta(days=30)) == 1
    for number in (instance, far):
        check(number)


def test_a_timer_that_cannot_fire_is_tried_less_and_less_then_left_with_its_reason() -> None:
    model = bpmn(
        [
            'startEvent id="s"',
            '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
            "</timerEventDefinition></intermediateCatchEvent>",
            'exclusiveGateway id="x"',
            'endEvent id="e"',
            'endEvent id="f"',
        ],
        [("s", "wait"), ("wait", "x"), ("x", "e", "granted"), ("x", "f", "granted = false")],
    )
    publish(model)
    instance = begin().instance
    now = AT + timedelta(hours=1)
    for attempt in range(1, timers.ATTEMPTS + 1):
        assert timers_fire(now) == 0
        timer = Timer.objects.get()
        assert timer.attempts == attempt
        now += timedelta(hours=2)
    assert timer.next_at is None
    assert "x" in timer.fault
    assert Instance.objects.get().revision == 1
    act(
        instance=instance,
        command=c.SetData({"granted": True}),
        actor=MACHINE,
        at=now,
        command_id=uuid4(),
    )
    assert timers_fire(now) == 0
    assert timers.timer_again(instance=instance, number=timer.number, at=now)
    assert timers_fire(now) == 1
    check(instance)
    assert Instance.objects.get().status == "completed"
