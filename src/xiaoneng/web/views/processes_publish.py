"""Comparing two versions of a process, putting one in force, withdrawing one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiaoneng.apps.processes.contracts import ProcessVersionInfo, State
from xiaoneng.apps.processes.diagrams.checking import findings, model_of
from xiaoneng.apps.processes.selectors import processes as selectors
from xiaoneng.apps.processes.services import processes as services
from xiaoneng.core.errors import BadInput
from xiaoneng.core.process import Model, Node
from xiaoneng.core.process.diff import Change, Diff, Word
from xiaoneng.presentation.i18n import Translate, translator
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, language, role_name, words
from xiaoneng.web.views.processes_common import Here, chosen, frame, here, must_cover, picture
from xiaoneng.web.views.processes_words import KINDS as ELEMENTS
from xiaoneng.web.views.processes_words import finding_rows, limit_text, title
from xiaoneng.web.views.versions import day, number

KINDS = {
    "added": (gettext_lazy("added"), "green", "+"),
    "removed": (gettext_lazy("removed"), "red", "−"),
    "changed": (gettext_lazy("changed"), "yellow", "≠"),
    "moved": (gettext_lazy("moved"), "grey", "↔"),
}
FIELDS = {
    "id": gettext_lazy("Identifier"),
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "interrupting": gettext_lazy("interrupts the step"),
    "lane": gettext_lazy("Lane"),
    "host": gettext_lazy("Attached to"),
    "triggers": gettext_lazy("Happens on"),
    "loop": gettext_lazy("Repetition"),
    "calls": gettext_lazy("Calls the process"),
    "formula": gettext_lazy("Expression"),
    "conditions": gettext_lazy("Conditions"),
    "flows": gettext_lazy("Leads to"),
    "role": gettext_lazy("Role"),
    "body": gettext_lazy("Body"),
    "limit": gettext_lazy("Limit"),
    "clock": gettext_lazy("Statutory clock"),
    "form": gettext_lazy("Form"),
    "decision": gettext_lazy("Decision"),
    "connector": gettext_lazy("Connector"),
    "result": gettext_lazy("Result is kept as"),
    "event": gettext_lazy("Event in the log"),
    "cost": gettext_lazy("Cost"),
    "duration": gettext_lazy("Work"),
}
OBSTACLES = {
    "errors": gettext_lazy("The checks found errors; see them on the page of the model."),
    "same_person": gettext_lazy("You wrote at this draft; somebody else has to publish it (four eyes)."),
}


def comparison(request: HttpRequest, key: str) -> HttpResponse:
    """Two versions side by side; by default the draft, or the newest, and the one in force."""
    place = here(request, key)
    newest = place.draft() or place.versions[0]
    after = selectors.version_find(
        place.process,
        place.scope,
        place.asked(request, "after") if request.GET.get("after") else newest.number,
    )
    if after is None:
        raise Http404
    before = _base(request, place, after)
    context = frame(request, place, after, "compare") | {"before": before, "after": after}
    if before is not None:
        context |= _shown(place, before, after)
    return render(request, "web/processes/compare.html", context)


def _base(request: HttpRequest, place: Here, after: ProcessVersionInfo) -> ProcessVersionInfo | None:
    return selectors.version_find(place.process, place.scope, place.base_of(request, after))


def _shown(place: Here, before: ProcessVersionInfo, after: ProcessVersionInfo) -> dict[str, Any]:
    """Marks for both pictures and the list of changes."""
    found = selectors.diff(before, after)
    old, new = model_of(before.bpmn), model_of(after.bpmn)
    rows = change_rows(found, old, new)
    return {
        "before_picture": picture(place, before),
        "after_picture": picture(place, after),
        "before_marks": _marks(rows, "before", ("removed", "changed", "moved")),
        "after_marks": _marks(rows, "id", ("added", "changed", "moved")),
        "rows": rows,
        "counts": [
            (word, light, sign, sum(row["kind"] == kind for row in rows))
            for kind, (word, light, sign) in KINDS.items()
        ],
    }


def change_rows(found: Diff, old: Model, new: Model) -> list[dict[str, Any]]:
    """The changes for reading: what, where, from what to what."""
    t = translator(language(), "core/process")
    rows = []
    for change in found.details:
        before, after = old.node(change.before or change.element), new.node(change.element)
        node = before if change.how == "removed" or after is None else after
        word, light, sign = KINDS[change.how]
        rows.append(
            {
                "kind": change.how,
                "id": change.element,
                "before": change.before or change.element,
                "word": word,
                "light": light,
                "sign": sign,
                "name": change.name if node is None else title(node),
                "element": ELEMENTS.get(change.kind, change.kind),
                "text": ""
                if change.how == "changed"
                else " ".join(_sentence(*one, t) for one in change.texts),
                "details": _details(change, before, after) if change.how == "changed" else [],
            }
        )
    return rows


def _sentence(template: str, params: Mapping[str, Any], t: Translate) -> str:
    """A sentence of the comparison: words of ours are translated, names of the model stand as they are."""
    said = {
        name: t(value.text)
        if isinstance(value, Word)
        else words().join([str(one) for one in value])
        if isinstance(value, tuple | list)
        else value
        for name, value in params.items()
    }
    return t(template).format(**said)


def _details(change: Change, before: Node | None, after: Node | None) -> list[tuple[Any, str, str]]:
    """(what, before, after) of a changed element; a limit is said with its unit, once for both."""
    shown: dict[str, tuple[Any, str, str]] = {}
    for name, was, now in change.fields:
        key = "limit" if name == "unit" else name
        shown[key] = (FIELDS.get(key, key), _said(key, was, before), _said(key, now, after))
    return list(shown.values())


def _said(name: str, text: str, node: Node | None) -> str:
    """A value in the reader's words; a dash where there is none."""
    if node is None:
        said = text
    elif name == "limit":
        said = limit_text(node.facts)
    elif name == "role":
        said = role_name(node.facts.role)
    elif name == "kind":
        said = str(ELEMENTS.get(node.kind, node.kind))
    elif name == "interrupting":
        said = _("yes") if node.interrupting else _("no")
    elif name == "duration" and node.facts.duration is not None:
        said = words().duration(float(node.facts.duration), long=True)
    else:
        said = text
    return said or "–"


