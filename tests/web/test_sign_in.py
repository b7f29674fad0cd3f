"""The door: signing in, being locked out, staying, leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.platform import PASSWORD
from xiaoneng.apps.audit import selectors as audit

pytestmark = pytest.mark.django_db


def knock(client: Client, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"username": "reform", "password": password} | more)


def test_in_and_out_again(person: Callable[..., Any]) -> None:
    person("reform")
    client = Client()
    assert knock(client)["Location"] == "/"
    assert client.get("/")["Location"] == "/cockpit/"
    assert client.get("/sign-in/")["Location"] == "/"
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/cockpit/").status_code == 302
    assert [x.action for x in audit.lines()] == ["sign-out", "sign-in"]


def test_signing_out_by_a_link_is_not_possible(signed_in: Callable[..., Client]) -> None:
    assert signed_in("reform").get("/sign-out/").status_code == 405


def test_citizens_come_to_their_home(signed_in: Callable[..., Client]) -> None:
    assert signed_in("citizen").get("/")["Location"] == "/home/"


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/logs/", "/logs/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_only_our_own_pages_are_gone_to(person: Callable[..., Any], target: str, led_to: str) -> None:
    person("reform")
    assert knock(Client(), next=target)["Location"] == led_to


def test_a_wrong_password_says_so_and_keeps_the_name(person: Callable[..., Any]) -> None:
    person("reform")
    response = knock(Client(), "wrong")
    assert response.status_code == 403
    page = response.content.decode()
    assert "用户名或密码不正确" in page
    assert 'value="reform"' in page
    assert "wrong" not in page
    line = audit.lines().first()
    assert line is not None
    assert (line.outcome, line.reason, line.actor) == ("refused", "sign_in_refused", None)


def test_the_sixth_try_finds_the_door_locked(person: Callable[..., Any]) -> None:
    person("reform")
    client = Client()
    for _ in range(5):
        knock(client, "wrong")
    response = knock(client)
    assert response.status_code == 429
    assert "失败次数过多" in response.content.decode()


def test_demo_logins_are_shown_only_when_there_are_some(person: Callable[..., Any]) -> None:
    assert "云岭省" not in Client().get("/sign-in/").content.decode()
    person("reform", is_demo=True)
    page = Client().get("/sign-in/").content.decode()
    assert 'data-username="reform"' in page


def test_a_form_without_its_token_is_refused(person: Callable[..., Any]) -> None:
    person("reform")
    client = Client(enforce_csrf_checks=True)
    response = knock(client)
    assert response.status_code == 400
    assert "表单已过期" in response.content.decode()


def test_half_an_hour_of_silence_ends_the_session(signed_in: Callable[..., Client], settings: Any) -> None:
    client = signed_in("reform")
    assert client.get("/account/").status_code == 200
    settings.SESSION_IDLE = timedelta(seconds=-1)
    assert client.get("/account/").status_code == 302


def test_a_changed_password_ends_other_sessions(
    signed_in: Callable[..., Client], person: Callable[..., Any]
) -> None:
    user = person("reform")
    here, elsewhere = signed_in(user), signed_in(user)
    form = {"old": PASSWORD, "new": "quite-another-one", "again": "quite-another-one"}
    assert here.post("/account/", form | {"again": "x"}).status_code == 400
    assert here.post("/account/", form | {"old": "x"}).status_code == 400
    assert here.post("/account/", form | {"new": "short", "again": "short"}).status_code == 400
    assert here.post("/account/", form)["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
