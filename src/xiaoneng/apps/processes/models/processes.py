"""Processes and their dated versions, each one BPMN file."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from xiaoneng.apps.processes.fields import BytesField
from xiaoneng.apps.processes.models.versions import Version, version_constraints


class Process(models.Model):
    """A way of handling cases 流程: its names and the body that answers for it. It knows no item."""

    key = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True, default="")
    about_zh = models.TextField(blank=True, default="")
    about_en = models.TextField(blank=True, default="")
    body = models.ForeignKey(
        "organisations.Body", on_delete=models.PROTECT, null=True, related_name="processes"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="process_has_key")]

    def __str__(self) -> str:
        return self.key


class ProcessVersion(Version):
    """One version of a process 流程版本: a BPMN 2.0 file, kept byte for byte. ``status`` holds
    {errors, warnings, steps}."""

    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="versions")
    bpmn = BytesField()

    class Meta:
        constraints = version_constraints("process")
        indexes = [models.Index(fields=["process", "valid_from"], name="process_version_by_day")]

    def __str__(self) -> str:
        return f"{self.process_id} v{self.number} {self.state}"
