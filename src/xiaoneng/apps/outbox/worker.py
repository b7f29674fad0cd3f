"""The worker: claims messages one after the other and works them off."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import close_old_connections, connection

from xiaoneng.apps.outbox import services
from xiaoneng.apps.outbox.contracts import Job
from xiaoneng.apps.outbox.registry import topics

LEASE = timedelta(seconds=15)
HEARTBEAT_S = 4.0
IDLE_S = 0.5

log = logging.getLogger(__name__)
Now = Callable[[], datetime]
Chore = Callable[[datetime], int]
"""Work that finds its own rows (timers): does some of what is due and says how much that was."""


def run(*, now: Now, stop: threading.Event, also: Sequence[Chore] = ()) -> None:
    """Work until ``stop`` is set; the job at hand is finished first. ``also`` is done between messages."""
    while not stop.is_set():
        close_old_connections()
        try:
            busy = work_once(now=now)
            for chore in also:
                busy = chore(now()) > 0 or busy
        except Exception:
            # the database may be away for a moment; what was claimed comes back when its lease ends
            log.exception("the outbox could not be read; trying again")
            busy = False
            stop.wait(2.0)
        if not busy:
            stop.wait(IDLE_S)


def work_once(*, now: Now, lease: timedelta = LEASE) -> bool:
    """Claim one message and work it off; False when nothing was due."""
    known = topics()
    job = services.claim(topics=list(known), at=now(), lease_for=lease)
    if job is None:
        return False
    topic = known[job.topic]
    if job.attempt > topic.attempts:  # every earlier worker died over it
        services.fail(job=job, topic=topic, error="the worker process ended without an answer", at=now())
        return True
    with _Heartbeat(job, now, lease):
        try:
            effect = topic.handler(job)
            services.finish(job=job, effect=effect, at=now())
        except Exception as error:
            log.warning(
                "message %s of topic %s failed (attempt %s): %s",
                job.id,
                job.topic,
                job.attempt,
                type(error).__name__,
            )
            services.fail(job=job, topic=topic, error=f"{type(error).__name__}: {error}", at=now())
    return True


class _Heartbeat:
    """Prolongs the claim while the handler works, from a thread with its own database connection."""

    def __init__(self, job: Job, now: Now, lease: timedelta) -> None:
        self._job, self._now, self._lease = job, now, lease
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        opened = False
        try:
            while not self._done.wait(HEARTBEAT_S):
                opened = True
                if not services.renew(job=self._job, at=self._now(), lease_for=self._lease):
                    return
        except Exception:
            log.exception("the claim of message %s could not be prolonged", self._job.id)
        finally:
            if opened:
                connection.close()
