"""Comparing versions, putting one in force, withdrawing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiaoneng.apps.processes.contracts import State, VersionInfo
from xiaoneng.apps.processes.errors import NotPublishable, SamePerson
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables.compare import Change, Comparison, compare
from xiaoneng.apps.processes.tables.document import grid_of, tables_of
from xiaoneng.core.errors import BadInput
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, words
from xiaoneng.web.views.decisions import must_cover
from xiaoneng.web.views.decisions_common import Here, chosen, frame, here
from xiaoneng.web.views.versions import day, number

KINDS = {
    "added": (gettext_lazy("added"), "green"),
    "removed": (gettext_lazy("removed"), "red"),
    "changed": (gettext_lazy("changed"), "yellow"),
    "same": (gettext_lazy("unchanged"), "none"),
}
DETAILS = {
    "expression": gettext_lazy("what is tested"),
    "type": gettext_lazy("type"),
    "values": gettext_lazy("allowed values"),
    "basis": gettext_lazy("basis"),
    "name": gettext_lazy("name"),
    "default": gettext_lazy("where no rule applies"),
    "change": gettext_lazy("who changes it"),
    "reach": gettext_lazy("values that can be reached"),
    "how": gettext_lazy("how to get there"),
    "values_en": gettext_lazy("values in English"),
}
CHANGERS = {
    "": gettext_lazy("the person concerned"),
    "grows": gettext_lazy("only time (an age)"),
    "fixed": gettext_lazy("nobody"),
}
OBSTACLES = {
    "errors": gettext_lazy("The checks found errors; see the rules."),
    "tests": gettext_lazy("Test cases fail; see the test cases."),
    "no_tests": gettext_lazy("There is no test case yet; add one from a trial."),
    "same_person": gettext_lazy("You wrote at this draft; somebody else has to publish it (four eyes)."),
}


def comparison(request: HttpRequest, key: str) -> HttpResponse:
    """What differs between two versions; by default the draft, or the newest, and the one in force."""
    place = here(request, key)
    after = chosen(request, place, "after" if request.GET.get("after") else "version")
    before = _base(request, place, after)
    context = frame(request, place, after, "compare") | {
        "before": before,
        "after": after,
        "tables": _tables(before, after) if before is not None else [],
    }
    return render(request, "web/decisions/compare.html", context)


def _base(request: HttpRequest, place: Here, after: VersionInfo) -> VersionInfo | None:
    return selectors.version_find(place.decision, place.scope, place.base_of(request, after))


def _tables(before: VersionInfo, after: VersionInfo) -> list[dict[str, Any]]:
    old, new = tables_of(before.dmn), tables_of(after.dmn)
    found: list[dict[str, Any]] = []
    for name in [*new, *(n for n in old if n not in new)]:
        if name not in old or name not in new:
            found.append({"name": name, "only": "added" if name in new else "removed"})
            continue
        found.append(
            {"name": name, "only": ""} | _shown(compare(grid_of(before.dmn, name), grid_of(after.dmn, name)))
        )
    return found


def _shown(one: Comparison) -> dict[str, Any]:
    return {
        "same": one.same,
        "policy": one.policy if one.policy.changed else None,
        "counts": [(KINDS[k][0], KINDS[k][1], one.count(k)) for k in ("added", "removed", "changed", "same")],
        "columns": [
            {"title": c.text, "kind": c.kind, "word": KINDS[c.kind][0], "light": KINDS[c.kind][1]}
            for c in one.columns
        ],
        "column_changes": [
            (c.text, [(DETAILS[k], _detail(k, change)) for k, change in c.details])
            for c in one.columns
            if c.details
        ],
        "rules": [
            {
                "kind": r.kind,
                "word": KINDS[r.kind][0],
                "light": KINDS[r.kind][1],
                "before": r.before,
                "after": r.after,
                "cells": [
                    {
                        "title": c.text,
                        "before": x.before,
                        "after": x.after,
                        "changed": r.kind == "changed" and x.changed,
                    }
                    for c, x in zip(one.columns, r.cells, strict=True)
                ],
            }
            for r in one.rules
        ],
    }


def _detail(key: str, change: Change) -> dict[str, Any]:
    if key == "change":
        return {"before": CHANGERS[change.before or ""], "after": CHANGERS[change.after or ""]}
    return {"before": change.before, "after": change.after}


def publish(request: HttpRequest, key: str) -> HttpResponse:
    """Put the draft in force from a day on."""
    place = here(request, key)
    must_cover(place)
    version = selectors.draft_of(place.decision)
    if version is None:
        raise Http404
    user, problem = user_of(request), ""
    if request.method == "POST":
        try:
            done = services.version_publish(
                decision=place.decision,
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
            return redirect("decision", key)
        except (NotPublishable, SamePerson, BadInput) as error:
            problem = error_text(error)
    before = _base(request, place, version)
    context = frame(request, place, version, "publish") | {
        "obstacles": [OBSTACLES[code] for code in services.obstacles(version, user)],
        "status": version.status,
        "problem": problem,
        "values": {
            "valid_from": request.POST.get("valid_from") or place.today.isoformat(),
            "valid_to": request.POST.get("valid_to", ""),
            "note": request.POST.get("note", version.note),
        },
        "today": place.today.isoformat(),
        "before": before,
        "tables": _tables(before, version) if before is not None else [],
    }
    return render(request, "web/decisions/publish.html", context, status=400 if problem else 200)


@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Let a published version end."""
    place = here(request, key)
    must_cover(place)
    version = chosen(request, place)
    if version.state != State.PUBLISHED:
        raise Http404
    done = services.version_withdraw(
        decision=place.decision,
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
    return redirect("decision", key)
