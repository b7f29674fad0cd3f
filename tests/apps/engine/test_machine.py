"""Random acts on random tasks: the services do what the pure step does, and refuse what it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps.engine.test_migrations import review
from tests.apps.engine.world import AT, check, doer, publish
from tests.apps.engine.world import begin as begun
from xiaoneng.apps.engine.contracts import Doer
from xiaoneng.apps.engine.errors import NotAllowed, TooLate
from xiaoneng.apps.engine.models import CommandRecord, Instance, Task, Timer
from xiaoneng.apps.engine.services import act, timers_fire
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.process import advance, dump_state, load_state
from xiaoneng.core.process import commands as c

ACTS = (
    "complete", "complete", "complete", "claim", "release", "delegate", "countersign", "add_sign",
    "send_back", "suspend", "resume", "cancel", "again", "timers",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 7), st.integers(0, 2), st.booleans()),
    min_size=3,
    max_size=14,
)


def asked(what: str, number: int, who: str, other: str, before: bool) -> c.Command:
    commands: dict[str, c.Command] = {
        "complete": c.Complete(number, {"granted": before}, who),
        "claim": c.Claim(number, who),
        "release": c.Release(number, who),
        "delegate": c.Delegate(number, other, who),
        "countersign": c.Countersign(number, (other,), who),
        "add_sign": c.AddSign(number, (other,), before, who),
        "send_back": c.SendBack(number, "accept", who),
        "suspend": c.Suspend(),
        "resume": c.Resume(),
        "cancel": c.Cancel(),
    }
    return commands[what]


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_services_and_the_pure_step_agree(steps: list[tuple[str, int, int, bool]]) -> None:
    if not Instance.objects.exists():
        publish(review("fire", "plan"))
    people = get_user_model().objects
    users = [
        people.get_or_create(username=f"m{n}", role="clerk", defaults={"created_at": AT})[0] for n in range(3)
    ]
    doers: list[Doer] = [
        doer(u, "clerk", "handler", "approver", "head", manages=True, reach=None) for u in users
    ]
    number = Instance.objects.count()
    instance = begun(case=f"M-{number}").instance
    at: datetime = AT
    last: Any = None
    for turn, (what, task, person, flag) in enumerate(steps):
        at += timedelta(hours=7)
        if what == "timers":
            due = Timer.objects.filter(instance=instance, next_at__lte=at, instance__status="running").count()
            fired = timers_fire(at)
            assert fired >= due
            check(instance)
            continue
        if what == "again":
            if last is not None:
                outcome = act(instance=instance, at=at, **last)
                assert outcome.repeated
            continue
        who = doers[person]
        command = asked(what, task, who.by, doers[(person + 1) % 3].by, flag)
        row = Instance.objects.get(pk=instance)
        model = compiled(row.version_id, row.model)
        before = load_state(model, row.state)
        given_id = {"command": command, "actor": who, "command_id": UUID(int=(number << 32) + turn)}
        holder = Task.objects.filter(instance=instance, number=task).values_list("holder", flat=True).first()
        pure = command
        if what == "delegate" and holder != who.user:
            pure = command._replace(by="")  # type: ignore[call-arg] # who manages hands over
        try:
            expected = dump_state(advance(model, before, pure, at).state)
        except (BadInput, NotFound):
            expected = None
        try:
            act(instance=instance, at=at, **given_id)
        except (BadInput, NotFound, NotAllowed, TooLate):
            assert expected is None or holder not in (None, who.user)
            assert Instance.objects.get(pk=instance).state == row.state
            assert not CommandRecord.objects.filter(command=given_id["command_id"]).exists()
        else:
            assert Instance.objects.get(pk=instance).state == expected
            last = given_id
        check(instance)
