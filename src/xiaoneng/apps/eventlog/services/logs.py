"""Writes around logs: upload, confirm the columns, cancel, retry, delete.

Each is one transaction that checks the state it starts from, sends the background work and writes the audit
line.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.eventlog import files
from xiaoneng.apps.eventlog.contracts import LogInfo, State
from xiaoneng.apps.eventlog.errors import WrongState
from xiaoneng.apps.eventlog.models import Log
from xiaoneng.apps.eventlog.peek import peek
from xiaoneng.apps.outbox import services as outbox

GUESS, IMPORT, REMOVE = "eventlog.guess", "eventlog.import", "eventlog.remove"


def log_upload(
    *,
    name: str,
    filename: str,
    chunks: Iterable[bytes],
    user: Person,
    body: int | None,
    actor: Actor,
    at: datetime,
    mapping: dict[str, str] | None = None,
) -> Log:
    """Stream an uploaded file to its place and have its columns guessed.

    With ``mapping`` (role to column) the sender knows the columns: the import starts at once.

    Raises:
        NotALog, TooLarge: the file is refused; nothing of it remains.
    """
    number = uuid4()
    received = files.receive(number, filename, chunks, settings.UPLOAD_BYTES)
    try:
        with transaction.atomic():
            log = Log.objects.create(
                id=number,
                name=name.strip() or filename,
                filename=filename,
                sha256=received.sha256,
                size=received.size,
                body_id=body,
                uploaded_by_id=user.pk,
                created_at=at,
                state=State.IMPORTING if mapping else State.GUESSING,
                guess=peek(received.path, filename) if mapping else None,
                mapping=mapping,
                run=1,
            )
            _send(IMPORT if mapping else GUESS, log, log.run, at)
            _audit(actor, "logs.upload", log, at)
    except BaseException:
        shutil.rmtree(received.path.parent, ignore_errors=True)
        raise
    return log


def log_confirm(*, log: LogInfo, mapping: dict[str, str], actor: Actor, at: datetime) -> None:
    """Accept the columns and start the import."""
    with transaction.atomic():
        _move(log, {State.WAITING}, State.IMPORTING, mapping=mapping)
        _send(IMPORT, log, log.run + 1, at)
        _audit(actor, "logs.import", log, at)


def log_cancel(*, log: LogInfo, actor: Actor, at: datetime) -> None:
    """Stop an import; the columns can be corrected and the import started again."""
    with transaction.atomic():
        _move(log, {State.IMPORTING}, State.WAITING)
        _audit(actor, "logs.cancel", log, at)


def log_retry(*, log: LogInfo, actor: Actor, at: datetime) -> None:
    """After a failure: look at the file again from the start."""
    with transaction.atomic():
        _move(log, {State.FAILED}, State.GUESSING)
        _send(GUESS, log, log.run + 1, at)
        _audit(actor, "logs.retry", log, at)


def log_reopen(*, log: LogInfo, actor: Actor, at: datetime) -> None:
    """Correct the columns of a log that was imported or whose import failed; the old result stays until the
    new one is there."""
    with transaction.atomic():
        if log.guess is None:
            raise WrongState("the columns of this log are not known yet")
        _move(log, {State.READY, State.FAILED}, State.WAITING)
        _audit(actor, "logs.reopen", log, at)


def log_delete(*, log: LogInfo, actor: Actor, at: datetime) -> None:
    """Delete the log; its files are removed once this is committed."""
    with transaction.atomic():
        _audit(actor, "logs.delete", log, at, reason=f"sha256 {log.sha256}")
        outbox.send(topic=REMOVE, payload={"log": str(log.pk)}, at=at)
        Log.objects.filter(pk=log.pk).delete()


def progress_write(*, log: LogInfo, run: int, share: float, text: str) -> bool:
    """Note how far the import is; False when this run no longer counts (cancelled, deleted)."""
    return bool(
        Log.objects.filter(pk=log.pk, run=run, state=State.IMPORTING).update(
            progress=share, progress_text=text[:120]
        )
    )


def finish(*, log: LogInfo, run: int, state: str, **values: Any) -> bool:
    """The end of a background step, if its run still counts. Called inside the outbox's transaction."""
    return bool(Log.objects.filter(pk=log.pk, run=run).update(state=state, **values))


def _move(log: LogInfo, allowed: set[State], target: State, **values: Any) -> None:
    """Change the state, start a new run; refused when someone else was faster."""
    changed = Log.objects.filter(pk=log.pk, run=log.run, state__in=allowed).update(
        state=target, run=log.run + 1, progress=0.0, progress_text="", error=None, **values
    )
    if not changed:
        raise WrongState(
            "this log has moved on meanwhile", hint="Load the page again to see its present state."
        )


def _send(topic: str, log: LogInfo, run: int, at: datetime) -> None:
    outbox.send(topic=topic, payload={"log": str(log.pk), "run": run}, at=at)


def _audit(actor: Actor, action: str, log: LogInfo, at: datetime, reason: str = "") -> None:
    audit.record(actor=actor, action=action, at=at, object_type="log", object_id=log.pk, reason=reason)
