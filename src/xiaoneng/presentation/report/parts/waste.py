"""Work done twice, and steps that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.charts import Bar, Cell, Column, Table, lying_bars
from xiaoneng.presentation.report.reasons import is_measured, why_not
from xiaoneng.presentation.report.render import EMPTY, figure, lead, table, together
from xiaoneng.presentation.words import Words

Analysis = Mapping[str, Any]


def waste(a: Analysis, words: Words) -> SafeString:
    """Repeated steps, loops, repeated submissions, rubber stamps."""
    return together(_rework(a, words), _loops(a, words), _again(a, words), _stamps(a, words))


def _rework(a: Analysis, words: Words) -> SafeString:
    rows = a.get("rework")
    if not is_measured(rows):
        return why_not("", rows, words)
    if not rows:
        return lead(words.t("No step occurs twice in any case."), words)
    summary = a.get("rework_summary")
    text = words.t("A step counts as repeated where it occurs at least twice in one case.")
    if is_measured(summary) and summary and a["log"]["cases"]:
        text = (
            words.t(
                "{share} of cases repeat some step; {extra} records repeat a step that the case had "
                "already had. ",
                share=words.percent(summary["cases_with_any_repeat"] / a["log"]["cases"]),
                extra=words.number(summary["extra_events"]),
            )
            + text
        )
    cases = a["log"]["cases"] or 1
    items = [
        Bar(
            r["activity"],
            r["cases"],
            remark=f"{r['activity']}: {words.plural(r['cases'], '{n} case', '{n} cases')} "
            f"({words.percent(r['cases'] / cases)})",
        )
        for r in rows[:15]
    ]
    chart = lying_bars(
        "rework",
        words.t("Cases in which the step is repeated"),
        items,
        words,
        head=words.t("Step"),
        unit=words.t("Cases"),
        say=words.number,
    )
    return together(lead(text, words), figure(chart, words))


def _loops(a: Analysis, words: Words) -> SafeString:
    loops = a.get("loops")
    if not is_measured(loops) or not loops:
        return EMPTY
    columns = (Column(words.t("Loop")), Column(words.t("Cases"), numeric=True))
    rows = tuple(
        (
            Cell(" → ".join(str(step or "–") for step in item["path"])),
            Cell(words.number(item["cases"]), item["cases"]),
        )
        for item in loops[:20]
    )
    return table(words.t("Loops"), Table(columns, rows), words)


def _again(a: Analysis, words: Words) -> SafeString:
    found = a.get("submissions_again")
    title = words.t("Submitted again")
    if not is_measured(found) or not found:
        return why_not(title, found, words)
    columns = (
        Column(words.t("Step")),
        Column(words.t("Cases"), numeric=True),
        Column(words.t("Times"), numeric=True),
    )
    rows = tuple(
        (
            Cell(s["activity"]),
            Cell(words.number(s["cases"]), s["cases"]),
            Cell(words.number(s["events"]), s["events"]),
        )
        for s in found
    )
    return table(title, Table(columns, rows), words)


def _stamps(a: Analysis, words: Words) -> SafeString:
    found = a.get("rubber_stamps")
    title = words.t("Steps that hardly ever change the outcome")
    if not is_measured(found) or not found:
        return why_not(title, found, words)
    columns = (
        Column(words.t("Step")),
        Column(words.t("Cases"), numeric=True),
        Column(words.t("Outcome changed"), numeric=True),
        Column(words.t("Share"), numeric=True),
        Column(words.t("95% interval"), numeric=True),
        Column(words.t("Median wait"), numeric=True),
    )
    rows = []
    for s in found:
        low, high = s.get("interval") or (None, None)
        said = "–" if low is None or high is None else words.interval(low, high, "percent")
        rows.append(
            (
                Cell(s["activity"]),
                Cell(words.number(s["cases"]), s["cases"]),
                Cell(words.number(s["changed"]), s["changed"]),
                Cell(words.percent(s.get("share_changed")), s.get("share_changed")),
                Cell(said, high),
                Cell(words.duration(s.get("median_wait_seconds")), s.get("median_wait_seconds")),
            )
        )
    text = words.t(
        "Candidates for delegation or abolition; whether the law demands the step is for the office to say."
    )
    return table(title, Table(columns, tuple(rows)), words, text)
