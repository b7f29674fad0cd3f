"""Reading and proving the audit record."""

from __future__ import annotations

from django.db.models import QuerySet

from xiaoneng.apps.audit.chain import START, digest
from xiaoneng.apps.audit.contracts import ChainCheck
from xiaoneng.apps.audit.models import AuditHead, AuditLine


def lines(*, action: str = "", outcome: str = "", actor: int | None = None) -> QuerySet[AuditLine]:
    """The lines, newest first, narrowed by what is given."""
    found = AuditLine.objects.order_by("-seq")
    if action:
        found = found.filter(action=action)
    if outcome:
        found = found.filter(outcome=outcome)
    if actor is not None:
        found = found.filter(actor=actor)
    return found


def actions() -> list[str]:
    """Every kind of act that was recorded."""
    return list(AuditLine.objects.order_by("action").values_list("action", flat=True).distinct())


def verify() -> ChainCheck:
    """Read every line and recompute the chain; a changed, inserted, deleted or cut-off line is found."""
    previous, expected = START, 1
    for line in AuditLine.objects.order_by("seq").iterator(chunk_size=2000):
        if line.seq != expected or line.previous != previous or line.hash != digest(line):
            return ChainCheck(ok=False, lines=expected - 1, broken_at=expected)
        previous, expected = line.hash, expected + 1
    head = AuditHead.objects.filter(pk=1).first()
    length, top = (head.length, head.hash) if head else (0, START)
    if length != expected - 1 or top != previous:
        return ChainCheck(ok=False, lines=expected - 1, broken_at=expected)
    return ChainCheck(ok=True, lines=expected - 1, broken_at=None)
