"""Reads of processes: who may see which, which version applies on a day, the compiled model of a version."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.contracts import ProcessInfo, ProcessOverview, ProcessVersionInfo, State
from xiaoneng.apps.processes.diagrams.checking import model_by, model_of
from xiaoneng.apps.processes.errors import NotInForce
from xiaoneng.apps.processes.models import Process, ProcessVersion
from xiaoneng.apps.processes.selectors.versions import (
    APPLIED,
    applied,
    covers,
    in_force,
    periods,
    ranked,
    standing,
    visible,
)
from xiaoneng.core.errors import NotFound
from xiaoneng.core.process import Model
from xiaoneng.core.process.diff import Diff, compare

__all__ = [
    "compiled",
    "covers",
    "diff",
    "draft_of",
    "overview",
    "periods",
    "process_find",
    "processes_visible",
    "version_current",
    "version_find",
    "version_for_cases",
    "version_in_force",
    "version_known",
    "versions",
]


def compiled(version: int, sha256: str = "") -> Model:
    """The compiled model of a version (its primary key), kept by the hash of its file.

    Whoever knows the ``sha256`` of the version (the engine reads it with the instance) gives it and saves a
    query. At most 128 models are kept per process of the server. Raises NotFound.
    """
    if not sha256:
        sha256 = sha256_of(version)

    def load() -> bytes:
        found = ProcessVersion.objects.filter(pk=version, sha256=sha256).only("bpmn").first()
        if found is None:
            raise NotFound("there is no process version {version}", version=version)
        return found.bpmn

    return model_by(sha256, load)


def sha256_of(version: int) -> str:
    """The hash of a version's file. Raises NotFound."""
    found = ProcessVersion.objects.filter(pk=version).values_list("sha256", flat=True).first()
    if found is None:
        raise NotFound("there is no process version {version}", version=version)
    return found


def version_current(key: str, day: date) -> ProcessVersion:
    """The version of the process ``key`` that new cases take on ``day``. Raises NotFound, NotInForce."""
    found = in_force(ProcessVersion.objects.filter(process__key=key), day)
    if found is not None:
        return found
    if not Process.objects.filter(key=key).exists():
        raise NotFound("there is no process {key}", key=key)
    raise _not_in_force(key, day)


def version_for_cases(key: str, day: date) -> tuple[int, int, str]:
    """(primary key, number, SHA-256 of the file) of ``version_current``: what the start of every case asks
    by. The statement is built once, from the same query."""
    statement, places = _asked(connection.vendor)
    given: dict[Any, Any] = {"key": key, "day": connection.ops.adapt_datefield_value(day)}
    with connection.cursor() as cursor:
        cursor.execute(statement, [given.get(place, place) for place in places])
        row: tuple[int, int, str] | None = cursor.fetchone()
    if row is not None:
        return row
    found = version_current(key, day)
    return found.pk, found.number, found.sha256


@cache
def _asked(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The statement of ``version_for_cases`` with its parameters; "key" and "day" stand for the values."""
    day = date(1999, 12, 31)
    rows = ranked(ProcessVersion.objects.filter(process__key="key"), day)
    statement, values = rows.values_list("pk", "number", "sha256")[:1].query.sql_with_params()
    told = (day, connection.ops.adapt_datefield_value(day))
    return statement, tuple("day" if value in told else value for value in values)


def version_in_force(process: ProcessInfo, day: date) -> ProcessVersion:
    """The version of a process that applies on ``day``. Raises NotInForce."""
    found = in_force(_own(process), day)
    if found is None:
        raise _not_in_force(process.key, day)
    return found


def processes_visible(scope: Scope) -> QuerySet[Process]:
    """Published processes are open to all who may open the pages; what was never published only to its
    scope."""
    found = Process.objects.select_related("body").order_by("key")
    return visible(found, ProcessVersion.objects.all(), "process", scope)


def process_find(scope: Scope, key: str) -> Process | None:
    """The process of that key, None where there is none to see."""
    return processes_visible(scope).filter(key=key).first()


def versions(process: ProcessInfo, scope: Scope) -> list[ProcessVersion]:
    """The versions that one may see, newest first, without their files."""
    found = _own(process).order_by("-number").defer("bpmn")
    found = found.select_related("author", "published_by", "withdrawn_by")
    return list(found if covers(scope, process) else applied(found))


def version_find(process: ProcessInfo, scope: Scope, number: int) -> ProcessVersion | None:
    """The version of that number with its file."""
    found = _own(process).select_related("author", "published_by").filter(number=number).first()
    if found is not None and found.state not in APPLIED and not covers(scope, process):
        return None
    return found


def version_known(pk: int) -> ProcessVersion:
    """A version that a running case holds, with its process and without its file. Raises NotFound."""
    found = ProcessVersion.objects.select_related("process").defer("bpmn").filter(pk=pk).first()
    if found is None:
        raise NotFound("there is no process version {version}", version=pk)
    return found


def draft_of(process: ProcessInfo) -> ProcessVersion | None:
    """The one draft, with its file."""
    return _own(process).select_related("author").filter(state=State.DRAFT).first()


def overview(scope: Scope, today: date) -> list[ProcessOverview]:
    """All visible processes with what is in force, what comes next and what is being written; two queries."""
    processes = list(processes_visible(scope))
    by_process: dict[int, list[ProcessVersion]] = {p.pk: [] for p in processes}
    rows = ProcessVersion.objects.filter(process__in=by_process).defer("bpmn").order_by("number")
    for version in rows:
        by_process[version.process_id].append(version)
    found = []
    for process in processes:
        own = standing(by_process[process.pk], today, drafts=covers(scope, process))
        found.append(ProcessOverview(process, own.present, own.following, own.draft, own.versions))
    return found


def diff(before: ProcessVersionInfo, after: ProcessVersionInfo) -> Diff:
    """What changed from one version to another, element by element."""
    return compare(model_of(before.bpmn), model_of(after.bpmn))


def _own(process: ProcessInfo) -> QuerySet[ProcessVersion]:
    return ProcessVersion.objects.filter(process=process.pk)


def _not_in_force(key: str, day: date) -> NotInForce:
    return NotInForce("no version of {name} is in force on {day}", name=key, day=day.isoformat())
