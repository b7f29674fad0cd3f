"""Reads around bodies, and the one function that decides whose data a user may see."""

from __future__ import annotations

from django.db.models import QuerySet

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.organisations.contracts import BodyInfo, Scope
from xiaoneng.apps.organisations.models import Body, Membership


def scope_of(user: Person) -> Scope:
    """The bodies whose data ``user`` may see. Lists, details, search, exports and the API all ask here.

    The role says how far (``accounts/roles.toml``): nothing but one's own, one's body, one's body and all
    below, all.
    """
    kind = user.role_data.scope if user.is_active else "own"
    if kind == "all":
        return Scope(user=user.pk, everything=True, ids=frozenset(), codes=frozenset())
    own = Body.objects.filter(memberships__user_id=user.pk).first()
    if kind == "own" or own is None:
        return Scope(user=user.pk, everything=False, ids=frozenset(), codes=frozenset())
    if kind == "body":
        return Scope(user=user.pk, everything=False, ids=frozenset({own.pk}), codes=frozenset({own.code}))
    pairs = list(Body.objects.filter(path__startswith=own.path).values_list("pk", "code"))
    return Scope(
        user=user.pk,
        everything=False,
        ids=frozenset(p for p, _ in pairs),
        codes=frozenset(c for _, c in pairs),
    )


def public_scope() -> Scope:
    """For figures of the whole province that are published to everyone (政务公开); never for bodies'
    internals."""
    return Scope(user=0, everything=True, ids=frozenset(), codes=frozenset())


def body_of(user: Person) -> BodyInfo | None:
    """The body that the user works for."""
    body = Body.objects.filter(memberships__user_id=user.pk).first()
    return _info(body) if body else None


def colleagues(code: str, role: str) -> list[tuple[int, str]]:
    """Key and name of everyone who works for the body with this code in this role, sorted by name."""
    found = Membership.objects.filter(body__code=code, user__role=role, user__is_active=True)
    return list(found.order_by("user__name", "user").values_list("user", "user__name"))


def top() -> BodyInfo | None:
    """The body at the top of the province."""
    body = Body.objects.order_by("path").first()
    return _info(body) if body else None


def bodies_visible(scope: Scope) -> QuerySet[Body]:
    """The visible bodies from the top down."""
    found = Body.objects.order_by("path")
    return found if scope.everything else found.filter(pk__in=scope.ids)


def _info(body: Body) -> BodyInfo:
    return BodyInfo(
        id=body.pk, code=body.code, name=body.name, level=body.level, region_code=body.region_code
    )
