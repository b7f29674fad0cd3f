"""A licence from the window to its delivery: three people in three browsers, the worker between them; a
correction, a special procedure, a way back. No accessibility fault on the way."""

from __future__ import annotations

from typing import Any

from tests.journeys.test_platform import DESK, PHONE, reader

__all__ = ["reader"]


class Office:
    """The case and the people who work on it."""

    def __init__(self, people: dict[str, Any], path: str) -> None:
        self.people, self.path = people, path

    def do(self, who: str, **answers: str) -> None:
        """Complete the one task that waits for this person."""
        one = self.people[who]
        for _ in range(40):  # what the platform does in between takes the worker a moment
            one.go(self.path)
            if one.page.locator(".xn-mine").count():
                break
            one.page.wait_for_timeout(500)
        for name, value in answers.items():
            one.page.select_option(f'[name="answer.{name}"]', value)
        one.page.click(".xn-mine form .btn-primary")
        one.page.wait_for_selector(".xn-messages:has-text('已办理')")


def test_a_licence(reader: Any) -> None:
    people = {name: reader(DESK) for name in ("clerk", "handler")} | {"approver": reader(PHONE, "dark")}
    for name, one in people.items():
        one.sign_in(name)
    clerk = people["clerk"]
    clerk.go("/work/")
    clerk.look()
    clerk.go("/work/start/")
    clerk.look()
    clerk.page.click(".xn-choice:has-text('一般行政许可')")
    clerk.page.click("main form .btn-primary")
    clerk.page.wait_for_selector("[data-xn-picture][data-ready]")
    clerk.page.wait_for_selector(".xn-live[data-element-id=receive]", state="attached")
    clerk.look()
    office = Office(people, clerk.page.url.removeprefix(clerk.address))
    office.do("clerk", 材料齐全="false")
    office.do("clerk")
    clerk.page.click(".xn-waits:has-text('补正提交') button")
    clerk.page.wait_for_selector(".xn-messages:has-text('已登记')")
    office.do("clerk", 材料齐全="true")
    office.do("handler", 特别程序="true")
    for _ in range(3):  # notice, procedure, result
        office.do("handler")
    office.do("approver", 审核意见="退回")
    office.do("handler", 特别程序="false")
    office.do("approver", 审核意见="同意")
    people["approver"].look()
    office.do("approver", 决定="准予许可")
    for _ in range(2):
        office.do("clerk")
    clerk.page.wait_for_selector("h2:has-text('办理情况')")
    clerk.page.wait_for_selector("[data-xn-picture][data-ready]")
    assert clerk.page.locator(".xn-done").count() >= 10
    clerk.look()
    people["handler"].go("/work/?list=mine")
    people["handler"].look()
