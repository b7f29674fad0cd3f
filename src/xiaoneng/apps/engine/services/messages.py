"""Messages to one case that waits for them, signals to all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet

from xiaoneng.apps.engine.contracts import MACHINE, Delivered, Doer, Outcome
from xiaoneng.apps.engine.errors import NobodyWaits
from xiaoneng.apps.engine.models import CommandRecord, Subscription
from xiaoneng.apps.engine.services.steps import act, repeated
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import CommandRefused, Message, Signal

RECEIVERS: Final = 10_000
"""Most cases that one signal reaches."""


def deliver(
    *,
    name: str,
    at: datetime,
    command: UUID,
    case: str = "",
    instance: int | None = None,
    data: Mapping[str, Any] | None = None,
    actor: Doer = MACHINE,
) -> Outcome:
    """Give a message to the one instance that waits for it: of this case, or this instance itself.

    Raises:
        NobodyWaits: none does (any more). BadInput: several do; say which case. CommandRefused: it is
            suspended. What ``act`` raises.
    """
    known = CommandRecord.objects.filter(command=command).values_list(
        "instance", "kind", "revision", "outcome"
    )
    for row in known:
        return repeated(row, instance, "Message")
    found = waiting("message", name)
    if instance is not None:
        found = found.filter(instance=instance)
    elif case:
        found = found.filter(instance__case=case)
    receivers = sorted(set(found.values_list("instance", flat=True)[:RECEIVERS]))
    if not receivers:
        raise nobody(name, case or str(instance or ""))
    if len(receivers) > 1:
        raise BadInput(
            "{count} cases wait for the message {name}",
            expected="the case or the instance that is meant",
            count=len(receivers),
            name=name,
        )
    return act(instance=receivers[0], command=Message(name, data), actor=actor, at=at, command_id=command)


def broadcast(
    *,
    name: str,
    at: datetime,
    command: UUID,
    data: Mapping[str, Any] | None = None,
    source: int | None = None,
    actor: Doer = MACHINE,
) -> Delivered:
    """Let every instance that waits for a signal go on, each in a step of its own; ``source`` threw it and
    has had it. Repeating the command reaches those that an interruption left out. A suspended case is passed
    over: ``suspended_waiting`` names them."""
    outcomes = []
    for instance in receivers(name, source):
        try:
            outcomes.append(
                act(
                    instance=instance,
                    command=Signal(name, data),
                    actor=actor,
                    at=at,
                    command_id=uuid5(command, str(instance)),
                )
            )
        except CommandRefused:
            continue  # it has gone on, or ended, since we looked
    return Delivered(tuple(outcomes))


def receivers(name: str, source: int | None) -> list[int]:
    """The running instances that wait for a signal."""
    found = waiting("signal", name).filter(instance__status="running").exclude(instance=source)
    return sorted(set(found.values_list("instance", flat=True)[:RECEIVERS]))


def suspended_waiting(name: str, source: int | None) -> list[int]:
    """The suspended instances that wait for a signal: they get it when they go on."""
    found = waiting("signal", name).filter(instance__status="suspended").exclude(instance=source)
    return sorted(set(found.values_list("instance", flat=True)[:RECEIVERS]))


def family(name: str, instance: int, case: str) -> list[tuple[int, str]]:
    """Who waits for a message that an instance sends: (instance, status) of its case, the process that
    started it and those that it started; itself last."""
    found = (
        waiting("message", name)
        .filter(Q(instance__case=case) | Q(instance__parent=instance) | Q(instance__children=instance))
        .values_list("instance", "instance__status")
        .distinct()
    )
    return sorted(found, key=lambda one: (one[0] == instance, one[0]))


def waiting(kind: str, name: str) -> QuerySet[Subscription]:
    """Subscriptions of this name, or of any."""
    return Subscription.objects.filter(kind=kind, name__in=(name, "")).order_by()


def nobody(name: str, where: str) -> NobodyWaits:
    """The answer to a message that comes too early, too late or to the wrong place."""
    return NobodyWaits(
        "nobody waits for the message {name}",
        name=name,
        hint="Look at the case {where}: it has gone on, or is not there yet",
        where=where or "-",
    )
