"""Processes: kept byte for byte, checked, published for a day by someone else, immutable, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.apps.processes.process_models import (
    BPMN,
    DEADLOCK,
    REDESIGNED,
    made,
    publish,
    redesigned,
)
from tests.platform import NOW
from xiaoneng.apps.audit import selectors as audit
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import State
from xiaoneng.apps.processes.diagrams.blank import blank
from xiaoneng.apps.processes.diagrams.checking import findings, status
from xiaoneng.apps.processes.diagrams.kept import Kept
from xiaoneng.apps.processes.errors import Changed, NotInForce, NotPublishable, SamePerson
from xiaoneng.apps.processes.models import Process, ProcessVersion
from xiaoneng.apps.processes.selectors import processes as selectors
from xiaoneng.apps.processes.services import processes as services
from xiaoneng.core.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db
DAY = NOW.date()


@pytest.fixture
def author(person: Callable[..., Any]) -> Any:
    return person("reform")


@pytest.fixture
def colleague(person: Callable[..., Any]) -> Any:
    return person("reform", username="colleague")


def save(version: ProcessVersion, user: Any, bpmn: bytes, revision: int | None = None) -> ProcessVersion:
    return services.draft_save(
        process=version.process,
        revision=version.revision if revision is None else revision,
        bpmn=bpmn,
        note=None,
        user=user,
        actor=SYSTEM,
        at=NOW,
    )


def test_the_file_is_kept_byte_for_byte(author: Any) -> None:
    version = ProcessVersion.objects.get(pk=made(author).pk)
    assert version.bpmn == BPMN
    assert version.status == {"errors": 0, "warnings": 0, "steps": 3}
    line = audit.lines().first()
    assert line is not None
    assert (line.action, line.object_id) == ("processes.create", "permit")


def test_each_day_has_its_version(author: Any, colleague: Any) -> None:
    first = publish(made(author), colleague)
    begins = DAY + timedelta(days=7)
    second = publish(redesigned(first, author, at=NOW), colleague, at=NOW, day=begins)
    assert selectors.version_current("permit", begins - timedelta(days=1)) == first
    assert selectors.version_current("permit", begins) == second
    with pytest.raises(NotInForce):
        selectors.version_current("permit", date(2023, 12, 31))
    with pytest.raises(NotFound):
        selectors.version_current("nothing", begins)
    services.version_withdraw(
        process=first.process,
        number=2,
        from_day=begins + timedelta(days=3),
        note="有误",
        user=author,
        actor=SYSTEM,
        at=NOW,
    )
    assert selectors.version_current("permit", begins + timedelta(days=3)) == first
    found = selectors.diff(first, second)
    assert (found.added, found.removed) == (("verify",), ("review",))


def test_four_eyes(author: Any, colleague: Any) -> None:
    version = made(author)
    with pytest.raises(SamePerson):
        publish(version, author)
    version = save(version, colleague, REDESIGNED)
    with pytest.raises(SamePerson):
        publish(version, colleague)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcessVersion.objects.filter(pk=version.pk).update(
            state=State.PUBLISHED, valid_from=DAY, published_by=author, published_at=NOW
        )


def test_what_is_not_sound_is_saved_but_not_published(author: Any, colleague: Any) -> None:
    version = made(author, bpmn=DEADLOCK)
    found = findings(DEADLOCK)
    assert "deadlock" in {one.kind for one in found}
    assert next(one for one in found if one.kind == "deadlock").path
    assert version.status["errors"] == sum(one.severity == "error" for one in found) > 0
    with pytest.raises(NotPublishable):
        publish(version, colleague)
    assert services.obstacles(version, author) == ["errors", "same_person"]
    repaired = save(version, author, BPMN)
    assert publish(repaired, colleague).state == State.PUBLISHED


def test_nothing_is_overwritten(author: Any, colleague: Any) -> None:
    version = made(author)
    save(version, author, REDESIGNED)
    with pytest.raises(Changed):
        save(version, colleague, BPMN, revision=1)
    with pytest.raises(Changed):
        services.draft_open(process=version.process, base=version, user=author, actor=SYSTEM, at=NOW)
    assert ProcessVersion.objects.get().bpmn == REDESIGNED


@pytest.mark.parametrize(
    "bpmn", [b"", b"<a/>", BPMN[:-9], BPMN.replace(b'targetRef="end"', b'targetRef="nowhere"')]
)
def test_what_cannot_be_read_is_refused_and_nothing_written(author: Any, bpmn: bytes) -> None:
    with pytest.raises(BadInput):
        made(author, bpmn=bpmn)
    assert not Process.objects.exists()
    version = made(author)
    with pytest.raises(BadInput):
        save(version, author, bpmn)
    assert ProcessVersion.objects.get().revision == 1


@pytest.mark.parametrize(("day", "note"), [(DAY - timedelta(days=1), "说明"), (DAY, " ")])
def test_days_and_notes_are_asked_for(author: Any, colleague: Any, day: date, note: str) -> None:
    version = made(author)
    with pytest.raises(NotPublishable):
        publish(version, colleague, at=NOW, day=day, note=note)


def test_the_database_itself_refuses(author: Any, colleague: Any) -> None:
    version = publish(made(author), colleague)
    rows = ProcessVersion.objects.filter(pk=version.pk)
    for change in ({"bpmn": REDESIGNED}, {"valid_from": DAY}, {"state": State.DRAFT}, {"note": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    assert ProcessVersion.objects.get().bpmn == BPMN


def test_a_draft_can_be_thrown_away(author: Any, colleague: Any) -> None:
    first = publish(made(author), colleague)
    draft = redesigned(first, author, at=NOW)
    services.draft_discard(process=first.process, revision=draft.revision, actor=SYSTEM, at=NOW)
    assert list(ProcessVersion.objects.all()) == [first]


def test_drafts_are_seen_by_those_who_answer(bodies: dict[str, Any], person: Callable[..., Any]) -> None:
    author = person("reform", body=bodies["province"])
    inside, outside = person("head", body=bodies["city"]), person("handler", body=bodies["other"])
    first = made(author, body=bodies["city"].pk)
    assert selectors.process_find(scope_of(outside), "permit") is None
    assert selectors.process_find(scope_of(inside), "permit") == first.process
    publish(first, person("reform", username="colleague"))
    redesigned(first, author, at=NOW)
    assert [v.number for v in selectors.versions(first.process, scope_of(outside))] == [1]
    assert [v.number for v in selectors.versions(first.process, scope_of(inside))] == [2, 1]
    assert selectors.version_find(first.process, scope_of(outside), 2) is None
    (seen,) = selectors.overview(scope_of(outside), DAY)
    assert (seen.present, seen.draft) == (first, None)
    (all_of_it,) = selectors.overview(scope_of(inside), DAY)
    assert all_of_it.draft is not None


def test_a_model_is_compiled_once(author: Any) -> None:
    version = made(author)
    model = selectors.compiled(version.pk)
    with CaptureQueriesContext(connection) as caught:
        assert selectors.compiled(version.pk, version.sha256) is model
    assert not caught.captured_queries
    assert selectors.compiled(version.pk) is model
    changed = save(version, author, REDESIGNED)
    assert selectors.compiled(changed.pk) is not model
    for pk, sha256 in ((0, ""), (version.pk, "0" * 64)):
        with pytest.raises(NotFound):
            selectors.compiled(pk, sha256)


def test_only_so_many_are_kept() -> None:
    kept: Kept[int] = Kept(2)
    asked = []
    for key in "abacb":
        kept.get(key, lambda key=key: asked.append(key) or 1)  # type: ignore[misc, func-returns-value]
    assert asked == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_a_new_process_begins_sound() -> None:
    file = blank("my-process", '带"引号"的<流程>', start="开始", step="办理", end="办结")
    assert status(file) == {"errors": 0, "warnings": 0, "steps": 1}


def test_keys_are_checked(author: Any) -> None:
    made(author)
    for key in ("permit", "A", "x", "1-no", ""):
        with pytest.raises(BadInput):
            made(author, key=key)
    assert Process.objects.count() == 1
