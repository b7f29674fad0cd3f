"""What people do in a browser, on a desk and on a phone, in light and dark, without one accessibility
fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PHONE, DESK = (360, 780), (1440, 900)
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
# a long name in every place where one may stand
STEP = "受理并核对申请人提交的全部纸质和电子材料是否齐全且符合法定形式"
CSV = "办件编号,环节,时间,经办人,部门\n" + "".join(
    f"云岭2026-{case:06d},{step},2026-03-{day:02d} 09:{case:02d}:00,R{case % 3},某市行政审批服务管理局\n"
    for case in range(1, 41)
    for day, step in ((2 + case % 5, STEP), (9 + case % 7, "审查"), (17 + case % 9, "决定"))
)


class Reader:
    """A person at a browser who notices what is wrong."""

    def __init__(
        self, browser: Any, address: str, axe: str, size: tuple[int, int], theme: str, lang: str
    ) -> None:
        self.address, self.axe = address, axe
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.context.add_cookies(
            [
                {"name": "xn_theme", "value": theme, "url": address},
                {"name": "xn_language", "value": lang, "url": address},
            ]
        )
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.page.on(
            "console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda e: self.said.append(str(e)))

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, name: str) -> None:
        self.go("/sign-in/")
        self.page.click(f"[data-username={name}]")
        self.page.wait_for_url(lambda url: "sign-in" not in url)

    def look(self) -> None:
        """No fault that axe knows, nothing wider than the screen, no complaint of the browser (CSP
        included)."""
        # from the top: below the sticky head every link would seem to be half covered
        self.page.evaluate("scrollTo(0, 0)")
        self.page.evaluate(self.axe)
        found = self.page.evaluate(f"axe.run(document, {RULES})")
        faults = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]
        assert not faults, f"{self.page.url}: {faults}"
        wide, high = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= high, f"{self.page.url} is {wide} wide"
        assert not self.said, self.said


@pytest.fixture
def reader(browser: Any, platform: str, axe: str) -> Any:
    """Makes readers and shows them out at the end."""
    made: list[Reader] = []

    def make(size: tuple[int, int] = DESK, theme: str = "light", lang: str = "zh-hans") -> Reader:
        made.append(Reader(browser, platform, axe, size, theme, lang))
        return made[-1]

    yield make
    for one in made:
        one.context.close()


@pytest.mark.parametrize(
    ("size", "theme", "lang"),
    [(DESK, "light", "zh-hans"), (DESK, "dark", "en"), (PHONE, "dark", "zh-hans"), (PHONE, "light", "en")],
)
def test_every_page_is_sound(reader: Any, size: tuple[int, int], theme: str, lang: str) -> None:
    one = reader(size, theme, lang)
    one.go("/sign-in/")
    one.look()
    one.sign_in("reform")
    for path in ("/cockpit/", "/logs/", "/logs/upload/", "/components/", "/account/", "/home/"):
        one.go(path)
        one.look()


def test_a_log_is_brought_confirmed_and_explored(reader: Any, tmp_path: Path) -> None:
    one = reader()
    one.sign_in("reform")
    file = tmp_path / "三月办件.csv"
    file.write_text(CSV, encoding="utf-8")
    one.go("/logs/upload/")
    one.page.set_input_files("#file", str(file))
    assert one.page.input_value("#name") == "三月办件"
    one.page.click("#upload .btn-primary")
    one.page.wait_for_selector("text=按这些列导入")
    one.look()
    one.page.click("text=按这些列导入")
    one.page.wait_for_selector(".xn-tabs", timeout=60_000)
    one.look()
    where = one.page.url.removeprefix(one.address)
    one.page.click("text=查看办件")
    one.page.wait_for_selector("td a")
    one.look()
    one.page.fill("#q-cases", "000007")
    one.page.press("#q-cases", "Enter")
    one.page.wait_for_selector("#table-cases tbody tr:nth-child(2)", state="detached")
    one.page.click("td a")
    one.page.wait_for_selector(".xn-timeline")
    assert STEP in one.page.content()
    one.look()
    phone = reader(PHONE, "dark", "zh-hans")
    phone.sign_in("reform")
    for path in (where, where + "cases/", "/logs/"):
        phone.go(path)
        phone.look()
    one.go(where)
    one.page.click("text=删除")
    assert one.page.is_visible("#delete-log")
    one.page.keyboard.press("Escape")
    assert not one.page.is_visible("#delete-log")
    one.page.click("text=删除")
    one.page.click("#delete-log .btn-danger")
    one.page.wait_for_selector("text=已删除")


def test_theme_and_language_stay(reader: Any) -> None:
    one = reader()
    one.sign_in("reform")
    one.page.click("[data-xn-theme-form] button")
    assert one.page.get_attribute("html", "data-bs-theme") == "dark"
    one.go("/account/")
    assert one.page.get_attribute("html", "data-bs-theme") == "dark"
    one.page.click("button[name=language]")
    one.page.wait_for_selector("h1:has-text('My account')")


def test_the_keyboard_is_enough(reader: Any) -> None:
    one = reader()
    one.go("/sign-in/")
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.className") == "xn-skip"
    one.page.focus("#username")
    one.page.keyboard.type("admin")
    one.page.keyboard.press("Tab")
    one.page.keyboard.type("yunling-2026")
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**/cockpit/")
    one.go("/audit/?verify=1")
    assert "完整无缺" in one.page.content()
    one.look()


def test_a_citizen_stays_where_citizens_are(reader: Any) -> None:
    one = reader(PHONE)
    one.sign_in("citizen")
    assert one.page.url.endswith("/home/")
    one.look()
    assert one.page.locator(".xn-nav a").count() == 1


def test_without_scripts_it_still_works(browser: Any, platform: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(platform + "/sign-in/")
    page.fill("#username", "reform")
    page.fill("#password", "yunling-2026")
    page.press("#password", "Enter")
    page.wait_for_url("**/cockpit/")
    page.click("button[name=language]")
    page.wait_for_selector("text=Efficiency cockpit")
    context.close()
