"""Which cases missed their deadline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.charts import Cell, Column, Table
from xiaoneng.presentation.report.reasons import is_measured, why_not
from xiaoneng.presentation.report.render import EMPTY, lead, table, together
from xiaoneng.presentation.words import Words

BASES = {
    "deadline": "Deadline in the log",
    "planned": "Planned end in the log",
    "limit": "Limit given on the command line",
}
ENDS = {
    "stated": "the end that the log states",
    "events": "the last record",
    "last_event": "the last record",
}


def overdue(a: Mapping[str, Any], words: Words) -> SafeString:
    """How many, by which yardstick, and the list."""
    found = a.get("overdue")
    if not is_measured(found) or not found:
        return why_not("", found, words)
    text = words.plural(found["cases"], "{n} case is overdue", "{n} cases are overdue")
    text += words.t(
        ": {finished} finished late, {open} still open past their deadline as of {day}.",
        finished=words.number(found["finished"]),
        open=words.number(found["open"]),
        day=words.date(a["log"].get("as_of")),
    )
    rate = found.get("rate")
    if isinstance(rate, dict) and rate.get("value") is not None:
        low, high = rate.get("interval") or (None, None)
        text += words.t(
            " That is {share} of the cases that can be judged", share=words.percent(rate["value"])
        )
        if low is not None and high is not None:
            text += words.t(
                " (95% interval {low} to {high})", low=words.percent(low), high=words.percent(high)
            )
        text += "。" if words.lang == "zh" else "."
    return together(
        lead(text, words), _bases(found.get("by"), words), _list(found.get("list"), found["cases"], words)
    )


def _bases(rows: Any, words: Words) -> SafeString:
    if not isinstance(rows, list) or len(rows) < 2:
        return EMPTY
    columns = (
        Column(words.t("Yardstick")),
        Column(words.t("Finished when")),
        Column(words.t("Cases with it"), numeric=True),
        Column(words.t("Overdue"), numeric=True),
        Column(words.t("Finished late"), numeric=True),
        Column(words.t("Open past due"), numeric=True),
    )
    listed = tuple(
        (
            Cell(words.t(BASES.get(r["basis"], r["basis"]))),
            Cell(words.t(ENDS.get(r.get("end", ""), "–"))),
            *(Cell(words.number(r.get(k)), r.get(k)) for k in ("with_basis", "cases", "finished", "open")),
        )
        for r in rows
    )
    text = words.t("What counts as late depends on the yardstick; the figures above follow the first line.")
    return table(words.t("By yardstick"), Table(columns, listed), words, text)


def _steps(rows: Any, words: Words) -> SafeString:
    if not isinstance(rows, list) or not rows:
        return EMPTY
    columns = (
        Column(words.t("Yardstick")),
        Column(words.t("Steps with it"), numeric=True),
        Column(words.t("Done late"), numeric=True),
        Column(words.t("Share"), numeric=True),
    )
    listed = tuple(
        (
            Cell(words.t(BASES.get(r["basis"], r["basis"]))),
            Cell(words.number(r["with_basis"]), r["with_basis"]),
            Cell(words.number(r["events"]), r["events"]),
            Cell(words.percent(r["events"] / r["with_basis"]), r["events"] / r["with_basis"]),
        )
        for r in rows
        if r["with_basis"]
    )
    return table(words.t("Limits of single steps"), Table(columns, listed), words)


def _list(rows: Any, total: int, words: Words) -> SafeString:
    if not isinstance(rows, list) or not rows:
        return EMPTY
    columns = (
        Column(words.t("Case")),
        Column(words.t("Due")),
        Column(words.t("Finished")),
        Column(words.t("Late by"), numeric=True),
        Column(words.t("Body")),
        Column(words.t("Last step")),
    )
    listed = tuple(
        (
            Cell(str(r["case"]), tight=len(str(r["case"])) < 25),
            Cell(words.date(r.get("due")), tight=True),
            Cell(words.date(r["end"]) if r.get("end") else words.t("still open"), tight=True),
            Cell(words.days(r.get("days_late")), r.get("days_late")),
            Cell(r.get("body") or "–"),
            Cell(r.get("activity") or "–"),
        )
        for r in rows
    )
    text = (
        words.t("The {shown} latest of {total}.", shown=len(rows), total=words.number(total))
        if len(rows) < total
        else ""
    )
    return table(words.t("Overdue cases"), Table(columns, listed), words, text)
