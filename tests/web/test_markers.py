"""Markers planted in sensitive places appear nowhere they must not: database, audit, technical log, pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

PHONE = "13987654321"
SECRET = "Marker-Passw0rd-77"
ADDRESS = "203.0.113.99"


@pytest.mark.django_db
def test_markers_stay_hidden(person: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    person("reform", phone=PHONE)
    client = Client(REMOTE_ADDR=ADDRESS)
    client.post("/sign-in/", {"username": SECRET, "password": SECRET})  # typed into the wrong field
    client.post("/sign-in/", {"username": "reform", "password": SECRET})
    client.get(f"/nowhere/?phone={PHONE}")
    stored = ""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            stored += repr(cursor.fetchall())
    for marker in (PHONE, SECRET, ADDRESS):
        assert marker not in stored
    written = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("django.db"))
    for marker in (PHONE, SECRET, ADDRESS):
        assert marker not in written
    client.force_login(apps.get_model("accounts", "User").objects.get())
    page = client.get("/account/").content.decode()
    assert PHONE not in page
    assert "139****4321" in page
