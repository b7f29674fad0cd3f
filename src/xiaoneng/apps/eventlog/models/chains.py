"""The platform's own events, chained by case, and the seals over all chains.

Triggers in the database (``triggers.py``) refuse to change or delete an event or a seal, to shorten a chain
and to delete one.
"""

from __future__ import annotations

from django.db import models

from xiaoneng.apps.eventlog.fields import HashField


class Chain(models.Model):
    """The events of one case: how many there are, and the hash of the last one. Grows only."""

    case = models.TextField()
    length = models.PositiveIntegerField(default=0)
    head = HashField()
    opened_at = models.DateTimeField()

    class Meta:
        # a constraint, not unique=True: PostgreSQL would get a second index for LIKE
        constraints = [models.UniqueConstraint(fields=["case"], name="chain_of_case")]

    def __str__(self) -> str:
        return f"{self.case} {self.length}"


class CaseEvent(models.Model):
    """One event of a case, only ever added. ``hash`` covers all of it and the hash of the event before, see
    ``core/eventlog/chain.py``; ``data`` is canonical JSON text with the keys that the vocabulary declares."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    type = models.TextField()
    element = models.TextField()
    activity = models.TextField()
    lifecycle = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()  # pseudonymous id; empty for applicants
    role = models.TextField()
    body = models.TextField()  # code
    item = models.TextField()
    version = models.TextField()
    task = models.BigIntegerField(null=True)
    data = models.TextField()
    hash = HashField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="case_event_place")]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.seq} {self.type} {self.lifecycle}"


class Seal(models.Model):
    """A signed Merkle root 封存 over (case, head, length) of all chains; each names the seal before it."""

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    cases = models.BigIntegerField()
    events = models.BigIntegerField()
    changed = models.BigIntegerField()
    root = HashField()
    leaves = HashField()  # digest of the file that lists what changed since the seal before
    broken = models.BigIntegerField()
    previous = HashField()
    key = HashField()  # public key
    successor = HashField()  # the public key that signs from the next seal on, empty for the same
    signature = HashField()

    def __str__(self) -> str:
        return f"{self.number} {self.sealed_at:%Y-%m-%d} {self.cases}"
