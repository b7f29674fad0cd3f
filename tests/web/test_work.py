"""Task pages: who sees what, acts from the form, refusals as messages, few queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.apps.engine.world import publish
from tests.platform import CODES
from xiaoneng.apps.engine.models import CommandRecord, Instance, Task
from xiaoneng.apps.processes.models import ProcessVersion

pytestmark = pytest.mark.django_db
LICENCE = Path("src/xiaoneng/demo/data/processes/ordinary-licence.2.bpmn")
ALLOWANCE = Path("src/xiaoneng/demo/data/processes/old-age-allowance.1.bpmn")
JOINT = Path("src/xiaoneng/demo/data/processes/joint-review.1.bpmn")


@pytest.fixture
def desk(
    bodies: dict[str, Any], person: Callable[..., Any], signed_in: Callable[..., Client]
) -> dict[str, Client]:
    """The licence in force, and the people of one county's office."""
    version = publish(LICENCE.read_bytes(), "ordinary-licence")
    assert version.valid_from == date(2024, 1, 1)
    people = {role: person(role, body=bodies["county"]) for role in ("clerk", "handler", "approver")}
    people["second"] = person("clerk", body=bodies["county"], username="second", name="李四")
    people["elsewhere"] = person("clerk", body=bodies["other"], username="elsewhere")
    people["head"] = person("head", body=bodies["city"])
    return {name: signed_in(user) for name, user in people.items()}


def begun(client: Client, process: str = "ordinary-licence", **more: str) -> Instance:
    answer = client.post("/work/start/", {"process": process, "command": str(uuid4()), **more})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return Instance.objects.latest("pk")


