"""Reads around accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.accounts.models import User
from xiaoneng.apps.accounts.roles import roles


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A demonstration user that the sign-in page offers; all have the same password."""

    username: str
    name: str
    role: str
    name_zh: str
    name_en: str


def person_of(candidate: object) -> Person | None:
    """The signed-in user of a request, or None for a visitor."""
    return candidate if isinstance(candidate, User) else None


def anybody() -> bool:
    """Whether there is any user at all; an empty platform may be filled with demonstration data."""
    return User.objects.exists()


def exists(username: str) -> bool:
    """Whether this sign-in name is taken."""
    return User.objects.filter(username=username).exists()


def named(username: str) -> Person:
    """The user of this sign-in name; who asks knows that there is one."""
    return User.objects.get(username=username)


def find(username: str) -> Person | None:
    """The user with this sign-in name."""
    return User.objects.filter(username=username).first()


def usernames(keys: Collection[int]) -> dict[int, str]:
    """The sign-in names of some users by key."""
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "username"))


def names(keys: Collection[int]) -> dict[int, str]:
    """How people are called, by key; for colleagues on the same case. One query."""
    return dict(User.objects.filter(pk__in=keys).values_list("pk", "name"))


def demo_logins() -> list[DemoLogin]:
    """The demonstration users, one per role in the order of the roles; empty when no demo data is loaded."""
    order = {code: n for n, code in enumerate(roles())}
    found = User.objects.filter(is_demo=True, is_active=True).only("username", "name", "role")
    return [
        DemoLogin(u.username, u.name, u.role, u.role_data.name_zh, u.role_data.name_en)
        for u in sorted(found, key=lambda u: (order[u.role], u.username))
    ]


def masked_phone(phone: str) -> str:
    """``138****1234``: the usual mask of a mobile number (GB/T 37964-2019, practice)."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else ""
