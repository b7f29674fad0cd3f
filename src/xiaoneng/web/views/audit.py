"""The audit record, for administrators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.accounts import selectors as accounts
from xiaoneng.apps.audit import selectors
from xiaoneng.web.language import role_name
from xiaoneng.web.tables import PAGE_SIZE, Cell, Column, asked, paged

OUTCOMES = {
    "done": gettext_lazy("done"),
    "refused": gettext_lazy("refused"),
    "failed": gettext_lazy("failed"),
}
ACTIONS = {
    "sign-in": gettext_lazy("sign in"),
    "sign-out": gettext_lazy("sign out"),
    "access": gettext_lazy("open a page"),
    "password-change": gettext_lazy("change the password"),
    "logs.upload": gettext_lazy("upload a log"),
    "logs.import": gettext_lazy("import a log"),
    "logs.cancel": gettext_lazy("cancel an import"),
    "logs.retry": gettext_lazy("retry an import"),
    "logs.reopen": gettext_lazy("correct the columns"),
    "logs.delete": gettext_lazy("delete a log"),
    "export": gettext_lazy("download a table"),
}
LIGHTS = {"done": "green", "refused": "yellow", "failed": "red"}
COLUMNS = (
    Column("seq", gettext_lazy("No."), numeric=True, sortable=False),
    Column("at", gettext_lazy("Time"), sortable=False),
    Column("actor", gettext_lazy("Who"), sortable=False),
    Column("role", gettext_lazy("Role"), sortable=False),
    Column("action", gettext_lazy("Act"), sortable=False),
    Column("object", gettext_lazy("On what"), sortable=False),
    Column("outcome", gettext_lazy("Outcome"), sortable=False),
    Column("reason", gettext_lazy("Reason"), sortable=False),
)


def overview(request: HttpRequest) -> HttpResponse:
    """The lines, newest first, with filters; on request the proof of the whole chain."""
    action, outcome = request.GET.get("action", ""), request.GET.get("outcome", "")
    found = selectors.lines(action=action, outcome=outcome)
    total = found.count()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(asked(request, "audit").page, pages)
    lines = list(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    names = accounts.usernames({x.actor for x in lines if x.actor is not None})
    context: dict[str, Any] = {
        "table": paged(
            request,
            "audit",
            _("Audit record"),
            COLUMNS,
            [_row(x, names) for x in lines],
            total=total,
            matching=total,
            page=page,
            searchable=False,
        ),
        "actions": [(a, ACTIONS.get(a, a), a == action) for a in selectors.actions()],
        "outcomes": [(o, title, o == outcome) for o, title in OUTCOMES.items()],
        "check": selectors.verify() if request.GET.get("verify") else None,
    }
    return render(request, "web/pages/audit.html", context)


def _row(line: Any, names: dict[int, str]) -> list[Cell]:
    who = names.get(line.actor, f"#{line.actor}") if line.actor is not None else "–"
    return [
        Cell(line.seq, line.seq),
        Cell(localtime(line.at).strftime("%Y-%m-%d %H:%M:%S")),
        Cell(who),
        Cell(role_name(line.role) or "–"),
        Cell(ACTIONS.get(line.action, line.action)),
        Cell(f"{line.object_type} {line.object_id[:24]}".strip() or "–"),
        Cell(OUTCOMES[line.outcome], light=LIGHTS[line.outcome]),
        Cell(line.reason or "–"),
    ]