def act(client: Client, instance: Instance, what: str, **more: Any) -> str:
    """Send an act; the messages that come back."""
    data = {"act": what, "command": str(uuid4()), **more}
    answer = client.post(f"/work/{instance.pk}/act/", data, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def done(client: Client, instance: Instance, element: str, **answers: str) -> str:
    task = Task.objects.get(instance=instance, element=element, state="open")
    given = {f"answer.{name}": value for name, value in answers.items()}
    return act(client, instance, "complete", task=task.number, element=element, **given)


def test_a_case_from_the_window_to_the_decision(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    assert instance.body == CODES[2]
    page = desk["clerk"].get(f"/work/{instance.pk}/").content.decode()
    assert 'name="answer.材料齐全"' in page
    done(desk["clerk"], instance, "receive", 材料齐全="false")
    done(desk["clerk"], instance, "correct")
    act(desk["clerk"], instance, "message", name="补正提交")
    done(desk["second"], instance, "receive", 材料齐全="true")
    accept = Task.objects.get(instance=instance, element="accept", state="open")
    assert accept.kind == "service"


def test_an_answer_that_is_missing_or_unknown_is_named(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    assert "材料齐全" in done(desk["clerk"], instance, "receive")
    assert CommandRecord.objects.filter(instance=instance).count() == 1


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("出生日期", "1940-13-01", "不是日期"),
        ("户籍", "外国", "不在可选范围内"),
        ("已享受同类津贴", "maybe", "不在可选范围内"),
        ("已享受同类津贴", "", "尚未填写"),
    ],
)
def test_a_case_does_not_begin_with_an_answer_that_is_none(
    desk: dict[str, Client], name: str, answer: str, said: str
) -> None:
    publish(ALLOWANCE.read_bytes(), "old-age-allowance")
    given = {"出生日期": "1940-01-01", "户籍": "本省", "在世状态": "正常", "已享受同类津贴": "false"}
    form = {f"answer.{key}": value for key, value in (given | {name: answer}).items()}
    form |= {"process": "old-age-allowance", "command": str(uuid4())}
    page = desk["clerk"].post("/work/start/", form)
    assert page.status_code == 400
    assert said in page.content.decode()
    assert not Instance.objects.exists()


def test_the_same_form_twice_acts_once(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    task = Task.objects.get(instance=instance, element="receive")
    form = {
        "act": "complete",
        "command": str(uuid4()),
        "task": task.number,
        "element": "receive",
        "answer.材料齐全": "false",
    }
    for _ in range(2):
        desk["clerk"].post(f"/work/{instance.pk}/act/", form)
    assert CommandRecord.objects.filter(instance=instance).count() == 2


def test_taken_by_one_it_is_refused_to_another_by_name(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    task = Task.objects.get(instance=instance, element="receive")
    answer = desk["second"].post(f"/work/{instance.pk}/claim/{task.number}/", {"command": str(uuid4())})
    assert answer["Location"] == f"/work/{instance.pk}/#task-{task.number}"
    assert "second" in act(desk["clerk"], instance, "claim", task=task.number)
    assert "second" in done(desk["clerk"], instance, "receive", 材料齐全="true")
    act(desk["second"], instance, "release", task=task.number)
    task.refresh_from_db()
    assert task.holder_id is None


def test_who_works_elsewhere_does_not_see_the_case(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    assert desk["elsewhere"].get(f"/work/{instance.pk}/").status_code == 404
    answer = desk["elsewhere"].post(f"/work/{instance.pk}/act/", {"act": "cancel", "command": str(uuid4())})
    assert answer.status_code == 404
    assert instance.case not in desk["elsewhere"].get("/work/").content.decode()
    assert instance.case in desk["clerk"].get("/work/").content.decode()
    assert instance.case in desk["head"].get("/work/?list=all").content.decode()


def test_only_who_manages_may_suspend_and_cancel(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    act(desk["clerk"], instance, "suspend")
    instance.refresh_from_db()
    assert instance.status == "running"
    for what, status in (("suspend", "suspended"), ("resume", "running"), ("cancel", "cancelled")):
        act(desk["head"], instance, what)
        instance.refresh_from_db()
        assert instance.status == status
    page = desk["head"].get(f"/work/{instance.pk}/").content.decode()
    assert "已取消" in page


def test_sent_back_and_taken_back(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    done(desk["clerk"], instance, "receive", 材料齐全="false")
    page = desk["clerk"].get(f"/work/{instance.pk}/").content.decode()
    assert '<option value="receive">' in page
    task = Task.objects.get(instance=instance, element="correct", state="open")
    act(desk["clerk"], instance, "recall", to="receive")
    task.refresh_from_db()
    assert task.state == "withdrawn"
    done(desk["clerk"], instance, "receive", 材料齐全="false")
    task = Task.objects.get(instance=instance, element="correct", state="open")
    act(desk["clerk"], instance, "back", task=task.number, to="receive")
    assert Task.objects.filter(instance=instance, element="receive", state="open").exists()


def test_a_call_that_was_given_up_is_tried_again_by_who_manages(desk: dict[str, Client]) -> None:
    instance = begun(desk["clerk"])
    done(desk["clerk"], instance, "receive", 材料齐全="true")
    call = Task.objects.filter(instance=instance, element="accept")
    call.update(fault="对方系统没有应答")
    assert "对方系统没有应答" in desk["head"].get("/work/?list=stuck").content.decode()
    assert "重新调用" in desk["head"].get(f"/work/{instance.pk}/").content.decode()
    assert "重新调用" not in desk["clerk"].get(f"/work/{instance.pk}/").content.decode()
    act(desk["clerk"], instance, "again", task=call.get().number)
    assert call.get().fault
    assert "已重新调用" in act(desk["head"], instance, "again", task=call.get().number)
    assert not call.get().fault


def test_parts_are_chosen_and_a_missing_one_is_refused(desk: dict[str, Client]) -> None:
    publish(JOINT.read_bytes(), "joint-review")
    page = desk["clerk"].get("/work/start/?process=joint-review").content.decode()
    assert 'name="part.market"' in page
    answer = desk["clerk"].post("/work/start/", {"process": "joint-review", "command": str(uuid4())})
    assert answer.status_code == 400
    assert not Instance.objects.exists()
    parts = {f"part.{name}": CODES[1] for name in ("market", "land", "health", "police", "social")}
    assert begun(desk["clerk"], "joint-review", **parts).bodies["market"] == CODES[1]


@pytest.mark.parametrize("form", [{}, {"command": "x"}, {"command": str(uuid4()), "act": "fly"}])
def test_a_broken_form_is_refused(desk: dict[str, Client], form: dict[str, str]) -> None:
    instance = begun(desk["clerk"])
    assert desk["clerk"].post(f"/work/{instance.pk}/act/", form).status_code in (302, 400)
    assert CommandRecord.objects.filter(instance=instance).count() == 1


def test_queries_do_not_grow_with_the_inbox(desk: dict[str, Client]) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            instance = begun(desk["clerk"])
        desk["clerk"].get("/work/")
        with CaptureQueriesContext(
            connection,
        ) as found:
            desk["clerk"].get("/work/")
        with CaptureQueriesContext(connection) as case:
            desk["clerk"].get(f"/work/{instance.pk}/")
        counts.append((len(found), len(case)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 8
    assert counts[0][1] <= 14
    assert ProcessVersion.objects.count() == 1


def test_nothing_to_do_is_said(desk: dict[str, Client]) -> None:
    assert "这里没有待办" in desk["handler"].get("/work/").content.decode()
    assert "没有停滞的任务" in desk["head"].get("/work/?list=stuck").content.decode()
