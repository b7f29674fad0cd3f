"""The report in a real browser: fits a phone, breaks no policy, works without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, report_pages: dict[str, str]) -> dict[str, Path]:
    """The report in both languages, as files."""
    folder = tmp_path_factory.mktemp("report")
    for lang, html in report_pages.items():
        (folder / f"{lang}.html").write_text(html, encoding="utf-8")
    return {lang: folder / f"{lang}.html" for lang in report_pages}


@pytest.mark.parametrize("width", [320, 700, 1440])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_width_scrolls_sideways_and_nothing_is_refused(
    browser: Browser, files: dict[str, Path], lang: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(files[lang].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate(
        "[...document.querySelectorAll('svg.xc')].filter(s => s.getBoundingClientRect().width > 0).length"
    )
    assert shown == page.evaluate("document.querySelectorAll('.xr-drawing').length")
    assert said == [files[lang].as_uri()]
    page.close()


def test_sorting_theme_and_tooltip(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto(files["en"].as_uri())
    column = page.locator("#overdue table").last.locator("tbody td:nth-child(4)")
    first = column.first.inner_text()
    page.locator("#overdue table").last.locator("th button").nth(3).click()
    page.locator("#overdue table").last.locator("th button").nth(3).click()
    assert column.first.inner_text() != first
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".xr-theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.locator("#waste .xc-wide .xc-mark").first.scroll_into_view_if_needed()
    page.locator("#waste .xc-wide .xc-mark").first.hover()
    assert "cases" in page.locator(".xr-tip").inner_text()
    page.close()


def test_everything_is_readable_without_scripts(browser: Browser, files: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.goto(files["zh"].as_uri())
    assert page.locator("#findings .xr-finding").count() == 6
    assert not page.locator(".xr-theme").is_visible()
    page.locator("#findings summary").first.click()
    assert page.locator("#findings pre").first.is_visible()
    context.close()
