"""Ten findings worth acting on, each with what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.charts import meter
from xiaoneng.presentation.report.reasons import is_measured, why_not
from xiaoneng.presentation.report.render import lead, render, together, trusted
from xiaoneng.presentation.report.sayings import say_figure, say_name, say_size
from xiaoneng.presentation.words import Words

OVERLAP = 0.1
"""Overlaps below this share are not worth a remark."""


def findings(a: Mapping[str, Any], words: Words) -> SafeString:
    """The findings as an ordered list; each opens to its evidence, its cases and its query."""
    found = a.get("findings")
    if not is_measured(found):
        return why_not("", found, words)
    if not found:
        return lead(words.t("Nothing in this log stands out enough to be called a finding."), words)
    most = max((f.get("hours_a_year") or 0 for f in found), default=0)
    if any((f.get("params") or {}).get("clock") == "calendar" for f in found):
        text = words.t(
            "Sorted by how long cases wait because of it, in hours by the clock a year (the log leaves the "
            "working-day calendar). "
        )
    else:
        text = words.t("Sorted by how long cases wait because of it, in working hours a year. ")
    text += words.t(
        "This is the waiting time of cases, not the working time of staff. A finding says where to look; the "
        "cases behind it let anyone check it."
    )
    return together(
        lead(text, words),
        render("findings.html", words, findings=[_finding(f, most, words) for f in found]),
    )


def _finding(f: Mapping[str, Any], most: float, words: Words) -> dict[str, Any]:
    unit, hours = f.get("unit", ""), f.get("hours_a_year")
    cases = [str(c) for c in f.get("cases") or []]
    total = (f.get("params") or {}).get("cases_total", len(cases))
    interval = f.get("interval")
    evidence = f.get("evidence")
    return {
        "title": f["title"],
        "size": say_size(unit, f.get("size"), words),
        "interval": interval_text(interval, unit, words),
        "hours": say_figure("hours_a_year", hours, words) if hours and unit != "hours_a_year" else "",
        "remark": _remark(f.get("params") or {}, hours, words),
        "bar": trusted(meter(hours / most, "xc-s1")) if hours and most else "",
        "advice": f.get("advice") or "",
        "behind": words.plural(
            total, "Behind it: {n} case, evidence and query", "Behind it: {n} cases, evidence and query"
        ),
        "evidence": _evidence(evidence, words),
        "cases": cases,
        "cases_title": words.t("Cases")
        if total <= len(cases)
        else words.t("{shown} of {total} cases", shown=len(cases), total=words.number(total)),
        "query": f.get("query") or "",
    }


def _remark(params: Mapping[str, Any], hours: float | None, words: Words) -> str:
    """How this finding's hours relate to the others', so that nobody adds up the same hour twice."""
    if not hours:
        return ""
    if params.get("additive") is False:
        return words.t(
            "Whole cases, seen another way: these hours are in part the same as those of other findings."
        )
    overlap = params.get("overlap") or 0
    if overlap >= OVERLAP:
        share = words.percent(overlap, 0)
        return words.t(
            "{share} of this wait is told by another finding already and does not count in the order.",
            share=share,
        )
    return ""


def interval_text(interval: object, unit: str, words: Words) -> str:
    """The 95 % interval in the finding's own unit."""
    if not isinstance(interval, list | tuple) or len(interval) != 2 or None in interval:
        return ""
    plain = unit in ("hours_a_year", "cases", "events")  # the unit stands with the size already
    low, high = (words.large(end) if plain else say_figure(unit, end, words) for end in interval)
    return words.t("95% interval {low} to {high}", low=low, high=high)


def _evidence(evidence: object, words: Words) -> list[tuple[str, str]]:
    if isinstance(evidence, Mapping):
        return [
            (say_name(str(key), words), say_figure(str(key), value, words))
            for key, value in evidence.items()
            if not isinstance(value, dict | list)
        ]
    return [("", str(evidence))] if evidence else []
