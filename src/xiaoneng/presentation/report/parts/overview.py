"""At a glance: what a head of office should know after one minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.report.reasons import is_measured
from xiaoneng.presentation.report.render import render
from xiaoneng.presentation.words import Words

Analysis = Mapping[str, Any]
Card = dict[str, str]


def headline(a: Analysis, words: Words) -> SafeString:
    """A short story in whole sentences, then the figures as cards."""
    return render(
        "headline.html", words, story=story(a, words), first=first_finding(a, words), cards=cards(a, words)
    )


def story(a: Analysis, words: Words) -> list[str]:
    """What the log says, in sentences; shared with the terminal."""
    t, log = words.t, a["log"]
    said = [
        t(
            "From {first} to {last} the log holds {cases} cases with {events} recorded steps of "
            "{activities} kinds.",
            first=words.date(log.get("first_local") or log.get("first")),
            last=words.date(log.get("last_local") or log.get("last")),
            cases=words.number(log["cases"]),
            events=words.number(log["events"]),
            activities=words.number(log["activities"]),
        )
    ]
    said += _time_sentences(a, words)
    overdue = a.get("overdue")
    if is_measured(overdue) and overdue:
        said.append(_overdue_sentence(overdue, words))
    return said


def first_finding(a: Analysis, words: Words) -> str:
    """The sentence that points to the largest finding; empty where there is none."""
    found = a.get("findings")
    if not isinstance(found, list) or not found:
        return ""
    return words.t("The first thing to act on: {title}", title=found[0]["title"])


def stated_median(a: Analysis) -> Mapping[str, Any] | None:
    """The Kaplan–Meier figures where the log itself states when a case began and ended, else None.

    The records of a log may cover only part of a case's life; where both are known, the stated one is the
    truth.
    """
    days = a.get("throughput_days")
    censored = days.get("censored") if isinstance(days, dict) else None
    if (
        isinstance(censored, dict)
        and censored.get("basis") == "stated"
        and censored.get("km_median_days") is not None
    ):
        return censored
    return None


def _time_sentences(a: Analysis, words: Words) -> list[str]:
    days, working = a.get("throughput_days"), a.get("throughput_working_days")
    said = []
    stated = stated_median(a)
    if stated is not None:
        said.append(
            words.t(
                "By the start and the end that the log states, half of the cases are finished "
                "within {median}; "
                "open cases are counted as lasting at least until now.",
                median=words.days(stated["km_median_days"], long=True),
            )
        )
    if is_measured(days) and days and days.get("median") is not None:
        text = words.t(
            "From the first to the last record, half of the cases take at most {median}, nine in "
            "ten at most {p90}.",
            median=words.days(days["median"], long=True),
            p90=words.days(days["p90"], long=True),
        )
        if is_measured(working) and working and working.get("median") is not None:
            text += words.t(
                " In working days: {median} and {p90}.",
                median=words.number(working["median"]),
                p90=words.number(working["p90"]),
            )
        said.append(text)
        censored = days.get("censored")
        if isinstance(censored, dict) and censored.get("open"):
            said.append(
                words.plural(censored["open"], "{n} case is still open.", "{n} cases are still open.")
            )
    return said


def _overdue_sentence(overdue: Mapping[str, Any], words: Words) -> str:
    text = words.plural(overdue["cases"], "{n} case missed its deadline", "{n} cases missed their deadline")
    rate = overdue.get("rate")
    if isinstance(rate, dict) and rate.get("value") is not None:
        text += words.t(
            " ({share} of the {n} that can be judged)",
            share=words.percent(rate["value"]),
            n=words.number(rate.get("n") or overdue.get("with_basis")),
        )
    if overdue.get("open"):
        text += words.plural(overdue["open"], ", {n} of them is still open", ", {n} of them are still open")
    return text + ("。" if words.lang == "zh" else ".")


def cards(a: Analysis, words: Words) -> list[Card]:
    """Up to six figures; one that the log cannot support is not among them."""
    t, log, found = words.t, a["log"], []
    found.append(
        {
            "name": t("Cases"),
            "value": words.number(log["cases"]),
            "more": t("{n} recorded steps", n=words.number(log["events"])),
        }
    )
    found += _time_cards(a, words)
    found += _overdue_card(a, words)
    found += _open_card(a, words)
    found += _repeat_card(a, words)
    if len(found) < 6:
        found.append(
            {
                "name": t("Ways through"),
                "value": words.number(a["variants"]),
                "more": t("different sequences of steps, for {n} cases", n=words.number(log["cases"])),
            }
        )
    return found[:6]


def _time_cards(a: Analysis, words: Words) -> list[Card]:
    t, days, working = words.t, a.get("throughput_days"), a.get("throughput_working_days")
    found: list[Card] = []
    stated = stated_median(a)
    if stated is not None:
        found.append(_stated_card(stated, words))
    if is_measured(days) and days and days.get("median") is not None:
        value, _, unit = words.days(days["median"], long=True).partition(" ")
        found.append(
            {
                "name": t("Median, first to last record"),
                "value": value,
                "unit": unit,
                "more": t("nine in ten within {p90}", p90=words.days(days["p90"], long=True)),
            }
        )
    if is_measured(working) and working and working.get("median") is not None:
        found.append(
            {
                "name": t("Median in working days"),
                "value": words.number(working["median"]),
                "unit": t("working days") if working["median"] != 1 else t("working day"),
                "more": t("nine in ten: {n}", n=words.number(working["p90"])),
            }
        )
    return found


def _stated_card(stated: Mapping[str, Any], words: Words) -> Card:
    value, _, unit = words.days(stated["km_median_days"], long=True).partition(" ")
    low, high = stated.get("interval") or (None, None)
    more = words.t("open cases counted in")
    if low is not None and high is not None:
        more = words.t("95% interval {low} to {high}", low=words.number(low), high=words.number(high))
    return {"name": words.t("Median, stated start to end"), "value": value, "unit": unit, "more": more}


def _overdue_card(a: Analysis, words: Words) -> list[Card]:
    overdue = a.get("overdue")
    if not is_measured(overdue) or not overdue:
        return []
    rate = overdue.get("rate") or {}
    more = words.t("{finished} late, {open} still open", **_numbers(overdue, words))
    card = {"name": words.t("Overdue"), "value": words.number(overdue["cases"]), "more": more}
    if isinstance(rate, dict) and rate.get("value") is not None:
        card["unit"] = f"({words.percent(rate['value'])})"
    card["tone"] = "bad" if overdue["cases"] else "good"
    return [card]


def _numbers(overdue: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {name: words.number(overdue.get(name)) for name in ("finished", "open")}


def _open_card(a: Analysis, words: Words) -> list[Card]:
    days = a.get("throughput_days")
    censored = days.get("censored") if isinstance(days, dict) else None
    if not isinstance(censored, dict) or censored.get("open") is None:
        return []
    oldest = a.get("oldest") or []
    more = words.t("as of {day}", day=words.date(a["log"].get("as_of")))
    if isinstance(oldest, list) and oldest:
        more = words.t("the oldest for {time}", time=words.days(oldest[0]["days"], long=True))
    return [{"name": words.t("Still open"), "value": words.number(censored["open"]), "more": more}]


def _repeat_card(a: Analysis, words: Words) -> list[Card]:
    summary = a.get("rework_summary")
    if not is_measured(summary) or not summary or not a["log"]["cases"]:
        return []
    share = summary["cases_with_any_repeat"] / a["log"]["cases"]
    return [
        {
            "name": words.t("Cases with a repeated step"),
            "value": words.percent(share),
            "more": words.plural(
                summary["extra_events"], "{n} step done once more", "{n} steps done once more"
            ),
        }
    ]
