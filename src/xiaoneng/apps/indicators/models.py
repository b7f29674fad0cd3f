"""Results of the indicators. Definitions are data in ``core/indicators``; no figure is typed in."""

from __future__ import annotations

from django.db import models


class Computation(models.Model):
    """One run over one event store; only the newest is kept, with all its results, or none."""

    as_of = models.DateField()
    fingerprint = models.CharField(max_length=64)  # of the log from which the figures come
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.as_of}"


class IndicatorResult(models.Model):
    """One figure: indicator and version, broken down ``by`` what, ``key`` of it, period."""

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="results")
    indicator = models.CharField(max_length=12)
    version = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=8)  # all, body, item, region, level, channel
    key = models.CharField(max_length=120, blank=True, default="")
    period = models.CharField(max_length=8)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    enough = models.BooleanField()
    excluded = models.JSONField(default=list)  # [[reason, n], …]

    class Meta:
        indexes = [models.Index(fields=["by", "key", "period"], name="result_by_key_period")]
        constraints = [
            models.UniqueConstraint(
                fields=["computation", "indicator", "version", "by", "key", "period"], name="result_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}@{self.version} {self.by} {self.key} {self.period}"


class RegionName(models.Model):
    """A region of the log with its name and the region above, as the log's facts have it."""

    computation = models.ForeignKey(Computation, on_delete=models.CASCADE, related_name="regions")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=10)
    parent = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["computation", "code"], name="region_once")]

    def __str__(self) -> str:
        return self.name
