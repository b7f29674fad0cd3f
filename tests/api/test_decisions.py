"""Deciding by API: exact, dated, stored, explained; errors that say what to do; within one's scope."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from tests.apps.processes.models import made, publish, second_version
from xiaoneng.apps.audit import selectors as audit
from xiaoneng.apps.processes.models import Evaluation

pytestmark = pytest.mark.django_db
WHERE = "/api/decisions/allowance"
OLD = {"年龄": 85, "户籍": "外地"}


@pytest.fixture
def place(person: Callable[..., Any], bodies: dict[str, Any]) -> dict[str, Any]:
    """A decision of the city with a version in force and another that begins in ten days."""
    author = person("reform", body=bodies["province"])
    head = person("head", body=bodies["city"])
    first = publish(made(author, body=bodies["city"].pk), head)
    day = localdate() + timedelta(days=10)
    second = second_version(first, author, head, day=day)
    return {"author": author, "head": head, "first": first, "second": second, "day": day, "bodies": bodies}


def ask(client: Client, inputs: dict[str, Any], where: str = WHERE, **more: Any) -> Any:
    body = json.dumps({"inputs": inputs, **more})
    return client.post(f"{where}/evaluate", body, content_type="application/json")


def test_a_case_is_decided_stored_and_explained(
    place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    client = signed_in("handler", body=place["bodies"]["county"])
    answer = ask(client, {"年龄": 85, "户籍": "本地"}, reference="GL-1").json()
    assert (answer["value"], answer["version"], answer["rules"], answer["errors"]) == (100, 1, [2], [])
    assert answer["text"][0] == "津贴：100"
    assert any("乙办法第二条" in line for line in answer["text"])
    kept = Evaluation.objects.get(pk=answer["stored"])
    assert (kept.reference, kept.on, kept.value) == ("GL-1", localdate(), "100")
    line = audit.lines().first()
    assert line is not None
    assert (line.action, line.role, line.object_id) == ("decisions.evaluate", "handler", answer["stored"])


def test_the_day_chooses_the_version(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["head"])
    before = ask(client, OLD, on=(place["day"] - timedelta(days=1)).isoformat(), store=False).json()
    after = ask(client, OLD, on=place["day"].isoformat(), store=False).json()
    assert (before["version"], before["value"]) == (1, 0)
    assert (after["version"], after["value"], after["stored"]) == (2, 50, None)
    assert Evaluation.objects.count() == 0


def test_numbers_are_exact(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    body = '{"inputs": {"年龄": 80.10000000000000000001, "户籍": "本地"}, "explain": true}'
    answer = signed_in(place["head"]).post(f"{WHERE}/evaluate", body, content_type="application/json")
    data = json.loads(answer.content, parse_float=Decimal)
    assert data["explanation"]["inputs"]["年龄"] == Decimal("80.10000000000000000001")


def test_what_does_not_fit_is_null_with_its_reason(
    place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    answer = ask(signed_in(place["head"]), {"年龄": "八十", "户籍": "本地"}, explain=False)
    assert answer.status_code == 200
    data = answer.json()
    assert data["value"] is None
    assert data["errors"][0]["where"] == "年龄"
    assert (data["explanation"], data["text"]) == (None, [])


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ('{"inputs": {"年纪": 3}}', 400, "bad_input", "年纪"),
        ('{"inputs": {}, "on": "1999-01-01"}', 404, "not_in_force", "1999-01-01"),
        ('{"inputs": {}, "on": "soon"}', 422, "invalid_request", "on"),
        ('{"inputs": 3}', 422, "invalid_request", "inputs"),
        ("{}", 422, "invalid_request", "inputs"),
        ('{"inputs": {}, "reference": "' + "x" * 65 + '"}', 422, "invalid_request", "reference"),
        ('{"inputs": {"年龄": NaN}}', 400, "not_json", ""),
        ("{", 400, "not_json", ""),
        ("[" * 100_000, 400, "not_json", ""),
    ],
)
def test_errors_are_named(
    body: str, status: int, code: str, said: str, place: dict[str, Any], signed_in: Callable[..., Client]
) -> None:
    answer = signed_in(place["head"]).post(f"{WHERE}/evaluate", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.content.decode()
    assert (answer.json()["place"] == "inputs") is (code == "bad_input")
    assert Evaluation.objects.count() == 0


def test_errors_speak_the_caller_s_language(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["head"])
    assert "不是该决策的输入" in ask(client, {"x": 1}).json()["message"]
    client.cookies["xn_language"] = "en"
    assert "is not an input" in ask(client, {"x": 1}).json()["message"]
    assert "What decided:" in " ".join(ask(client, OLD, store=False).json()["text"])


def test_deep_values_are_refused(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    deep = "[" * 300 + "]" * 300
    body = f'{{"inputs": {{"户籍": {deep}}}}}'
    answer = signed_in(place["head"]).post(f"{WHERE}/evaluate", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_input"


def test_a_forged_request_is_refused(place: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place["head"])
    assert ask(client, OLD).status_code == 403
    client.get("/decisions/allowance/try/")
    token = client.cookies["xn_csrf"].value
    body = json.dumps({"inputs": OLD})
    headers = {"X-CSRFToken": token}
    fine = client.post(f"{WHERE}/evaluate", body, content_type="application/json", headers=headers)
    assert fine.status_code == 200


def test_drafts_are_invisible_and_never_decide(
    place: dict[str, Any],
    signed_in: Callable[..., Client],
    person: Callable[..., Any],
    bodies: dict[str, Any],
) -> None:
    made(place["author"], body=bodies["city"].pk, key="secret")
    outsider = signed_in(person("handler", body=bodies["other"], username="outsider"))
    assert "secret" not in [d["key"] for d in outsider.get("/api/decisions").json()]
    assert ask(outsider, {}, "/api/decisions/secret").status_code == 404
    assert outsider.get("/api/decisions/secret").status_code == 404
    insider = signed_in(place["head"])
    refused = ask(insider, {}, "/api/decisions/secret")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_in_force")


def test_the_list_and_one_decision(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["head"])
    (one,) = client.get("/api/decisions").json()
    assert (one["key"], one["in_force"]["number"], one["next"]["number"]) == ("allowance", 1, 2)
    assert date.fromisoformat(one["next"]["valid_from"]) == place["day"]
    with CaptureQueriesContext(connection) as caught:
        detail = client.get(WHERE, {"on": place["day"].isoformat()}).json()
    assert len(caught) <= 8
    assert detail["version"]["number"] == 2
    assert [(i["name"], i["kind"], i["sensitive"]) for i in detail["inputs"]] == [
        ("年龄", "number", True),
        ("户籍", "string", False),
    ]
    assert detail["inputs"][1]["choices"] == ["本地", "外地"]


def test_only_who_may_evaluate(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    assert ask(signed_in("evaluator"), OLD).status_code == 403
    assert ask(signed_in("citizen"), OLD).status_code == 403
    assert ask(Client(), OLD).status_code == 401


def test_it_is_documented(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    post = paths["/api/decisions/{key}/evaluate"]["post"]
    assert {"200", "400", "401", "403", "404", "422"} <= set(post["responses"])
    assert "X-CSRFToken" in post["description"]
    assert "get" in paths["/api/decisions/{key}"]
