"""How a figure is said when only its key is known: evidence and sizes come as plain keys and numbers."""

from __future__ import annotations

from xiaoneng.presentation.words import DAY, HOUR, Words

NAMES = {
    "bodies_compared": "Bodies compared",
    "cases": "Cases",
    "cases_in_time": "Cases in time",
    "cases_of_the_fast_body": "Cases of the fast body",
    "cases_of_the_slow_body": "Cases of the slow body",
    "cases_with_a_deadline": "Cases with a deadline",
    "days_of_the_fastest_of_them": "Time of the fastest of them",
    "days_over_the_limit": "Time over that age in all",
    "finished_cases": "Finished cases",
    "mean_days": "Mean time",
    "mean_working_days": "Mean, in working days",
    "median_allowed_days": "Median time allowed",
    "median_days": "Median time",
    "median_days_of_all": "Median time of all cases",
    "median_late_days": "Median delay",
    "median_working_days": "Median, in working days",
    "open_cases": "Open cases",
    "other_persons": "Other persons",
    "overdue_cases": "Overdue cases",
    "overdue_cases_in_all": "Overdue cases in all",
    "path_distance": "Difference of the steps (0 to 1)",
    "ratio_of_medians": "Ratio of the medians",
    "returns": "Returns",
    "share_arriving_on_the_day": "Share arriving on that day",
    "share_changed": "Share changed",
    "share_changed_at_most": "Share changed, at most",
    "share_of_all_waiting": "Share of all waiting",
    "share_of_cases_with_the_step": "Share of the cases with the step",
    "share_of_the_step": "Share of the step",
    "share_of_the_whole_time": "Share of the whole time",
    "share_on_the_day": "Share on that day",
    "slowest_days": "Time of the slowest",
    "times": "Times",
    "times_with_the_same_person": "Times with the same person",
    "weeks": "Weeks",
}


def say_name(key: str, words: Words) -> str:
    """A key as a reader's word; an unknown one is shown as it is, with spaces."""
    return words.t(NAMES[key]) if key in NAMES else key.replace("_", " ")


def say_size(unit: str, value: object, words: Words) -> str:
    """A finding's size in its unit."""
    if unit == "cases" and isinstance(value, int | float):
        return words.plural(value, "{n} case", "{n} cases")
    return say_figure(unit, value, words)


def say_figure(key: str, value: object, words: Words) -> str:
    """A figure with the unit that its key names (``…_seconds``, ``share…``, ``hours_a_year``, …)."""
    if isinstance(value, bool):
        return words.t("yes") if value else words.t("no")
    if value is None or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    if "seconds" in key:
        return words.duration(value)
    if key == "hours_a_year":
        return words.t("{n} hours of waiting a year", n=words.large(value))
    if key == "hours" or key.endswith("_hours"):
        return words.hours(value * HOUR)
    if "working_days" in key:
        return words.working_days(value)
    if key == "days" or key.endswith("_days"):
        return words.duration(value * DAY) if abs(value) < 2 else words.t("{n} d", n=words.number(value))
    if any(part in key for part in ("share", "rate")) and -1 <= value <= 1:
        return words.percent(value)
    return words.number(value)
