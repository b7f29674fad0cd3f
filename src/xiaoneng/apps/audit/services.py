"""Adding to the audit record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xiaoneng.apps.audit.chain import START, digest
from xiaoneng.apps.audit.contracts import Actor, Outcome
from xiaoneng.apps.audit.models import AuditHead, AuditLine

REASON_LENGTH = 300


def record(
    *,
    actor: Actor,
    action: str,
    at: datetime,
    outcome: Outcome = "done",
    object_type: str = "",
    object_id: object = "",
    reason: str = "",
) -> AuditLine:
    """Add one line, in the caller's transaction if there is one: the act and its record stand or fall
    together.

    The head of the chain is locked until that transaction ends, so call this last in it.
    """
    with transaction.atomic():
        AuditHead.objects.get_or_create(pk=1, defaults={"hash": START})
        head = AuditHead.objects.select_for_update().get(pk=1)
        line = AuditLine(
            seq=head.length + 1,
            at=at,
            actor=actor.user,
            role=actor.role,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            outcome=outcome,
            reason=reason[:REASON_LENGTH],
            address_hash=actor.address_hash,
            request=actor.request,
            previous=head.hash,
        )
        line.hash = digest(line)
        line.save(force_insert=True)
        head.length, head.hash = line.seq, line.hash
        head.save()
    return line
