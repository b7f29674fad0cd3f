"""Reads of processes: who may see which, which version applies on a day, the compiled model of a version."""

from __future__ import annotations

from datetime import date

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
    "version_in_force",
    "versions",
]


def compiled(version: int, sha256: str = "") -> Model:
    """The compiled model of a version (its primary key), kept by the hash of its file.

    Whoever knows the ``sha256`` of the version (the engine reads it with the instance) gives it and saves a
    query. At most 128 models are kept per process of the server. Raises NotFound.
    """
    row = ProcessVersion.objects.filter(pk=version)
    if not sha256:
        sha256 = row.values_list("sha256", flat=True).first() or ""

    def load() -> bytes:
        found = row.filter(sha256=sha256).only("bpmn").first()
        if found is None:
            raise NotFound("there is no process version {version}", version=version)
        return found.bpmn

    return model_by(sha256, load)


def version_current(key: str, day: date) -> ProcessVersion:
    """The version of the process ``key`` that new cases take on ``day``. Raises NotFound, NotInForce."""
    found = in_force(ProcessVersion.objects.filter(process__key=key), day)
    if found is not None:
        return found
    if not Process.objects.filter(key=key).exists():
        raise NotFound("there is no process {key}", key=key)
    raise _not_in_force(key, day)


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
