"""What the figures rest on: the log's quality, definitions, mapping, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.report.definitions import DEFINITIONS
from xiaoneng.presentation.report.render import lead, render, together
from xiaoneng.presentation.words import Words

Analysis = Mapping[str, Any]
QUALITY_NAMES = {
    "cases_of_the_same_name": "Several traces under one case name",
    "duplicates": "Records that appear twice",
    "empty_cases": "Cases without any record",
    "empty_values": "Empty dates and numbers",
    "end_before_start": "Steps that end before they start",
    "end_unknown": "Finished or not: unknown",
    "events_of_several_cases": "Records that belong to several cases",
    "events_without_case": "Records without a case",
    "long_gaps": "Gaps of more than a year",
    "midnight": "Dates without a time of day",
    "missing_activity": "Records without a step",
    "missing_body": "Records without a body",
    "missing_resource": "Records without a person",
    "mixed_offsets": "Several offsets from UTC",
    "nested_attributes_left_out": "Nested details left out",
    "no_activity": "No steps named",
    "no_body": "No bodies named",
    "no_resource": "No persons named",
    "no_time": "Records without a time",
    "one_event_cases": "Cases with a single moment",
    "one_timestamp": "One time per step",
    "open_cases": "Cases without an end",
    "out_of_order": "Out of order in the file",
    "outside_calendar": "Outside the published calendar",
    "own_flag_differs": "The log’s own overdue flag differs",
    "partial_cover": "Records cover part of the case only",
    "repeated_keys": "Details given twice",
    "ties": "Steps at the same moment",
    "unknown_elements": "Unknown elements in the file",
    "unnamed_cases": "Cases without a number",
}
ROLES = {
    "case": "Case",
    "activity": "Step",
    "time": "Time",
    "end": "End of the step",
    "resource": "Person",
    "role": "Post",
    "body": "Body",
    "lifecycle": "Life-cycle stage",
    "deadline": "Deadline",
    "planned": "Planned end",
    "started": "Start of the case",
    "finished": "End of the case",
    "item": "Service item",
    "item_body": "Body of the item",
    "status": "Status",
}


def clock(log: Mapping[str, Any], words: Words) -> str:
    """Which clock the calendar looks at."""
    return words.t("as recorded; where the log gives no offset, {zone}", zone=log.get("tz") or "–")


def quality_name(code: str, words: Words) -> str:
    """A quality code as a reader's words; an unknown one with spaces."""
    return words.t(QUALITY_NAMES.get(code, code.replace("_", " ")))


def quality(a: Analysis, words: Words) -> SafeString:
    """What is wrong with the log, and what that does to the figures."""
    problems = a.get("quality") or []
    if not problems:
        return lead(words.t("Nothing in the log's form calls a figure into question."), words)
    text = words.t("What is wrong with the log, and what it does to the figures of this report.")
    listed = [
        {
            "name": quality_name(q["code"], words),
            "count": words.number(q.get("count")),
            "effect": q["effect"],
            "examples": [str(e) for e in (q.get("examples") or [])[:5]],
        }
        for q in problems
    ]
    return together(lead(text, words), render("quality.html", words, problems=listed))


def definitions(a: Analysis, words: Words) -> SafeString:
    """How each figure is defined."""
    rows = [
        {"name": words.t(d.name), "meaning": words.t(d.meaning), "formula": d.formula}
        for d in DEFINITIONS
        if d.key in a or d.key == "log"
    ]
    return render("definitions.html", words, definitions=rows)


def appendix(a: Analysis, words: Words) -> SafeString:
    """Which columns were read as what, in which zone and calendar, and the file's fingerprint."""
    log, t = a["log"], words.t
    mapping = [(t(ROLES.get(role, role)), str(column)) for role, column in (log.get("mapping") or {}).items()]
    facts = [
        (t("File"), str(log.get("name") or "–")),
        (t("Format"), str(log.get("format") or "–")),
        ("SHA-256", str(log.get("sha256") or "–")),
        (t("Clock"), clock(log, words)),
        (t("Working-day calendar"), str(log.get("calendar") or "–")),
        (t("Open cases looked at as of"), words.moment(log.get("as_of"))),
        (t("First record (UTC)"), words.moment(log.get("first"))),
        (t("Last record (UTC)"), words.moment(log.get("last"))),
    ]
    return together(
        render("facts.html", words, title=t("Columns read as"), facts=mapping),
        render("facts.html", words, title=t("The log"), facts=facts),
    )
