"""The audit chain: append-only, and every kind of tampering is found."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction

from tests.platform import NOW
from xiaoneng.apps.audit import selectors, services, triggers
from xiaoneng.apps.audit.contracts import SYSTEM, Actor
from xiaoneng.apps.audit.models import AuditHead, AuditLine

pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for n in range(count):
        services.record(
            actor=Actor(user=n, role="head"),
            action="act",
            at=NOW,
            object_type="thing",
            object_id=n,
            reason="因为",
        )


def tampered(sql: str) -> int | None:
    """What the check finds after ``sql`` ran without the triggers, as an intruder with the database could."""
    with connection.cursor() as cursor:
        for statement in triggers.drop_statements(connection.vendor):
            cursor.execute(statement)
        cursor.execute(sql)
    found = selectors.verify()
    assert not found.ok
    return found.broken_at


def test_lines_follow_each_other() -> None:
    write(5)
    lines = list(AuditLine.objects.order_by("seq"))
    assert [x.seq for x in lines] == [1, 2, 3, 4, 5]
    assert all(a.hash == b.previous for a, b in pairwise(lines))
    assert selectors.verify() == selectors.ChainCheck(ok=True, lines=5, broken_at=None)


def test_an_empty_record_is_whole() -> None:
    assert selectors.verify().ok


@pytest.mark.parametrize("sql", ["UPDATE audit_auditline SET reason = 'x'", "DELETE FROM audit_auditline"])
def test_the_database_itself_refuses(sql: str) -> None:
    write(2)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert selectors.verify().lines == 2


@pytest.mark.parametrize(
    ("sql", "at"),
    [
        ("UPDATE audit_auditline SET reason = 'nothing' WHERE seq = 3", 3),
        ("UPDATE audit_auditline SET actor = NULL WHERE seq = 1", 1),
        ("DELETE FROM audit_auditline WHERE seq = 4", 4),
        ("DELETE FROM audit_auditline WHERE seq = 5", 5),
        ("UPDATE audit_auditline SET previous = hash WHERE seq = 2", 2),
        ("UPDATE audit_audithead SET length = 9", 6),
    ],
)
def test_tampering_is_found(sql: str, at: int) -> None:
    write(5)
    assert tampered(sql) == at


def test_act_and_record_stand_or_fall_together() -> None:
    write(1)

    def act() -> None:
        with transaction.atomic():
            write(1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert AuditHead.objects.get().length == 1
    assert selectors.verify().ok


def test_filters() -> None:
    services.record(actor=SYSTEM, action="sign-in", at=NOW, outcome="refused", reason="r" * 999)
    services.record(actor=Actor(user=7), action="export", at=NOW)
    assert [x.action for x in selectors.lines()] == ["export", "sign-in"]
    assert selectors.lines(outcome="refused").get().reason == "r" * 300
    assert selectors.lines(actor=7, action="export").count() == 1
    assert selectors.actions() == ["export", "sign-in"]
