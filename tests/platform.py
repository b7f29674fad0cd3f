"""Fixtures for everything that needs Django: a home folder of its own, fast hashing, people and bodies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "A-long-enough-one"
KEY = bytes(range(32))
# 18 characters of the credit code's alphabet; the check digit is another package's business
CODES = [f"11990000MB{n:08d}" for n in range(1, 9)]


@pytest.fixture(autouse=True)
def platform_settings(settings: Any, tmp_path: Path) -> None:
    """No test touches a real home folder, and none waits for Argon2."""
    settings.DATA_KEY = KEY
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.LOGS_FOLDER = tmp_path / "logs"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.STATIC_ROOT = str(tmp_path)
    settings.ALLOWED_HOSTS = ["testserver"]
    cache.clear()


@pytest.fixture
def bodies(db: None) -> dict[str, Any]:
    """A province, a city below it, a county below that, and a second city."""
    from xiaoneng.apps.organisations.services import body_create

    province = body_create(code=CODES[0], name="云岭省效能办", level="province", region_code="990000")
    city = body_create(
        code=CODES[1], name="青石市审批局", level="city", region_code="990100", parent=province
    )
    county = body_create(
        code=CODES[2], name="北川县审批局", level="county", region_code="990121", parent=city
    )
    other = body_create(
        code=CODES[3], name="白水市审批局", level="city", region_code="990200", parent=province
    )
    return {"province": province, "city": city, "county": county, "other": other}


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """Makes a user: ``person("head", body=…)``."""
    from xiaoneng.apps.accounts.services import user_create
    from xiaoneng.apps.organisations.services import membership_set

    def make(role: str, *, body: Any = None, username: str = "", **more: Any) -> Any:
        user = user_create(
            username=username or role,
            name=more.pop("name", f"某{role}"),
            role=role,
            password=PASSWORD,
            at=NOW,
            **more,
        )
        if body is not None:
            membership_set(user=user, body=body.pk)
        return user

    return make


@pytest.fixture
def signed_in(person: Callable[..., Any]) -> Callable[..., Client]:
    """A browser in which someone is signed in: ``signed_in("reform")`` or ``signed_in(user)``."""

    def make(who: Any, **more: Any) -> Client:
        client = Client()
        client.force_login(person(who, **more) if isinstance(who, str) else who)
        return client

    return make
