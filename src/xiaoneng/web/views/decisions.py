"""Decisions: the list, one decision with its rules and versions, files in and out, a new one, a draft."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.organisations.selectors import body_of, scope_of
from xiaoneng.apps.processes.contracts import Overview, State, VersionInfo
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.selectors import usage
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables import checking
from xiaoneng.apps.processes.tables.document import grid_of, new_document, tables_of
from xiaoneng.apps.processes.tables.grid import Grid
from xiaoneng.core.errors import BadInput
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.exports import XLSX, download, harmless
from xiaoneng.web.language import error_text, language, words
from xiaoneng.web.tables import Cell, Column, table
from xiaoneng.web.views.decisions_common import (
    Here,
    chosen,
    finding_row,
    frame,
    here,
    name_of,
    shown_grid,
)
from xiaoneng.web.views.versions import history, number, uploaded

COLUMNS = (
    Column("name", gettext_lazy("Decision")),
    Column("state", gettext_lazy("State")),
    Column("present", gettext_lazy("In force")),
    Column("next", gettext_lazy("Next version")),
    Column("draft", gettext_lazy("Draft")),
    Column("tests", gettext_lazy("Test cases")),
    Column("body", gettext_lazy("Body")),
)
FILE_KINDS = ("dmn", "xlsx", "csv")


def overview(request: HttpRequest) -> HttpResponse:
    """Every decision that one may see."""
    user = user_of(request)
    found = selectors.overview(scope_of(user), localdate())
    rows = [_row(one) for one in found]
    context = {
        "table": table(request, "decisions", _("Decisions"), COLUMNS, rows),
        "total": len(found),
        "may_edit": user.may("decisions.edit"),
    }
    return render(request, "web/decisions/list.html", context)


def _row(one: Overview) -> list[Cell]:
    say = words()
    shown = one.present or one.following or one.draft
    if one.present is not None:
        state = Cell(_("in force"), light="green")
    elif one.following is not None:
        state = Cell(_("to come"), light="yellow")
    elif one.draft is not None:
        state = Cell(_("draft"), light="grey")
    else:
        state = Cell(_("no longer in force"), light="none")
    status = (one.draft or shown).status if (one.draft or shown) is not None else {}  # type: ignore[union-attr]  # just tested
    tests, failed, errors = status.get("tests", 0), status.get("failed", 0), status.get("errors", 0)
    if errors:
        test = Cell(_("%(n)s errors") % {"n": errors}, light="red")
    elif failed:
        test = Cell(_("%(failed)s of %(all)s fail") % {"failed": failed, "all": tests}, light="red")
    elif tests:
        test = Cell(_("%(all)s pass") % {"all": tests}, light="green")
    else:
        test = Cell(_("none"), light="none")
    address = reverse("decision", args=[one.decision.key])
    return [
        Cell(name_of(one.decision), href=address),
        state,
        Cell(
            _("version %(n)s") % {"n": one.present.number},
            one.present.number,
            note=_("since %(day)s") % {"day": say.date(one.present.valid_from)},
        )
        if one.present is not None
        else Cell("–"),
        Cell(
            _("version %(n)s") % {"n": one.following.number},
            one.following.number,
            note=_("from %(day)s") % {"day": say.date(one.following.valid_from)},
        )
        if one.following is not None
        else Cell("–"),
        Cell(
            _("version %(n)s") % {"n": one.draft.number},
            one.draft.number,
            href=f"{address}?version={one.draft.number}",
        )
        if one.draft is not None
        else Cell("–"),
        test,
        Cell(one.decision.body.name if one.decision.body else "–"),
    ]


def show(request: HttpRequest, key: str) -> HttpResponse:
    """One decision: its rules as a table, what the checks say, when which version applies."""
    place = here(request, key)
    version = chosen(request, place)
    context = frame(request, place, version, "rules") | {
        "grids": [shown_grid(version.dmn, name) for name in tables_of(version.dmn)],
        "findings": [finding_row(f) for f in checking.findings(version.dmn)],
        "uses": _uses(request, place),
        "withdrawable": version.state == State.PUBLISHED,
        "today": place.today.isoformat(),
    }
    context |= history(place)
    return render(request, "web/decisions/show.html", context)


def _uses(request: HttpRequest, place: Here) -> list[dict[str, Any]]:
    """The steps of published processes that ask for the decision."""
    english, links = language() == "en", user_of(request).may("processes.view")
    return [
        {
            "process": use.process.name_en or use.process.name_zh if english else use.process.name_zh,
            "href": reverse("process", args=[use.process.key]) if links else "",
            "version": use.version.number,
            "step": use.step.en or use.step.name if english else use.step.name,
            "now": use.now,
            "day": "" if use.now else words().date(use.version.valid_from),
        }
        for use in usage.used_by(place.decision, place.scope, place.today)
    ]


def export(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The version as a DMN file, byte for byte, or its tables for a spreadsheet."""
    place = here(request, key)
    version = chosen(request, place)
    name = f"{key}-v{version.number}"
    if kind == "dmn":
        response = HttpResponse(version.dmn, content_type="application/xml")
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.dmn")
    elif kind == "xlsx":
        response = HttpResponse(_workbook(version), content_type=XLSX)
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    else:
        grid = (
            grid_of(version.dmn, version.main)
            if version.main in tables_of(version.dmn)
            else grid_of(version.dmn, tables_of(version.dmn)[0])
        )
        heads = [Column(str(i), title) for i, title in enumerate(_heads(grid))]
        response = download(
            kind, name, heads, [[Cell(t) for t in (*r.inputs, *r.outputs, *r.notes)] for r in grid.rules]
        )
    audit.record(
        actor=actor_of(request),
        action="export",
        at=timezone.now(),
        object_type="decision",
        object_id=key,
        reason=f"v{version.number} {kind}",
    )
    return response


