"""Seals are made, fit what was sealed, and whatever is done to the database or to the folder is found."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction

from tests.platform import NOW
from xiaoneng.apps.eventlog import sealfolder, signing, triggers
from xiaoneng.apps.eventlog.contracts import NewEvent
from xiaoneng.apps.eventlog.errors import Changed, SealsDiffer
from xiaoneng.apps.eventlog.models import Seal as SealRow
from xiaoneng.apps.eventlog.selectors import chains
from xiaoneng.apps.eventlog.selectors.proofs import inclusion, verify_platform
from xiaoneng.apps.eventlog.services.events import append, chain_open
from xiaoneng.apps.eventlog.services.seals import rotate, seal
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.eventlog.chain import moment
from xiaoneng.core.eventlog.proof.seals import check_seals, is_signed, sign
from xiaoneng.core.eventlog.proof.single import from_json, to_json

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    settings.SEAL_KEY = None
    return tmp_path


def write(case: str, count: int) -> None:
    chain = chain_open(case, NOW)
    events = [
        NewEvent("step.examined", NOW, activity=f"第{n}步", body="11990000MB00000001", task=n)
        for n in range(chain.length + 1, chain.length + count + 1)
    ]
    append(chain, events, NOW)


def history() -> None:
    """Three cases, sealed twice, then gone on."""
    write("A", 3)
    write("B", 4)
    seal(at=NOW)
    write("A", 2)
    write("C", 2)
    seal(at=NOW + DAY)
    write("C", 1)


def problems() -> list[tuple[str, str, int]]:
    return [(p.kind, p.case, p.seq or p.seal) for p in verify_platform().problems]


def tamper(*statements: str) -> None:
    """As an intruder with the database could: without triggers and constraints."""
    with connection.cursor() as cursor:
        for statement in triggers.drop_statements(connection.vendor):
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for statement in statements:
            cursor.execute(statement)


def chain_id(case: str) -> int:
    found = chains.chain_of(case)
    assert found is not None
    return found.id


def test_a_sealed_history_is_whole() -> None:
    history()
    verdict = verify_platform()
    assert verdict.problems == []
    assert (verdict.cases, verdict.events, verdict.seals, verdict.unsealed) == (3, 12, 2, 1)
    first, second = chains.seals()
    assert (first.cases, first.events, first.changed) == (2, 7, 2)
    assert (second.cases, second.events, second.changed) == (3, 11, 2)
    assert second.previous == first.digest()
    assert is_signed(second)
    assert sealfolder.seals() == [first, second]


def test_an_empty_platform_can_be_sealed() -> None:
    made = seal(at=NOW)
    assert (made.cases, made.changed) == (0, 0)
    assert verify_platform().problems == []


def swap(one: int, other: int) -> tuple[str, ...]:
    move = "UPDATE eventlog_caseevent SET seq = {} WHERE seq = {} AND chain_id = {{a}}"
    return (move.format(99, one), move.format(one, other), move.format(other, 99))


EVENT = "chain_id = {a} AND seq ="
INSERT = (
    "INSERT INTO eventlog_caseevent (chain_id, seq, type, element, activity, lifecycle, occurred_at, "
    "recorded_at, actor, role, body, item, version, task, data, hash) "
    "SELECT chain_id, {seq}, type, element, activity, lifecycle, occurred_at, recorded_at, actor, role, "
    "body, item, version, task, data, hash FROM eventlog_caseevent WHERE chain_id = {{a}} AND seq = 2"
)
BYTES = "blob" if connection.vendor == "sqlite" else "bytea"
TAMPERED: list[tuple[str, tuple[str, ...], list[tuple[str, str, int]]]] = [
    ("changed text",
     (f"UPDATE eventlog_caseevent SET activity = 'x' WHERE {EVENT} 2",), [("changed", "A", 2)]),
    ("changed time",
     (f"UPDATE eventlog_caseevent SET occurred_at = '2026-11-01 00:00:00+00:00' WHERE {EVENT} 3",),
     [("changed", "A", 3)]),
    ("changed hash",
     (f"UPDATE eventlog_caseevent SET hash = CAST('no hash' AS {BYTES}) WHERE {EVENT} 3",),
     [("changed", "A", 3)]),
    ("changed task", (f"UPDATE eventlog_caseevent SET task = NULL WHERE {EVENT} 1",), [("changed", "A", 1)]),
    ("cut tail", (f"DELETE FROM eventlog_caseevent WHERE {EVENT} 5",), [("cut", "A", 5)]),
    ("cut tail, chain too",
     (f"DELETE FROM eventlog_caseevent WHERE {EVENT} 5",
      "UPDATE eventlog_chain SET length = 4, head = (SELECT hash FROM eventlog_caseevent "
      f"WHERE {EVENT} 4) WHERE id = {{a}}"), [("cut", "A", 5)]),
    ("deleted event", (f"DELETE FROM eventlog_caseevent WHERE {EVENT} 2",), [("deleted", "A", 2)]),
    ("deleted case",
     ("DELETE FROM eventlog_caseevent WHERE chain_id = {a}", "DELETE FROM eventlog_chain WHERE id = {a}"),
     [("deleted_case", "A", 2)]),
    ("deleted chain only", ("DELETE FROM eventlog_chain WHERE id = {a}",), []),
    ("inserted event", (INSERT.format(seq=6),), [("inserted", "A", 6)]),
    ("reordered", swap(2, 3), [("reordered", "A", 2)]),
    ("renamed case", ("UPDATE eventlog_chain SET \"case\" = 'Z' WHERE id = {a}",), []),
    ("seal changed in the database",
     ("UPDATE eventlog_seal SET cases = 1 WHERE number = 1",), [("seal_differs", "", 1)]),
    ("seal deleted in the database",
     ("DELETE FROM eventlog_seal WHERE number = 2",), [("seal_missing", "", 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("how", "statements", "expected"), TAMPERED, ids=[t[0] for t in TAMPERED])
def test_tampering_with_the_database_is_found(
    how: str, statements: tuple[str, ...], expected: list[tuple[str, str, int]]
) -> None:
    history()
    a = chain_id("A")
    if how == "deleted chain only" and connection.vendor != "sqlite":
        with connection.cursor() as cursor:  # the foreign key is in the way of the intruder, too
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT conname FROM pg_constraint WHERE confrelid = 'eventlog_chain'::regclass")
            names = [name for (name,) in cursor.fetchall()]
        statements = (
            *(f'ALTER TABLE eventlog_caseevent DROP CONSTRAINT IF EXISTS "{name}"' for name in names),
            *statements,
        )
    tamper(*(statement.replace("{a}", str(a)) for statement in statements))
    if how == "renamed case":
        found = problems()
        assert ("deleted_case", "A", 2) in found
        assert ("changed", "Z", 1) in found
    elif how == "deleted chain only":
        assert problems() == [("deleted_case", "A", 2), ("unstated", f"#{a}", 1)]
    else:
        assert problems() == expected
    with connection.cursor() as cursor:  # the end of the test checks foreign keys
        cursor.execute("DELETE FROM eventlog_caseevent")


@pytest.mark.parametrize(
    ("file", "change", "expected"),
    [
        ("seals.jsonl", lambda b: b.replace(b'"cases":3', b'"cases":2'), ("seal_forged", "", 2)),
        ("seals.jsonl", lambda b: b[: b.index(b"\n") + 1], ("seal_missing", "", 2)),
        ("seals.jsonl", lambda b: b.replace(b"xiaoneng seal 1", b"nonsense"), ("seal_forged", "", 1)),
        ("leaves/000001.jsonl", lambda b: b.replace(b'["A",3', b'["A",2'), ("seal_leaves", "", 1)),
        ("leaves/000002.jsonl", lambda b: b"", ("seal_leaves", "", 2)),
        ("leaves/000001.jsonl", lambda b: b"nonsense\n", ("seal_leaves", "", 1)),
    ],
)
def test_tampering_with_the_folder_is_found(
    home: Path, file: str, change: Callable[[bytes], bytes], expected: tuple[str, str, int]
) -> None:
    history()
    path = home / "seals" / file
    before = path.read_bytes()
    path.write_bytes(change(before))
    assert path.read_bytes() != before
    assert expected in problems()


def test_a_seal_forged_on_both_sides_has_the_wrong_key(home: Path) -> None:
    history()
    trusted = chains.seals()[0].key
    (home / "seal.key").unlink()
    other = signing.signing_key()
    with pytest.raises(BadInput, match="may not sign"):
        seal(at=NOW + 2 * DAY)
    forged = [s._replace(key=b"", signature=b"") for s in chains.seals()]
    previous = forged[0].previous
    lines = []
    for made in forged:
        made = sign(made._replace(previous=previous), other)
        previous = made.digest()
        lines.append(made)
    tamper("DELETE FROM eventlog_seal")
    for made in lines:
        SealRow.objects.create(**(made._asdict() | {"sealed_at": moment(made.sealed_at)}))
    (home / "seals" / "seals.jsonl").write_text("".join(f"{made.line()}\n" for made in lines))
    assert verify_platform().problems == [], "in itself it fits"
    kinds = [p.kind for p in verify_platform(anchor=trusted).problems]
    assert kinds == ["seal_forged", "seal_forged"], "but not with the key that is known"


def test_what_was_broken_before_a_seal_is_counted_in_it() -> None:
    write("A", 3)
    write("B", 3)
    seal(at=NOW)
    a = chain_id("A")
    tamper(
        f"DELETE FROM eventlog_caseevent WHERE chain_id = {a}", f"DELETE FROM eventlog_chain WHERE id = {a}"
    )
    made = seal(at=NOW + DAY)
    assert (made.broken, made.cases, made.changed) == (1, 1, 1)
    assert problems() == [("deleted_case", "A", 2)], "and still named"


@pytest.mark.parametrize("sql", ["UPDATE eventlog_seal SET cases = 0", "DELETE FROM eventlog_seal"])
def test_the_database_refuses_to_change_a_seal(sql: str) -> None:
    seal(at=NOW)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_a_crash_between_folder_and_database_is_made_good(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("A", 3)
    seal(at=NOW)
    write("B", 1)

    def die() -> None:
        raise OSError("the machine stops")

    real = sealfolder.append

    def append_then_die(made: Any) -> None:
        real(made)
        die()

    with monkeypatch.context() as patch:
        patch.setattr(sealfolder, "append", append_then_die)
        with pytest.raises(OSError, match="stops"):
            seal(at=NOW + DAY)
    assert len(chains.seals()) == 1
    assert len(sealfolder.seals()) == 2
    made = seal(at=NOW + 2 * DAY)
    assert (made.number, made.changed) == (3, 0)
    assert verify_platform().problems == []

    with (home / "seals" / "seals.jsonl").open("ab") as file:  # a line that was cut short is no line
        file.write(b'{"seal":{"numb')
    assert len(sealfolder.seals()) == 3
    assert seal(at=NOW + 3 * DAY).number == 4
    assert verify_platform().problems == []


def test_a_crash_before_the_line_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    write("A", 3)

    def die(_made: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(sealfolder, "append", die)
        with pytest.raises(OSError, match="full"):
            seal(at=NOW)
    assert (chains.seals(), sealfolder.seals()) == ([], [])
    assert seal(at=NOW).number == 1
    assert verify_platform().problems == []


def test_the_list_of_all_chains_is_made_again_when_it_is_gone(home: Path) -> None:
    history()
    (home / "seals" / "current.jsonl").unlink()
    made = seal(at=NOW + 2 * DAY)
    assert (made.changed, made.broken) == (1, 0)
    assert verify_platform().problems == []


def test_many_seals_are_merged_over_intermediate_files(monkeypatch: pytest.MonkeyPatch) -> None:
    from xiaoneng.core.eventlog.proof import leaves

    monkeypatch.setattr(leaves, "FAN", 2)
    for n in range(7):
        write("A", 1)
        write(f"N{n}", 1)
        seal(at=NOW + n * DAY)
    assert verify_platform().problems == []


def test_contradicting_seals_stop_sealing(home: Path) -> None:
    history()
    path = home / "seals" / "seals.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"cases":3', b'"cases":2'))
    with pytest.raises(SealsDiffer):
        seal(at=NOW + 2 * DAY)


def test_a_clock_that_goes_back_is_refused() -> None:
    seal(at=NOW)
    with pytest.raises(BadInput, match="behind the last seal"):
        seal(at=NOW - DAY)


def test_two_at_once() -> None:
    with sealfolder.locked(), pytest.raises(Changed):
        seal(at=NOW)
    assert seal(at=NOW).number == 1


def test_the_key_is_made_once_and_for_its_owner_alone(home: Path) -> None:
    seal(at=NOW)
    path = home / "seal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_bytes()
    seal(at=NOW)
    assert path.read_bytes() == kept
    path.write_text("nonsense")
    with pytest.raises(BadInput, match=r"seal\.key"):
        seal(at=NOW)


def test_the_key_can_be_changed(home: Path) -> None:
    write("A", 1)
    first = seal(at=NOW)
    handing = rotate(at=NOW + DAY)
    after = seal(at=NOW + 2 * DAY)
    assert handing.key == first.key
    assert after.key == handing.successor != first.key
    assert not (home / "seal.key.next").exists()
    assert list(check_seals(chains.seals(), first.key)) == []
    assert verify_platform(anchor=first.key).problems == []


def test_a_key_from_the_environment(settings: Any, home: Path) -> None:
    settings.SEAL_KEY = bytes(range(32))
    made = seal(at=NOW)
    assert made.key == signing.public_bytes(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    assert not (home / "seal.key").exists()
    with pytest.raises(BadInput, match="environment"):
        rotate(at=NOW)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    seal(at=NOW, successor=signing.public_bytes(other))
    with pytest.raises(BadInput, match="may not sign"):
        seal(at=NOW)
    settings.SEAL_KEY = bytes(32)
    assert seal(at=NOW).number == 3


def test_one_case_is_proven_to_be_in_the_seal() -> None:
    history()
    found = inclusion("B")
    assert found.stated.length == 4
    assert found.holds()
    assert found.holds(found.seal.key)
    assert not found.holds(bytes(32))
    assert not found._replace(stated=found.stated._replace(length=3)).holds()
    assert from_json(json.dumps(to_json(found)), "proof.json") == found
    assert inclusion("C").stated.length == 2, "as it was sealed, not as it is now"
    with pytest.raises(NotFound):
        inclusion("Z")
