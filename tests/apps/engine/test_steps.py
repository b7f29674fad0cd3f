"""One step: what is written, who may, twice, too late, with bad data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.apps.engine.world import (
    AT,
    CITY,
    JOINT,
    SIMPLE,
    begin,
    bpmn,
    check,
    command,
    doer,
    publish,
    the_task,
)
from tests.platform import CODES
from xiaoneng.apps.audit import selectors as audit
from xiaoneng.apps.engine.contracts import MACHINE, Doer
from xiaoneng.apps.engine.errors import AnotherCommand, NotAllowed, TooLate
from xiaoneng.apps.engine.models import CommandRecord, Instance, Task
from xiaoneng.apps.engine.services import act, start
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.process import CommandRefused
from xiaoneng.core.process import commands as c

pytestmark = pytest.mark.django_db
PARTS = {"fire": CODES[2], "plan": CODES[3]}


@pytest.fixture
def clerk(person: Callable[..., Any]) -> Any:
    return person("clerk")


def do(instance: int, asked: c.Command, by: Doer = MACHINE, **more: Any) -> Any:
    outcome = act(
        instance=instance,
        command=asked,
        actor=by,
        at=more.pop("at", AT),
        command_id=more.pop("command_id", None) or uuid4(),
    )
    check(instance)
    return outcome


def test_a_case_runs_to_its_end(clerk: Any) -> None:
    publish(SIMPLE)
    outcome = begin()
    check(outcome.instance)
    assert [o.element for o in outcome.opened] == ["accept"]
    task = Task.objects.get(instance=outcome.instance)
    assert (task.name, task.role, task.body, task.state) == ("受理", "clerk", CITY, "open")
    assert task.due is not None
    assert task.due.isoformat() == "2026-03-04T15:59:59.999999+00:00"
    for element in ("accept", "decide"):
        outcome = do(outcome.instance, c.Complete(the_task(outcome.instance, element)))
    row = Instance.objects.get()
    assert (row.status, row.ended_at, row.revision) == ("completed", AT, 3)
    found = [(e.type, e.lifecycle, e.element) for e in chains.events_of("C-1")]
    assert found == [
        ("process.started", "start", ""),
        ("case.accepted", "schedule", "accept"),
        ("case.accepted", "complete", "accept"),
        ("step.done", "schedule", "decide"),
        ("step.done", "complete", "decide"),
        ("process.ended", "complete", ""),
    ]
    with pytest.raises(CommandRefused, match="ended"):
        do(row.pk, c.Suspend())
    with pytest.raises(TooLate, match="already done"):
        do(row.pk, c.Complete(task.number))


def test_a_joint_review_fills_its_parts(clerk: Any) -> None:
    publish(JOINT)
    with pytest.raises(BadInput, match=r"no body fills the part plan of plan|part (fire|plan)"):
        begin(bodies={"fire": CODES[2]})
    assert not Instance.objects.exists()
    instance = begin(bodies=PARTS).instance
    do(instance, c.Complete(the_task(instance, "accept")))
    bodies = dict(Task.objects.filter(state="open").values_list("element", "body"))
    assert bodies == {"fire": CODES[2], "plan": CODES[3]}
    do(instance, c.Complete(the_task(instance, "fire")))
    do(instance, c.Complete(the_task(instance, "plan")))
    number = the_task(instance, "decide")
    with pytest.raises(BadInput):
        do(instance, c.Complete(number, {"granted": "perhaps"}))
    outcome = do(instance, c.Complete(number, {"granted": False, "opinion": "not kept"}))
    assert outcome.status == "completed"
    assert "opinion" not in CommandRecord.objects.order_by("-revision")[0].payload


def test_the_same_command_twice_is_one_step(clerk: Any) -> None:
    publish(SIMPLE)
    first = start(process="permit", case="C-1", body=CITY, actor=MACHINE, at=AT, command=command(1))
    again = start(process="permit", case="C-1", body=CITY, actor=MACHINE, at=AT, command=command(1))
    assert (again.instance, again.opened, again.repeated) == (first.instance, first.opened, True)
    assert Instance.objects.count() == 1
    number = the_task(first.instance, "accept")
    done = do(first.instance, c.Complete(number), command_id=command(2))
    again = do(first.instance, c.Complete(number), command_id=command(2))
    assert again.repeated
    assert (again.revision, again.opened, again.closed) == (done.revision, done.opened, done.closed)
    with pytest.raises(AnotherCommand):
        do(first.instance, c.Suspend(), command_id=command(2))
    other = begin(case="C-2").instance
    with pytest.raises(AnotherCommand):
        do(other, c.Complete(the_task(other, "accept")), command_id=command(2))


def test_who_may_do_a_task(person: Callable[..., Any]) -> None:
    publish(SIMPLE)
    instance = begin().instance
    number = the_task(instance, "accept")
    wrong_role = doer(person("handler"))
    elsewhere = doer(person("clerk", username="elsewhere"), body=CODES[3])
    anna, berta = (doer(person("clerk", username=name)) for name in ("anna", "berta"))
    for other in (wrong_role, elsewhere):
        before = CommandRecord.objects.count()
        with pytest.raises(NotAllowed, match="is for clerk"):
            do(instance, c.Complete(number), other)
        assert CommandRecord.objects.count() == before
        line = audit.lines().first()
        assert line is not None
        assert (line.outcome, line.actor, line.object_id) == ("refused", other.user, str(instance))
    do(instance, c.Claim(number, "whoever is written here"), anna)
    assert Task.objects.get(number=number, instance=instance).holder_id == anna.user
    with pytest.raises(TooLate, match="held by anna"):
        do(instance, c.Complete(number), berta)
    with pytest.raises(TooLate, match="held by anna"):
        do(instance, c.Claim(number, berta.by), berta)
    do(instance, c.Delegate(number, berta.by), anna)
    with pytest.raises(BadInput, match="no person"):
        do(instance, c.Delegate(number, "99999"), berta)
    do(instance, c.Release(number, berta.by), berta)
    do(instance, c.Complete(number), anna)
    with pytest.raises(TooLate, match="already done by anna"):
        do(instance, c.Complete(number), berta)
    assert Task.objects.get(number=number, instance=instance).closed_by_id == anna.user


def test_only_a_manager_suspends_and_only_within_reach(person: Callable[..., Any]) -> None:
    publish(SIMPLE)
    instance = begin().instance
    clerk = doer(person("clerk"))
    head = doer(person("head"), manages=True, reach=frozenset({CITY}))
    stranger = doer(person("head", username="stranger"), manages=True, reach=frozenset({CODES[3]}))
    for who in (clerk, stranger):
        with pytest.raises(NotAllowed):
            do(instance, c.Suspend(), who)
    with pytest.raises(NotAllowed, match="platform itself"):
        do(instance, c.SetData({"granted": True}), head)
    due = Task.objects.get(state="open").due
    do(instance, c.Suspend(), head)
    with pytest.raises(CommandRefused, match="suspended"):
        do(instance, c.Complete(the_task(instance, "accept")), clerk)
    do(instance, c.Resume(), head, at=AT + timedelta(days=9))
    assert Task.objects.get(state="open").due == due  # suspending stops no statutory clock
    do(instance, c.Claim(the_task(instance, "accept"), clerk.by), clerk)
    do(instance, c.Delegate(the_task(instance, "accept"), head.by), head)
    assert do(instance, c.Cancel(), head).status == "cancelled"
    assert Task.objects.get().state == "withdrawn"


def test_an_applicant_does_what_the_applicant_has_to_do(person: Callable[..., Any]) -> None:
    publish(
        bpmn(
            [
                'startEvent id="s"',
                'userTask id="supply" xn:role="citizen" xn:event="correction.supplied"',
                'endEvent id="e"',
            ],
            [("s", "supply"), ("supply", "e")],
        )
    )
    citizen, other = person("citizen"), person("citizen", username="other")
    instance = begin(applicant=citizen.pk).instance
    number = the_task(instance, "supply")
    with pytest.raises(NotAllowed):
        do(instance, c.Complete(number), doer(other, body=""))
    do(instance, c.Complete(number), doer(citizen, body=""))
    assert {e.actor for e in chains.events_of("C-1") if e.lifecycle == "complete"} == {"", "system"}


def test_signers_send_back_and_recall(person: Callable[..., Any]) -> None:
    publish(JOINT)
    a, b, boss = (doer(person("clerk", username=n), "clerk", "approver", "handler") for n in "abc")
    instance = begin(bodies={"fire": CITY, "plan": CITY}).instance
    first = the_task(instance, "accept")
    do(instance, c.Claim(first, a.by), a)
    do(instance, c.AddSign(first, (b.by,), True, a.by), a)
    assert Task.objects.get(instance=instance, number=first).state == "held"
    asked = Task.objects.get(instance=instance, state="open")
    assert asked.holder_id == b.user
    do(instance, c.Complete(asked.number), b)
    assert Task.objects.get(instance=instance, number=first).state == "open"
    do(instance, c.Complete(first), a)
    with pytest.raises(NotAllowed, match="only who completed"):
        do(instance, c.Recall("accept", ()), b)
    do(instance, c.Recall("accept", ()), a)
    again = the_task(instance, "accept")
    assert again != first
    do(instance, c.Countersign(again, (b.by, boss.by)), a)
    assert Task.objects.filter(instance=instance, state="open").count() == 3
    for who in (a, b, boss):
        task = Task.objects.filter(instance=instance, state="open", holder=who.user).first()
        do(instance, c.Complete(task.number if task else again), who)
    do(instance, c.Complete(the_task(instance, "fire")), a)
    with pytest.raises(CommandRefused, match="other steps have begun"):
        do(instance, c.Recall("accept", ()), boss)
    do(instance, c.SendBack(the_task(instance, "plan"), "accept"), b)
    assert set(Task.objects.filter(state="open").values_list("element", flat=True)) == {"accept"}
    do(instance, c.Cancel())


def test_what_does_not_exist(clerk: Any) -> None:
    publish(SIMPLE)
    instance = begin().instance
    with pytest.raises(NotFound, match="no running case"):
        act(instance=999, command=c.Suspend(), actor=MACHINE, at=AT, command_id=uuid4())
    with pytest.raises(NotFound, match="no task"):
        do(instance, c.Complete(77))
    with pytest.raises(NotFound, match="no process"):
        begin("nothing")
    with pytest.raises(BadInput, match="number of a case"):
        begin(case="C\n")


def test_data_too_large_or_of_no_kind_are_refused(clerk: Any) -> None:
    publish(JOINT)
    instance = begin(bodies=PARTS).instance
    number = the_task(instance, "accept")
    revision = Instance.objects.get().revision
    with pytest.raises(BadInput, match="variables of the case take"):
        do(instance, c.Complete(number, {"granted": "x" * 300_000}))
    deep: Any = "x"
    for _ in range(2_000):
        deep = [deep]
    with pytest.raises(BadInput):
        do(instance, c.Complete(number, {"granted": deep}))
    assert Instance.objects.get().revision == revision
    do(instance, c.Complete(number, {"a document": "x" * 3_000_000}))
    assert len(bytes(Instance.objects.get().state)) < 1_000


def test_few_statements_make_a_step(clerk: Any, django_assert_num_queries: Any) -> None:
    publish(SIMPLE)
    with CaptureQueriesContext(connection) as seen:
        instance = begin().instance
    assert len(seen) <= 10, [q["sql"][:80] for q in seen]
    number = the_task(instance, "accept")
    # read; chain, events; instance; task closed, task opened; command; and the savepoint of this test
    with django_assert_num_queries(7 + 2):
        act(instance=instance, command=c.Complete(number), actor=MACHINE, at=AT, command_id=uuid4())
