"""Users and the counters that lock out guessers."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from xiaoneng.apps.accounts.fields import EncryptedField
from xiaoneng.apps.accounts.roles import Role, roles


class Users(BaseUserManager["User"]):
    """Looks users up by their sign-in name."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """Someone who can sign in; has exactly one role. The body someone works for is an
    ``organisations.Membership``."""

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    phone = EncryptedField(blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=sorted(roles())), name="user_role_is_known"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def role_data(self) -> Role:
        """The role with its names and permissions."""
        return roles()[self.role]

    def may(self, permission: str) -> bool:
        """Whether the role of this active user holds ``permission``."""
        return self.is_active and permission in self.role_data.permissions


class SignInCounter(models.Model):
    """Failed sign-ins of one name, of one address, or of both together; the key is a keyed hash of them."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.failures} failures"
