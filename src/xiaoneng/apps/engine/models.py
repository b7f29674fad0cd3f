"""Running processes. Rows are written by ``sql.py`` alone; what is here are tables, constraints, indexes.

An index costs on every step, so there are only those that a page or the worker asks by; most of them hold
open rows only.
"""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from xiaoneng.apps.engine.contracts import TaskKind, TaskState
from xiaoneng.apps.processes.fields import BytesField

LIVE = ("running", "suspended")
STATUSES = (*LIVE, "completed", "terminated", "cancelled", "failed")
KEEP = models.PROTECT


class Instance(models.Model):
    """A running or ended process 流程实例. ``state`` is what ``core.process`` dumps, ``model`` the SHA-256 of
    the file that it runs; ``revision`` counts steps; ``chain_length`` and ``chain_head`` are where its chain
    of events ended after the last one."""

    case = models.CharField(max_length=64, db_index=True)
    version = models.ForeignKey("processes.ProcessVersion", on_delete=KEEP, related_name="+")
    model = models.CharField(max_length=64)
    chain = models.ForeignKey("eventlog.Chain", on_delete=KEEP, related_name="+", db_index=False)
    chain_length = models.PositiveIntegerField()
    chain_head = BytesField()
    state = BytesField()
    revision = models.PositiveIntegerField()
    status = models.CharField(max_length=10)
    body = models.CharField(max_length=18)
    bodies = models.JSONField(default=dict)
    item = models.CharField(max_length=64, blank=True, default="")
    item_version = models.CharField(max_length=40, blank=True, default="")
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=KEEP, null=True, related_name="+", db_index=False
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    parent = models.ForeignKey("self", on_delete=KEEP, null=True, related_name="children", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="instance_status_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=LIVE, ended_at__isnull=True)
                | (~Q(status__in=LIVE) & Q(ended_at__isnull=False)),
                name="instance_ended_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["body", "started_at"], name="instance_live", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["parent"], name="instance_children", condition=Q(parent__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.status}"


class Task(models.Model):
    """A task of an instance 待办. ``number`` is its id in the state. ``undated``: its limit runs past the
    published calendar. ``fault``: why nobody can do it by itself (a connector that failed, …)."""

    instance = models.ForeignKey(Instance, on_delete=KEEP, related_name="tasks", db_index=False)
    number = models.PositiveIntegerField()
    element = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=TaskKind.choices)
    role = models.CharField(max_length=60)
    body = models.CharField(max_length=18)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=KEEP, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=9, choices=TaskState.choices)
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=KEEP, null=True, related_name="+", db_index=False
    )
    due = models.DateTimeField(null=True)
    undated = models.BooleanField(default=False)
    fault = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "number"], name="task_once"),
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="task_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "held"], closed_at__isnull=True)
                | Q(state__in=["done", "withdrawn"], closed_at__isnull=False),
                name="task_closed_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["body", "role", "due"], name="task_inbox", condition=Q(state="open", kind="human")
            ),
            models.Index(
                fields=["holder", "due"],
                name="task_held",
                condition=Q(state="open", holder__isnull=False),
            ),
            models.Index(fields=["due"], name="task_due", condition=Q(state="open", due__isnull=False)),
            models.Index(fields=["id"], name="task_undated", condition=Q(state="open", undated=True)),
            models.Index(fields=["id"], name="task_faults", condition=Q(state="open") & ~Q(fault="")),
        ]

    def __str__(self) -> str:
        return f"{self.instance_id}/{self.number} {self.element} {self.state}"


class Timer(models.Model):
    """A timer that is armed 定时器. ``due_at`` is empty while its limit runs past the published calendar."""

    instance = models.ForeignKey(Instance, on_delete=KEEP, related_name="timers", db_index=False)
    number = models.PositiveIntegerField()
    element = models.CharField(max_length=120)
    set_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    limit = models.PositiveIntegerField(null=True)
    unit = models.CharField(max_length=4, blank=True, default="")
    # when it is looked at next: due_at, later after a failed attempt, empty when it is dead
    next_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True)
    fault = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instance", "number"], name="timer_once")]
        indexes = [
            models.Index(fields=["next_at", "id"], name="timer_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["id"], name="timer_undated", condition=Q(due_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.instance_id}/{self.number} {self.element} {self.due_at}"


class Subscription(models.Model):
    """An instance waits for a message or signal of this name; an empty name takes any."""

    instance = models.ForeignKey(Instance, on_delete=KEEP, related_name="subscriptions", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=7)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "number", "kind", "name"], name="subscription_once"),
        ]
        indexes = [models.Index(fields=["kind", "name"], name="subscription_by_name")]

    def __str__(self) -> str:
        return f"{self.instance_id}/{self.number} {self.kind} {self.name}"


class CommandRecord(models.Model):
    """A command that was carried out 指令. ``payload`` is what ``core.process`` was asked, enough to replay
    the case; ``outcome`` is what the asker was told."""

    command = models.UUIDField(primary_key=True)
    instance = models.ForeignKey(Instance, on_delete=KEEP, related_name="commands", db_index=False)
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    payload = models.TextField()
    outcome = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "revision"], name="one_command_a_revision")
        ]

    def __str__(self) -> str:
        return f"{self.instance_id} r{self.revision} {self.kind}"


class Migration(models.Model):
    """Instances moved from one version to another by an explicit map 版本迁移."""

    source = models.ForeignKey("processes.ProcessVersion", on_delete=KEEP, related_name="+", db_index=False)
    target = models.ForeignKey("processes.ProcessVersion", on_delete=KEEP, related_name="+", db_index=False)
    map = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=KEEP, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    note = models.CharField(max_length=500)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id} {self.at}"


class MigratedInstance(models.Model):
    """One case of a migration: state and timers before it, so that it can be undone, or why it stayed."""

    migration = models.ForeignKey(Migration, on_delete=KEEP, related_name="instances", db_index=False)
    instance = models.ForeignKey(Instance, on_delete=KEEP, related_name="+")
    before = BytesField()
    timers = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    revision = models.PositiveIntegerField()
    reason = models.CharField(max_length=500, blank=True, default="")
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["migration", "instance"], name="migrated_once")]

    def __str__(self) -> str:
        return f"{self.migration_id} {self.instance_id}"
