"""Background work: on logs (guess the columns, import and analyse, remove the files), and on the platform's
own events (seal them, bring them into the store that is measured)."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from xiaoneng.apps.eventlog import files, followups, measuring, services
from xiaoneng.apps.eventlog.contracts import State
from xiaoneng.apps.eventlog.errors import as_json
from xiaoneng.apps.eventlog.models import Log
from xiaoneng.apps.eventlog.peek import peek
from xiaoneng.apps.eventlog.services import exports, schedule, seals
from xiaoneng.apps.outbox import registry
from xiaoneng.apps.outbox.contracts import Effect, Job, Topic
from xiaoneng.core.errors import XiaonengError

PROGRESS_EVERY_S = 0.5


class Superseded(Exception):
    """The run that is being worked on was cancelled or its log deleted."""


def register() -> None:
    """Tell the outbox who handles what."""
    registry.register(Topic(services.GUESS, guess, on_dead=_give_up, attempts=3))
    registry.register(Topic(services.IMPORT, run_import, on_dead=_give_up, attempts=3))
    registry.register(Topic(services.REMOVE, remove))
    registry.register(Topic(schedule.SEAL, seal_now, on_dead=_next_run))
    registry.register(Topic(schedule.HOURLY, refresh_hourly, on_dead=_next_run))
    registry.register(Topic(exports.REFRESH, refresh))


def guess(job: Job) -> Effect:
    """Look at the head of the file: columns, a sample, and which column plays which role."""
    log = _current(job)
    if log is None:
        return _nothing
    try:
        found = peek(files.source(log.pk, log.filename), log.filename)
    except XiaonengError as error:
        return _failure(log, error)
    return lambda: _done(services.finish(log=log, run=log.run, state=State.WAITING, guess=found, error=None))


def run_import(job: Job) -> Effect:
    """Fill a store from the file and analyse it, in a folder of this attempt; the effect makes the folder
    the result."""
    log = _current(job)
    if log is None:
        return _nothing
    folder = files.folder(log.pk) / f"result-{job.lease}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        analysis = measuring.measure(
            source=files.source(log.pk, log.filename),
            name=log.filename,
            folder=folder,
            mapping=log.mapping or {},
            progress=_progress(log),
        )
    except Superseded:
        shutil.rmtree(folder, ignore_errors=True)
        return _nothing
    except XiaonengError as error:
        shutil.rmtree(folder, ignore_errors=True)
        return _failure(log, error)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    (folder / "analysis.json").write_text(json.dumps(analysis, ensure_ascii=False), encoding="utf-8")
    counts = {key: analysis["log"][key] for key in ("cases", "events", "activities", "resources")}

    def effect() -> None:
        if services.finish(
            log=log,
            run=log.run,
            state=State.READY,
            result=folder.name,
            counts=counts,
            progress=1.0,
            error=None,
        ):
            _remove_others(log.pk, keep=folder.name)
        else:
            shutil.rmtree(folder, ignore_errors=True)

    return effect


def remove(job: Job) -> Effect:
    """Delete the files of a deleted log."""
    files.remove(UUID(job.payload["log"]))
    return _nothing


def seal_now(job: Job) -> Effect:
    """Seal the event log; the effect sends the next run. Killed in between, it makes one seal more."""
    if settings.SEAL_PERIOD != "off":
        seals.seal(at=timezone.now())
    return lambda: schedule.ensure(timezone.now())


def refresh(job: Job) -> Effect:
    """Bring the live cases into the platform's store; the effect has everything computed that reads it."""
    changed = exports.store_refresh()
    return (lambda: followups.call_all(timezone.now())) if changed else _nothing


def refresh_hourly(job: Job) -> Effect:
    """The same every hour."""
    done = refresh(job)

    def effect() -> None:
        done()
        schedule.ensure(timezone.now())

    return effect


def _next_run(_payload: dict[str, Any], _error: str) -> None:
    """A run that failed for good must not be the last one."""
    schedule.ensure(timezone.now())


def _current(job: Job) -> Log | None:
    return Log.objects.filter(pk=job.payload["log"], run=job.payload["run"]).first()


def _progress(log: Log) -> Callable[[float, str], None]:
    """A callback for the readers that writes at most twice a second and stops a run that no longer counts."""
    last = 0.0

    def report(share: float, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < PROGRESS_EVERY_S:
            return
        last = now
        if not services.progress_write(log=log, run=log.run, share=share, text=text):
            raise Superseded

    return report


def _failure(log: Log, error: XiaonengError) -> Effect:
    return lambda: _done(services.finish(log=log, run=log.run, state=State.FAILED, error=as_json(error)))


def _give_up(payload: dict[str, Any], error: str) -> None:
    """The last try failed for a reason that is ours: say so, and keep the file for another try."""
    log = Log.objects.filter(pk=payload["log"], run=payload["run"]).first()
    if log is not None:
        excuse = XiaonengError(
            "The log could not be processed because of an internal problem ({kind}).",
            hint="Try again; if it happens again, give the administrator the number of this log.",
            kind=error.partition(":")[0],
        )
        services.finish(log=log, run=log.run, state=State.FAILED, error=as_json(excuse))


def _remove_others(log: UUID, keep: str) -> None:
    for path in files.folder(log).glob("result-*"):
        if path.name != keep:
            shutil.rmtree(path, ignore_errors=True)


def _nothing() -> None:
    """No effect."""


def _done(_changed: object) -> None:
    """An effect has no result."""
