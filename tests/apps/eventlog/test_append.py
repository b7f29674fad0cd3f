"""Events are appended in their order, in the caller's transaction, and the database refuses anything else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.platform import NOW
from xiaoneng.apps.eventlog.contracts import ChainRef, NewEvent
from xiaoneng.apps.eventlog.errors import Changed, EventRefused
from xiaoneng.apps.eventlog.models import CaseEvent, Chain
from xiaoneng.apps.eventlog.services.events import append, chain_open, pseudonym
from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.chain import content, genesis, link, micros

pytestmark = pytest.mark.django_db
SUBMITTED = NewEvent(
    "case.submitted",
    NOW,
    data={"kind": "approval", "item": "食品经营许可", "promised_limit": 5, "high_frequency": True},
)
DONE = NewEvent(
    "step.examined",
    NOW - timedelta(hours=1),
    element="Task_1",
    activity="初审",
    actor="p0123",
    role="handler",
    body="11990000MB00000001",
    task=7,
)


def opened(case: str = "990100202611240001") -> ChainRef:
    return chain_open(case, NOW)


def test_an_event_is_kept_as_it_was_given() -> None:
    end = append(opened(), [SUBMITTED, DONE], NOW)
    assert end.length == 2
    first, second = CaseEvent.objects.order_by("seq")
    assert (second.type, second.element, second.activity, second.lifecycle) == (
        "step.examined",
        "Task_1",
        "初审",
        "complete",
    )
    assert (second.occurred_at, second.recorded_at) == (NOW - timedelta(hours=1), NOW)
    assert (second.actor, second.role, second.body, second.task) == (
        "p0123",
        "handler",
        "11990000MB00000001",
        7,
    )
    assert first.activity == "提交申请", "the name of the type where the step brings none"
    assert first.data == (
        '{"high_frequency":true,"item":"食品经营许可","kind":"approval","promised_limit":5}'
    )
    assert bytes(second.hash) == end.head
    chain = Chain.objects.get()
    assert (chain.length, bytes(chain.head)) == (2, end.head)


def test_the_hash_is_that_of_the_published_form() -> None:
    end = append(opened("A1"), [DONE], NOW)
    text = (
        '[1,"step.examined","Task_1","初审","complete",1795420800000000,1795424400000000,"p0123","handler",'
        '"11990000MB00000001","","",7]\n{}'
    )
    assert micros(NOW) == 1795424400000000
    covered = content(
        1, "step.examined", "Task_1", "初审", "complete", micros(DONE.occurred_at), micros(NOW), "p0123",
        "handler", "11990000MB00000001", "", "", 7, "{}",
    )  # fmt: skip
    assert covered == text.encode()
    assert end.head == link(genesis("A1"), covered)
    page = (Path(__file__).parents[3] / "docs" / "reference" / "event-store.md").read_text(encoding="utf-8")
    assert genesis("A1").hex() in page, "the worked example of the reference"
    assert end.head.hex() in page


def test_opening_a_chain_again_gives_its_present_end() -> None:
    end = append(opened("A"), [SUBMITTED], NOW)
    assert opened("A") == end
    assert Chain.objects.count() == 1


@pytest.mark.parametrize("case", ["", "x" * 65, "a\nb", "a\x00"])
def test_a_case_number_that_cannot_be_used(case: str) -> None:
    with pytest.raises(BadInput, match="number of a case"):
        chain_open(case, NOW)


def test_who_read_an_old_end_starts_again() -> None:
    old = opened()
    append(old, [SUBMITTED], NOW)
    with pytest.raises(Changed):
        append(old, [DONE], NOW)
    assert CaseEvent.objects.count() == 1
    with pytest.raises(Changed):
        append(old._replace(length=1), [DONE], NOW)


def test_nothing_is_written_when_the_caller_rolls_back() -> None:
    chain = opened()

    def act() -> None:
        with transaction.atomic():
            append(chain, [SUBMITTED], NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert CaseEvent.objects.count() == 0
    assert append(chain, [SUBMITTED], NOW).length == 1


def test_many_events_in_one_call() -> None:
    end = append(opened(), [SUBMITTED, *[DONE] * 1203], NOW)
    assert end.length == CaseEvent.objects.count() == 1204


def test_two_statements_for_a_step(django_assert_num_queries: Any) -> None:
    chain = opened()
    with django_assert_num_queries(2):
        append(chain, [SUBMITTED, DONE, DONE], NOW)
    with django_assert_num_queries(0):
        assert append(chain, [], NOW) == chain


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (DONE._replace(type="step.unknown"), "no event type"),
        (DONE._replace(lifecycle="begin"), "no lifecycle"),
        (DONE._replace(data={"applicant": "张三"}), "carries no applicant"),
        (DONE._replace(data={"due": "tomorrow"}), "a time with offset"),
        (DONE._replace(data={"due": datetime(2026, 1, 1)}), "a time with offset"),
        (DONE._replace(data={"reason": "x" * 201}), "at most 200"),
        (DONE._replace(data={"signers": ["a", 1]}), "list of texts"),
        (SUBMITTED._replace(data={"channel": "fax"}), "window, web"),
        (SUBMITTED._replace(data={"materials": True}), "integer"),
        (DONE._replace(occurred_at=NOW + timedelta(microseconds=1)), "occurred after"),
        (DONE._replace(occurred_at=datetime(2026, 1, 1)), "cannot be written"),
        (DONE._replace(activity="a\x00"), "zero byte"),
        (DONE._replace(data={"reason": "a\x00"}), "zero byte"),
        (DONE._replace(activity="\ud800"), "cannot be written"),
        (DONE._replace(activity="x" * 16_384), "too long"),
        (DONE._replace(task=object()), "cannot be written"),
    ],
)
def test_a_refused_event_writes_nothing(event: NewEvent, says: str) -> None:
    with pytest.raises(EventRefused, match=says) as caught:
        append(opened(), [SUBMITTED, event], NOW)
    assert caught.value.place is not None
    assert caught.value.place.line == 2
    assert CaseEvent.objects.count() == 0
    assert Chain.objects.get().length == 0


def test_a_text_that_looks_like_an_escape_is_a_text() -> None:
    append(opened(), [DONE._replace(activity="\\u0000")], NOW)
    assert CaseEvent.objects.get().activity == "\\u0000"


def test_times_of_other_zones_are_the_same_moment() -> None:
    china = timezone(timedelta(hours=8))
    event = DONE._replace(
        occurred_at=datetime(2026, 11, 23, 16, 30, tzinfo=china),
        data={"due": datetime(2026, 11, 24, 7, 59, 59, 999_999, tzinfo=china)},
    )
    append(opened("A"), [event], NOW.astimezone(china))
    found = CaseEvent.objects.get()
    assert found.occurred_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert found.recorded_at == NOW
    assert found.data == '{"due":"2026-11-23T23:59:59.999999+00:00"}'
    assert bytes(found.hash) == link(
        genesis("A"),
        content(
            1, "step.examined", "Task_1", "初审", "complete", micros(found.occurred_at), micros(NOW), "p0123",
            "handler", "11990000MB00000001", "", "", 7, found.data,
        ),
    )  # fmt: skip


def test_a_day_is_no_time() -> None:
    with pytest.raises(EventRefused):
        append(opened(), [DONE._replace(data={"due": date(2026, 1, 1)})], NOW)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("UPDATE eventlog_caseevent SET activity = 'x'", "append-only"),
        ("DELETE FROM eventlog_caseevent", "append-only"),
        ("DELETE FROM eventlog_chain", "only grows"),
        ("UPDATE eventlog_chain SET length = 0", "only grows"),
        ("UPDATE eventlog_chain SET head = head", "only grows"),
        ("UPDATE eventlog_chain SET length = length + 1, \"case\" = 'other'", "only grows"),
    ],
)
def test_the_database_itself_refuses(sql: str, why: str) -> None:
    append(opened(), [SUBMITTED, DONE], NOW)
    with (
        pytest.raises(DatabaseError, match=why),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert CaseEvent.objects.count() == 2


def test_a_pseudonym_tells_nothing_and_stays() -> None:
    assert pseudonym(1) == pseudonym(1)
    assert pseudonym(1) != pseudonym(2)
    assert len(pseudonym(12345)) == 17
    assert "12345" not in pseudonym(12345)
