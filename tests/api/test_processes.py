"""Processes by API: listed, taken away byte for byte, checked; nothing that one may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.apps.processes.process_models import BPMN, DEADLOCK, made, publish, redesigned
from tests.platform import NOW
from xiaoneng.apps.audit import selectors as audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(person: Callable[..., Any], bodies: dict[str, Any]) -> dict[str, Any]:
    """A process of the city with a version in force and a draft."""
    author = person("reform", body=bodies["province"])
    head = person("head", body=bodies["city"])
    first = publish(made(author, body=bodies["city"].pk), head)
    return {"author": author, "head": head, "first": first, "draft": redesigned(first, author, at=NOW)}


def check(client: Client, content: bytes) -> Any:
    return client.post("/api/processes/check", {"file": SimpleUploadedFile("a.bpmn", content)})


def test_processes_and_versions(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    inside, outside = signed_in(place["head"]), signed_in("leader", username="other")
    (listed,) = inside.get("/api/processes").json()
    assert (listed["key"], listed["in_force"]["number"], listed["in_force"]["steps"]) == ("permit", 1, 3)
    assert [v["number"] for v in inside.get("/api/processes/permit").json()["versions"]] == [2, 1]
    assert [v["state"] for v in outside.get("/api/processes/permit").json()["versions"]] == [
        "draft",
        "published",
    ]
    assert inside.get("/api/processes/nothing").status_code == 404


def test_drafts_are_for_those_who_answer(
    place: dict[str, Any], signed_in: Callable[..., Client], bodies: dict[str, Any]
) -> None:
    stranger = signed_in("handler", body=bodies["other"])
    assert [v["number"] for v in stranger.get("/api/processes/permit").json()["versions"]] == [1]
    assert stranger.get("/api/processes/permit/versions/2/bpmn").status_code == 404
    assert signed_in("citizen").get("/api/processes").status_code == 403


def test_a_file_is_taken_away_as_it_is(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    answer = signed_in(place["head"]).get("/api/processes/permit/versions/1/bpmn")
    assert answer.content == BPMN
    line = audit.lines().first()
    assert line is not None
    assert (line.action, line.object_id) == ("export", "permit")


def test_a_file_is_checked(place: dict[str, Any], signed_in: Callable[..., Client]) -> None:
    client = signed_in(place["head"])
    assert check(client, BPMN).json() == {"sound": True, "publishable": True, "problems": []}
    found = check(client, DEADLOCK).json()
    assert not found["sound"]
    deadlock = next(p for p in found["problems"] if p["kind"] == "deadlock")
    assert (deadlock["severity"], deadlock["element"]) == ("error", "join")
    assert deadlock["path"]
    broken = check(client, BPMN.replace(b'targetRef="end"', b'targetRef="nowhere"'))
    assert broken.status_code == 400
    assert broken.json()["code"] == "bad_input"
    assert "4" in broken.json()["place"]
    assert client.post("/api/processes/check").status_code == 422


def test_a_check_needs_the_token(place: dict[str, Any]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(place["head"])
    assert check(strict, BPMN).status_code == 403
