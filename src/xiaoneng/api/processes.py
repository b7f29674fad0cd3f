"""Processes by API: which there are, the files of their versions, the check of a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timezone import localdate
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from ninja.security import django_auth

from xiaoneng.api.errors import Error, lang
from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import ProcessInfo, ProcessVersionInfo
from xiaoneng.apps.processes.diagrams.checking import FILE_BYTES, findings, verdict
from xiaoneng.apps.processes.selectors import processes as selectors
from xiaoneng.core.decisions import phrase
from xiaoneng.core.errors import BadInput
from xiaoneng.presentation.i18n import translator

router = Router()


class ProcessVersionOut(Schema):
    """A version: its number and state, the days for which it was published, the SHA-256 of its BPMN file, and
    how many steps it has."""

    number: int
    state: str
    valid_from: date | None
    valid_to: date | None
    sha256: str
    steps: int
    note: str


class ProcessOut(Schema):
    """A process, the version that new cases take today and the next one."""

    key: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    body: str | None
    in_force: ProcessVersionOut | None
    next: ProcessVersionOut | None


class ProcessDetailOut(Schema):
    """A process with the versions that one may see, newest first."""

    key: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    body: str | None
    versions: list[ProcessVersionOut]


class FindingOut(Schema):
    """What the check found. ``error`` keeps the model from publication; ``path`` are ids of elements along
    which a case runs into it."""

    severity: str
    kind: str
    element: str
    line: int | None
    message: str
    path: list[str]


class CheckOut(Schema):
    """``sound`` is control flow alone; ``publishable`` adds bodies, limits, conditions."""

    sound: bool
    publishable: bool
    problems: list[FindingOut]


@router.get("", response=list[ProcessOut], url_name="processes", summary="All processes that one may see")
def process_list(request: HttpRequest) -> Any:
    """With the version in force today and the next one; by key."""
    return [
        _process(one.process) | {"in_force": _version(one.present), "next": _version(one.following)}
        for one in selectors.overview(_scope(request), localdate())
    ]


@router.post(
    "/check",
    response={200: CheckOut, 400: Error, 401: Error, 403: Error, 422: Error},
    auth=django_auth,
    url_name="process-check",
    summary="Check a BPMN file",
)
def process_check(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Nothing is stored. Needs the header ``X-CSRFToken`` with the value of the cookie ``xn_csrf``; the file
    is sent as multipart field ``file``. A file that cannot be read is an error with its line."""
    if file.size is None or file.size > FILE_BYTES:
        raise BadInput(
            "{name} is too large", name=file.name, expected="at most {limit} bytes", limit=FILE_BYTES
        )
    bpmn: bytes = file.read()
    t = translator(lang(), "core/process")
    sound, publishable = verdict(bpmn)
    return {
        "sound": sound,
        "publishable": publishable,
        "problems": [
            {
                "severity": one.severity,
                "kind": one.kind,
                "element": one.element,
                "line": one.line or None,
                "message": phrase(one.message, one.params, t),
                "path": list(one.path),
            }
            for one in findings(bpmn)
        ],
    }


@router.get(
    "/{str:key}",
    response={200: ProcessDetailOut, 404: Error},
    url_name="process",
    summary="One process and its versions",
)
def process_detail(request: HttpRequest, key: str) -> Any:
    """Drafts are listed for those whose scope covers the body that answers for the process."""
    scope = _scope(request)
    process = selectors.process_find(scope, key)
    if process is None:
        raise Http404
    return _process(process) | {"versions": [_version(v) for v in selectors.versions(process, scope)]}


@router.get(
    "/{str:key}/versions/{int:number}/bpmn",
    url_name="process-bpmn",
    summary="The BPMN file of a version, byte for byte",
)
def process_bpmn(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """As it was drawn or imported; recorded as an export."""
    scope = _scope(request)
    process = selectors.process_find(scope, key)
    version = selectors.version_find(process, scope, number) if process is not None else None
    if version is None:
        raise Http404
    actor = request.META["xiaoneng.actor"]
    assert isinstance(actor, Actor), "the access middleware puts it there"
    audit.record(
        actor=actor,
        action="export",
        at=timezone.now(),
        object_type="process",
        object_id=key,
        reason=f"v{number} bpmn api",
    )
    return HttpResponse(version.bpmn, content_type="application/xml")


def _process(process: ProcessInfo) -> dict[str, Any]:
    return {
        "key": process.key,
        "name_zh": process.name_zh,
        "name_en": process.name_en,
        "about_zh": process.about_zh,
        "about_en": process.about_en,
        "body": process.body.name if process.body else None,
    }


def _version(version: ProcessVersionInfo | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "number": version.number,
        "state": version.state,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "sha256": version.sha256,
        "steps": version.status.get("steps", 0),
        "note": version.note,
    }


def _scope(request: HttpRequest) -> Scope:
    user = person_of(request.user)
    assert user is not None, "the access middleware lets nobody else in"
    return scope_of(user)
