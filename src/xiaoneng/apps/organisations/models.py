"""Government bodies and who works for which."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Level(models.TextChoices):
    """The four levels on which the platform runs."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


class Body(models.Model):
    """A government body 机关. ``path`` is the codes from the top down to this one, for one-query subtrees."""

    code = models.CharField(max_length=18, unique=True)  # unified social credit code, GB 32100
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True, default="")
    level = models.CharField(max_length=10, choices=Level.choices)
    region_code = models.CharField(max_length=12, db_index=True)  # GB/T 2260, township GB/T 10114
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=190, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="body_level_is_known"),
            models.CheckConstraint(
                condition=models.Q(level=Level.PROVINCE) | models.Q(parent__isnull=False),
                name="body_below_province_has_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """The body that a user works for; a user without one sees no body's data unless the role sees all."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="memberships")

    def __str__(self) -> str:
        return f"{self.user} @ {self.body}"
