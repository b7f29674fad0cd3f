"""Sending, claiming and finishing messages. Every function is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from xiaoneng.apps.outbox.contracts import Effect, Job, Topic
from xiaoneng.apps.outbox.models import Message

MAX_BACKOFF = timedelta(hours=1)
ERROR_LENGTH = 4000


def send(
    *,
    topic: str,
    payload: dict[str, Any],
    at: datetime,
    key: str | None = None,
    available_at: datetime | None = None,
) -> int:
    """Put a message into the outbox, in the caller's transaction; with a ``key`` that was sent before it
    does nothing.

    Returns:
        The number of the message, the earlier one's if the key was known.
    """
    values = {"topic": topic, "payload": payload, "created_at": at, "available_at": available_at or at}
    if key is None:
        return int(Message.objects.create(**values).pk)
    message, _ = Message.objects.get_or_create(key=key, defaults=values)
    return int(message.pk)


def claim(*, topics: Collection[str], at: datetime, lease_for: timedelta) -> Job | None:
    """Take the next due message for ``lease_for``; None when there is none.

    Where the database can (PostgreSQL), claimers skip each other's rows; SQLite lets one claim at a time.
    """
    due = Message.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lt=at),
        state=Message.State.WAITING,
        available_at__lte=at,
        topic__in=topics,
    ).order_by("available_at", "id")
    if not due.exists():  # a plain read: an idle worker never takes the write lock
        return None
    with transaction.atomic():
        message = due.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked
        ).first()
        if message is None:
            return None
        message.lease = secrets.token_hex(16)
        message.leased_until = at + lease_for
        message.attempts += 1
        message.save(update_fields=["lease", "leased_until", "attempts"])
    return Job(message.pk, message.topic, message.payload, message.attempts, message.lease)


def renew(*, job: Job, at: datetime, lease_for: timedelta) -> bool:
    """Prolong the claim; False when it was lost to another worker."""
    return bool(_held(job).update(leased_until=at + lease_for))


def finish(*, job: Job, effect: Effect, at: datetime) -> bool:
    """Run the effect and mark the message done, in one transaction; False, and no effect, when the claim
    was lost."""
    with transaction.atomic():
        if not _held(job).update(
            state=Message.State.DONE, finished_at=at, lease="", leased_until=None, error=""
        ):
            return False
        effect()
    return True


def fail(*, job: Job, topic: Topic, error: str, at: datetime) -> bool:
    """Give the message back for another try later, or bury it after the last; False when the claim was
    lost."""
    with transaction.atomic():
        last = job.attempt >= topic.attempts
        wait = min(topic.backoff * 2 ** (job.attempt - 1), MAX_BACKOFF)
        changed = _held(job).update(
            state=Message.State.DEAD if last else Message.State.WAITING,
            available_at=at + wait,
            finished_at=at if last else None,
            lease="",
            leased_until=None,
            error=error[:ERROR_LENGTH],
        )
        if changed and last and topic.on_dead is not None:
            topic.on_dead(job.payload, error)
    return bool(changed)


def _held(job: Job) -> Any:
    return Message.objects.filter(pk=job.id, state=Message.State.WAITING, lease=job.lease)
