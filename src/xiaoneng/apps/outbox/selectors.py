"""Reads of the outbox."""

from __future__ import annotations

from django.db.models import Count

from xiaoneng.apps.outbox.models import Message


def counts() -> dict[str, int]:
    """How many messages are waiting, done, dead."""
    found = dict(Message.objects.values_list("state").annotate(n=Count("id")))
    return {state: found.get(state, 0) for state in Message.State.values}
