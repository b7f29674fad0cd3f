"""What people see of running cases: scope, order, pages, few queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.engine.world import AT, CITY, JOINT, SIMPLE, begin, doer, publish, the_task
from tests.platform import CODES
from xiaoneng.apps.engine import selectors
from xiaoneng.apps.engine.contracts import MACHINE
from xiaoneng.apps.engine.models import Instance, Task
from xiaoneng.apps.engine.services import act, doer_of
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.core.process import commands as c

pytestmark = pytest.mark.django_db
PARTS = {"fire": CODES[2], "plan": CODES[3]}
ALL = Scope(user=0, everything=True, ids=frozenset(), codes=frozenset())


def test_the_inbox_is_what_one_may_take_or_holds(
    person: Callable[..., Any], bodies: dict[str, Any], django_assert_num_queries: Any
) -> None:
    publish(SIMPLE)
    clerk = person("clerk", body=bodies["city"])
    other = person("clerk", username="other", body=bodies["other"])
    first, second = begin(case="C-1").instance, begin(case="C-2").instance
    Task.objects.filter(instance=second).update(due=AT)
    mine, theirs = doer_of(clerk, doer(clerk).actor), doer_of(other, doer(other).actor)
    scope = scope_of(clerk)
    with django_assert_num_queries(1):
        page = selectors.tasks_open(scope, mine)
    assert [row.case for row in page.tasks] == ["C-2", "C-1"]  # the most urgent first
    assert not page.more
    assert selectors.tasks_open(scope_of(other), theirs).tasks == ()
    act(
        instance=first,
        command=c.Claim(the_task(first, "accept"), ""),
        actor=mine,
        at=AT,
        command_id=uuid4(),
    )
    assert [row.case for row in selectors.tasks_open(scope, mine, held=True).tasks] == ["C-1"]
    assert [row.case for row in selectors.tasks_open(scope, mine, held=False).tasks] == ["C-2"]
    boss = person("head", body=bodies["city"])
    head = doer_of(boss, doer(boss).actor)
    assert selectors.tasks_open(scope, head).tasks == ()
    assert [row.holder for row in selectors.tasks_of_bodies(scope).tasks] == [None, clerk.pk]


def test_pages_have_an_end(person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    person("clerk")
    publish(SIMPLE)
    monkeypatch.setattr(selectors, "PAGE", 2)
    for number in range(5):
        begin(case=f"C-{number}")
    pages = [selectors.tasks_of_bodies(ALL, page=n) for n in (1, 2, 3, 4)]
    assert [len(page.tasks) for page in pages] == [2, 2, 1, 0]
    assert [page.more for page in pages] == [True, True, False, False]
    assert len({row.case for page in pages for row in page.tasks}) == 5


def test_a_case_is_seen_by_its_bodies_and_its_applicant_alone(
    person: Callable[..., Any], bodies: dict[str, Any], django_assert_num_queries: Any
) -> None:
    publish(JOINT)
    citizen = person("citizen")
    instance = begin(bodies=PARTS, applicant=citizen.pk).instance
    act(
        instance=instance,
        command=c.Complete(the_task(instance, "accept")),
        actor=MACHINE,
        at=AT,
        command_id=uuid4(),
    )
    sees = {
        "city": scope_of(person("clerk", body=bodies["city"])),
        "part": scope_of(person("handler", body=bodies["other"])),
        "applicant": scope_of(citizen),
    }
    for name, scope in sees.items():
        assert selectors.instance_find(scope, instance) is not None, name
    stranger = scope_of(person("citizen", username="stranger"))
    assert selectors.instance_find(stranger, instance) is None
    row = selectors.instance_find(ALL, instance)
    assert row is not None
    with django_assert_num_queries(0):
        live = {one.element: (one.tokens, len(one.tasks)) for one in selectors.marking(row)}
    assert live == {"fire": (1, 1), "plan": (1, 1)}
    with django_assert_num_queries(1):
        tasks = selectors.tasks_of(row)
    assert [task.element for task in tasks] == ["accept", "fire", "plan"]
    with django_assert_num_queries(1):
        told = selectors.history(row)
    assert [event.lifecycle for event in told if event.element == "accept"] == ["schedule", "complete"]
    assert Instance.objects.get().body == CITY
