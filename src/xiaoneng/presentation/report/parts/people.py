"""Who hands over to whom, and how bodies compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.charts import Bar, Cell, Column, Pair, Table, intervals, matrix
from xiaoneng.presentation.report.reasons import is_measured, why_not
from xiaoneng.presentation.report.render import EMPTY, figure, lead, note, table, together
from xiaoneng.presentation.words import Words

Analysis = Mapping[str, Any]
SHOWN = 25
"""So many bodies are drawn; the table has all."""


def handovers(a: Analysis, words: Words) -> SafeString:
    """The matrix of persons, that of bodies, and the ping-pong between two."""
    persons = a.get("handovers")
    text = words.t(
        "How often a case passes directly from one to another. Every handover costs a wait and a reading-in."
    )
    return together(
        lead(text, words),
        _matrix("persons", words.t("Handovers between persons"), persons, words),
        _matrix("between-bodies", words.t("Handovers between bodies"), a.get("body_handovers"), words),
        _ping_pong(a.get("ping_pong"), words),
    )


def _matrix(key: str, title: str, value: Any, words: Words) -> SafeString:
    if not is_measured(value):
        return why_not(title, value, words)
    if not value:
        return EMPTY
    chart = matrix(
        key,
        title,
        [Pair(str(h["from"]), str(h["to"]), h["count"]) for h in value],
        words,
        from_title=words.t("From"),
        to_title=words.t("To"),
        count_title=words.t("Handovers"),
    )
    return figure(chart, words)


def _ping_pong(value: Any, words: Words) -> SafeString:
    title = words.t("Back and forth (A → B → A)")
    if not is_measured(value) or not value:
        return why_not(title, value, words)
    levels = {"person": words.t("Person"), "body": words.t("Body")}
    columns = (Column(words.t("Between")), Column("A"), Column("B"), Column(words.t("Cases"), numeric=True))
    rows = tuple(
        (
            Cell(levels.get(p.get("level", "person"), "")),
            Cell(str(p["a"])),
            Cell(str(p["b"])),
            Cell(words.number(p["cases"]), p["cases"]),
        )
        for p in value[:30]
    )
    return table(title, Table(columns, rows), words)


def bodies(a: Analysis, words: Words) -> SafeString:
    """Medians and overdue rates by body with their intervals, and the same item in different bodies."""
    found = a.get("bodies")
    if not is_measured(found) or not found:
        return together(why_not("", found, words), divergence(a, words))
    text = words.t(
        "Where two intervals overlap widely, the difference may be chance: such bodies should not be ranked "
        "against each other. Grey: too few cases to be ranked at all."
    )
    known = [b for b in found if b.get("median_days") is not None]
    ranked = sorted(known, key=lambda b: (b["median_days"], b["body"]))[:SHOWN]
    parts = []
    if ranked:
        chart = intervals(
            "bodies",
            words.t("Median days by body, with 95% interval"),
            [_bar(b, "median_days", "interval", words) for b in ranked],
            words,
            head=words.t("Body"),
            unit=words.t("Median days"),
            say=words.days,
            tick=words.number,
        )
        parts.append(
            figure(
                chart, words, words.t("From start to end; open cases count as lasting at least until now.")
            )
        )
    late = sorted(
        (b for b in found if b.get("overdue_rate") is not None), key=lambda b: (b["overdue_rate"], b["body"])
    )
    if late:
        chart = intervals(
            "bodies-overdue",
            words.t("Overdue rate by body, with 95% interval"),
            [_bar(b, "overdue_rate", "overdue_interval", words) for b in late[:SHOWN]],
            words,
            head=words.t("Body"),
            unit=words.t("Overdue rate"),
            say=words.percent,
            tick=lambda share: words.percent(share, 0),
        )
        parts.append(figure(chart, words))
    return together(lead(text, words), *parts, _body_table(found, words), divergence(a, words))


def _bar(b: Mapping[str, Any], value: str, interval: str, words: Words) -> Bar:
    low, high = b.get(interval) or (None, None)
    if low is None or high is None:
        low = high = None
    count = words.plural(b["cases"], "{n} case", "{n} cases")
    tone = "xc-s1" if b.get("ranked", True) else "xc-other"
    return Bar(f"{b['body']} ({count})", b[value], low, high, tone=tone)


def _body_table(found: list[Mapping[str, Any]], words: Words) -> SafeString:
    columns = (
        Column(words.t("Body")),
        Column(words.t("Cases"), numeric=True),
        Column(words.t("Still open"), numeric=True),
        Column(words.t("Median"), numeric=True),
        Column(words.t("Mean"), numeric=True),
        Column(words.t("Expected for its mix of cases"), numeric=True),
        Column(words.t("Actual against expected"), numeric=True),
        Column(words.t("Overdue rate"), numeric=True),
    )
    rows = tuple(
        (
            Cell(str(b["body"])),
            Cell(words.number(b["cases"]), b["cases"]),
            Cell(words.number(b.get("open")), b.get("open")),
            Cell(words.days(b.get("median_days")), b.get("median_days")),
            Cell(words.days(b.get("mean_days")), b.get("mean_days")),
            Cell(words.days(b.get("expected_days")), b.get("expected_days")),
            Cell(words.number(b.get("adjusted_ratio"), 2), b.get("adjusted_ratio")),
            Cell(words.percent(b.get("overdue_rate")), b.get("overdue_rate")),
        )
        for b in found
    )
    return table(words.t("Bodies in figures"), Table(columns, rows), words)


def divergence(a: Analysis, words: Words) -> SafeString:
    """The same item in different bodies."""
    found = a.get("divergence")
    title = words.t("Same item, different bodies")
    if not is_measured(found) or not found:
        return why_not(title, found, words)
    parts = []
    for number, item in enumerate(found[:6]):
        known = [b for b in item["bodies"] if b.get("median_days") is not None]
        chart = intervals(
            f"item-{number}",
            str(item["item"]),
            [_bar(b, "median_days", "interval", words) for b in known[:12]],
            words,
            head=words.t("Body"),
            unit=words.t("Median days"),
            say=words.days,
            tick=words.number,
        )
        text = words.t(
            "The slowest body takes {n} times as long as the fastest.", n=words.number(item.get("ratio"))
        )
        parts.append(figure(chart, words, text if item.get("ratio") else ""))
    return together(note(title, words), *parts)


def _ratio(item: Mapping[str, Any], words: Words) -> str:
    """How far the bodies lie apart, and whether that can be chance."""
    if not item.get("ratio"):
        return ""
    text = words.t("The slowest body takes {n} times as long as the fastest.", n=words.number(item["ratio"]))
    if item.get("different") is False:
        text += words.t(" The intervals touch: this may be chance.")
    return text
