"""The editor in a browser: a cell goes wrong, is put right, a rule taken back; no accessibility fault."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.test_platform import DESK, PHONE, reader

__all__ = ["reader"]


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_a_table_is_written(reader: Any, size: tuple[int, int], theme: str) -> None:
    one = reader(size, theme)
    one.sign_in("reform")
    page = one.page
    key = f"journey-{theme}"
    one.go("/decisions/new/")
    one.look()
    page.fill("#name_zh", "一项名称很长的高频政务服务事项秒批资格判断规则")
    page.fill("#key", key)
    page.fill("#inputs", "户籍，类别")
    page.fill("#result", "办理方式")
    page.click(".btn-primary")
    page.wait_for_selector(".xn-cell")
    cell = page.locator('[data-row="0"][data-column="0"]')
    cell.fill('"本')
    page.wait_for_selector("#say-0-0 .xn-cell-error")
    one.look()
    cell.fill('"本省"')
    page.wait_for_selector("#say-0-0 .xn-cell-error", state="detached")
    cell.press("Enter")  # below the last rule a new one begins
    page.wait_for_selector('tr[data-rule="2"]')
    page.keyboard.press("Control+z")
    page.wait_for_selector('tr[data-rule="2"]', state="detached")
    page.click("#save")
    page.wait_for_selector("#save-state:has-text('已保存')")
    one.look()
    for path in ("", "try/", "tests/", "what-if/", "made/"):
        one.go(f"/decisions/{key}/{path}")
        one.look()
