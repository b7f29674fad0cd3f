"""How a figure is said when only its key is known: evidence and sizes come as plain keys and numbers."""

from __future__ import annotations

from xiaoneng.presentation.words import DAY, HOUR, Words

NAMES = {
    "cases": "Cases",
    "events": "Recorded steps",
    "share": "Share",
    "median_days": "Median days",
    "mean_days": "Mean days",
    "median_wait_seconds": "Median wait",
    "mean_wait_seconds": "Mean wait",
    "waiting_seconds": "Waiting in all",
    "working_seconds": "Working in all",
    "share_of_cases": "Share of cases",
    "share_of_events": "Share of steps",
}


def say_name(key: str, words: Words) -> str:
    """A key as a reader's word; an unknown one is shown as it is, with spaces."""
    return words.t(NAMES[key]) if key in NAMES else words.t(key.replace("_", " "))


def say_figure(key: str, value: object, words: Words) -> str:
    """A figure with the unit that its key names (``…_seconds``, ``share…``, ``hours_a_year``, …)."""
    if isinstance(value, bool):
        return words.t("yes") if value else words.t("no")
    if value is None or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    if "seconds" in key:
        return words.duration(value)
    if key == "hours_a_year":
        return words.t("{n} hours a year", n=words.number(round(value) if abs(value) >= 10 else value))
    if key == "hours" or key.endswith("_hours"):
        return words.hours(value * HOUR)
    if "working_days" in key:
        return words.working_days(value)
    if key == "days" or key.endswith("_days"):
        return words.duration(value * DAY)
    if any(part in key for part in ("share", "rate")) and -1 <= value <= 1:
        return words.percent(value)
    if key == "cases":
        return words.plural(value, "{n} case", "{n} cases")
    return words.number(value)
