"""Decisions, their dated versions with test cases, and what was decided by them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from xiaoneng.apps.accounts.fields import EncryptedField
from xiaoneng.apps.processes.fields import BytesField
from xiaoneng.apps.processes.models.versions import Version, version_constraints


class Decision(models.Model):
    """A question that rules answer 决策: its names, the body that answers for it, its general legal basis."""

    key = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True, default="")
    about_zh = models.TextField(blank=True, default="")
    about_en = models.TextField(blank=True, default="")
    basis = models.TextField(blank=True, default="")
    body = models.ForeignKey(
        "organisations.Body", on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="decision_has_key")]

    def __str__(self) -> str:
        return self.key


class DecisionVersion(Version):
    """One version of a decision: a DMN model, kept byte for byte. ``main`` is the decision of it that gives
    the result; ``status`` holds {errors, warnings, tests, failed}."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="versions")
    main = models.CharField(max_length=200)
    dmn = BytesField()

    class Meta:
        constraints = version_constraints("decision")
        indexes = [models.Index(fields=["decision", "valid_from"], name="decision_version_by_day")]

    def __str__(self) -> str:
        return f"{self.decision_id} v{self.number} {self.state}"


class DecisionTest(models.Model):
    """A test case of a version 测试用例: inputs by name and the expected result, both as JSON text with exact
    numbers. Invented examples only; copied into the next draft."""

    version = models.ForeignKey(DecisionVersion, on_delete=models.CASCADE, related_name="tests")
    name = models.CharField(max_length=200)
    inputs = models.TextField()
    expected = models.TextField()

    def __str__(self) -> str:
        return self.name


class Evaluation(models.Model):
    """What was decided 决策记录: for which day, under which version, with which result. Only ever added.

    ``record`` is the explanation with all inputs, encrypted; it can be replayed years later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(DecisionVersion, on_delete=models.PROTECT, related_name="evaluations")
    on = models.DateField(db_index=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.CharField(max_length=64, blank=True, default="", db_index=True)
    value = models.TextField()  # JSON text
    rules = models.JSONField(default=list)
    record = EncryptedField()

    class Meta:
        indexes = [models.Index(fields=["version", "-at"], name="evaluation_newest")]

    def __str__(self) -> str:
        return f"{self.id} v{self.version_id}"
