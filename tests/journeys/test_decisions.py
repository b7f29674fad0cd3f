"""Decisions in a browser: a table is written; a rule is changed, checked, published for a day, and decides
from that day on; no accessibility fault."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import localdate

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


def test_a_changed_rule_decides_from_its_day_on(reader: Any) -> None:
    place = "/decisions/old-age-allowance"
    writer = reader(DESK, "light")
    writer.sign_in("reform")
    page = writer.page
    writer.go(f"{place}/edit/")
    age = page.locator('[data-row="0"][data-column="0"]')
    age.fill("< 70")  # nobody decides for those from 70 to 75
    page.wait_for_selector("#checks:has-text('年龄 = 70')")
    age.fill("< 75")
    page.wait_for_selector("#checks .xn-note-success")
    amount = page.locator('[data-row="4"][data-column="5"]')
    assert amount.input_value() == "240"
    amount.fill("250")
    page.click("#save")
    page.wait_for_selector("#save-state:has-text('已保存')")
    writer.look()
    writer.go(f"{place}/publish/")
    assert "须由他人发布" in page.inner_text("main")

    day = localdate() + timedelta(days=3)
    head = reader(PHONE, "dark")
    head.sign_in("head")
    page = head.page
    head.go(f"{place}/publish/")
    page.fill("#valid_from", day.isoformat())
    page.fill("#note", "提高九十岁以上的月标准")
    head.look()
    page.click("main form .btn-primary")
    page.wait_for_url(f"**{place}/")
    answers = []
    for on in (day - timedelta(days=1), day):
        head.go(f"{place}/try/")
        page.fill('[name="in.出生日期"]', "1935-05-01")
        for name, value in {"户籍": "本省", "在世状态": "正常", "已享受同类津贴": "false"}.items():
            page.select_option(f'[name="in.{name}"]', value)
        page.fill("#on", on.isoformat())
        page.check("[name=which][value=day]")
        page.click("#try-form .btn-primary")
        page.wait_for_selector(".xn-answer")
        head.look()
        answers.append(page.inner_text(".xn-answer-fields"))
    assert "240" in answers[0]
    assert "250" in answers[1]