def _marks(rows: list[dict[str, Any]], side: str, kinds: tuple[str, ...]) -> str:
    """For each element of one picture the class of its mark, its sign, its word; of several kinds one."""
    found: dict[str, tuple[str, str, str]] = {}
    for kind in kinds:
        for row in rows:
            if row["kind"] == kind:
                found.setdefault(row[side], (f"xn-{kind}", row["sign"], str(row["word"])))
    return json.dumps(found, ensure_ascii=False)


def publish(request: HttpRequest, key: str) -> HttpResponse:
    """Put the draft in force from a day on."""
    place = here(request, key)
    must_cover(place)
    version = selectors.draft_of(place.process)
    if version is None:
        raise Http404
    user, problem = user_of(request), ""
    if request.method == "POST":
        try:
            done = services.version_publish(
                process=place.process,
                revision=number(request, "revision"),
                valid_from=day(request, "valid_from"),
                valid_to=day(request, "valid_to") if request.POST.get("valid_to") else None,
                note=request.POST.get("note", ""),
                user=user,
                actor=actor_of(request),
                at=timezone.now(),
            )
            messages.success(
                request,
                _("Version %(n)s applies from %(day)s on.")
                % {"n": done.number, "day": words().date(done.valid_from)},
            )
            return redirect("process", key)
        except BadInput as error:
            problem = error_text(error)
    before = _base(request, place, version)
    context = frame(request, place, version, "publish") | {
        "obstacles": [OBSTACLES[code] for code in services.obstacles(version, user)],
        "findings": finding_rows(findings(version.bpmn)),
        "status": version.status,
        "problem": problem,
        "values": {
            "valid_from": request.POST.get("valid_from") or place.today.isoformat(),
            "valid_to": request.POST.get("valid_to", ""),
            "note": request.POST.get("note", version.note),
        },
        "today": place.today.isoformat(),
        "before": before,
        "rows": change_rows(selectors.diff(before, version), model_of(before.bpmn), model_of(version.bpmn))
        if before is not None
        else [],
    }
    return render(request, "web/processes/publish.html", context, status=400 if problem else 200)


@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Let a published version end."""
    place = here(request, key)
    must_cover(place)
    version = chosen(request, place)
    if version.state != State.PUBLISHED:
        raise Http404
    done = services.version_withdraw(
        process=place.process,
        number=version.number,
        from_day=day(request, "from_day"),
        note=request.POST.get("note", ""),
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(
        request,
        _("Version %(n)s was withdrawn; its last day is %(day)s.")
        % {"n": done.number, "day": words().date(done.valid_to)},
    )
    return redirect("process", key)
