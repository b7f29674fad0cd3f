"""Writes that decisions and processes share: a draft held while it is written, put in force, withdrawn.

Every function is called inside the transaction of the service that checks and audits.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db.models import QuerySet
from django.utils.timezone import localdate

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.processes.contracts import State
from xiaoneng.apps.processes.errors import Changed, NotPublishable, SamePerson
from xiaoneng.apps.processes.models.versions import Version
from xiaoneng.core.errors import BadInput, Place

V = TypeVar("V", bound=Version)
KEY = re.compile(r"[a-z][a-z0-9-]{1,58}[a-z0-9]")
PASSED = "{day} has passed; what was decided then was decided under the version of that day"


def check_key(key: str, message: str) -> None:
    """Refuse a key that cannot be used, with ``message``. Raises BadInput."""
    if not KEY.fullmatch(key):
        raise BadInput(
            message,
            place=Place(field="key"),
            expected="3 to 60 small letters, digits and hyphens, a letter first",
            key=key,
        )


def number_next(versions: QuerySet[V]) -> int:
    """The number of the next version."""
    newest = versions.order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1


def draft_held(versions: QuerySet[V], revision: int | None) -> V:
    """The one draft, held until the transaction ends.

    Raises:
        Changed: there is none, or it was saved since ``revision``.
    """
    version = versions.select_for_update().filter(state=State.DRAFT).first()
    if version is None:
        raise Changed("there is no draft (any more)", hint="Load the page again to see its present state")
    if revision is not None and version.revision != revision:
        raise Changed(
            "the draft was changed meanwhile; nothing was overwritten",
            hint="Load the page again to see its present state",
        )
    return version


def sign(version: Version, user: Person) -> None:
    """Note that this person wrote at the version."""
    if user.pk not in version.hands:
        version.hands = [*version.hands, user.pk]


def put_in_force(
    version: V,
    versions: QuerySet[V],
    *,
    valid_from: date,
    valid_to: date | None,
    note: str,
    user: Person,
    at: datetime,
) -> None:
    """Publish the draft for its days, today at the earliest; the caller has checked its content.

    Raises:
        SamePerson: the publisher wrote at it.
        NotPublishable: no note, or a day that cannot be.
    """
    day = localdate(at)
    if user.pk == version.author_id or user.pk in version.hands:
        raise SamePerson(
            "whoever wrote a version may not publish it", hint="Ask a colleague who did not write at it"
        )
    if not note.strip():
        raise NotPublishable("say in the note what changes and why", place=Place(field="note"))
    if valid_from < day:
        raise _passed(valid_from, day, "valid_from")
    if valid_to is not None and valid_to < valid_from:
        raise NotPublishable("the last day lies before the first", place=Place(field="valid_to"))
    if versions.filter(state=State.PUBLISHED, valid_from=valid_from).exists():
        raise NotPublishable(
            "another version begins on {day}",
            place=Place(field="valid_from"),
            day=valid_from.isoformat(),
            hint="Choose another day, or withdraw that version first",
        )
    version.state = State.PUBLISHED
    version.valid_from, version.valid_to = valid_from, valid_to
    version.note = note.strip()[:500]
    version.published_by_id, version.published_at = user.pk, at
    version.save()


def withdraw(
    versions: QuerySet[V], *, number: int, from_day: date, note: str, user: Person, at: datetime
) -> V:
    """Let a published version apply no longer from a day on, today at the earliest.

    Raises:
        Changed: it is not published (any more).
        NotPublishable: no note, or a day that has passed.
    """
    if not note.strip():
        raise NotPublishable("say in the note what changes and why", place=Place(field="note"))
    if from_day < localdate(at):
        raise _passed(from_day, localdate(at), "from_day")
    version = versions.select_for_update().filter(number=number, state=State.PUBLISHED).first()
    if version is None:
        raise Changed("this version is not published")
    last = from_day - timedelta(days=1)
    version.state = State.WITHDRAWN
    version.valid_to = last if version.valid_to is None else min(last, version.valid_to)
    version.withdrawn_by_id, version.withdrawn_at = user.pk, at
    version.withdrawal_note = note.strip()[:500]
    version.save(update_fields=["state", "valid_to", "withdrawn_by", "withdrawn_at", "withdrawal_note"])
    return version


def _passed(day: date, today: date, field: str) -> NotPublishable:
    return NotPublishable(
        PASSED,
        place=Place(field=field),
        expected="{today} or later",
        day=day.isoformat(),
        today=today.isoformat(),
    )
