"""Past cases: replay of what was decided, rules that fire, who would be decided differently."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.processes.contracts import EvaluationInfo, Past, VersionInfo
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.tables.document import model_of, tables_of
from xiaoneng.apps.processes.tables.inputs import asked_for, feel_values, read_json, read_table
from xiaoneng.apps.processes.tables.rehearsal import SAMPLE, Rehearsal, WhatIf, rehearse, what_if
from xiaoneng.core.decisions import Speaker, account, to_json
from xiaoneng.core.errors import BadInput
from xiaoneng.web.actor import actor_of
from xiaoneng.web.exports import KINDS, download
from xiaoneng.web.language import error_text, language, words
from xiaoneng.web.tables import PAGE_SIZE, Cell, Column, asked, paged, table
from xiaoneng.web.views.decisions_common import (
    Here,
    chosen,
    core,
    frame,
    here,
    said,
    shown_grid,
    speaker_of,
)
from xiaoneng.web.views.decisions_try import masked, moment_text
from xiaoneng.web.views.versions import uploaded

CASES = 5_000
OUTCOMES = 8
"""Results shown at once; the others are folded."""
EVALUATIONS = (
    Column("reference", gettext_lazy("Case"), sortable=False),
    Column("on", gettext_lazy("Decided for"), sortable=False),
    Column("version", gettext_lazy("Version"), numeric=True, sortable=False),
    Column("value", gettext_lazy("Result"), sortable=False),
    Column("rules", gettext_lazy("Rules"), sortable=False),
)


def rehearsal(request: HttpRequest, key: str) -> HttpResponse:
    """Run one version, or two, over past cases or over an uploaded table of inputs."""
    place = here(request, key)
    after = _other(request, place)
    before = chosen(request, place, "before")
    context = frame(request, place, after, "cases") | {
        "before": before,
        "after": after,
        "problem": "",
        "cases": CASES,
    }
    names = asked_for(after.dmn, after.main)
    hidden = {one.name for v in (before, after) for one in asked_for(v.dmn, v.main) if one.sensitive}
    try:
        past = _cases(request, place, after)
    except BadInput as error:
        context |= {"problem": error_text(error), "inputs": [one.name for one in names]}
        return render(request, "web/decisions/rehearsal.html", context, status=400)
    say = speaker_of(after.dmn)
    columns, references = past.columns, past.references
    size = len(references)
    found = what_if(_run(before, columns), _run(after, columns))
    kind = request.POST.get("export") or request.GET.get("export") or ""
    if kind in KINDS:
        return _export(request, key, kind, found, columns, references, hidden, say)
    context |= {
        "size": size,
        "span": _span(past),
        "inputs": [one.name for one in names],
        "uploaded": request.method == "POST",
        "found": found,
        "share": words().percent(found.different / size) if size else "",
        "outcomes": _outcomes(found, size, say),
        "outcomes_shown": f":{OUTCOMES}",
        "outcomes_folded": f"{OUTCOMES}:",
        "shifts": [(said(s.before, say), said(s.after, say), s.cases) for s in found.shifts[:30]],
        "grids": _coverage(after, found.after),
        "table": table(
            request,
            "different",
            _("Decided differently"),
            *_sample(found, columns, references, hidden, say),
            searchable=request.method == "GET",
        ),
        "sample": SAMPLE,
        "undecided": found.after.undecided,
        "export_kinds": KINDS,
        "may_see_records": place.covers,
    }
    return render(request, "web/decisions/rehearsal.html", context)


def _other(request: HttpRequest, place: Here) -> VersionInfo:
    """The version to rehearse: the one asked for, else the draft, the next one, or the newest."""
    if request.POST.get("after") or request.GET.get("after"):
        return chosen(request, place, "after")
    newest = max((v.number for v in place.versions), default=0)
    version = selectors.version_find(place.decision, place.scope, newest)
    if version is None:
        raise Http404
    return version


def _cases(request: HttpRequest, place: Here, version: VersionInfo) -> Past:
    if request.method == "POST":
        columns = read_table(uploaded(request), asked_for(version.dmn, version.main))
        return Past(columns, [str(n) for n in range(2, 2 + len(next(iter(columns.values()), [])))])
    return selectors.past_inputs(place.decision, place.scope, CASES)


def _span(past: Past) -> str:
    """Of which days the cases are, and whether they are all that were stored."""
    if past.first is None or past.last is None:
        return ""
    given = {
        "first": words().date(past.first),
        "last": words().date(past.last),
        "total": words().number(past.stored),
    }
    if past.stored <= len(past.references):
        return _("From %(first)s to %(last)s; all that were stored.") % given
    return _("From %(first)s to %(last)s; %(total)s are stored.") % given


def _run(version: VersionInfo, columns: dict[str, list[Any]]) -> Rehearsal:
    model = model_of(version.dmn)
    typed = {name: [feel_values(model, {name: v})[name] for v in values] for name, values in columns.items()}
    return rehearse(version.dmn, version.main, typed, at=timezone.now())


def _outcomes(found: WhatIf, size: int, say: Speaker) -> list[dict[str, Any]]:
    before, after = dict(found.before.outcomes), dict(found.after.outcomes)
    rows = sorted(
        before.keys() | after.keys(), key=lambda text: (-max(before.get(text, 0), after.get(text, 0)), text)
    )
    return [
        {
            "value": said(text, say),
            "before": before.get(text, 0),
            "after": after.get(text, 0),
            "change": after.get(text, 0) - before.get(text, 0),
            "width_before": round(100 * before.get(text, 0) / size, 1) if size else 0,
            "width_after": round(100 * after.get(text, 0) / size, 1) if size else 0,
        }
        for text in rows
    ]


def _coverage(version: VersionInfo, run: Rehearsal) -> list[dict[str, Any]]:
    fired = {one.table: one for one in run.fired}
    found = []
    for name in tables_of(version.dmn):
        one = fired.get(name)
        if one is not None:
            shown = shown_grid(version.dmn, name, one.rules)
            found.append(shown | {"none": one.none, "never": sum(n == 0 for n in one.rules.values())})
    return found


def _sample(
    found: WhatIf, columns: dict[str, list[Any]], references: list[str], hidden: set[str], say: Speaker
) -> tuple[list[Column], list[list[Cell]]]:
    heads = [
        Column("case", _("Case")),
        *(Column(f"i{n}", say.own(name)) for n, name in enumerate(columns)),
        Column("before", _("Result before")),
        Column("after", _("Result after")),
    ]
    rows = [
        [
            Cell(references[row]),
            *(Cell(masked(name, values[row], hidden, say)) for name, values in columns.items()),
            Cell(said(found.before.values[row], say)),
            Cell(said(found.after.values[row], say)),
        ]
        for row in found.sample
    ]
    return heads, rows


def _export(
    request: HttpRequest,
    key: str,
    kind: str,
    found: WhatIf,
    columns: dict[str, list[Any]],
    references: list[str],
    hidden: set[str],
    say: Speaker,
) -> HttpResponse:
    heads, rows = _sample(found, columns, references, hidden, say)
    audit.record(
        actor=actor_of(request),
        action="export",
        at=timezone.now(),
        object_type="decision",
        object_id=key,
        reason="what-if",
    )
    return download(kind, f"{key}-what-if", heads, rows)


def evaluations(request: HttpRequest, key: str) -> HttpResponse:
    """What was decided, newest first."""
    place = here(request, key)
    if not place.covers:
        raise Http404
    state = asked(request, "evaluations")
    visible = (
        selectors.evaluations_of(place.decision, place.scope)
        .select_related("version")
        .defer("record", "version__dmn")
    )
    total = visible.count()
    found = visible.filter(reference__icontains=state.query) if state.query else visible
    matching = found.count() if state.query else total
    page = min(state.page, max(1, -(-matching // PAGE_SIZE)))
    newest = place.present() or (place.versions[0] if place.versions else None)
    shown = selectors.version_find(place.decision, place.scope, newest.number) if newest else None
    say = speaker_of(shown.dmn) if shown is not None else Speaker(core(), language())
    rows = [
        [
            Cell(e.reference or str(e.pk)[:8], href=reverse("decision-evaluation", args=[key, e.pk])),
            Cell(words().date(e.on)),
            Cell(e.version.number, e.version.number),
            Cell(said(e.value, say)),
            Cell(words().join([str(n) for n in e.rules]) or "–"),
        ]
        for e in found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ]
    context = frame(request, place, None, "evaluations") | {
        "table": paged(
            request,
            "evaluations",
            _("Decisions made"),
            EVALUATIONS,
            rows,
            total=total,
            matching=matching,
            page=page,
        ),
        "total": total,
    }
    return render(request, "web/decisions/evaluations.html", context)


def evaluation(request: HttpRequest, key: str, pk: UUID) -> HttpResponse:
    """One decision that was made: why, and whether it comes out the same again."""
    place = here(request, key)
    found = selectors.evaluation_find(place.decision, place.scope, pk)
    if found is None:
        raise Http404
    same, again = selectors.replayed(found)
    say = speaker_of(found.version.dmn)
    audit.record(
        actor=actor_of(request),
        action="decisions.read",
        at=timezone.now(),
        object_type="evaluation",
        object_id=pk,
    )
    context = (
        frame(request, place, None, "evaluations")
        | shown_evaluation(found)
        | {
            "same": same,
            "again": say.value(to_json(again.value)),
        }
    )
    return render(request, "web/decisions/evaluation.html", context)


def shown_evaluation(found: EvaluationInfo) -> dict[str, Any]:
    """A stored decision for reading; sensitive inputs stay covered in the list of inputs."""
    record, say = read_json(found.record), speaker_of(found.version.dmn)
    hidden = {one.name for one in asked_for(found.version.dmn, found.version.main) if one.sensitive}
    return {
        "evaluation": found,
        "made_at": moment_text(found.at),
        "on": words().date(found.on),
        "inputs": [
            (say.own(name), masked(name, value, hidden, say)) for name, value in record["inputs"].items()
        ],
        "account": account(record, core(), language(), cover=hidden),
    }
