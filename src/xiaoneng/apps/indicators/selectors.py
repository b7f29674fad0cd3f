"""Reads of indicators: cards, one indicator explained. Every read takes the reader's scope."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext

from xiaoneng.apps.indicators.contracts import Detail, IndicatorCard, Region, Row
from xiaoneng.apps.indicators.models import Computation, IndicatorResult, RegionName
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.organisations.selectors import bodies_visible, public_scope
from xiaoneng.core.indicators import Definition, current, definitions, explain_query, parse_period
from xiaoneng.core.indicators.lights import Light, light, next_target

RUNNING_QUARTER_DAYS = 45
"""A running quarter younger than this says too little; the last whole one is shown instead."""
TREND_MONTHS, TREND_QUARTERS = "month", "quarter"
Place = tuple[str, str]
"""What figures are about: ``("all", "")``, ``("region", code)`` or ``("body", name)``."""


def as_of() -> date | None:
    """The day up to which the stored figures count; None before the first computation."""
    return Computation.objects.order_by("-pk").values_list("as_of", flat=True).first()


def periods() -> list[str]:
    """Years and quarters that have figures, newest first."""
    found = set(IndicatorResult.objects.filter(by="all").values_list("period", flat=True).distinct())
    return sorted((p for p in found if parse_period(p).kind in ("year", "quarter")), reverse=True)


def regions(scope: Scope) -> list[Region]:
    """Regions that the reader may choose, from the top down."""
    found = RegionName.objects.order_by("code")
    if not scope.everything:
        found = found.filter(code__in=_regions_seen(scope))
    return [Region(r.code, r.name) for r in found if r.level != "township"]


def cockpit(scope: Scope, *, period: str | None = None, region: str | None = None) -> list[IndicatorCard]:
    """A card per indicator in force: the province, a region, or what the reader's scope leaves of it."""
    day = as_of()
    if day is None:
        return []
    place = _place(scope, region)
    if place is None:
        return []
    label = _period(period, day)
    found = _results(place, [d.id for d in current()])
    return [
        card
        for d in current()
        if (card := _card(d, found.get((d.id, d.version), {}), label, day)) is not None
    ]


def detail(
    scope: Scope, indicator: str, *, by: str = "body", period: str | None = None, region: str | None = None
) -> Detail | None:
    """One indicator with its rows by body, item or region; None when there is no such indicator or no
    figure yet.
    """
    definition = next((d for d in current() if d.id == indicator), None)
    day, place = as_of(), _place(scope, region)
    if definition is None or day is None or place is None:
        return None
    label = _period(period, day)
    found = _results(place, [definition.id]).get((definition.id, definition.version), {})
    card = _card(definition, found, label, day)
    if card is None:
        return None
    now = found.get(label)
    return Detail(
        card=card,
        version=definition.version,
        formula_zh=definition.formula_zh,
        formula_en=definition.formula_en,
        owner=definition.owner,
        source=", ".join(t.source for t in definition.targets),
        query=explain_query(definition, parse_period(label), by=place[0], key=place[1]),
        excluded=[(gettext(reason), n) for reason, n in now.excluded] if now else [],
        rows=_rows(scope, definition, by, label, day, card.baseline),
        versions=[d.version for d in definitions() if d.id == definition.id],
    )


def _period(asked: str | None, day: date) -> str:
    if asked:
        return parse_period(asked).label
    quarter = parse_period(f"{day.year}-Q{(day.month + 2) // 3}")
    if (day - quarter.first).days >= RUNNING_QUARTER_DAYS:
        return quarter.label
    before = quarter.first - timedelta(days=1)
    return f"{before.year}-Q{(before.month + 2) // 3}"


def _place(scope: Scope, region: str | None) -> Place | None:
    """What the reader is shown: what was asked for if it is in sight, else the most that is."""
    if scope.everything:
        return ("region", region) if region else ("all", "")
    seen = _regions_seen(scope)
    if region:
        return ("region", region) if region in seen else None
    bodies = list(bodies_visible(scope)[:2])
    if len(bodies) == 1:
        return ("body", bodies[0].name)
    return ("region", bodies[0].region_code) if bodies and bodies[0].region_code in seen else None


