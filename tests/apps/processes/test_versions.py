"""Versions: drafted, published for a day by someone else, immutable, and each day decided under its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.apps.processes.models import DAY, DMN, LONG_AGO, add_test, grid, made, publish, second_version
from tests.platform import NOW
from xiaoneng.apps.audit import selectors as audit
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import State
from xiaoneng.apps.processes.errors import Changed, NotInForce, NotPublishable, SamePerson
from xiaoneng.apps.processes.models import DecisionVersion, Evaluation
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables.inputs import read_json
from xiaoneng.core.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(person: Callable[..., Any]) -> Any:
    return person("reform")


@pytest.fixture
def colleague(person: Callable[..., Any]) -> Any:
    return person("reform", username="colleague")


def value(version: DecisionVersion, on: date, **inputs: Any) -> Any:
    return services.decide(
        decision=version.decision, inputs={"年龄": 85, "户籍": "外地"} | inputs, on=on, at=NOW, actor=SYSTEM
    ).value


def test_the_model_is_kept_byte_for_byte(author: Any) -> None:
    version = made(author)
    version.refresh_from_db()
    assert version.dmn == DMN
    assert version.status == {"errors": 0, "warnings": 0, "tests": 1, "failed": 0}


def test_each_day_is_decided_under_its_version(author: Any, colleague: Any) -> None:
    first = publish(made(author), colleague)
    begins = DAY + timedelta(days=7)
    second = second_version(first, author, colleague, day=begins)
    assert value(first, DAY) == 0
    assert value(first, begins - timedelta(days=1)) == 0
    assert value(first, begins) == Decimal(50)
    assert value(first, date(2030, 1, 1)) == Decimal(50)
    with pytest.raises(NotInForce):
        value(first, date(2024, 1, 1))
    assert [(p.start, p.end, p.version.number) for p in selectors.periods([second, first])] == [
        (LONG_AGO.date(), begins - timedelta(days=1), 1),
        (begins, None, 2),
    ]


def test_a_withdrawn_version_gives_way_to_the_one_before(author: Any, colleague: Any) -> None:
    first = publish(made(author), colleague)
    second = second_version(first, author, colleague, day=DAY)
    assert value(first, DAY) == Decimal(50)
    services.version_withdraw(
        decision=first.decision,
        number=2,
        from_day=DAY + timedelta(days=3),
        note="有误",
        user=author,
        actor=SYSTEM,
        at=NOW,
    )
    second.refresh_from_db()
    assert second.state == State.WITHDRAWN
    assert value(first, DAY + timedelta(days=2)) == Decimal(50)
    assert value(first, DAY + timedelta(days=3)) == 0
    with pytest.raises(Changed):
        services.version_withdraw(
            decision=first.decision, number=2, from_day=DAY, note="再次", user=author, actor=SYSTEM, at=NOW
        )


def test_four_eyes(author: Any, colleague: Any) -> None:
    version = made(author)
    with pytest.raises(SamePerson):
        publish(version, author)
    add_test(version, colleague)  # whoever helped writing may not publish either
    with pytest.raises(SamePerson):
        publish(version, colleague)
    version.refresh_from_db()
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionVersion.objects.filter(pk=version.pk).update(
            state=State.PUBLISHED, valid_from=DAY, published_by=author, published_at=NOW
        )


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({(0, "inputs", 0): "< 70"}, "errors"),
        ({(1, "outputs", 0): "90"}, "fail"),
        ({(0, "inputs", 0): "<"}, "errors"),
    ],
)
def test_errors_and_failing_cases_block(author: Any, colleague: Any, cells: Any, why: str) -> None:
    version = made(author)
    services.draft_save(
        decision=version.decision,
        revision=version.revision,
        grid=grid(version, cells=cells),
        note="",
        user=author,
        actor=SYSTEM,
        at=LONG_AGO,
    )
    with pytest.raises(NotPublishable, match=why):
        publish(version, colleague)


def test_dates_and_note_are_asked_for(author: Any, colleague: Any) -> None:
    version = made(author)
    for more in ({"day": LONG_AGO.date() - timedelta(days=1)}, {"note": " "}, {"valid_to": date(2020, 1, 1)}):
        with pytest.raises(NotPublishable):
            publish(version, colleague, **more)
    first = publish(version, colleague, day=DAY)
    with pytest.raises(NotPublishable, match="another version begins"):
        second_version(first, author, colleague, day=DAY)


def test_without_a_test_case_nothing_is_published(author: Any, colleague: Any) -> None:
    version = services.decision_create(
        key="bare", name_zh="空", name_en="", dmn=DMN, user=author, body=None, actor=SYSTEM, at=LONG_AGO
    )
    with pytest.raises(NotPublishable, match="no test case"):
        publish(version, colleague)


def test_two_editors_do_not_overwrite_each_other(author: Any, colleague: Any) -> None:
    version = made(author)
    save = {
        "decision": version.decision,
        "revision": version.revision,
        "note": "",
        "actor": SYSTEM,
        "at": NOW,
    }
    services.draft_save(**save, grid=grid(version, cells={(1, "outputs", 0): "110"}), user=author)
    with pytest.raises(Changed):
        services.draft_save(**save, grid=grid(version, cells={(1, "outputs", 0): "120"}), user=colleague)
    version.refresh_from_db()
    assert b"110" in version.dmn
    assert b"120" not in version.dmn
    with pytest.raises(Changed):
        services.draft_open(decision=version.decision, base=version, user=author, actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    "change", [{"dmn": b"<x/>"}, {"note": "x"}, {"valid_from": DAY}, {"state": "draft"}, {"number": 9}]
)
def test_the_database_refuses_to_change_what_was_published(author: Any, colleague: Any, change: Any) -> None:
    version = publish(made(author), colleague)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        DecisionVersion.objects.filter(pk=version.pk).update(**change)
    with (
        pytest.raises(DatabaseError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM processes_decisionversion WHERE id = %s", [version.pk])


def test_an_evaluation_is_stored_encrypted_and_replayed_years_later(author: Any, colleague: Any) -> None:
    first = publish(made(author), colleague)
    done = services.decide(
        decision=first.decision,
        inputs={"年龄": 88, "户籍": "本地"},
        on=DAY,
        at=NOW,
        actor=SYSTEM,
        reference="云岭2026-1",
    )
    assert done.rules == (2,)
    second_version(first, author, colleague, day=DAY + timedelta(days=1))
    row = Evaluation.objects.select_related("version").get(pk=done.stored)
    assert read_json(row.record)["inputs"] == {"年龄": 88, "户籍": "本地"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT record, value FROM processes_evaluation")
        stored, result = cursor.fetchone()
    assert stored.startswith("v1:")
    assert result == "100"
    same, again = selectors.replayed(row)
    assert same
    assert again.value == 100
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Evaluation.objects.filter(pk=row.pk).update(value="0")
    line = audit.lines().first()
    assert line is not None


def test_who_sees_what(
    author: Any, colleague: Any, person: Callable[..., Any], bodies: dict[str, Any]
) -> None:
    version = made(author, body=bodies["city"].pk)
    own, other = person("head", body=bodies["city"]), person("head", body=bodies["other"], username="other")
    decision = version.decision
    assert selectors.decision_find(scope_of(own), "allowance")
    assert selectors.decision_find(scope_of(other), "allowance") is None
    publish(version, colleague)
    services.draft_open(decision=decision, base=version, user=author, actor=SYSTEM, at=NOW)
    value(version, DAY)
    assert selectors.decision_find(scope_of(other), "allowance")
    assert [v.number for v in selectors.versions(decision, scope_of(own))] == [2, 1]
    assert [v.number for v in selectors.versions(decision, scope_of(other))] == [1]
    assert selectors.version_find(decision, scope_of(other), 2) is None
    assert selectors.evaluations_of(decision, scope_of(own)).count() == 1
    assert selectors.evaluations_of(decision, scope_of(other)).count() == 0


@pytest.mark.parametrize(
    "dmn",
    [b"", b"<x/>", b"<!DOCTYPE a><definitions/>", DMN[:300], DMN.replace(b"decisionTable", b"decisionTabl")],
)
def test_a_bad_file_is_refused_and_changes_nothing(author: Any, dmn: bytes) -> None:
    version = made(author)
    with pytest.raises(BadInput):
        services.draft_import(
            decision=version.decision, revision=version.revision, dmn=dmn, user=author, actor=SYSTEM, at=NOW
        )
    version.refresh_from_db()
    assert version.dmn == DMN


@pytest.mark.parametrize("key", ["", "A", "x", "a b", "1ab", "-ab", "a" * 61, "a/b", "../a"])
def test_odd_keys_are_refused(author: Any, key: str) -> None:
    with pytest.raises(BadInput):
        made(author, key=key)
