"""The cockpit 效能驾驶舱: every indicator from baseline over now to target, and one indicator explained."""

from __future__ import annotations

from collections import Counter

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.indicators import selectors
from xiaoneng.apps.indicators.contracts import Detail, IndicatorCard
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.presentation.charts import Chart, Series, lines
from xiaoneng.web import indicators
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.exports import KINDS, download
from xiaoneng.web.language import language, words
from xiaoneng.web.tables import Cell, Column, arranged, asked, table

BY = {"body": gettext_lazy("Body"), "item": gettext_lazy("Item"), "region": gettext_lazy("Region")}
BY_TITLES = {
    "body": gettext_lazy("By body"),
    "item": gettext_lazy("By item"),
    "region": gettext_lazy("By region"),
}


def overview(request: HttpRequest) -> HttpResponse:
    """The indicators as cards or as a dense table, with filters."""
    cards, choice = _asked_cards(request)
    lights = Counter(card.light or "none" for card in cards)
    chosen = [c for c in cards if not choice["light"] or (c.light or "none") == choice["light"]]
    groups = [
        (name, [indicators.kpi(c) for c in chosen if c.perspective == key])
        for key, name in indicators.PERSPECTIVES.items()
    ]
    user = user_of(request)
    scope = scope_of(user)
    as_table = request.GET.get("view") == "table"
    exports = (
        [(kind, reverse("cockpit-export", args=[kind])) for kind in KINDS]
        if user.may("cockpit.export")
        else []
    )
    context = {
        "choice": choice,
        "total": len(cards),
        "shown": len(chosen),
        "as_table": as_table,
        "lights": [
            (light, lights[light], _with(request, light="" if choice["light"] == light else light))
            for light in indicators.LIGHT_ORDER
        ],
        "groups": [(name, kpis) for name, kpis in groups if kpis],
        "table": table(
            request,
            "indicators",
            _("Indicators"),
            indicators.COLUMNS,
            [indicators.row(c) for c in chosen],
            page_size=100,
            exports=exports,
        )
        if as_table
        else None,
        "perspectives": [(k, n, k == choice["perspective"]) for k, n in indicators.PERSPECTIVES.items()],
        "regions": [(r.code, r.name, r.code == choice["region"]) for r in selectors.regions(scope)],
        "periods": [(p, p == choice["period"]) for p in selectors.periods()],
        "cards_href": _with(request, view=""),
        "table_href": _with(request, view="table"),
        "as_of": selectors.as_of(),
        "sees_all": scope.everything,
    }
    return render(request, "web/pages/cockpit.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The table as it is filtered and sorted now."""
    cards, choice = _asked_cards(request)
    rows = [indicators.row(c) for c in cards if not choice["light"] or (c.light or "none") == choice["light"]]
    response = download(
        kind,
        "indicators",
        indicators.COLUMNS,
        arranged(indicators.COLUMNS, rows, asked(request, "indicators")),
    )
    audit.record(
        actor=actor_of(request), action="export", at=timezone.now(), object_type="indicators", object_id=kind
    )
    return response


def detail(request: HttpRequest, indicator: str) -> HttpResponse:
    """One indicator: trend, values by body, item or region, formula, cases and exclusions."""
    by = _by(request)
    found = _detail(request, indicator, by)
    columns, rows = _rows(found, by)
    user = user_of(request)
    query = request.GET.urlencode()
    exports = (
        [(kind, reverse("cockpit-detail-export", args=[indicator, kind])) for kind in KINDS]
        if user.may("cockpit.export")
        else []
    )
    card = found.card
    context = {
        "card": card,
        "name": indicators.title(card),
        "kpi": indicators.kpi(card, linked=False),
        "query": query,
        "chart": _trend(card),
        "found": found,
        "formula": found.formula_zh if language() == "zh" else found.formula_en,
        "table": table(request, "by", BY_TITLES[by], columns, rows, exports=exports),
        "tabs": [(key, name, _with(request, by=key), key == by) for key, name in BY_TITLES.items()],
        "interval": words().interval(*card.interval) if card.interval else "",
        "why": indicators.why(card),
        "excluded": [(words().t(reason), n) for reason, n in found.excluded],
        "unit": indicators.unit(card.unit),
        "kind": _("outcome") if card.kind == "O" else _("process"),
        "direction": _("less is better") if card.direction == "down" else _("more is better"),
        "perspective": indicators.PERSPECTIVES[card.perspective],
    }
    return render(request, "web/pages/indicator.html", context)


def detail_export(request: HttpRequest, indicator: str, kind: str) -> HttpResponse:
    """The table of one indicator as it is filtered and sorted now."""
    by = _by(request)
    columns, rows = _rows(_detail(request, indicator, by), by)
    response = download(kind, f"{indicator}-{by}", columns, arranged(columns, rows, asked(request, "by")))
    audit.record(
        actor=actor_of(request),
        action="export",
        at=timezone.now(),
        object_type="indicator",
        object_id=f"{indicator} {kind}",
    )
    return response


def _asked_cards(request: HttpRequest) -> tuple[list[IndicatorCard], dict[str, str]]:
    choice = {name: request.GET.get(name, "") for name in ("perspective", "region", "period", "light")}
    cards = selectors.cockpit(
        scope_of(user_of(request)), period=choice["period"] or None, region=choice["region"] or None
    )
    if choice["perspective"] in indicators.PERSPECTIVES:
        cards = [c for c in cards if c.perspective == choice["perspective"]]
    return list(cards), choice


def _detail(request: HttpRequest, indicator: str, by: str) -> Detail:
    found = selectors.detail(
        scope_of(user_of(request)),
        indicator,
        by=by,
        period=request.GET.get("period") or None,
        region=request.GET.get("region") or None,
    )
    if found is None:
        raise Http404
    return found


def _by(request: HttpRequest) -> str:
    by = request.GET.get("by", "body")
    return by if by in BY else "body"


def _rows(found: Detail, by: str) -> tuple[list[Column], list[list[Cell]]]:
    card, say = found.card, words()
    columns = [
        Column("name", BY[by]),
        Column("value", _("Value"), numeric=True),
        Column("interval", _("Confidence interval"), sortable=False),
        Column("n", _("Cases"), numeric=True),
        Column("light", _("Light"), sortable=False),
    ]
    rows = [
        [
            Cell(r.name),
            Cell(indicators.figure(r.value, card.unit), r.value),
            Cell(say.interval(*r.interval) if r.interval else "–"),
            Cell(say.number(r.n), r.n),
            Cell("", light=r.light) if r.light else Cell(_("too few cases") if r.value is None else "–"),
        ]
        for r in found.rows
    ]
    return columns, rows


def _trend(card: IndicatorCard) -> Chart | None:
    if len(card.trend) < 2:
        return None
    say, name = words(), indicators.title(card)
    periods = indicators.moments([p for p, _value in card.trend])
    marks = [
        (value, text)
        for value, text in ((card.baseline, _("Baseline")), (card.target, _("Target")))
        if value is not None
    ]
    return lines(
        f"trend-{card.id}",
        f"{name}（{indicators.unit(card.unit)}）"
        if language() == "zh"
        else f"{name} ({indicators.unit(card.unit)})",
        periods,
        [Series(name, tuple(v for _p, v in card.trend))],
        say,
        head=_("Period"),
        say=lambda v: indicators.figure(v, card.unit),
        say_period=say.month,
        targets=marks,
    )


def _with(request: HttpRequest, **changes: str) -> str:
    """The present address with some parameters changed; an empty value removes one."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value:
            parameters[name] = value
        else:
            parameters.pop(name, None)
    return f"?{parameters.urlencode()}" if parameters else request.path
