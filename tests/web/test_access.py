"""Denied by default: every route declares its permission, and every role gets exactly what its permissions
say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from xiaoneng.apps.accounts.roles import PUBLIC, permissions, roles
from xiaoneng.apps.audit import selectors as audit
from xiaoneng.config.access import PERMISSION_OF

EXAMPLES = {
    "pk": "6f1d1f6e-0000-4000-8000-000000000000", "indicator": "I1", "kind": "csv", "key": "nothing",
}  # fmt: skip

NUMBERS = ("pk", "instance", "task", "number")


def routes() -> list[tuple[str, str]]:
    """(name, address) of every route that the resolver knows."""
    return [(name, "/" + address) for name, address in walk(get_resolver().url_patterns, "", "")]


def walk(patterns: list[Any], prefix: str, space: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from walk(pattern.url_patterns, address, inner)
        elif isinstance(pattern, URLPattern):
            for name in NUMBERS:
                address = address.replace(f"<int:{name}>", "1")
            for name, value in EXAMPLES.items():
                for converter in ("uuidstr", "uuid", "str"):
                    address = address.replace(f"<{converter}:{name}>", value)
            yield f"{space}{pattern.name}", re.sub(r"<int:\w+>", "1", address)


def test_every_route_declares_a_permission_that_exists() -> None:
    found = {name for name, _ in routes()}
    assert found == set(PERMISSION_OF), "routes without a permission, or permissions without a route"
    assert set(PERMISSION_OF.values()) - {PUBLIC} <= permissions()
    assert not [address for _, address in routes() if "<" in address]


def test_public_is_only_what_must_be() -> None:
    assert {name for name, p in PERMISSION_OF.items() if p == PUBLIC} == {
        "start", "healthz", "sign-in", "sign-out", "preferences", "api:openapi-json", "api:api-root",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(roles()))
def test_every_role_on_every_route(role: str, signed_in: Callable[..., Client]) -> None:
    client = signed_in(role)
    for name, address in routes():
        if PERMISSION_OF[name] == PUBLIC:
            continue
        response = client.get(address)
        may = PERMISSION_OF[name] in roles()[role].permissions
        assert (response.status_code != 403) == may, f"{role} on {name}: {response.status_code}"
        assert response.status_code < 500


@pytest.mark.django_db
def test_visitors_are_sent_to_the_door() -> None:
    for name, address in routes():
        if PERMISSION_OF[name] == PUBLIC:
            continue
        response = Client().get(address)
        if name.startswith("api:"):
            assert response.status_code == 401
            assert response.json()["code"] == "not_signed_in"
        else:
            assert response.status_code == 302
            assert response["Location"].startswith("/sign-in/?next=")
        asked = Client().get(address, headers={"HX-Request": "true"})
        assert asked.status_code == 401 or asked["HX-Redirect"] == "/sign-in/"


@pytest.mark.django_db
def test_a_route_that_nobody_declared_is_closed(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("admin")
    monkeypatch.delitem(PERMISSION_OF, "audit")
    assert client.get("/audit/").status_code == 403


@pytest.mark.django_db
def test_a_refusal_is_recorded(signed_in: Callable[..., Client]) -> None:
    client = signed_in("citizen")
    response = client.get("/audit/")
    assert response.status_code == 403
    line = audit.lines().first()
    assert line is not None
    assert (line.action, line.outcome, line.object_id, line.role) == ("access", "refused", "audit", "citizen")
    assert "audit.view" in line.reason
    assert len(line.address_hash) == 64


@pytest.mark.django_db
def test_switched_off_means_out(signed_in: Callable[..., Client], person: Callable[..., Any]) -> None:
    user = person("reform")
    client = signed_in(user)
    assert client.get("/logs/").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/logs/").status_code == 302