def _regions_seen(scope: Scope) -> set[str]:
    """Regions of which the reader sees every body that the platform knows."""
    if scope.everything:
        return set(RegionName.objects.values_list("code", flat=True))
    inside = bodies_visible(scope).values_list("region_code", flat=True)
    outside = bodies_visible(public_scope()).exclude(pk__in=scope.ids).values_list("region_code", flat=True)
    above = dict(RegionName.objects.values_list("code", "parent"))
    hidden = set()
    for code in set(outside):
        while code:
            hidden.add(code)
            code = above.get(code, "")
    return set(inside) - hidden


def _results(place: Place, ids: list[str]) -> dict[tuple[str, int], dict[str, IndicatorResult]]:
    """Results of one place by (id, version), then by period: one query."""
    found: dict[tuple[str, int], dict[str, IndicatorResult]] = {}
    for r in IndicatorResult.objects.filter(by=place[0], key=place[1], indicator__in=ids):
        found.setdefault((r.indicator, r.version), {})[r.period] = r
    return found


def _card(
    definition: Definition, found: dict[str, IndicatorResult], label: str, day: date
) -> IndicatorCard | None:
    if not found:
        return None
    now = found.get(label)
    base = found.get(definition.baseline.period)
    # a place is measured against its own beginning, the plan's figure is the province's
    whole = bool(found) and next(iter(found.values())).by == "all"
    baseline = (
        definition.baseline.value
        if whole and definition.baseline.value is not None
        else (base.value if base else None)
    )
    target = next_target(definition, min(parse_period(label).last, day))
    goal = baseline if target and target.baseline else (target.value if target else None)
    shown = _light(definition, now, baseline, goal, label, day)
    months = any(parse_period(p).kind == TREND_MONTHS for p in found)
    kind = TREND_MONTHS if months else TREND_QUARTERS
    trend = [
        (p, found[p].value)
        for p in sorted(found)
        if parse_period(p).kind == kind and parse_period(p).first <= day
    ]
    return IndicatorCard(
        id=definition.id,
        name_zh=definition.zh,
        name_en=definition.en,
        perspective=definition.perspective,
        kind=definition.kind,
        unit=definition.unit,
        direction=definition.direction,
        baseline=baseline,
        now=now.value if now else None,
        target=goal,
        target_by=target.by if target else None,
        light=shown.colour,
        light_zh=shown.zh,
        light_en=shown.en,
        trend=trend,
        n=now.n if now else 0,
        interval=(now.low, now.high) if now and now.low is not None and now.high is not None else None,
        enough=bool(now and now.enough),
        period=label,
        reference=definition.reference.value if definition.reference else None,
        guard=definition.guard,
    )


def _light(
    definition: Definition,
    now: IndicatorResult | None,
    baseline: float | None,
    goal: float | None,
    label: str,
    day: date,
) -> Light:
    on = min(parse_period(label).last, day)
    target = next_target(definition, on)
    return light(
        definition,
        now=now.value if now else None,
        baseline=baseline,
        target=goal,
        by=target.by if target else None,
        on=on,
        enough=bool(now and now.enough),
        within=bool(target and target.within),
    )


def _rows(
    scope: Scope, definition: Definition, by: str, label: str, day: date, baseline: float | None
) -> list[Row]:
    results = IndicatorResult.objects.filter(
        indicator=definition.id, version=definition.version, by=by, period=label
    )
    names: dict[str, str] = {}
    if by == "region":
        names = dict(RegionName.objects.values_list("code", "name"))
        if not scope.everything:
            results = results.filter(key__in=_regions_seen(scope))
    elif not scope.everything:
        if by != "body":
            return []  # figures by item or channel mix bodies that the reader may not see
        results = results.filter(key__in=bodies_visible(scope).values_list("name", flat=True))
    target = next_target(definition, min(parse_period(label).last, day))
    goal = baseline if target and target.baseline else (target.value if target else None)
    # a body has no schedule of its own; its figure is held against the same line as the whole
    rows = []
    for r in results.filter(Q(n__gt=0)).order_by("key"):
        shown = _light(definition, r, baseline, goal, label, day)
        rows.append(
            Row(
                key=r.key,
                name=names.get(r.key, r.key),
                value=r.value if r.enough else None,
                interval=(r.low, r.high) if r.enough and r.low is not None and r.high is not None else None,
                n=r.n,
                light=shown.colour,
            )
        )
    worse_first = definition.direction == "down"
    return sorted(
        rows, key=lambda r: (r.value is None, -(r.value or 0) if worse_first else (r.value or 0), r.name)
    )
