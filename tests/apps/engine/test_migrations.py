"""Running cases in another version: dry, inside an AND block, in bulk, undone, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.engine.world import AT, begin, bpmn, check, doer, publish, the_task
from tests.platform import CODES
from xiaoneng.apps.engine.contracts import MACHINE
from xiaoneng.apps.engine.errors import NotAllowed
from xiaoneng.apps.engine.models import CommandRecord, Instance, MigratedInstance, Task, Timer
from xiaoneng.apps.engine.services import act, timers_fire
from xiaoneng.apps.engine.services.migrations import migrate, migration_undo
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import commands as c
from xiaoneng.core.process.migration import VersionMap

pytestmark = pytest.mark.django_db
REMIND = (
    '<boundaryEvent id="late" attachedToRef="fire" cancelActivity="false"><timerEventDefinition>'
    "<timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>"
)


def review(*branches: str, timer: bool = True) -> bytes:
    """A joint review by so many offices at once."""
    nodes = ['startEvent id="s"', 'userTask id="accept" xn:role="clerk" xn:body="case"']
    nodes += ['parallelGateway id="split"', 'parallelGateway id="join"']
    nodes += [f'userTask id="{b}" name="{b}" xn:role="handler" xn:body="case" xn:limit="3"' for b in branches]
    nodes += ['userTask id="decide" xn:role="approver" xn:body="case"', 'endEvent id="e"']
    flows = [("s", "accept"), ("accept", "split")]
    flows += [("split", b) for b in branches] + [(b, "join") for b in branches]
    flows += [("join", "decide"), ("decide", "e")]
    if timer:
        nodes += [REMIND, 'userTask id="hurry" xn:role="head" xn:body="case"', 'endEvent id="h"']
        flows += [("late", "hurry"), ("hurry", "h")]
    return bpmn(nodes, flows, named=True)


THREE = review("fire", "plan", "green")
FOUR = review("fire", "plan", "green", "water")
# the new branch is opened for cases that are already inside
OPEN = VersionMap(open=("split-water",))


@pytest.fixture(autouse=True)
def _somebody(person: Callable[..., Any]) -> None:
    person("clerk")


def done(instance: int, element: str) -> Any:
    outcome = act(
        instance=instance,
        command=c.Complete(the_task(instance, element)),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    check(instance)
    return outcome


def test_a_case_inside_an_and_block_gets_a_fourth_branch_and_ends() -> None:
    old = publish(THREE)
    instance = begin().instance
    done(instance, "accept")
    done(instance, "fire")
    due = dict(Task.objects.filter(state="open").values_list("element", "due"))
    new = publish(FOUR)
    dry = migrate(source=old.pk, target=new.pk, chosen=OPEN, actor=MACHINE, at=AT, dry_run=True)
    assert [m.ok for m in dry.moved] == [True]
    assert any("water" in label for label in dry.moved[0].marking)
    assert Instance.objects.get().version_id == old.pk
    report = migrate(
        source=old.pk, target=new.pk, chosen=OPEN, actor=MACHINE, at=AT + timedelta(days=1), note="增加水务"
    )
    check(instance)
    assert report.done == 1
    row = Instance.objects.get()
    assert row.version_id == new.pk
    open_now = dict(Task.objects.filter(state="open").values_list("element", "due"))
    assert set(open_now) == {"plan", "green", "water"}
    assert open_now["plan"] == due["plan"]  # a running limit goes on
    assert open_now["water"] > due["plan"]
    for element in ("plan", "green"):
        assert done(instance, element).status == "running"
    assert not Task.objects.filter(element="decide").exists()  # the join waits for the fourth
    done(instance, "water")
    assert done(instance, "decide").status == "completed"
    types = [e.type for e in chains.events_of("C-1")]
    assert types.count("process.migrated") == 1
    assert begin(case="C-2").instance
    assert Instance.objects.get(case="C-2").version_id == new.pk


def test_a_migration_is_undone_unless_the_case_has_gone_on() -> None:
    old = publish(THREE)
    first, second = begin(case="C-1").instance, begin(case="C-2").instance
    for instance in (first, second):
        done(instance, "accept")
    before = {t.number: (t.element, t.state, t.due) for t in Task.objects.filter(instance=first)}
    timers = list(Timer.objects.order_by("instance").values_list("instance", "number", "due_at"))
    new = publish(review("fire", "plan", "green", "water", timer=False))
    report = migrate(source=old.pk, target=new.pk, chosen=OPEN, actor=MACHINE, at=AT, note="x")
    assert report.done == 2
    assert not Timer.objects.exists()
    for instance in (first, second):
        check(instance)
    done(second, "water")
    undone = migration_undo(migration=report.migration or 0, actor=MACHINE, at=AT, note="有误")
    assert [m.ok for m in undone.moved] == [True, False]
    assert "gone on" in undone.moved[1].reason
    for instance in (first, second):
        check(instance)
    rows = {t.number: (t.element, t.state, t.due) for t in Task.objects.filter(instance=first)}
    assert {n: r for n, r in rows.items() if n in before} == before
    assert {r[1] for n, r in rows.items() if n not in before} == {"withdrawn"}
    assert list(Timer.objects.values_list("instance", "number", "due_at")) == timers[:1]
    assert timers_fire(AT + timedelta(days=2)) == 1
    for element in ("fire", "plan", "green", "hurry", "decide"):
        done(first, element)
    assert Instance.objects.get(pk=first).status == "completed"
    again = migration_undo(migration=report.migration or 0, actor=MACHINE, at=AT, note="有误")
    assert [m.ok for m in again.moved] == [False]


def test_what_cannot_be_moved_stays_and_says_why(person: Callable[..., Any]) -> None:
    old = publish(THREE)
    inside, before = begin(case="C-1").instance, begin(case="C-2").instance
    done(inside, "accept")
    new = publish(review("fire", "plan"))
    report = migrate(source=old.pk, target=new.pk, chosen=VersionMap(), actor=MACHINE, at=AT, note="x")
    found = {m.instance: m for m in report.moved}
    assert not found[inside].ok
    assert "green" in found[inside].reason
    assert Instance.objects.get(pk=inside).version_id == old.pk
    assert MigratedInstance.objects.get(instance=inside).reason
    check(inside)
    if found[before].ok:
        check(before)
    with pytest.raises(BadInput, match="note"):
        migrate(source=old.pk, target=new.pk, chosen=VersionMap(), actor=MACHINE, at=AT)
    wrong = VersionMap(elements={"nothing": "fire"})
    with pytest.raises(BadInput, match="map cannot be used"):
        migrate(source=old.pk, target=new.pk, chosen=wrong, actor=MACHINE, at=AT, note="x")
    clerk = doer(person("handler"))
    with pytest.raises(NotAllowed):
        migrate(source=old.pk, target=new.pk, chosen=VersionMap(), actor=clerk, at=AT, note="x")
    stranger = doer(person("head"), manages=True, reach=frozenset({CODES[3]}))
    left = migrate(source=old.pk, target=new.pk, chosen=VersionMap(), actor=stranger, at=AT, note="x")
    assert left.done == 0
    assert {m.reason for m in left.moved} == {"it lies outside of what you manage"}
    assert not CommandRecord.objects.filter(instance=inside, kind="Migrate").exists()
