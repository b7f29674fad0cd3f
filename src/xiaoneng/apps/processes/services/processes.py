"""Writes around processes: create, draft, import, publish for a date, withdraw.

Each is one transaction that checks the state it starts from and ends with a line in the audit record. A
draft may have errors, a published version has none.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.processes.contracts import ProcessInfo, ProcessVersionInfo
from xiaoneng.apps.processes.diagrams import checking
from xiaoneng.apps.processes.errors import Changed, NotPublishable
from xiaoneng.apps.processes.models import Process, ProcessVersion
from xiaoneng.apps.processes.services.versions import (
    check_key,
    draft_held,
    number_next,
    put_in_force,
    sign,
    withdraw,
)
from xiaoneng.core.errors import BadInput, Place


def process_create(
    *,
    key: str,
    name_zh: str,
    name_en: str,
    bpmn: bytes,
    user: Person,
    body: int | None,
    actor: Actor,
    at: datetime,
    about_zh: str = "",
    about_en: str = "",
) -> ProcessVersion:
    """A new process with its first draft.

    Raises:
        BadInput, HostileInput: the key or name cannot be used, or the file is no BPMN that can be read.
    """
    check_key(key, "{key} cannot be the key of a process")
    if not name_zh.strip():
        raise BadInput("the process needs a name", place=Place(field="name_zh"))
    checking.model_of(bpmn)
    with transaction.atomic():
        if Process.objects.filter(key=key).exists():
            raise BadInput("there is a process with the key {key} already", place=Place(field="key"), key=key)
        process = Process.objects.create(
            key=key,
            name_zh=name_zh.strip(),
            name_en=name_en.strip(),
            about_zh=about_zh,
            about_en=about_en,
            body_id=body,
            created_at=at,
        )
        version = _draft(process, 1, bpmn, user, at)
        _audit(actor, "processes.create", process, at)
    return version


def draft_open(
    *, process: ProcessInfo, base: ProcessVersionInfo, user: Person, actor: Actor, at: datetime
) -> ProcessVersion:
    """The next version as a draft with the file of ``base``.

    Raises:
        Changed: there is a draft already.
    """
    try:
        with transaction.atomic():
            number = number_next(_own(process))
            version = _draft(process, number, base.bpmn, user, at)
            _audit(actor, "processes.draft", process, at, f"v{number}")
    except IntegrityError:
        raise Changed("this process has a draft already", hint="Open that draft") from None
    return version


def draft_save(
    *,
    process: ProcessInfo,
    revision: int,
    bpmn: bytes,
    note: str | None,
    user: Person,
    actor: Actor,
    at: datetime,
) -> ProcessVersion:
    """Save the draft's file as it was sent, byte for byte; its errors are counted, not refused.

    Raises:
        Changed: it was saved or published since ``revision``; nothing was overwritten.
        BadInput, HostileInput: the file is no BPMN that can be read.
    """
    return _write("processes.save", process, revision, bpmn, note, user, actor, at)


def draft_import(
    *, process: ProcessInfo, revision: int, bpmn: bytes, user: Person, actor: Actor, at: datetime
) -> ProcessVersion:
    """Replace the draft by a file, byte for byte. Raises as ``draft_save``."""
    return _write("processes.import", process, revision, bpmn, None, user, actor, at)


def draft_discard(*, process: ProcessInfo, revision: int, actor: Actor, at: datetime) -> None:
    """Throw the draft away; published versions are not touched. Raises Changed."""
    with transaction.atomic():
        version = draft_held(_own(process), revision)
        number = version.number
        version.delete()
        _audit(actor, "processes.discard", process, at, f"v{number}")


def obstacles(version: ProcessVersionInfo, user: Person | None = None) -> list[str]:
    """Codes of what stands against publication: ``errors``, ``same_person``."""
    found = []
    if checking.status(version.bpmn)["errors"]:
        found.append("errors")
    if user is not None and (user.pk == version.author.pk or user.pk in version.hands):
        found.append("same_person")
    return found


def version_publish(
    *,
    process: ProcessInfo,
    revision: int,
    valid_from: date,
    valid_to: date | None,
    note: str,
    user: Person,
    actor: Actor,
    at: datetime,
) -> ProcessVersion:
    """Put the draft in force from a day on, today at the earliest: new cases take it, running ones stay.

    Raises:
        SamePerson: the publisher wrote at it.
        NotPublishable: errors, no note, or a day that cannot be.
        Changed: the draft is no longer the one that was looked at.
    """
    with transaction.atomic():
        version = draft_held(_own(process), revision)
        version.status = checking.status(version.bpmn)
        if version.status["errors"]:
            raise NotPublishable("the checks found {count} errors", count=version.status["errors"])
        put_in_force(
            version, _own(process), valid_from=valid_from, valid_to=valid_to, note=note, user=user, at=at
        )
        _audit(actor, "processes.publish", process, at, f"v{version.number} {valid_from.isoformat()}")
    return version


def version_withdraw(
    *,
    process: ProcessInfo,
    number: int,
    from_day: date,
    note: str,
    user: Person,
    actor: Actor,
    at: datetime,
) -> ProcessVersion:
    """Let a published version take no new cases from a day on, today at the earliest; the version before it
    applies again. Running cases go on under it.

    Raises:
        Changed: it is not published (any more).
        NotPublishable: no note, or a day that has passed.
    """
    with transaction.atomic():
        version = withdraw(_own(process), number=number, from_day=from_day, note=note, user=user, at=at)
        _audit(actor, "processes.withdraw", process, at, f"v{number} {from_day.isoformat()}")
    return version


def _own(process: ProcessInfo) -> QuerySet[ProcessVersion]:
    return ProcessVersion.objects.filter(process=process.pk)


def _draft(process: ProcessInfo, number: int, bpmn: bytes, user: Person, at: datetime) -> ProcessVersion:
    return ProcessVersion.objects.create(
        process_id=process.pk,
        number=number,
        bpmn=bpmn,
        sha256=checking.sha_of(bpmn),
        status=checking.status(bpmn),
        author_id=user.pk,
        hands=[user.pk],
        created_at=at,
        changed_at=at,
    )


def _write(
    action: str,
    process: ProcessInfo,
    revision: int,
    bpmn: bytes,
    note: str | None,
    user: Person,
    actor: Actor,
    at: datetime,
) -> ProcessVersion:
    found = checking.status(bpmn)
    with transaction.atomic():
        version = draft_held(_own(process), revision)
        version.bpmn, version.sha256 = bpmn, checking.sha_of(bpmn)
        version.status = found
        version.note = version.note if note is None else note.strip()[:500]
        version.revision += 1
        version.changed_at = at
        sign(version, user)
        version.save()
        _audit(actor, action, process, at, f"v{version.number} r{version.revision} {version.sha256[:16]}")
    return version


def _audit(actor: Actor, action: str, process: ProcessInfo, at: datetime, reason: str = "") -> None:
    audit.record(
        actor=actor, action=action, at=at, object_type="process", object_id=process.key, reason=reason
    )
