"""What versions of decisions and processes have in common: numbered, dated, unchanged once published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiaoneng.apps.processes.contracts import State


class Version(models.Model):
    """A numbered version with the days for which it was published.

    Once published nothing of it changes (``triggers.py`` refuses it in the database); it may only be
    withdrawn, which gives it a last day. ``hands`` are the keys of all who wrote at it; ``status`` counts
    what the checks found, so that lists need not check.
    """

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    sha256 = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    status = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    hands = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)  # the last day
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        abstract = True


def version_constraints(owner: str) -> list[models.BaseConstraint]:
    """The rules of numbers, drafts, dates and four eyes, for versions whose owner is the field ``owner``."""
    return [
        models.UniqueConstraint(fields=[owner, "number"], name=f"{owner}_version_number"),
        models.UniqueConstraint(
            fields=[owner], condition=Q(state=State.DRAFT), name=f"{owner}_has_one_draft"
        ),
        models.UniqueConstraint(
            fields=[owner, "valid_from"],
            condition=Q(state=State.PUBLISHED),
            name=f"{owner}_one_version_begins_a_day",
        ),
        models.CheckConstraint(condition=Q(state__in=State.values), name=f"{owner}_state_is_known"),
        models.CheckConstraint(
            condition=~Q(state=State.PUBLISHED)
            | Q(valid_from__isnull=False, published_by__isnull=False, published_at__isnull=False),
            name=f"{owner}_published_is_dated",
        ),
        models.CheckConstraint(
            condition=Q(published_by__isnull=True) | ~Q(published_by=F("author")),
            name=f"{owner}_published_by_another",
        ),
        models.CheckConstraint(
            condition=~Q(state=State.PUBLISHED) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            name=f"{owner}_ends_after_it_begins",
        ),
    ]
