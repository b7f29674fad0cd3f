"""What every page has in common: headers, no inline code, languages, themes, helpful errors, few queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiaoneng.web.views import health

PAGES = (
    "/cockpit/",
    "/cockpit/?view=table",
    "/logs/",
    "/logs/upload/",
    "/components/",
    "/account/",
    "/home/",
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_strict_and_whole(address: str, signed_in: Callable[..., Client]) -> None:
    response = signed_in("reform").get(address)
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    html = response.content.decode()
    assert not INLINE.findall(html)
    assert html.count("<h1") == 1
    assert 'lang="zh-Hans"' in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), "an id is used twice"


# without data; a page whose queries grow with its rows fails in test_logs.py
QUERIES = {
    "/cockpit/": 7,
    "/logs/": 5,
    "/logs/upload/": 2,
    "/components/": 2,
    "/account/": 3,
    "/audit/": 8,
    "/home/": 3,
}


@pytest.mark.django_db
@pytest.mark.parametrize("address", list(QUERIES))
def test_a_page_asks_the_database_little(address: str, signed_in: Callable[..., Client]) -> None:
    client = signed_in("admin" if address == "/audit/" else "reform")
    client.get(address)  # notes the activity once a minute
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    assert len(caught) <= QUERIES[address], "\n".join(q["sql"] for q in caught.captured_queries)


@pytest.mark.django_db
def test_language_and_theme_stay(signed_in: Callable[..., Client]) -> None:
    client = signed_in("reform")
    response = client.post("/preferences/", {"language": "en", "next": "/logs/"})
    assert response["Location"] == "/logs/"
    page = client.get("/logs/").content.decode()
    assert "Case logs" in page
    assert 'lang="en"' in page
    client.post("/preferences/", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/logs/").content.decode()
    client.post("/preferences/", {"theme": "neon", "language": "xx"})
    assert 'data-bs-theme="dark"' in client.get("/logs/").content.decode()


@pytest.mark.django_db
def test_chinese_unless_someone_chose_otherwise() -> None:
    response = Client().get("/sign-in/", headers={"Accept-Language": "en-US"})
    assert response["Content-Language"] == "zh-hans"
    assert "登录" in response.content.decode()


@pytest.mark.django_db
def test_errors_help(signed_in: Callable[..., Client]) -> None:
    client = signed_in("citizen")
    missing = client.get("/nowhere/")
    assert missing.status_code == 404
    assert "没有这个页面" in missing.content.decode()
    assert client.get("/audit/").status_code == 403
    assert client.get("/api/nowhere").json()["code"] == "http_404"


@pytest.mark.django_db
def test_a_fault_of_ours_shows_no_inside(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("reform")
    client.raise_request_exception = False

    def broken(*_: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("xiaoneng.web.views.account.body_of", broken)
    response = client.get("/account/")
    assert response.status_code == 500
    assert "系统出了问题" in response.content.decode()
    assert "secret inside" not in response.content.decode()


@pytest.mark.django_db
def test_health(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(health.CHECKS, "assets", lambda: None)
    assert Client().get("/healthz").json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "assets": "ok",
    }

    def away() -> None:
        raise OSError

    monkeypatch.setitem(health.CHECKS, "database", away)
    response = Client().get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "not ready (OSError)"
