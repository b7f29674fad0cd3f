"""Where a decision is used: steps of published process versions, each under the version it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.apps.processes import process_models as flows
from tests.apps.processes.models import DAY, made, publish, timedelta
from tests.platform import NOW
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.selectors import usage

pytestmark = pytest.mark.django_db
RULES = flows.drawn(
    [
        ("startEvent", "start", "收到申请", ""),
        ("businessRuleTask", "check", "资格核验", 'xn:decision="allowance" xn:en="Eligibility"'),
        ("businessRuleTask", "other", "别的", 'xn:decision="another"'),
        ("endEvent", "end", "办结", ""),
    ],
    [("start", "check", ""), ("check", "other", ""), ("other", "end", "")],
)


@pytest.fixture
def people(person: Callable[..., Any], bodies: dict[str, Any]) -> dict[str, Any]:
    return {
        "author": person("reform", body=bodies["province"]),
        "publisher": person("head", body=bodies["city"]),
        "body": bodies["city"].pk,
    }


def test_a_published_step_is_found_and_a_draft_is_not(
    people: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    first = publish(made(people["author"], body=people["body"]), people["publisher"])
    scope = scope_of(people["author"])
    version = flows.made(people["author"], body=people["body"], bpmn=RULES)
    assert usage.used_by(first.decision, scope, DAY) == []
    flows.publish(version, people["publisher"], at=NOW, day=DAY + timedelta(days=5))
    (later,) = usage.used_by(first.decision, scope, DAY)
    assert (later.step.id, later.step.en, later.now) == ("check", "Eligibility", False)
    (now,) = usage.used_by(first.decision, scope, DAY + timedelta(days=5))
    assert now.now
    page = signed_in(people["author"]).get("/decisions/allowance/").content.decode()
    assert "资格核验" in page
    assert "别的" not in page
