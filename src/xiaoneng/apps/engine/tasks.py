"""Background work: calls of connectors, messages and signals between cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.utils import timezone

from xiaoneng.apps.engine.services import calls, followups, messages, timers
from xiaoneng.apps.outbox import registry
from xiaoneng.apps.outbox import services as outbox
from xiaoneng.apps.outbox.contracts import Effect, Job, Topic

AT_ONCE: Final = 20
"""Timers that a worker fires before it looks for messages again."""
REDATE_EVERY: Final = timedelta(minutes=10)
SENT: Final = UUID("b3f1ed53-7a43-5b6e-8f2b-0a3f5e6e3d10")


def register() -> None:
    """Serve the topics of this app."""
    for topic in (
        Topic(followups.CALL, handle_call, on_dead=calls.dead, attempts=6, backoff=timedelta(seconds=10)),
        Topic(followups.MESSAGE, handle_message, attempts=8, backoff=timedelta(seconds=30)),
        Topic(followups.SIGNAL, handle_signal, attempts=8, backoff=timedelta(seconds=10)),
    ):
        registry.register(topic)


def handle_call(job: Job) -> Effect:
    """See ``services.calls``."""
    return calls.call(job, timezone.now())


def handle_message(job: Job) -> Effect:
    """A message that a case sent: to whoever of its family waits. Raises NobodyWaits, and is tried again:
    the receiver may get there later."""
    payload, now = job.payload, timezone.now()
    found = messages.family(payload["name"], payload["from"], payload["case"])
    if not found:
        raise messages.nobody(payload["name"], payload["case"])
    instance, status = found[0]
    if status == "suspended":
        return lambda: _later(followups.MESSAGE, payload, now)

    def effect() -> None:
        messages.deliver(
            name=payload["name"], instance=instance, at=now, command=uuid5(SENT, f"message:{job.id}")
        )

    return effect


def handle_signal(job: Job) -> Effect:
    """A signal that a case threw: to everybody who waits, each in a transaction of its own; whoever is
    suspended gets it later."""
    payload, now = job.payload, timezone.now()
    command = uuid5(SENT, f"signal:{payload.get('first', job.id)}")
    messages.broadcast(name=payload["name"], at=now, command=command, source=payload["from"])
    if messages.suspended_waiting(payload["name"], payload["from"]):
        return lambda: _later(followups.SIGNAL, {**payload, "first": payload.get("first", job.id)}, now)
    return calls.nothing


def _later(topic: str, payload: dict[str, Any], now: datetime) -> None:
    outbox.send(topic=topic, payload=payload, at=now, available_at=now + calls.LATER)


def fire_timers(at: datetime) -> int:
    """Some of the timers that are due."""
    return timers.timers_fire(at, limit=AT_ONCE)


class Redating:
    """Looks now and then whether a calendar was published that dates what had no date."""

    def __init__(self) -> None:
        self._next: datetime | None = None

    def __call__(self, at: datetime) -> int:
        if self._next is not None and at < self._next:
            return 0
        self._next = at + REDATE_EVERY
        return timers.timers_redate(at)


CHORES: Final = (fire_timers, Redating())
"""What a worker does between messages."""
