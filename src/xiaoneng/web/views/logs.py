"""Logs: bring one, confirm its columns, watch the import, explore what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiaoneng.apps.eventlog import selectors, services
from xiaoneng.apps.eventlog.contracts import LogInfo, State
from xiaoneng.apps.organisations.selectors import body_of, scope_of
from xiaoneng.core.errors import BadInput
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, stored_error_text, words
from xiaoneng.web.tables import PAGE_SIZE, Cell, Column, asked, paged
from xiaoneng.web.views import log_download, log_report

STATES = {
    State.GUESSING: (gettext_lazy("reading the columns"), "grey"),
    State.WAITING: (gettext_lazy("waiting for you"), "yellow"),
    State.IMPORTING: (gettext_lazy("importing"), "grey"),
    State.READY: (gettext_lazy("ready"), "green"),
    State.FAILED: (gettext_lazy("failed"), "red"),
}
COLUMNS = (
    Column("name", gettext_lazy("Log")),
    Column("state", gettext_lazy("State"), sortable=False),
    Column("cases", gettext_lazy("Cases"), numeric=True, sortable=False),
    Column("events", gettext_lazy("Events"), numeric=True, sortable=False),
    Column("body", gettext_lazy("Body"), sortable=False),
    Column("by", gettext_lazy("Uploaded by"), sortable=False),
    Column("at", gettext_lazy("Uploaded")),
)
SORTS = {"name": "name", "at": "created_at"}
# the roles that can be confirmed, with what they mean; the first three are needed
ROLES = {
    "case": (gettext_lazy("Case number"), gettext_lazy("which case the row belongs to")),
    "activity": (gettext_lazy("Step"), gettext_lazy("what was done")),
    "time": (gettext_lazy("Time"), gettext_lazy("when it was done, or when it began")),
    "end": (gettext_lazy("End"), gettext_lazy("when the step ended, if the row has both")),
    "resource": (gettext_lazy("Person"), gettext_lazy("who did it")),
    "role": (gettext_lazy("Post"), gettext_lazy("in which capacity")),
    "body": (gettext_lazy("Body"), gettext_lazy("which office did it")),
    "lifecycle": (gettext_lazy("Phase"), gettext_lazy("started, completed, …")),
    "deadline": (gettext_lazy("Deadline"), gettext_lazy("when the case is due")),
    "planned": (gettext_lazy("Planned end"), gettext_lazy("when the case was to end")),
    "started": (gettext_lazy("Accepted on"), gettext_lazy("when the case began, if not with its first row")),
    "finished": (gettext_lazy("Finished on"), gettext_lazy("when the case ended; empty means open")),
    "item": (gettext_lazy("Item"), gettext_lazy("which service the case is about")),
    "item_body": (gettext_lazy("Body of the item"), gettext_lazy("who answers for the case")),
    "status": (gettext_lazy("Status"), gettext_lazy("state or result of the case")),
}
NEEDED = ("case", "activity", "time")


def overview(request: HttpRequest) -> HttpResponse:
    """The logs that one may see."""
    user = user_of(request)
    state = asked(request, "logs")
    visible = selectors.logs_visible(scope_of(user))
    total = visible.count()
    found = visible.filter(name__icontains=state.query) if state.query else visible
    if state.sort in SORTS:
        found = found.order_by(f"{'-' if state.descending else ''}{SORTS[state.sort]}", "id")
    matching = found.count() if state.query else total
    page = min(state.page, max(1, -(-matching // PAGE_SIZE)))
    logs = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    table = paged(
        request,
        "logs",
        _("Case logs"),
        COLUMNS,
        [_row(log) for log in logs],
        total=total,
        matching=matching,
        page=page,
    )
    context = {"table": table, "total": total, "may_manage": user.may("logs.manage")}
    return render(request, "web/pages/logs.html", context)


def upload(request: HttpRequest) -> HttpResponse:
    """The form for a new log, and what it sends."""
    user, problem = user_of(request), ""
    file = request.FILES.get("file")
    if request.method == "POST" and file is not None:
        try:
            log = services.log_upload(
                name=request.POST.get("name", "")[:160],
                filename=(file.name or "log")[-255:],
                chunks=file.chunks(),
                user=user,
                body=body.id if (body := body_of(user)) else None,
                actor=actor_of(request),
                at=timezone.now(),
            )
            return _go(request, reverse("log", args=[log.pk]))
        except BadInput as error:
            problem = error_text(error)
    elif request.method == "POST":
        problem = _("Choose a file first.")
    context = {"problem": problem, "name": request.POST.get("name", ""), "limit": settings.UPLOAD_BYTES}
    return render(request, "web/pages/log_upload.html", context, status=400 if problem else 200)


def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A log in whatever state it is: progress, confirmation, failure or report."""
    log = _log(request, pk)
    if log.state == State.READY:
        return log_report.report(request, log, _frame(request, log))
    if log.state == State.WAITING:
        return _confirmation(request, log)
    if log.state == State.FAILED:
        context = _frame(request, log) | {"problem": stored_error_text(log.error or {"message": "?"})}
        return render(request, "web/pages/log_failed.html", context)
    return render(request, "web/pages/log_working.html", _frame(request, log))


