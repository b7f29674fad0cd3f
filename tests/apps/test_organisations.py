"""Bodies and the one scope function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.platform import CODES
from xiaoneng.apps.accounts.roles import roles
from xiaoneng.apps.organisations.selectors import bodies_visible, body_of, scope_of
from xiaoneng.apps.organisations.services import body_create
from xiaoneng.core.errors import BadInput


@pytest.mark.parametrize("role", list(roles()))
def test_scope_by_role(role: str, bodies: dict[str, Any], person: Callable[..., Any]) -> None:
    scope = scope_of(person(role, body=bodies["city"]))
    seen = {name for name, body in bodies.items() if scope.sees(body.code)}
    kind = roles()[role].scope
    wanted: set[str] = {
        "own": set(),
        "body": {"city"},
        "branch": {"city", "county"},
        "all": set(bodies),
    }[kind]
    assert seen == wanted
    assert {b.code for b in bodies_visible(scope)} == {bodies[n].code for n in wanted}


def test_without_a_body_nothing_is_seen(bodies: dict[str, Any], person: Callable[..., Any]) -> None:
    user = person("head")
    assert body_of(user) is None
    assert not bodies_visible(scope_of(user))


def test_a_switched_off_user_sees_nothing(bodies: dict[str, Any], person: Callable[..., Any]) -> None:
    user = person("leader")
    user.is_active = False
    assert not scope_of(user).everything


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "1"}, "code"),
        ({"code": "I" * 18}, "code"),
        ({"region_code": "99"}, "region_code"),
        ({"level": "province"}, "level"),
    ],
)
def test_a_body_must_fit(bodies: dict[str, Any], change: dict[str, str], field: str) -> None:
    given = {"code": CODES[7], "name": "x", "level": "county", "region_code": "990122"} | change
    with pytest.raises(BadInput) as caught:
        body_create(parent=bodies["city"], **given)
    assert caught.value.place is not None
    assert caught.value.place.field == field
