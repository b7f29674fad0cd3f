"""Processes: the list, the page of one model, files in and out, a new one, a draft."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.engine import selectors as engine
from xiaoneng.apps.organisations.selectors import body_of, scope_of
from xiaoneng.apps.processes.contracts import ProcessOverview, ProcessVersionInfo, State
from xiaoneng.apps.processes.diagrams.blank import blank
from xiaoneng.apps.processes.diagrams.checking import findings, model_of
from xiaoneng.apps.processes.selectors import processes as selectors
from xiaoneng.apps.processes.services import processes as services
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import read_document
from xiaoneng.core.process.layout import has_diagram, with_diagram
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, words
from xiaoneng.web.tables import Cell, Column, table
from xiaoneng.web.views.processes_common import (
    chosen,
    frame,
    here,
    must_cover,
    name_of,
    picture,
)
from xiaoneng.web.views.processes_words import described, finding_rows
from xiaoneng.web.views.versions import history, number, uploaded

COLUMNS = (
    Column("name", gettext_lazy("Process")),
    Column("state", gettext_lazy("State")),
    Column("present", gettext_lazy("In force")),
    Column("next", gettext_lazy("Next version")),
    Column("draft", gettext_lazy("Draft")),
    Column("steps", gettext_lazy("Steps"), numeric=True),
    Column("running", gettext_lazy("Running cases"), numeric=True),
    Column("checks", gettext_lazy("What the checks say")),
    Column("body", gettext_lazy("Body")),
)
BPMN_TYPE = "application/xml"


def overview(request: HttpRequest) -> HttpResponse:
    """Every process that one may see."""
    user = user_of(request)
    scope = scope_of(user)
    found = selectors.overview(scope, localdate())
    # of the cases that one may see; ended ones are not in the index that this reads
    live = engine.instances_visible(scope).filter(ended_at__isnull=True)
    running = dict(live.order_by().values_list("version__process").annotate(n=Count("pk")))
    rows = [_row(one, running.get(one.process.pk, 0)) for one in found]
    context = {
        "table": table(request, "processes", _("Processes"), COLUMNS, rows),
        "total": len(found),
        "may_edit": user.may("processes.edit"),
    }
    return render(request, "web/processes/list.html", context)


def _row(one: ProcessOverview, running: int) -> list[Cell]:
    if one.present is not None:
        state = Cell(_("in force"), light="green")
    elif one.following is not None:
        state = Cell(_("to come"), light="yellow")
    elif one.draft is not None:
        state = Cell(_("draft"), light="grey")
    else:
        state = Cell(_("no longer in force"), light="none")
    shown = one.present or one.following or one.draft
    status = shown.status if shown is not None else {}
    newest = (one.draft or shown).status if (one.draft or shown) is not None else {}  # type: ignore[union-attr]  # just tested
    errors = newest.get("errors", 0)
    checks = (
        Cell(_("%(n)s errors") % {"n": errors}, errors, light="red")
        if errors
        else Cell(_("sound"), 0, light="green")
    )
    address = reverse("process", args=[one.process.key])
    return [
        Cell(name_of(one.process), href=address),
        state,
        _version(one.present, _("since %(day)s")),
        _version(one.following, _("from %(day)s")),
        _version(one.draft, "", f"{address}?version="),
        Cell(words().number(status["steps"]), status["steps"]) if "steps" in status else Cell("–"),
        Cell(words().number(running), running),
        checks if newest else Cell("–"),
        Cell(one.process.body.name if one.process.body else "–"),
    ]


def _version(version: ProcessVersionInfo | None, note: str, href: str = "") -> Cell:
    if version is None:
        return Cell("–")
    return Cell(
        _("version %(n)s") % {"n": version.number},
        version.number,
        href=f"{href}{version.number}" if href else "",
        note=note % {"day": words().date(version.valid_from)} if note else "",
    )


def show(request: HttpRequest, key: str) -> HttpResponse:
    """One process: its picture, the facts of its elements, the steps in words, what the checks say."""
    place = here(request, key)
    version = chosen(request, place)
    elements = described(model_of(version.bpmn), decisions=user_of(request).may("decisions.view"))
    context = frame(request, place, version, "model") | {
        "picture": picture(place, version),
        "elements": elements,
        "steps": sum(one.number > 0 for one in elements),
        "findings": finding_rows(findings(version.bpmn)),
        "withdrawable": version.state == State.PUBLISHED,
        "today": place.today.isoformat(),
    }
    context |= history(place)
    return render(request, "web/processes/show.html", context)


def diagram(request: HttpRequest, key: str) -> HttpResponse:
    """The version's file for the picture on the page; a picture is made for a file that has none."""
    version = chosen(request, here(request, key))
    return HttpResponse(drawn(version.bpmn), content_type=BPMN_TYPE)


def drawn(bpmn: bytes) -> bytes:
    """The file with a picture."""
    return bpmn if has_diagram(read_document(bpmn)) else with_diagram(bpmn)


def export(request: HttpRequest, key: str) -> HttpResponse:
    """The version as a BPMN file, byte for byte."""
    place = here(request, key)
    version = chosen(request, place)
    response = HttpResponse(version.bpmn, content_type=BPMN_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{key}-v{version.number}.bpmn")
    audit.record(
        actor=actor_of(request),
        action="export",
        at=timezone.now(),
        object_type="process",
        object_id=key,
        reason=f"v{version.number} bpmn",
    )
    return response


def new(request: HttpRequest) -> HttpResponse:
    """A new process, from nothing or from a BPMN file."""
    user, problem = user_of(request), ""
    values = {n: request.POST.get(n, "").strip() for n in ("key", "name_zh", "name_en", "about_zh")}
    if request.method == "POST":
        try:
            if request.FILES.get("file") is not None:
                bpmn = uploaded(request)
            else:
                bpmn = blank(
                    values["key"] or "process",
                    values["name_zh"],
                    start=_("Start"),
                    step=_("Handle the case"),
                    end=_("Done"),
                )
            body = body_of(user)
            services.process_create(
                key=values["key"],
                name_zh=values["name_zh"][:120],
                name_en=values["name_en"][:160],
                about_zh=values["about_zh"][:2000],
                bpmn=bpmn,
                user=user,
                body=body.id if body else None,
                actor=actor_of(request),
                at=timezone.now(),
            )
            return redirect("process-edit", values["key"])
        except BadInput as error:
            problem = error_text(error)
    context = {"problem": problem, "values": values}
    return render(request, "web/processes/new.html", context, status=400 if problem else 200)


@require_POST
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """Open the next version as a draft of the chosen one."""
    place = here(request, key)
    must_cover(place)
    services.draft_open(
        process=place.process,
        base=chosen(request, place),
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    return redirect("process-edit", key)


@require_POST
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw the draft away."""
    place = here(request, key)
    must_cover(place)
    services.draft_discard(
        process=place.process,
        revision=number(request, "revision"),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("The draft was discarded."))
    return redirect("process", key) if len(place.versions) > 1 else redirect("processes")
