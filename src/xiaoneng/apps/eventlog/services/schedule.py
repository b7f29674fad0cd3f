"""What the worker does on its own at certain hours: seal the event log, bring live cases into the store.

Each run is a message of the outbox that is due then; its end sends the next one. A key per run makes it one,
however many workers start.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timezone import localtime

from xiaoneng.apps.outbox import services as outbox

SEAL, HOURLY = "eventlog.seal", "eventlog.hourly"
AFTER_MIDNIGHT = timedelta(minutes=10)


def ensure(at: datetime) -> None:
    """Send the next run of everything, unless it was sent."""
    for topic, due in ((SEAL, seal_due(at)), (HOURLY, hour_due(at))):
        if due is not None:
            outbox.send(topic=topic, payload={}, at=at, key=f"{topic}@{due.isoformat()}", available_at=due)


def seal_due(at: datetime) -> datetime | None:
    """The first moment after ``at`` at which is sealed: ten minutes after midnight of the next day or month;
    None when sealing is off."""
    period = settings.SEAL_PERIOD
    if period == "off":
        return None
    midnight = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "daily":
        days = 0 if at < midnight + AFTER_MIDNIGHT else 1
        return midnight + timedelta(days=days) + AFTER_MIDNIGHT
    first = midnight.replace(day=1)
    if at >= first + AFTER_MIDNIGHT:
        first = (first + timedelta(days=32)).replace(day=1)
    return first + AFTER_MIDNIGHT


def hour_due(at: datetime) -> datetime:
    """The next full hour."""
    return localtime(at).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
