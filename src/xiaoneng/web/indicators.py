"""Indicators as pages show them: from the figures of ``apps.indicators`` to cards, rows and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.indicators.contracts import IndicatorCard
from xiaoneng.presentation.charts import sparkline
from xiaoneng.web.language import language, words
from xiaoneng.web.tables import Cell, Column
from xiaoneng.web.templatetags.xn import LIGHTS

PERSPECTIVES = {
    "customer": gettext_lazy("Those who are served"),
    "process": gettext_lazy("Internal process"),
    "learning": gettext_lazy("Learning and growth"),
    "finance": gettext_lazy("Finance"),
}
UNITS = {
    "%": "%",
    "wd": gettext_lazy("working days"),
    "min": gettext_lazy("min"),
    "h": gettext_lazy("h"),
    "s": gettext_lazy("s"),
    "steps": gettext_lazy("steps"),
    "visits": gettext_lazy("visits"),
    "points": gettext_lazy("points"),
    "score": gettext_lazy("points"),
    "pieces": gettext_lazy("pieces"),
    "materials": gettext_lazy("materials"),
    "cases": gettext_lazy("cases"),
    "incidents": gettext_lazy("incidents"),
    "yuan": gettext_lazy("yuan"),
    "times": gettext_lazy("times"),
    "count": "",
    "proposals": gettext_lazy("proposals"),
}
LIGHT_ORDER = ("red", "yellow", "green", "none")
COLUMNS = (
    Column("id", gettext_lazy("No.")),
    Column("name", gettext_lazy("Indicator")),
    Column("light", gettext_lazy("Light")),
    Column("baseline", gettext_lazy("Baseline"), numeric=True),
    Column("now", gettext_lazy("Now"), numeric=True),
    Column("target", gettext_lazy("Target"), numeric=True),
    Column("by", gettext_lazy("by")),
    Column("unit", gettext_lazy("Unit")),
    Column("n", gettext_lazy("Cases"), numeric=True),
)


@dataclass(frozen=True, slots=True)
class Kpi:
    """What the KPI card shows."""

    title: str
    value: str
    unit: Any
    light: str
    baseline: str
    target: str
    n: str
    light_text: Any = ""
    target_by: str = ""
    progress: float | None = None
    progress_text: str = ""
    spark: str = ""
    href: str = ""


def kpi(card: IndicatorCard, *, linked: bool = True) -> Kpi:
    """The card of one indicator as the cockpit shows it."""
    say, name = words(), title(card)
    way = progress(card.baseline, card.now, card.target, card.direction)
    values = [value for _period, value in card.trend]
    known = [v for v in values if v is not None]
    return Kpi(
        title=name,
        value=figure(card.now, card.unit),
        unit=unit(card.unit),
        light=card.light or "none",
        baseline=figure(card.baseline, card.unit),
        target=goal(card),
        target_by=deadline(card.target_by),
        n=say.number(card.n),
        progress=way,
        progress_text=_("%(share)s %% of the way from baseline to target") % {"share": round(way)}
        if way is not None
        else "",
        spark=sparkline(f"{name}: {_('trend')}", values, tone="xc-s1") if len(known) > 1 else "",
        href=reverse("cockpit-detail", args=[card.id]) if linked else "",
    )


def row(card: IndicatorCard) -> list[Cell]:
    """The row of one indicator in the dense table and in the export."""
    light = card.light or "none"
    return [
        Cell(card.id, int("".join(c for c in card.id if c.isdigit()) or 0)),
        Cell(title(card), href=reverse("cockpit-detail", args=[card.id])),
        Cell(LIGHTS[light], LIGHT_ORDER.index(light) if light in LIGHT_ORDER else 9, light=light),
        Cell(figure(card.baseline, card.unit), card.baseline),
        Cell(figure(card.now, card.unit), card.now),
        Cell(figure(card.target, card.unit), card.target),
        Cell(deadline(card.target_by) or "–"),
        Cell(unit(card.unit)),
        Cell(words().number(card.n), card.n),
    ]


def title(card: IndicatorCard) -> str:
    """The indicator's name in the reader's language."""
    return str(card.name_zh if language() == "zh" else card.name_en)


def goal(card: IndicatorCard) -> str:
    """The target with its direction; a pilot's figure is shown as orientation, not as a target."""
    if card.target is not None:
        return sign(card.direction) + figure(card.target, card.unit)
    if card.reference is not None:
        return _("reference %(value)s") % {"value": figure(card.reference, card.unit)}
    return "–"


def why(card: IndicatorCard) -> str:
    """Why the light has its colour, in the reader's language."""
    return card.light_zh if language() == "zh" else card.light_en


def unit(code: str) -> Any:
    """The unit's name; one that is not known is shown as it is."""
    return UNITS.get(code, code)


def sign(direction: str) -> str:
    """Whether the target is a ceiling or a floor."""
    return "≤ " if direction == "down" else "≥ "


def figure(value: float | None, code: str) -> str:
    """A value in its unit's precision, without the unit."""
    if value is None:
        return "–"
    return words().number(value, 1) if code == "%" else words().number(value)


def deadline(day: Any) -> str:
    """``2025-12`` for the end of a month, the whole date otherwise."""
    if not day:
        return ""
    text = day.isoformat() if isinstance(day, date) else str(day)
    return text[:7]


def progress(baseline: float | None, now: float | None, target: float | None, direction: str) -> float | None:
    """How far the way from baseline to target is gone, 0 to 100; None where there is no way."""
    if now is None or target is None:
        return None
    reached = now <= target if direction == "down" else now >= target
    if reached:
        return 100.0
    if baseline is None or baseline == target:
        return None
    return max(0.0, min(100.0, 100 * (now - baseline) / (target - baseline)))


def moments(periods: Sequence[Any]) -> list[datetime]:
    """The beginnings of periods such as ``2024-03`` or ``2024Q1`` for a time axis."""
    return [_moment(p) for p in periods]


def _moment(period: Any) -> datetime:
    if isinstance(period, datetime):
        return period
    if isinstance(period, date):
        return datetime(period.year, period.month, period.day)  # noqa: DTZ001  # a wall-clock axis has no zone
    text = str(period)
    if "Q" in text:
        year, quarter = text.replace("-", "").split("Q")
        return datetime(int(year), 3 * int(quarter) - 2, 1)  # noqa: DTZ001
    parts = [int(p) for p in text.split("-")]
    return datetime(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)  # noqa: DTZ001
