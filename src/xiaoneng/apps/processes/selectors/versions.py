"""Reads that decisions and processes share: who may see which, what applies on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from django.db.models import Model, Q, QuerySet

from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.contracts import Dated, Period, Standing, State
from xiaoneng.apps.processes.models.versions import Version

V = TypeVar("V", bound=Version)
D = TypeVar("D", bound=Dated)
Owner = TypeVar("Owner", bound=Model)
APPLIED = (State.PUBLISHED, State.WITHDRAWN)


class Owned(Protocol):
    """A decision or process: a body answers for it."""

    @property
    def body_id(self) -> int | None: ...


def covers(scope: Scope, owner: Owned) -> bool:
    """Whether a scope reaches the body that answers: then drafts and records are seen."""
    return scope.everything or owner.body_id in scope.ids


def visible(owners: QuerySet[Owner], versions: QuerySet[V], field: str, scope: Scope) -> QuerySet[Owner]:
    """What was published is open to all who may open the pages; what never was, only to its scope.

    ``field`` names the owner in ``versions``.
    """
    if scope.everything:
        return owners
    return owners.filter(Q(body__in=scope.ids) | Q(pk__in=applied(versions).values(field)))


def applied(versions: QuerySet[V]) -> QuerySet[V]:
    """Those that apply, applied or will apply on some day."""
    return versions.filter(state__in=APPLIED, valid_from__isnull=False)


def in_force(versions: QuerySet[V], day: date) -> V | None:
    """Of the versions of one owner whose days include ``day`` the one that began last.

    When a version ends or is withdrawn, the one before it applies again.
    """
    return ranked(versions, day).first()


def ranked(versions: QuerySet[V], day: date) -> QuerySet[V]:
    """The versions whose days include ``day``, the one in force first."""
    return (
        applied(versions)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
        .order_by("-valid_from", "-number")
    )


def periods(known: Iterable[D]) -> list[Period[D]]:
    """Which version applies when, oldest first; days on which none applies are left out. Pure."""
    dated = [(v, v.valid_from) for v in known if v.state in APPLIED and v.valid_from is not None]
    limits: set[date] = set()
    for v, first in dated:
        limits.add(first)
        if v.valid_to is not None:
            limits.add(v.valid_to + timedelta(days=1))
    ordered = sorted(limits)
    found: list[Period[D]] = []
    for index, start in enumerate(ordered):
        end = ordered[index + 1] - timedelta(days=1) if index + 1 < len(ordered) else None
        able = [
            (f, v.number, v) for v, f in dated if f <= start and (v.valid_to is None or v.valid_to >= start)
        ]
        if not able:
            continue
        version = max(able, key=lambda one: one[:2])[2]
        if found and found[-1].version is version and found[-1].end == start - timedelta(days=1):
            found[-1] = Period(found[-1].start, end, version)
        else:
            found.append(Period(start, end, version))
    return found


def standing(known: Sequence[D], today: date, *, drafts: bool) -> Standing[D]:
    """What applies today, what comes next, and the draft where ``drafts`` may be seen. Pure."""
    spans = periods(known)
    return Standing(
        present=next((p.version for p in spans if p.covers(today)), None),
        following=next((p.version for p in spans if p.start > today), None),
        draft=next((v for v in known if v.state == State.DRAFT), None) if drafts else None,
        versions=len(known),
    )
