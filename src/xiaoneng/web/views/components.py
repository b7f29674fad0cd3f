"""The component library 组件库: every shared part in every state, on one page."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from xiaoneng.presentation.charts import Bar, Series, lines, lying_bars, sparkline
from xiaoneng.web.indicators import Kpi
from xiaoneng.web.language import words
from xiaoneng.web.tables import Cell, Column, table

TREND = (15.3, 14.9, 13.2, 11.8, 9.7, 8.1, 7.4, 6.2)


def overview(request: HttpRequest) -> HttpResponse:
    """Examples only: no figure here comes from data."""
    say = words()
    quarters = [datetime(2024 + n // 4, 1 + 3 * (n % 4), 1) for n in range(8)]  # noqa: DTZ001  # a wall-clock axis
    names = [
        _("Provincial Market Supervision Administration"),
        _("Housing bureau"),
        _("Human resources bureau"),
    ]
    rows = [
        [Cell(name), Cell(say.number(value), value), Cell("", light=light), Cell(note)]
        for name, value, light, note in (
            (names[0], 4.2, "green", "–"),
            (names[1], 12.5, "yellow", _("one step overdue")),
            (names[2], 31.0, "red", _("overdue by 3 working days")),
            (_("Transport bureau"), None, "grey", _("clock stopped")),
        )
    ]
    columns = (
        Column("name", _("Body")),
        Column("value", _("Days"), numeric=True),
        Column("light", _("Light"), sortable=False),
        Column("note", _("Remark")),
    )
    spark = sparkline(_("trend"), TREND)
    context = {
        "kpis": [
            Kpi(
                _("Mean handling time of approval cases"),
                "6.2",
                _("working days"),
                "yellow",
                "15.3",
                "≤ 6",
                say.number(48211),
                target_by="2026-12",
                progress=97.8,
                progress_text=_("%(share)s %% of the way from baseline to target") % {"share": 98},
                spark=spark,
            ),
            Kpi(
                _("Waiting time at the hall"),
                "14",
                _("min"),
                "green",
                "42",
                "≤ 16.8",
                say.number(9127),
                target_by="2025-03",
                progress=100.0,
                progress_text="100 %",
                spark=spark,
            ),
            Kpi(
                _("A very long name that nobody shortened, because the regulation spells it out"),
                "1,234,567.8",
                _("working days"),
                "red",
                "–",
                "–",
                "0",
            ),
            Kpi(_("Nothing measured yet"), "–", "", "none", "–", "–", "–"),
        ],
        "lights": ("green", "yellow", "red", "grey", "none"),
        "limit_problems": [_("The limit must be at least 1 working day.")],
        "table": table(
            request, "demo", _("Table with filter, sort and pages"), columns, rows * 12, page_size=6
        ),
        "empty_table": table(request, "none", _("Table without rows"), columns, []),
        "chart": lines(
            "demo-lines",
            _("Chart with the table behind it"),
            quarters,
            [Series(_("Days"), TREND)],
            say,
            head=_("Period"),
            say=say.number,
            say_period=say.month,
            targets=[(6.0, _("Target"))],
        ),
        "bars": lying_bars(
            "demo-bars",
            _("Bodies compared"),
            [Bar(n, v) for n, v in zip(names, (4.2, 12.5, 31.0), strict=True)],
            say,
            head=_("Body"),
            unit=_("Days"),
            say=say.number,
        ),
        "entries": [
            {"title": _("accepted"), "when": "2026-03-02 09:12", "who": "R-017", "where": names[1]},
            {
                "title": _("examined"),
                "when": "2026-03-04 15:40",
                "who": "R-022",
                "gap": say.duration(196_000),
                "more": (("channel", "hall"),),
            },
            {
                "title": _("decided"),
                "when": "2026-03-17 10:05",
                "who": "R-003",
                "gap": say.duration(1_100_000),
                "gap_long": True,
                "late": True,
                "light": "red",
                "light_text": _("overdue by 3 working days"),
            },
        ],
    }
    return render(request, "web/pages/components.html", context)
