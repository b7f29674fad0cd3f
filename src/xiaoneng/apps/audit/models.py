"""The audit record. Rows are only ever added; triggers in the database refuse anything else."""

from __future__ import annotations

from django.db import models


class AuditHead(models.Model):
    """The end of the chain: one row that every writer locks, so that there is one order."""

    length = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.length} lines"


class AuditLine(models.Model):
    """One act: who, as what, did what, to what, with what outcome. ``hash`` covers all of it and the line
    before."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.BigIntegerField(
        null=True, db_index=True
    )  # the key of the user, null for nobody and for the system
    role = models.CharField(max_length=20, blank=True)
    action = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True)
    address_hash = models.CharField(max_length=64, blank=True)
    request = models.CharField(max_length=32, blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["done", "refused", "failed"]), name="audit_outcome_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.outcome}"
