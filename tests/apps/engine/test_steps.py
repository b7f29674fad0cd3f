"""One step: what is written, who may, twice, too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.engine.world import AT, CITY, SIMPLE, begin, check, publish, the_task
from xiaoneng.apps.engine.contracts import MACHINE
from xiaoneng.apps.engine.models import Instance, Task
from xiaoneng.apps.engine.services import act
from xiaoneng.core.process import commands as c

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(person: Callable[..., Any]) -> Any:
    return person("clerk")


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
        outcome = act(
            instance=outcome.instance,
            command=c.Complete(the_task(outcome.instance, element)),
            actor=MACHINE,
            at=AT,
            command_id=uuid4(),
        )
        check(outcome.instance)
    row = Instance.objects.get()
    assert (row.status, row.ended_at, row.revision) == ("completed", AT, 3)
