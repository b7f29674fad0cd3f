"""Background work: compute all indicators over the platform's log."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.timezone import localdate

from xiaoneng.apps.eventlog import followups
from xiaoneng.apps.indicators import services
from xiaoneng.apps.outbox import registry
from xiaoneng.apps.outbox.contracts import Effect, Job, Topic


def register() -> None:
    """Tell the outbox who handles what."""
    registry.register(Topic(services.COMPUTE, recompute, attempts=3))
    followups.register(services.COMPUTE, _recompute_after)


def _recompute_after(at: datetime) -> None:
    """The platform's store has changed: compute again."""
    services.recompute_send(as_of=localdate(at), at=at)


def recompute(job: Job) -> Effect:
    """Compute outside any transaction; the effect stores the results in the one that ends the message."""
    computed = services.compute_all(as_of=date.fromisoformat(job.payload["as_of"]))

    def effect() -> None:
        services.results_store(computed, at=timezone.now())

    return effect
