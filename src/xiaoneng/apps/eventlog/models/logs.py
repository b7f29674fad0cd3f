"""Logs that someone brought."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from xiaoneng.apps.eventlog.contracts import State


class Log(models.Model):
    """One event log: its file, how its columns are read, how far the import is, where the result lies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=160)
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    body = models.ForeignKey("organisations.Body", on_delete=models.PROTECT, null=True, related_name="logs")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="logs")
    created_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=24, choices=State.choices, default=State.GUESSING)
    # a new run makes whatever an older one still does meaningless: that is how an import is cancelled
    run = models.PositiveIntegerField(default=0)
    progress = models.FloatField(default=0.0)
    progress_text = models.CharField(max_length=120, blank=True, default="")
    guess = models.JSONField(null=True)  # {columns, sample, mapping, reasons}
    mapping = models.JSONField(null=True)  # {role: column}, confirmed
    error = models.JSONField(
        null=True
    )  # {code, message, expected, hint, place, params}: templates, see core.errors
    counts = models.JSONField(null=True)  # {cases, events, activities}
    result = models.CharField(max_length=80, blank=True, default="")  # folder with store/ and analysis.json

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=State.values),
                name="log_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
