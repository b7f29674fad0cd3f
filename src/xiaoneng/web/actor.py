"""Who acts, as the audit record wants it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.http import HttpRequest

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.accounts.crypto import keyed_hash
from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.audit.contracts import Actor


def address_of(request: HttpRequest) -> str:
    """The address of the browser; behind the HTTPS proxy the last one that the proxy added."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def user_of(request: HttpRequest) -> Person:
    """The signed-in user of a page that needs one: the access middleware lets nobody else in."""
    user = person_of(request.user)
    assert user is not None, "this route needs a permission"
    return user


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user (if any) with role, hashed address and a number for this request."""
    user = person_of(request.user)
    number = request.META.setdefault("xiaoneng.request", secrets.token_hex(8))
    address_hash = keyed_hash(address_of(request), "address")
    if user is not None:
        return Actor(user=user.pk, role=user.role, address_hash=address_hash, request=number)
    return Actor(address_hash=address_hash, request=number)


def keep_session(request: HttpRequest) -> None:
    """Stay signed in here after one's own password changed; every other session of this user ends."""
    user = get_user_model().objects.get(pk=user_of(request).pk)
    update_session_auth_hash(request, user)


def idle_limit() -> timedelta:
    """After how long without a page a session ends."""
    limit: timedelta = settings.SESSION_IDLE
    return limit
