"""What a step causes elsewhere: connectors, decisions, messages and signals between cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.apps.engine.world import AT, CITY, begin, bpmn, check, command, doer, publish, the_task
from tests.apps.processes import models as decisions
from xiaoneng.apps.accounts.selectors import named
from xiaoneng.apps.engine import registry
from xiaoneng.apps.engine.contracts import MACHINE, Answer, Call
from xiaoneng.apps.engine.errors import ConnectorFailed, NobodyWaits, NotAllowed
from xiaoneng.apps.engine.models import CommandRecord, Instance, Subscription, Task
from xiaoneng.apps.engine.services import act, broadcast, calls, deliver
from xiaoneng.apps.outbox import worker
from xiaoneng.apps.outbox.models import Message as Row
from xiaoneng.apps.processes.models import Evaluation
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import CommandRefused
from xiaoneng.core.process import commands as c

pytestmark = pytest.mark.django_db

SERVICE = bpmn(
    [
        'startEvent id="s"',
        'serviceTask id="verify" xn:connector="verify"',
        '<boundaryEvent id="bad" attachedToRef="verify"><errorEventDefinition errorRef="wrong"/>'
        "</boundaryEvent>",
        'exclusiveGateway id="x" default="f3"',
        'userTask id="look" xn:role="handler" xn:body="case"',
        'userTask id="mend" xn:role="clerk" xn:body="case"',
        'endEvent id="e"',
    ],
    [
        ("s", "verify"),
        ("verify", "x"),
        ("x", "look", "score &lt; 5"),
        ("x", "e"),
        ("look", "e"),
        ("bad", "mend"),
        ("mend", "e"),
    ],
    before='<error id="wrong" errorCode="WRONG"/>',
)  # fmt: skip


@pytest.fixture(autouse=True)
def _somebody(person: Callable[..., Any]) -> None:
    person("clerk")


class Other:
    """The other side of a connector: counts, and answers what it is told."""

    def __init__(self) -> None:
        self.asked: list[Call] = []
        self.answer: Any = Answer({"score": 9})

    def __call__(self, call: Call) -> Answer:
        self.asked.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        found: Answer = self.answer
        return found


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    side = Other()
    monkeypatch.setattr(registry, "_connectors", {"verify": side})
    return side  # type: ignore[return-value] # a fixture


def run_worker(times: int = 20, hours: float = 0) -> int:
    """Work off what is due, at a time some hours from now."""
    done = 0
    for _ in range(times):
        done += worker.work_once(now=lambda: timezone.now() + timedelta(hours=hours))
    return done


def test_a_connector_completes_its_task_once(other: Other) -> None:
    publish(SERVICE)
    instance = begin(data={"score": 1}).instance
    assert Task.objects.get().kind == "service"
    assert not other.asked
    run_worker()
    check(instance)
    assert Instance.objects.get().status == "completed"
    assert [(call.case, call.element, call.data, call.attempt) for call in other.asked] == [
        ("C-1", "verify", {"score": 1}, 1)
    ]
    run_worker(hours=9)
    assert len(other.asked) == 1
    number = the_task(begin(case="C-2").instance, "verify")
    with pytest.raises(NotAllowed, match="done by the platform"):
        act(
            instance=Instance.objects.latest("pk").pk,
            command=c.Complete(number),
            actor=doer(named("clerk")),
            at=AT,
            command_id=uuid4(),
        )


def test_an_error_of_the_other_side_is_caught_by_the_model(other: Other) -> None:
    publish(SERVICE)
    other.answer = Answer({}, error="WRONG")
    instance = begin().instance
    run_worker()
    check(instance)
    assert the_task(instance, "mend")


def test_a_call_that_fails_is_tried_again_then_shown_then_asked_again(
    other: Other, person: Callable[..., Any]
) -> None:
    publish(SERVICE)
    other.answer = ConnectorFailed("the register is down")
    instance = begin().instance
    for hours in range(8):
        run_worker(hours=hours * 2)
    assert len(other.asked) == 6
    assert {call.key for call in other.asked} == {f"{instance}:{the_task(instance, 'verify')}"}
    assert Row.objects.get(topic="engine.call").state == "dead"
    assert "the register is down" in Task.objects.get().fault
    number = the_task(instance, "verify")
    with pytest.raises(NotAllowed):
        calls.call_again(instance=instance, task=number, actor=doer(named("clerk")), at=AT)
    other.answer = Answer({"score": 9})
    boss = doer(person("head"), manages=True, reach=frozenset({CITY}))
    calls.call_again(instance=instance, task=number, actor=boss, at=timezone.now())
    run_worker()
    check(instance)
    assert Instance.objects.get().status == "completed"


def test_an_answer_with_which_the_model_cannot_go_on_is_shown(other: Other) -> None:
    publish(SERVICE)
    other.answer = Answer({}, error="UNHEARD")
    instance = begin().instance
    run_worker()
    check(instance)
    assert "UNHEARD" in Task.objects.get().fault
    assert Row.objects.get(topic="engine.call").state == "done"


def test_a_suspended_case_is_called_later(other: Other) -> None:
    publish(SERVICE)
    instance = begin().instance
    act(instance=instance, command=c.Suspend(), actor=MACHINE, at=AT, command_id=uuid4())
    run_worker()
    assert not other.asked
    act(instance=instance, command=c.Resume(), actor=MACHINE, at=AT, command_id=uuid4())
    run_worker()
    assert not other.asked
    run_worker(hours=1)
    check(instance)
    assert len(other.asked) == 1
    assert Instance.objects.get().status == "completed"


def test_a_case_suspended_while_the_other_side_answers(other: Other) -> None:
    publish(SERVICE)
    instance = begin().instance
    real = other.answer

    class Slow(Other):
        def __call__(self, call: Call) -> Answer:
            act(instance=instance, command=c.Suspend(), actor=MACHINE, at=AT, command_id=uuid4())
            return super().__call__(call)

    slow = Slow()
    slow.answer = real
    registry._connectors["verify"] = slow
    run_worker()
    assert len(slow.asked) == 1
    act(instance=instance, command=c.Resume(), actor=MACHINE, at=AT, command_id=uuid4())
    run_worker(hours=1)
    check(instance)
    assert len(slow.asked) == 1  # the answer was kept
    assert Instance.objects.get().status == "completed"


def test_a_case_that_ended_wants_no_answer(other: Other) -> None:
    publish(SERVICE)
    instance = begin().instance
    act(instance=instance, command=c.Cancel(), actor=MACHINE, at=AT, command_id=uuid4())
    run_worker()
    assert not other.asked
    assert Row.objects.get(topic="engine.call").state == "done"


RULE = bpmn(
    [
        '<extensionElements><xn:variable name="年龄" type="number"/><xn:variable name="户籍"/>'
        "</extensionElements>",
        'startEvent id="s"',
        'userTask id="accept" xn:role="clerk" xn:body="case"',
        'businessRuleTask id="rule" xn:decision="allowance" xn:result="amount"',
        'exclusiveGateway id="x" default="f4"',
        'userTask id="pay" xn:role="clerk" xn:body="case"',
        'endEvent id="e"',
    ],
    [
        ("s", "accept"),
        ("accept", "rule"),
        ("rule", "x"),
        ("x", "pay", "amount > 0"),
        ("x", "e"),
        ("pay", "e"),
    ],
)


def test_a_decision_is_made_in_the_step_that_opens_it(person: Callable[..., Any]) -> None:
    author, colleague = person("reform"), person("reform", username="colleague")
    decisions.publish(decisions.made(author), colleague)
    publish(RULE)
    expected = {80: "pay", 20: None}
    for age, opened in expected.items():
        instance = begin(case=f"C-{age}", data={"户籍": "本地"}).instance
        number = the_task(instance, "accept")
        outcome = act(
            instance=instance,
            command=c.Complete(number, {"年龄": age}),
            actor=MACHINE,
            at=AT,
            command_id=command(age),
        )
        check(instance)
        assert [o.element for o in outcome.opened] == ([opened] if opened else [])
        rule = Task.objects.get(instance=instance, element="rule")
        assert (rule.state, rule.kind, rule.fault) == ("done", "decision", "")
        stored = Evaluation.objects.get(reference=f"C-{age}")
        again = act(
            instance=instance,
            command=c.Complete(number, {"年龄": age}),
            actor=MACHINE,
            at=AT,
            command_id=command(age),
        )
        assert again.repeated
        assert stored.value == ("100" if opened else "0")
    assert Evaluation.objects.count() == 2


def test_a_decision_that_is_not_there_waits_for_a_person() -> None:
    publish(RULE)
    instance = begin().instance
    act(
        instance=instance,
        command=c.Complete(the_task(instance, "accept")),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    check(instance)
    rule = Task.objects.get(element="rule")
    assert (rule.state, rule.kind) == ("open", "decision")
    assert "no decision allowance" in rule.fault
    act(
        instance=instance,
        command=c.Complete(rule.number, {"amount": 3}),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    check(instance)
    assert the_task(instance, "pay")


TALK = """
<message id="m1" name="opinion"/><signal id="g1" name="holiday"/>
"""
ASKER = bpmn(
    [
        'startEvent id="s"',
        'userTask id="ask" xn:role="clerk" xn:body="case"',
        '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m1"/>'
        "</intermediateCatchEvent>",
        '<intermediateCatchEvent id="free"><signalEventDefinition signalRef="g1"/></intermediateCatchEvent>',
        'endEvent id="e"',
    ],
    [("s", "ask"), ("ask", "wait"), ("wait", "free"), ("free", "e")],
    before=TALK,
    key="asker",
)
ADVISER = bpmn(
    [
        'startEvent id="s"',
        'userTask id="write" xn:role="clerk" xn:body="case"',
        '<intermediateThrowEvent id="tell"><messageEventDefinition messageRef="m1"/>'
        "</intermediateThrowEvent>",
        '<endEvent id="e"><signalEventDefinition signalRef="g1"/></endEvent>',
    ],
    [("s", "write"), ("write", "tell"), ("tell", "e")],
    before=TALK,
    key="adviser",
)


def done(instance: int, element: str) -> None:
    act(
        instance=instance,
        command=c.Complete(the_task(instance, element)),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    check(instance)


def test_a_message_finds_the_case_that_waits_for_it() -> None:
    publish(ASKER, "asker")
    first, second = begin("asker", "C-1").instance, begin("asker", "C-2").instance
    with pytest.raises(NobodyWaits, match="nobody waits for the message opinion"):
        deliver(name="opinion", case="C-1", at=AT, command=uuid4())
    done(first, "ask")
    done(second, "ask")
    with pytest.raises(BadInput, match="2 cases wait"):
        deliver(name="opinion", at=AT, command=uuid4())
    told = deliver(name="opinion", case="C-1", at=AT, command=command(3))
    check(first)
    assert deliver(name="opinion", case="C-1", at=AT, command=command(3)).repeated
    assert told.instance == first
    with pytest.raises(NobodyWaits):
        deliver(name="opinion", case="C-1", at=AT, command=uuid4())
    with pytest.raises(NobodyWaits):
        deliver(name="nothing", case="C-2", at=AT, command=uuid4())
    assert set(Subscription.objects.values_list("instance", "kind", "name")) == {
        (first, "signal", "holiday"),
        (second, "message", "opinion"),
    }


def test_cases_of_a_family_talk_and_a_signal_reaches_everybody() -> None:
    publish(ASKER, "asker")
    publish(ADVISER, "adviser")
    asker = begin("asker", "C-1").instance
    stranger = begin("asker", "C-9").instance
    adviser = begin("adviser", "C-1/a", parent=asker).instance
    done(stranger, "ask")
    done(adviser, "write")  # too early: the asker does not wait yet
    run_worker()
    assert Row.objects.get(topic="engine.message").state == "waiting"
    done(asker, "ask")
    run_worker(hours=1)
    check(asker)
    assert Row.objects.get(topic="engine.message").state == "done"
    assert Subscription.objects.get(instance=asker).kind == "signal"
    assert Subscription.objects.get(instance=stranger).kind == "message"
    deliver(name="opinion", instance=stranger, at=AT, command=uuid4())
    act(instance=stranger, command=c.Suspend(), actor=MACHINE, at=AT, command_id=uuid4())
    told = broadcast(name="holiday", at=AT, command=command(5))
    assert [o.instance for o in told.receivers] == [asker]
    assert broadcast(name="holiday", at=AT, command=command(5)).receivers == ()
    with pytest.raises(CommandRefused, match="suspended"):
        act(instance=stranger, command=c.Signal("holiday"), actor=MACHINE, at=AT, command_id=uuid4())
    act(instance=stranger, command=c.Resume(), actor=MACHINE, at=AT, command_id=uuid4())
    assert len(broadcast(name="holiday", at=AT, command=command(5)).receivers) == 1
    for instance in (asker, stranger):
        check(instance)
        assert Instance.objects.get(pk=instance).status == "completed"


def test_a_signal_waits_for_a_suspended_case() -> None:
    publish(ASKER, "asker")
    publish(ADVISER, "adviser")
    asker = begin("asker", "C-1").instance
    done(asker, "ask")
    deliver(name="opinion", case="C-1", at=AT, command=uuid4())
    act(instance=asker, command=c.Suspend(), actor=MACHINE, at=AT, command_id=uuid4())
    done(begin("adviser", "C-7").instance, "write")
    run_worker()
    act(instance=asker, command=c.Resume(), actor=MACHINE, at=AT, command_id=uuid4())
    run_worker(hours=1)
    assert Instance.objects.get(pk=asker).status == "completed"
    assert CommandRecord.objects.filter(instance=asker, kind="Signal").count() == 1
