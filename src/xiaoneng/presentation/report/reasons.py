"""Why a figure is not shown: what the log lacks, and what to record so that it can be measured next time."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.report.render import render
from xiaoneng.presentation.words import Words

REASONS: dict[str, tuple[str, str]] = {
    "no_time": (
        "The events of this log carry no usable time.",
        "Name the time column with --time, or export the log with one.",
    ),
    "one_timestamp": (
        "Each event has one time only, so waiting cannot be told from working; a guess would be worthless.",
        "Export the start and the end of each step (--time and --end).",
    ),
    "no_activity": (
        "The log does not say which step was done.",
        "Name the column of the step (--activity).",
    ),
    "no_resource": (
        "The log does not say who did a step.",
        "Export the person or post that did each step (--resource).",
    ),
    "no_body": (
        "The log does not say which body did a step.",
        "Export the department or body (--body).",
    ),
    "no_deadline": (
        "The log contains no deadline, so nothing can be called overdue.",
        "Export the due date of each case (--deadline), or give a limit in working days (--limit).",
    ),
    "end_unknown": (
        "The log does not tell whether a case is finished, so open cases cannot be told from closed ones.",
        "Map an end date or a status column in the mapping file (finished, status).",
    ),
    "no_owner": (
        "The log names neither bodies nor roles, so nobody can be said to own the time.",
        "Export the body or the role that did each step (--body, or role in the mapping file).",
    ),
    "no_item": (
        "The log does not say to which service item a case belongs.",
        "Map the item and its body in the mapping file (item, item_body).",
    ),
    "outside_calendar": (
        "The log lies outside the published working-day calendar; working days are not guessed.",
        "Choose another calendar (--calendar weekdays, or a file of your own).",
    ),
}


UNKNOWN = "The log does not support this figure ({code})."
"""Said for a code that has no words yet; never silence."""


def is_measured(value: object) -> bool:
    """Whether the analysis holds a figure and not the statement that there is none."""
    return value is not None and not (isinstance(value, dict) and value.get("measurable") is False)


def why_not(title: str, value: Any, words: Words) -> SafeString:
    """The honest explanation in the place of a figure; nothing where the analysis does not know the figure
    at all."""
    if not isinstance(value, dict) or value.get("measurable") is not False:
        return SafeString("")
    code = str(value.get("reason", ""))
    reason, remedy = REASONS.get(code, (UNKNOWN, ""))
    return render(
        "unmeasured.html",
        words,
        title=title,
        reason=words.t(reason, code=code) if "{code}" in reason else words.t(reason),
        remedy=words.t(remedy) if remedy else "",
    )
