"""The cases of the last weeks: run by the engine, some done, some open, every record in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.platform import CODES
from xiaoneng.apps.accounts.services import user_create
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.engine.contracts import Doer
from xiaoneng.apps.engine.models import Instance, Task
from xiaoneng.apps.engine.verifying import instance_problems
from xiaoneng.apps.eventlog.selectors.chains import events
from xiaoneng.apps.organisations.services import body_create
from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.eventlog.publish import rows_of
from xiaoneng.demo import decisions
from xiaoneng.demo.decisions import load_decisions
from xiaoneng.demo.live import Place, run_weeks
from xiaoneng.demo.processes import load_processes

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
PARTS = ("market", "land", "police", "social")


@pytest.mark.django_db
def test_weeks_of_running_cases(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_KEY = bytes(32)
    monkeypatch.setattr(decisions, "CASES", 3)
    body = body_create(code=CODES[0], name="云岭省", level="province", region_code="990000", parent=None)
    author, publisher = (
        user_create(username=role, name=role, role=role, password="long-enough-77", at=NOW)
        for role in ("reform", "head")
    )
    load_decisions(author=author, publisher=publisher, body=body.pk, at=NOW, seed=1)
    load_processes(author=author, publisher=publisher, body=body.pk)
    parts = {**dict.fromkeys(("health", "housing"), CODES[0]), **dict.fromkeys(PARTS, CODES[1])}
    staff = {}
    for role, code in (("clerk", 0), ("handler", 0), ("approver", 0), ("handler", 1)):
        user = user_create(username=f"{role}{code}", name=role, role=role, password="long-enough-77", at=NOW)
        staff[role, CODES[code]] = Doer(Actor(user=user.pk, role=role), frozenset({role}), CODES[code])
    place = Place(CODES[0], "990000", "province", parts)
    steps = run_weeks(place=place, staff=staff, calendar=load_calendar("cn"), now=NOW, seed=5, days=20)
    assert steps > 50
    ended = Instance.objects.exclude(ended_at=None)
    assert ended.exists()
    assert Task.objects.filter(state="open").exists()
    for instance in Instance.objects.all():
        assert list(instance_problems(instance.pk)) == []
    rows = list(rows_of(list(events())))
    assert {row["item"] for row in rows if row["type"] == "case.submitted"} >= {
        "高龄津贴发放",
        "公共场所卫生许可",
    }
    assert {row["type"] for row in rows} >= {"correction.notified", "correction.supplied"}
    decided = [row for row in rows if row["type"] == "case.decided"]
    assert {row["result"] for row in decided} <= {"granted", "refused"}
    assert all(
        row.get("due") for row in rows if row["type"] == "case.accepted" and "990111" not in row["case"]
    )
