"""Who acts, as the audit record wants it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from xiaoneng.apps.accounts.crypto import keyed_hash
from xiaoneng.apps.accounts.models import User
from xiaoneng.apps.audit.contracts import Actor


def address_of(request: HttpRequest) -> str:
    """The address of the browser; behind the HTTPS proxy the last one that the proxy added."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user (if any) with role, hashed address and a number for this request."""
    user = request.user
    number = request.META.setdefault("xiaoneng.request", secrets.token_hex(8))
    address_hash = keyed_hash(address_of(request), "address")
    if isinstance(user, User):
        return Actor(user=user.pk, role=user.role, address_hash=address_hash, request=number)
    return Actor(address_hash=address_hash, request=number)


def idle_limit() -> timedelta:
    """After how long without a page a session ends."""
    limit: timedelta = settings.SESSION_IDLE
    return limit