def _heads(grid: Grid) -> list[str]:
    return [*(c.title for c in grid.inputs), *(c.title for c in grid.outputs), *grid.notes]


def _workbook(version: VersionInfo) -> bytes:
    """One sheet per table; cells stay text, a formula is never made of them."""
    workbook = Workbook()
    if workbook.active is not None:
        workbook.remove(workbook.active)
    for place, name in enumerate(tables_of(version.dmn), 1):
        grid = grid_of(version.dmn, name)
        title = "".join(c for c in name if c not in "[]:*?/\\'")[:25] or "table"
        sheet = workbook.create_sheet(f"{place} {title}")
        rows: list[list[str | int]] = [["#", *_heads(grid)]]
        rows += [[n, *r.inputs, *r.outputs, *r.notes] for n, r in enumerate(grid.rules, 1)]
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row, 1):
                cell = sheet.cell(y, x, value if isinstance(value, int) else None)
                if isinstance(value, str):
                    cell.value = harmless(value) if y == 1 else value
                    cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if y == 1:
                    cell.font = Font(bold=True)
        for x in range(2, len(rows[0]) + 1):
            sheet.column_dimensions[sheet.cell(1, x).column_letter].width = 22
        sheet.freeze_panes = "B2"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def new(request: HttpRequest) -> HttpResponse:
    """A new decision, from nothing or from a DMN file."""
    user, problem = user_of(request), ""
    values = {
        n: request.POST.get(n, "").strip()
        for n in ("key", "name_zh", "name_en", "about_zh", "basis", "result", "inputs")
    }
    if request.method == "POST":
        try:
            if "file" in request.FILES:
                dmn = uploaded(request)
            else:
                names = [
                    n.strip()
                    for n in values["inputs"].replace("，", ",").replace("、", ",").split(",")
                    if n.strip()
                ]
                dmn = new_document(
                    values["name_zh"],
                    result=values["result"] or _("result"),
                    inputs=[(n, "string") for n in names],
                    key=values["key"],
                )
            body = body_of(user)
            services.decision_create(
                key=values["key"],
                name_zh=values["name_zh"][:120],
                name_en=values["name_en"][:160],
                about_zh=values["about_zh"][:2000],
                basis=values["basis"][:2000],
                dmn=dmn,
                user=user,
                body=body.id if body else None,
                actor=actor_of(request),
                at=timezone.now(),
            )
            return redirect("decision-edit", values["key"])
        except BadInput as error:
            problem = error_text(error)
    context = {"problem": problem, "values": values}
    return render(request, "web/decisions/new.html", context, status=400 if problem else 200)


@require_POST
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """Open the next version as a draft of the chosen one."""
    place = here(request, key)
    must_cover(place)
    services.draft_open(
        decision=place.decision,
        base=chosen(request, place),
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    return redirect("decision-edit", key)


@require_POST
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw the draft away."""
    place = here(request, key)
    must_cover(place)
    services.draft_discard(
        decision=place.decision,
        revision=number(request, "revision"),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("The draft was discarded."))
    return redirect("decision", key) if len(place.versions) > 1 else redirect("decisions")


def must_cover(place: Here) -> None:
    """Only who answers for the decision may change it. Raises Http404."""
    if not place.covers:
        raise Http404
