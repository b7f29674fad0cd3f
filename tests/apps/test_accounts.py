"""Users, signing in with lockout, passwords, and what lies encrypted in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st

from tests.platform import KEY, NOW, PASSWORD
from xiaoneng.apps.accounts import crypto, services
from xiaoneng.apps.accounts.errors import LockedOut, PasswordRefused, SignInRefused
from xiaoneng.apps.accounts.models import SignInCounter, User
from xiaoneng.apps.accounts.roles import permissions, roles
from xiaoneng.apps.accounts.selectors import demo_logins, masked_phone
from xiaoneng.config import settings as production

ROLES = (
    "citizen",
    "enterprise",
    "clerk",
    "handler",
    "approver",
    "head",
    "reform",
    "leader",
    "evaluator",
    "steward",
    "admin",
)


def attempt(password: str, *, name: str = "reform", address: str = "10.0.0.1", minutes: float = 0) -> User:
    return services.sign_in_check(
        username=name, password=password, address=address, at=NOW + timedelta(minutes=minutes)
    )


def test_every_role_of_the_plan_is_data() -> None:
    assert tuple(roles()) == ROLES
    assert all(role.name_zh and role.name_en for role in roles().values())
    assert "public" not in permissions()


def test_production_hashes_with_argon2() -> None:
    assert production.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_the_right_password_opens(person: Callable[..., User]) -> None:
    user = person("reform")
    assert attempt(PASSWORD) == user


def test_unknown_wrong_and_switched_off_read_the_same(person: Callable[..., User]) -> None:
    person("reform")
    person("head", username="gone")
    User.objects.filter(username="gone").update(is_active=False)
    said = set()
    for name, password in (("nobody", PASSWORD), ("reform", "wrong"), ("gone", PASSWORD)):
        with pytest.raises(SignInRefused) as caught:
            attempt(password, name=name)
        said.add(str(caught.value))
    assert len(said) == 1


def test_five_failures_lock_name_and_address_even_for_the_right_password(person: Callable[..., User]) -> None:
    person("reform")
    for n in range(4):
        with pytest.raises(SignInRefused):
            attempt("wrong", minutes=n)
    with pytest.raises(LockedOut):
        attempt("wrong", minutes=4)
    with pytest.raises(LockedOut) as caught:
        attempt(PASSWORD, minutes=5)
    assert caught.value.params["minutes"] == 14
    assert attempt(PASSWORD, address="10.0.0.2", minutes=5)  # the official elsewhere still gets in
    assert attempt(PASSWORD, minutes=4 + 15.1)


def test_failures_far_apart_do_not_add_up(person: Callable[..., User]) -> None:
    person("reform")
    for n in range(8):
        with pytest.raises(SignInRefused) as caught:
            attempt("wrong", minutes=n * 16)
        assert not isinstance(caught.value, LockedOut)


def test_many_addresses_lock_the_name_at_last(person: Callable[..., User]) -> None:
    person("reform")
    for n in range(20):
        with pytest.raises(SignInRefused):
            attempt("wrong", address=f"10.0.1.{n}")
    with pytest.raises(LockedOut):
        attempt(PASSWORD, address="10.9.9.9")


def test_counters_hold_neither_names_nor_addresses(person: Callable[..., User]) -> None:
    with pytest.raises(SignInRefused):
        attempt("wrong", name="zhang.san", address="203.0.113.77")
    kept = " ".join(SignInCounter.objects.values_list("key", flat=True))
    assert "zhang" not in kept
    assert "203.0" not in kept


def test_a_new_password_replaces_the_old_one(person: Callable[..., User]) -> None:
    user = person("reform")
    services.password_change(user=user, old=PASSWORD, new="quite-another-one", at=NOW)
    assert attempt("quite-another-one") == user
    with pytest.raises(SignInRefused):
        attempt(PASSWORD)


@pytest.mark.parametrize("weak", ["short", "1234567890123", "password123", "reform-reform"])
def test_a_weak_password_is_refused(person: Callable[..., User], weak: str) -> None:
    user = person("reform", name="reform-reform")
    with pytest.raises(PasswordRefused) as caught:
        services.password_change(user=user, old=PASSWORD, new=weak, at=NOW)
    assert caught.value.params["problems"]


def test_guessing_the_old_password_locks_too(person: Callable[..., User]) -> None:
    user = person("reform")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            services.password_change(user=user, old="wrong", new="quite-another-one", at=NOW)
    with pytest.raises(LockedOut):
        services.password_change(user=user, old=PASSWORD, new="quite-another-one", at=NOW)


def test_a_role_that_does_not_exist_cannot_be_stored(person: Callable[..., User]) -> None:
    user = person("reform")
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=user.pk).update(role="king")


def test_phone_lies_encrypted_and_can_be_found(person: Callable[..., User]) -> None:
    user = person("reform", phone="13812345678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_hash FROM accounts_user WHERE id = %s", [user.pk])
        stored, index = cursor.fetchone()
    assert "1381234" not in stored + index
    assert User.objects.get(phone_hash=crypto.keyed_hash("13812345678", "phone")).phone == "13812345678"
    assert masked_phone(user.phone) == "138****5678"


def test_an_encrypted_field_cannot_be_searched(person: Callable[..., User]) -> None:
    with pytest.raises(TypeError, match="keyed-hash"):
        User.objects.filter(phone="13812345678").count()


@given(st.text(max_size=200))
def test_encryption_round_trip(text: str) -> None:
    sealed = crypto.encrypt(text, "a.b")
    assert crypto.decrypt(sealed, "a.b") == text
    assert sealed != crypto.encrypt(text, "a.b")


def test_a_changed_or_moved_value_does_not_open(settings: Any) -> None:
    sealed = crypto.encrypt("secret", "a.b")
    middle = len(sealed) // 2  # the last characters of base64 may hold bits that mean nothing
    flipped = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for value, field in ((flipped, "a.b"), (sealed, "a.c"), ("v2:" + sealed[3:], "a.b"), ("nonsense", "a.b")):
        with pytest.raises(crypto.CannotDecrypt):
            crypto.decrypt(value, field)
    settings.DATA_KEY = KEY[::-1]
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(sealed, "a.b")
    settings.DATA_KEY = None
    with pytest.raises(crypto.DataKeyMissing):
        crypto.encrypt("x", "a.b")


def test_demo_logins_come_in_the_order_of_the_roles(person: Callable[..., User]) -> None:
    person("admin", is_demo=True)
    person("citizen", is_demo=True)
    person("head")
    assert [login.username for login in demo_logins()] == ["citizen", "admin"]
