"""Writes around accounts: create a user, check a sign-in with lockout, change a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.accounts.crypto import keyed_hash
from xiaoneng.apps.accounts.errors import LockedOut, PasswordRefused, SignInRefused
from xiaoneng.apps.accounts.models import SignInCounter, User


@dataclass(frozen=True, slots=True)
class LockRule:
    """After ``failures`` within ``window`` the key is locked for ``lock``."""

    failures: int
    window: timedelta
    lock: timedelta


QUARTER = timedelta(minutes=15)
# A name from one address locks soon; a name from anywhere later, so that a stranger cannot easily lock an
# official
# out; an address over all names last, because a whole hall may share it. Failure lock: GB/T 22239-2019
# 8.1.4.1 b).
RULES = {
    "name+address": LockRule(5, QUARTER, QUARTER),
    "name": LockRule(20, QUARTER, QUARTER),
    "address": LockRule(60, QUARTER, QUARTER),
}


def user_create(
    *,
    username: str,
    name: str,
    role: str,
    password: str | None,
    at: datetime,
    phone: str = "",
    is_demo: bool = False,
) -> User:
    """A new user; ``password`` None means that nobody can sign in as this user yet."""
    user = User(username=username, name=name, role=role, phone=phone, is_demo=is_demo, created_at=at)
    user.phone_hash = keyed_hash(phone, "phone") if phone else ""
    user.set_password(password)
    user.full_clean(exclude=["password", "phone"])
    user.save(force_insert=True)
    return user


def sign_in_check(*, username: str, password: str, address: str, at: datetime) -> User:
    """The user who may sign in now.

    Raises:
        LockedOut: too many failures of this name or address; the password was not even looked at.
        SignInRefused: unknown name, wrong password or switched-off user; all three read the same.
    """
    keys = _keys(username, address)
    until = _locked_until(keys, at)
    if until is not None:
        raise _locked(until, at)
    user = authenticate(username=username, password=password)
    if isinstance(user, User):
        SignInCounter.objects.filter(key=keys["name+address"]).delete()
        return user
    until = _count_failure(keys, at)
    if until is not None:
        raise _locked(until, at)
    raise SignInRefused("User name and password do not match.")


def password_change(*, user: Person, old: str, new: str, at: datetime) -> None:
    """Replace the password after checking the old one and the rules.

    Raises:
        SignInRefused: the old password is wrong (counts towards the lockout of this user).
        PasswordRefused: the new one breaks a rule.
    """
    keys = _keys(user.username, "password-change")
    until = _locked_until(keys, at)
    if until is not None:
        raise _locked(until, at)
    account = User.objects.get(pk=user.pk)
    if not account.check_password(old):
        _count_failure(keys, at)
        raise SignInRefused("The present password is wrong.")
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise PasswordRefused("The new password cannot be used.", problems=error.messages) from error
    account.set_password(new)
    account.save(update_fields=["password"])


def _keys(username: str, address: str) -> dict[str, str]:
    name = username.strip().casefold()
    return {
        "name+address": keyed_hash(f"{name}\n{address}", "sign-in name+address"),
        "name": keyed_hash(name, "sign-in name"),
        "address": keyed_hash(address, "sign-in address"),
    }


def _locked_until(keys: dict[str, str], at: datetime) -> datetime | None:
    found = (
        SignInCounter.objects.filter(key__in=keys.values(), locked_until__gt=at)
        .order_by("-locked_until")
        .first()
    )
    return found.locked_until if found else None


def _count_failure(keys: dict[str, str], at: datetime) -> datetime | None:
    """Count one failure under every key; the end of the longest lock that this causes."""
    until: datetime | None = None
    with transaction.atomic():
        for kind, rule in RULES.items():
            SignInCounter.objects.get_or_create(key=keys[kind], defaults={"window_started_at": at})
            counter = SignInCounter.objects.select_for_update().get(key=keys[kind])
            if at - counter.window_started_at > rule.window:
                counter.failures, counter.window_started_at, counter.locked_until = 0, at, None
            counter.failures += 1
            if counter.failures >= rule.failures:
                counter.locked_until = at + rule.lock
                until = max(until, counter.locked_until) if until else counter.locked_until
            counter.save()
    return until


def _locked(until: datetime, at: datetime) -> LockedOut:
    minutes = max(1, -int(-(until - at).total_seconds() // 60))
    return LockedOut("Too many failed attempts.", hint="Try again in {minutes} min.", minutes=minutes)
