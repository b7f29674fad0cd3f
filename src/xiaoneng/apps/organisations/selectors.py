"""Reads around bodies, and the one function that decides whose data a user may see."""

from __future__ import annotations

from django.db.models import QuerySet

from xiaoneng.apps.accounts.models import User
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.organisations.models import Body, Membership


def scope_of(user: User) -> Scope:
    """The bodies whose data ``user`` may see. Lists, details, search, exports and the API all ask here.

    The role says how far (``accounts/roles.toml``): nothing but one's own, one's body, one's body and all below, all.
    """
    kind = user.role_data.scope if user.is_active else "own"
    if kind == "all":
        return Scope(user=user.pk, everything=True, ids=frozenset(), codes=frozenset())
    own = body_of(user)
    if kind == "own" or own is None:
        return Scope(user=user.pk, everything=False, ids=frozenset(), codes=frozenset())
    if kind == "body":
        return Scope(user=user.pk, everything=False, ids=frozenset({own.pk}), codes=frozenset({own.code}))
    pairs = list(Body.objects.filter(path__startswith=own.path).values_list("pk", "code"))
    return Scope(
        user=user.pk, everything=False, ids=frozenset(p for p, _ in pairs), codes=frozenset(c for _, c in pairs)
    )


def body_of(user: User) -> Body | None:
    """The body that the user works for."""
    membership = Membership.objects.select_related("body").filter(user=user).first()
    return membership.body if membership else None


def bodies_visible(scope: Scope) -> QuerySet[Body]:
    """The visible bodies from the top down."""
    found = Body.objects.order_by("path")
    return found if scope.everything else found.filter(pk__in=scope.ids)
