"""Comparing two versions of a process, putting one in force, withdrawing one."""

from __future__ import annotations

import json
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
from xiaoneng.core.process import Model
from xiaoneng.core.process.diff import Diff
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, words
from xiaoneng.web.views.processes_common import Here, chosen, frame, here, must_cover, picture
from xiaoneng.web.views.processes_words import KINDS as ELEMENTS
from xiaoneng.web.views.processes_words import finding_rows, title
from xiaoneng.web.views.versions import day, number

KINDS = {
    "added": (gettext_lazy("added"), "green", "+"),
    "removed": (gettext_lazy("removed"), "red", "−"),
    "changed": (gettext_lazy("changed"), "yellow", "≠"),
    "moved": (gettext_lazy("moved"), "grey", "↔"),
}
DETAILS = {
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "interrupting": gettext_lazy("interrupts the step"),
    "role": gettext_lazy("Role"),
    "body": gettext_lazy("Body"),
    "limit": gettext_lazy("Limit"),
    "unit": gettext_lazy("Unit of the limit"),
    "clock": gettext_lazy("Statutory clock"),
    "form": gettext_lazy("Form"),
    "decision": gettext_lazy("Decision"),
    "connector": gettext_lazy("Connector"),
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
        "before_marks": _marks(rows, ("removed", "changed", "moved")),
        "after_marks": _marks(rows, ("added", "changed", "moved")),
        "rows": rows,
        "counts": [
            (word, light, sign, sum(row["kind"] == kind for row in rows))
            for kind, (word, light, sign) in KINDS.items()
        ],
    }


def change_rows(found: Diff, old: Model, new: Model) -> list[dict[str, Any]]:
    """The changes for reading: what, where, from what to what."""
    details = dict(found.changed)
    rows: list[dict[str, Any]] = []

    def add(kind: str, identity: str, model: Model) -> None:
        node = model.node(identity)
        word, light, sign = KINDS[kind]
        rows.append(
            {
                "kind": kind,
                "id": identity,
                "word": word,
                "light": light,
                "sign": sign,
                "name": title(node) if node is not None else identity,
                "element": ELEMENTS.get(node.kind, node.kind) if node is not None else "",
                "details": _details(details.get(identity, ()), old, new, identity)
                if kind == "changed"
                else [],
            }
        )

    for identity in found.added:
        add("added", identity, new)
    for identity in found.removed:
        add("removed", identity, old)
    for identity in details:
        add("changed", identity, new)
    for identity in found.moved:
        add("moved", identity, new)
    return rows


def _details(names: tuple[str, ...], old: Model, new: Model, identity: str) -> list[tuple[Any, str, str]]:
    """(what, before, after) of a changed element."""
    pair = old.node(identity), new.node(identity)

    def value(index: int, name: str) -> str:
        node = pair[index]
        if node is None:
            return "–"
        own = getattr(node, name) if hasattr(node, name) else getattr(node.facts, name, None)
        if name == "kind":
            return str(ELEMENTS.get(node.kind, node.kind))
        if isinstance(own, bool):
            return _("yes") if own else _("no")
        if name == "duration" and own is not None:
            return words().duration(float(own), long=True)
        return "–" if own in (None, "") else str(own)

    return [(DETAILS.get(name, name), value(0, name), value(1, name)) for name in names]


def _marks(rows: list[dict[str, Any]], kinds: tuple[str, ...]) -> str:
    """For each element the class of its mark, its sign, its word; the first kind named of several."""
    found: dict[str, tuple[str, str, str]] = {}
    for kind in kinds:
        for row in rows:
            if row["kind"] == kind:
                found.setdefault(row["id"], (f"xn-{kind}", row["sign"], str(row["word"])))
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
