"""Messages to be worked off after the transaction that wrote them."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """One piece of work. It is written in the transaction of the act that causes it, and done exactly
    once."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        DEAD = "dead"

    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=120, null=True, unique=True)
    payload = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at", "id"], name="outbox_due", condition=models.Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk} {self.state}"
