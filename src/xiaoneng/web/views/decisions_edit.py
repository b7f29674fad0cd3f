"""The editor of a draft: the grid, each cell checked while it is typed, then the whole."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiaoneng.apps.processes.contracts import VersionInfo
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables import checking
from xiaoneng.apps.processes.tables.document import grid_of, tables_of, type_names, with_grid
from xiaoneng.apps.processes.tables.grid import Grid, from_data, to_data
from xiaoneng.core.errors import BadInput, NotFound, XiaonengError
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text
from xiaoneng.web.views.decisions import must_cover
from xiaoneng.web.views.decisions_common import (
    AGGREGATIONS,
    POLICIES,
    TYPES,
    Here,
    finding_row,
    frame,
    here,
)
from xiaoneng.web.views.decisions_try import test_rows
from xiaoneng.web.views.versions import number, uploaded

PARTS = ("input", "output", "expression", "values", "result-values", "default")


def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The editor; a POST saves the draft and answers with the checks and test cases of what was saved."""
    place = here(request, key)
    must_cover(place)
    version = _draft(place)
    if request.method == "POST":
        return _save(request, place, version)
    name = _table(request, version)
    grid = grid_of(version.dmn, name)
    context = (
        frame(request, place, version, "edit")
        | _panels(request, version)
        | {
            "grid_json": json.dumps(to_data(grid), ensure_ascii=False),
            "table_name": name,
            "tables": tables_of(version.dmn),
            "types": [*TYPES.items(), *((n, n) for n in type_names(version.dmn))],
            "policies": [(p, f"{title}: {text}") for p, (title, text) in POLICIES.items()],
            "aggregations": list(AGGREGATIONS.items()),
            "words": json.dumps(_words(), ensure_ascii=False),
            "cell_href": reverse("decision-cell", args=[key]),
            "checks_href": reverse("decision-checks", args=[key]),
        }
    )
    return render(request, "web/decisions/edit.html", context)


def _save(request: HttpRequest, place: Here, version: VersionInfo) -> HttpResponse:
    problem = ""
    try:
        version = services.draft_save(
            decision=place.decision,
            revision=number(request, "revision"),
            grid=_sent(request),
            note=request.POST.get("note", ""),
            user=user_of(request),
            actor=actor_of(request),
            at=timezone.now(),
        )
    except XiaonengError as error:
        if not request.headers.get("HX-Request"):
            raise
        problem = error_text(error)
    if not request.headers.get("HX-Request"):
        messages.success(request, _("The draft was saved."))
        return redirect("decision-edit", place.decision.key)
    context = frame(request, place, version, "edit") | _panels(request, version)
    context |= {"problem": problem, "saved": not problem, "fresh": True}
    return render(request, "web/decisions/panels.html", context)


@require_POST
def cell(request: HttpRequest, key: str) -> HttpResponse:
    """What is wrong with one cell, as it stands now; nothing is saved."""
    place = here(request, key)
    must_cover(place)
    part = request.POST.get("part", "")
    found: list[dict[str, Any]] = []
    try:
        grid, column = _sent(request), number(request, "column")
        columns = grid.outputs if part in ("output", "result-values", "default") else grid.inputs
        if part not in PARTS or not 0 <= column < len(columns):
            raise Http404
        text = request.POST.get("text", "")[:4000]
        found = [finding_row(f) for f in checking.cell_findings(_draft(place).dmn, grid, part, column, text)]  # type: ignore[arg-type]  # one of PARTS
    except (BadInput, NotFound) as error:
        found = [{"light": "red", "text": error_text(error), "severity": "error", "at": None}]
    return render(request, "web/decisions/cell.html", {"findings": found[:3]})


@require_POST
def checks(request: HttpRequest, key: str) -> HttpResponse:
    """The checks of the table as the editor has it now; nothing is saved."""
    place = here(request, key)
    must_cover(place)
    try:
        found = [finding_row(f) for f in checking.findings(with_grid(_draft(place).dmn, _sent(request)))]
        context: dict[str, Any] = {"findings": found, "problem": ""}
    except (BadInput, NotFound) as error:
        context = {"findings": [], "problem": error_text(error)}
    return render(request, "web/decisions/checks.html", context | {"unsaved": True})


@require_POST
def import_file(request: HttpRequest, key: str) -> HttpResponse:
    """Replace the draft by a DMN file."""
    place = here(request, key)
    must_cover(place)
    services.draft_import(
        decision=place.decision,
        revision=number(request, "revision"),
        dmn=uploaded(request),
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("The file was taken over into the draft."))
    return redirect("decision-edit", key)


def _draft(place: Here) -> VersionInfo:
    version = selectors.draft_of(place.decision)
    if version is None:
        raise Http404
    return version


def _table(request: HttpRequest, version: VersionInfo) -> str:
    names = tables_of(version.dmn)
    asked = request.GET.get("table", "")
    if not names:
        raise NotFound("the model has no table called {name}", name=version.main)
    return asked if asked in names else version.main if version.main in names else names[0]


def _sent(request: HttpRequest) -> Grid:
    try:
        data = json.loads(request.POST.get("grid", ""))
    except (ValueError, RecursionError):
        raise BadInput("the table was sent incomplete") from None
    return from_data(data)


def _panels(request: HttpRequest, version: VersionInfo) -> dict[str, Any]:
    return {
        "findings": [finding_row(f) for f in checking.findings(version.dmn)],
        "tests": test_rows(version, timezone.now()),
        "version": version,
        "unsaved": False,
    }


def _words() -> dict[str, str]:
    """What the script of the editor says."""
    return {
        "rule": _("Rule"),
        "conditions": _("Conditions"),
        "results": _("Results"),
        "remarks": _("Remarks"),
        "any": _("any"),
        "add": _("Add a rule below"),
        "copy": _("Duplicate"),
        "up": _("Move up"),
        "down": _("Move down"),
        "remove": _("Delete"),
        "column": _("Set up the column"),
        "new_input": _("new condition"),
        "new_output": _("new result"),
        "new_note": _("new remark"),
        "unsaved": _("Not saved yet"),
        "saved": _("Saved"),
        "undone": _("Undone"),
        "pasted": _("{n} cells pasted"),
        "removed": _("Rule {n} deleted"),
        "left": _("There are changes that were not saved."),
        "last": _("A table keeps one column of results."),
    }
