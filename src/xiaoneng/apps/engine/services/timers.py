"""Timers: claimed by one worker, fired once, in order; dated again when a calendar is published."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from xiaoneng.apps.engine.calendars import due_at
from xiaoneng.apps.engine.contracts import MACHINE, TaskState
from xiaoneng.apps.engine.errors import Busy
from xiaoneng.apps.engine.models import Task, Timer
from xiaoneng.apps.engine.services.steps import act
from xiaoneng.apps.processes.selectors.processes import compiled
from xiaoneng.core.errors import XiaonengError
from xiaoneng.core.process import TimerDue

LEASE: Final = timedelta(seconds=15)
ATTEMPTS: Final = 10
BACKOFF: Final = timedelta(minutes=1)
MAX_BACKOFF: Final = timedelta(hours=1)
FIRED: Final = UUID("5d0e1c62-4ed0-5a52-a61a-1b8b0a1f6f5e")
"""Namespace of the ids under which timers fire: the same timer at the same due time has the same id."""

log = logging.getLogger(__name__)


class Claimed(NamedTuple):
    """A due timer that is ours until its lease ends."""

    id: int
    instance: int
    number: int
    due: datetime
    attempts: int
    lease: str


def timers_fire(at: datetime, *, limit: int = 100) -> int:
    """Fire what is due, oldest first, at most ``limit``; how many steps that were.

    A timer is done in the transaction of its step, so a killed worker leaves it as it was and the next one
    fires it. Timers of a suspended case wait. What cannot fire is tried again later and less often, then left
    with its fault for a person.
    """
    fired = 0
    for _ in range(limit):
        claimed = claim(at)
        if claimed is None:
            break
        fired += fire(claimed, at)
    return fired


def claim(at: datetime) -> Claimed | None:
    """Take the oldest due timer. Of one instance no second one is taken while the first is at work."""
    busy = Timer.objects.filter(instance=OuterRef("instance"), leased_until__gte=at).exclude(
        pk=OuterRef("pk")
    )
    due = (
        Timer.objects.filter(
            Q(leased_until__isnull=True) | Q(leased_until__lt=at),
            next_at__lte=at,
            instance__status="running",
        )
        .exclude(Exists(busy))
        .order_by("next_at", "id")
    )
    if not due.exists():  # a plain read: an idle worker never takes the write lock
        return None
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        timer = due.first()
        if timer is None or timer.due_at is None:
            return None
        timer.lease = secrets.token_hex(16)
        timer.leased_until = at + LEASE
        timer.save(update_fields=["lease", "leased_until"])
    return Claimed(timer.pk, timer.instance_id, timer.number, timer.due_at, timer.attempts, timer.lease)


def fire(claimed: Claimed, at: datetime) -> bool:
    """One step; whether it was made."""
    try:
        act(
            instance=claimed.instance,
            command=TimerDue(claimed.number),
            actor=MACHINE,
            at=at,
            command_id=uuid5(FIRED, f"{claimed.instance}:{claimed.number}:{claimed.due.isoformat()}"),
        )
    except Busy:
        _held(claimed).update(lease="", leased_until=None)
        return False
    except XiaonengError as error:
        log.warning("timer %s of instance %s failed: %s", claimed.number, claimed.instance, error.code)
        last = claimed.attempts + 1 >= ATTEMPTS
        wait = min(BACKOFF * 2**claimed.attempts, MAX_BACKOFF)
        _held(claimed).update(
            lease="",
            leased_until=None,
            attempts=F("attempts") + 1,
            next_at=None if last else at + wait,
            fault=str(error)[:500],
        )
        return False
    # a timer that repeats has a row of its own for the next time; this claim is over either way
    _held(claimed).update(lease="", leased_until=None)
    return True


def timer_again(*, instance: int, number: int, at: datetime) -> bool:
    """Try a timer again that was given up, after its reason was mended."""
    found = Timer.objects.filter(instance=instance, number=number, next_at__isnull=True, due_at__isnull=False)
    return bool(found.update(next_at=at, attempts=0, fault="", lease="", leased_until=None))


def timers_redate(at: datetime, *, limit: int = 1000) -> int:
    """Date timers and tasks whose limit ran past the published calendar, now that it may reach further;
    how many were dated. The limit runs from when it began, not from today."""
    dated = 0
    for timer in Timer.objects.filter(due_at__isnull=True).order_by("id")[:limit]:
        due = due_at(timer.limit, timer.unit, timer.set_at) if timer.limit is not None else None
        if due is not None:
            dated += Timer.objects.filter(pk=timer.pk, due_at__isnull=True).update(due_at=due, next_at=due)
    open_tasks = Task.objects.filter(state=TaskState.OPEN, undated=True).select_related("instance")
    for task in open_tasks.order_by("id")[:limit]:
        node = compiled(task.instance.version_id, task.instance.model).node(task.element)
        if node is None or node.facts.limit is None:
            continue
        due = due_at(node.facts.limit, node.facts.unit, task.opened_at)
        if due is not None:
            dated += Task.objects.filter(pk=task.pk, undated=True).update(due=due, undated=False)
    return dated


def _held(claimed: Claimed) -> QuerySet[Timer]:
    return Timer.objects.filter(pk=claimed.id, lease=claimed.lease)