def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the working page asks for every second; tells it to load anew when the state changed."""
    log = _log(request, pk)
    response = render(request, "web/parts/log_progress.html", {"log": log, "doing": _doing(log)})
    if log.state not in (State.GUESSING, State.IMPORTING):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Accept the columns; they must exist and the needed ones must be chosen."""
    log = _log(request, pk)
    columns = set((log.guess or {}).get("columns", []))
    mapping = {role: value for role in ROLES if (value := request.POST.get(role, "")) in columns}
    missing = [role for role in NEEDED if role not in mapping] if columns else []
    if missing:
        names = words().join([str(ROLES[role][0]) for role in missing])
        return _confirmation(request, log, mapping, _("Choose the column for: %(names)s.") % {"names": names})
    services.log_confirm(log=log, mapping=mapping, actor=actor_of(request), at=timezone.now())
    return redirect("log", pk)


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop the import."""
    services.log_cancel(log=_log(request, pk), actor=actor_of(request), at=timezone.now())
    messages.success(request, _("The import was stopped; nothing of it remains."))
    return redirect("log", pk)


@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Look at the file again."""
    services.log_retry(log=_log(request, pk), actor=actor_of(request), at=timezone.now())
    return redirect("log", pk)


@require_POST
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct the columns."""
    services.log_reopen(log=_log(request, pk), actor=actor_of(request), at=timezone.now())
    return redirect("log", pk)


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Delete the log with its files."""
    log = _log(request, pk)
    services.log_delete(log=log, actor=actor_of(request), at=timezone.now())
    messages.success(request, _("“%(name)s” was deleted.") % {"name": log.name})
    return redirect("logs")


def cases(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The cases of a log, narrowed."""
    log = _ready(request, pk)
    return log_report.cases(request, log, _frame(request, log))


def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One case's timeline."""
    log = _ready(request, pk)
    return log_report.case(request, log, _frame(request, log))


def download(request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
    """The report as a file, or the log in another format."""
    return log_download.download(request, _ready(request, pk), kind)


def _log(request: HttpRequest, pk: UUID) -> LogInfo:
    """The log, if this user may see it; whoever may not learns nothing about it."""
    log = selectors.logs_visible(scope_of(user_of(request))).filter(pk=pk).first()
    if log is None:
        raise Http404
    return log


def _ready(request: HttpRequest, pk: UUID) -> LogInfo:
    log = _log(request, pk)
    if log.state != State.READY:
        raise Http404
    return log


def _frame(request: HttpRequest, log: LogInfo) -> dict[str, Any]:
    title, colour = STATES[State(log.state)]
    return {
        "log": log,
        "state_title": title,
        "state_light": colour,
        "may_manage": user_of(request).may("logs.manage"),
        "doing": _doing(log),
        "downloads": log_download.KINDS.items(),
    }


def _doing(log: LogInfo) -> str:
    """What is being done to the log, in the reader's language."""
    if log.state == State.GUESSING:
        return _("Reading the columns")
    return words().t(log.progress_text) if log.progress_text else _("Waiting for a free worker")


def _row(log: LogInfo) -> list[Cell]:
    title, colour = STATES[State(log.state)]
    counts, say = log.counts or {}, words()
    return [
        Cell(log.name, href=reverse("log", args=[log.pk])),
        Cell(title, light=colour),
        Cell(say.number(counts.get("cases")), counts.get("cases")),
        Cell(say.number(counts.get("events")), counts.get("events")),
        Cell(log.body.name if log.body else "–"),
        Cell(log.uploaded_by.name),
        Cell(localtime(log.created_at).strftime("%Y-%m-%d %H:%M")),
    ]


def _confirmation(
    request: HttpRequest, log: LogInfo, chosen: dict[str, str] | None = None, problem: str = ""
) -> HttpResponse:
    guess = log.guess or {"columns": [], "sample": [], "mapping": {}, "reasons": {}}
    mapping = chosen if chosen is not None else log.mapping or guess["mapping"]
    say = words()
    fields = []
    for role, (title, meaning) in ROLES.items():
        reason = guess["reasons"].get(role)
        taken = mapping.get(role, "")
        said = (
            say.t(reason["template"], **reason["params"])
            if reason and taken == guess["mapping"].get(role)
            else ""
        )
        fields.append(
            {
                "role": role,
                "title": title,
                "meaning": meaning,
                "chosen": taken,
                "needed": role in NEEDED,
                "reason": said,
            }
        )
    context = _frame(request, log) | {"guess": guess, "fields": fields, "problem": problem}
    return render(request, "web/pages/log_confirm.html", context, status=400 if problem else 200)


def _go(request: HttpRequest, target: str) -> HttpResponse:
    """A redirect that the upload, which runs by htmx for its progress bar, follows too."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200, headers={"HX-Redirect": target})
    return redirect(target)
