"""The editor of a draft: the drawing tool's file is checked while it is drawn, and saved byte for byte."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiaoneng.apps.accounts.roles import roles
from xiaoneng.apps.processes.contracts import ProcessVersionInfo
from xiaoneng.apps.processes.diagrams.checking import findings
from xiaoneng.apps.processes.selectors import decisions
from xiaoneng.apps.processes.selectors import processes as selectors
from xiaoneng.apps.processes.services import processes as services
from xiaoneng.core.errors import XiaonengError
from xiaoneng.core.eventlog.vocabulary import EVENT_TYPES
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, role_name
from xiaoneng.web.views.processes_common import Here, frame, here, must_cover, picture
from xiaoneng.web.views.processes_words import UNITS, finding_rows
from xiaoneng.web.views.versions import number, uploaded


def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The editor; a POST saves the file that the drawing tool wrote and answers with the checks."""
    place = here(request, key)
    must_cover(place)
    version = _draft(place)
    if request.method == "POST":
        return _save(request, place)
    context = frame(request, place, version, "edit") | {
        "picture": picture(place, version),
        "findings": finding_rows(findings(version.bpmn)),
        "roles": [(name, role_name(name)) for name in roles()],
        "decisions": decisions.decisions_visible(place.scope).values_list("key", "name_zh"),
        "events": [(one.name, one.activity) for one in EVENT_TYPES],
        "units": UNITS.items(),
        "save_href": reverse("process-edit", args=[key]),
        "checks_href": reverse("process-checks", args=[key]),
    }
    return render(request, "web/processes/edit.html", context)


def _save(request: HttpRequest, place: Here) -> HttpResponse:
    try:
        version = services.draft_save(
            process=place.process,
            revision=number(request, "revision"),
            bpmn=uploaded(request),
            note=request.POST.get("note", ""),
            user=user_of(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
    except XiaonengError as error:
        return _checked(
            request, problem=error_text(error), status=409 if error.code == "wrong_state" else 400
        )
    return _checked(request, bpmn=version.bpmn, revision=version.revision)


@require_POST
def checks(request: HttpRequest, key: str) -> HttpResponse:
    """What the checks say of the file as it is drawn now; nothing is saved."""
    must_cover(here(request, key))
    try:
        return _checked(request, bpmn=uploaded(request))
    except XiaonengError as error:
        return _checked(request, problem=error_text(error), status=400)


def _checked(
    request: HttpRequest,
    *,
    bpmn: bytes | None = None,
    revision: int = 0,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The list of findings; what the script needs besides is in a header."""
    found = [] if bpmn is None else finding_rows(findings(bpmn))
    context = {"findings": found, "problem": problem}
    response = render(request, "web/processes/checks.html", context, status=status)
    response["X-Xn-Checked"] = json.dumps({"revision": revision, "problem": bool(problem)})
    return response


@require_POST
def import_file(request: HttpRequest, key: str) -> HttpResponse:
    """Replace the draft by a BPMN file."""
    place = here(request, key)
    must_cover(place)
    services.draft_import(
        process=place.process,
        revision=number(request, "revision"),
        bpmn=uploaded(request),
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("The file was taken over into the draft."))
    return redirect("process-edit", key)


def _draft(place: Here) -> ProcessVersionInfo:
    version = selectors.draft_of(place.process)
    if version is None:
        raise Http404
    return version
