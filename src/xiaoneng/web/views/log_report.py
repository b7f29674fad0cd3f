"""The report of a log, explored: sections as tabs, from a finding or a variant to its cases, from a case to
its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.eventlog import exploring, selectors
from xiaoneng.apps.eventlog.contracts import LogInfo
from xiaoneng.core.mining.analysis import spoken
from xiaoneng.presentation.i18n import translator
from xiaoneng.presentation.report import sections
from xiaoneng.presentation.words import Words
from xiaoneng.web.language import language, words
from xiaoneng.web.tables import PAGE_SIZE, Cell, Column, asked, paged

COLUMNS = (
    Column("case", gettext_lazy("Case")),
    Column("start", gettext_lazy("Began")),
    Column("days", gettext_lazy("Days"), numeric=True),
    Column("work", gettext_lazy("Working days"), numeric=True),
    Column("events", gettext_lazy("Events"), numeric=True),
    Column("handovers", gettext_lazy("Handovers"), numeric=True),
    Column("variant", gettext_lazy("Way"), numeric=True),
    Column("last", gettext_lazy("Last step"), sortable=False),
)
LONG_GAP_S = 5 * 86400


def report(request: HttpRequest, log: LogInfo, frame: dict[str, Any]) -> HttpResponse:
    """One section of the report at a time; ``?section=all`` shows them all, for printing."""
    found = sections(_analysis(log), language())
    wanted = request.GET.get("section", "")
    shown = found if wanted == "all" else [s for s in found if s.id == wanted] or found[:1]
    present = "all" if wanted == "all" else shown[0].id if shown else ""
    context = frame | {"sections": found, "shown": shown, "present": present}
    return render(request, "web/pages/log_report.html", context)


def cases(request: HttpRequest, log: LogInfo, frame: dict[str, Any]) -> HttpResponse:
    """The cases, narrowed by variant, finding and body."""
    analysis, store, state = _analysis(log), exploring.open_store(log), asked(request, "cases")
    variants = analysis.get("variant_list") or []
    findings = analysis.get("findings") or []
    variant, finding = _index(request, "variant"), _index(request, "finding")
    chosen = findings[finding] if finding is not None and finding < len(findings) else None
    bodies = exploring.bodies(store)
    body = request.GET.get("body", "")
    narrowing = exploring.Narrowing(
        text=state.query,
        variant=variant,
        body=body if body in bodies else "",
        cases=tuple(str(c) for c in chosen["cases"]) if chosen else (),
    )
    matching, rows = exploring.case_page(
        store,
        narrowing,
        sort=state.sort,
        descending=state.descending,
        offset=(state.page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    table = paged(
        request,
        "cases",
        _("Cases"),
        COLUMNS,
        [_row(log, r) for r in rows],
        total=analysis["log"]["cases"],
        matching=matching,
        page=state.page,
    )
    context = frame | {
        "table": table,
        "sections": sections_of(analysis),
        "present": "cases",
        "chosen": chosen,
        "variants": [(v["id"], _path(v["path"]), v["cases"], v["id"] == variant) for v in variants],
        "findings": [(n, f["title"], n == finding) for n, f in enumerate(findings)],
        "bodies": [(b, b == body) for b in bodies],
    }
    return render(request, "web/pages/log_cases.html", context)


def case(request: HttpRequest, log: LogInfo, frame: dict[str, Any]) -> HttpResponse:
    """One case: its steps with the waiting between them."""
    number = request.GET.get("case", "")
    events = exploring.case_events(exploring.open_store(log), number)
    if not events:
        raise Http404
    say = words()
    times = [e.local for e in events if e.local]
    elapsed = (max(times) - min(times)).total_seconds() if times else None
    context = frame | {
        "case": number,
        "entries": [_entry(e, say) for e in events],
        "elapsed": say.duration(elapsed),
        "events": len(events),
        "first": _moment(min(times)) if times else "–",
        "last": _moment(max(times)) if times else "–",
        "people": len({e.resource for e in events if e.resource}),
        "bodies": words().join(sorted({e.body for e in events if e.body})),
    }
    return render(request, "web/pages/log_case.html", context)


def sections_of(analysis: dict[str, Any]) -> list[Any]:
    """The tabs."""
    return list(sections(analysis, language()))


def _analysis(log: LogInfo) -> dict[str, Any]:
    """The analysis with its texts in the reader's language."""
    return spoken(selectors.analysis(log), translator(language()))


def _index(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _path(steps: list[str]) -> str:
    text = " → ".join(steps)
    return text if len(text) <= 60 else text[:59] + "…"


def _row(log: LogInfo, row: exploring.CaseRow) -> list[Cell]:
    say = words()
    href = f"{reverse('log-case', args=[log.pk])}?{urlencode({'case': row.case})}"
    return [
        Cell(row.case, href=href),
        Cell(_moment(row.start)),
        Cell(say.number(row.days), row.days),
        Cell(say.number(row.working_days), row.working_days),
        Cell(say.number(row.events), row.events),
        Cell(say.number(row.handovers), row.handovers),
        Cell("–" if row.variant is None else row.variant + 1, row.variant),
        Cell(row.last_activity or "–"),
    ]


def _entry(event: exploring.EventRow, say: Words) -> dict[str, Any]:
    gap = ""
    if event.gap_s is not None:
        gap = say.duration(event.gap_s)
        if event.gap_work_s is not None and event.gap_s >= 3600:
            gap += " · " + _("of which %(time)s working time") % {"time": say.hours(event.gap_work_s)}
    again = event.occurrence > 1
    return {
        "title": event.activity or _("(no name)"),
        "when": _moment(event.local),
        "who": " ".join(p for p in (event.resource, f"({event.role})" if event.role else "") if p),
        "where": event.body,
        "gap": gap,
        "gap_long": (event.gap_s or 0) >= LONG_GAP_S,
        "more": event.attributes,
        "light": "yellow" if again else "",
        "late": False,
        "light_text": _("again, no. %(n)s") % {"n": event.occurrence} if again else "",
    }


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "–"
