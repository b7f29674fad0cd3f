"""How long cases take: distribution, open cases, flow over time, waiting, owners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.charts import (
    Bar,
    Bin,
    Cell,
    Column,
    Series,
    Stack,
    Table,
    bars,
    histogram,
    lines,
    lying_bars,
    stacked_bars,
    survival,
)
from xiaoneng.presentation.report.reasons import is_measured, why_not
from xiaoneng.presentation.report.render import EMPTY, beside, figure, lead, table, together
from xiaoneng.presentation.words import HOUR, Words

Analysis = Mapping[str, Any]
OWNERS = {
    "applicant": "Applicant",
    "other_body": "Other bodies",
    "excluded": "Excluded procedures",
    "own": "The body itself",
    "unknown": "Not named in the log",
}
QUANTILES = {"median": "Half of the cases within", "p90": "Nine in ten within", "mean": "Mean"}
MARKS = {"median": "half: {n}", "p90": "nine in ten: {n}"}
CAUSES = {
    "batching": "Batching: work waits until a pile is worked off",
    "contention": "Contention: the person is busy with older work",
    "prioritisation": "Prioritisation: newer work goes first",
    "unavailability": "Unavailability: nobody is at work",
    "extraneous": "Extraneous: none of these; the cause lies outside the log",
}
SHORT_CAUSES = {
    "batching": "Batching",
    "contention": "Contention",
    "prioritisation": "Prioritisation",
    "unavailability": "Unavailability",
    "extraneous": "Extraneous",
}


def durations(a: Analysis, words: Words) -> SafeString:
    """Quartiles in calendar and working time, the histogram, and the survival curve where cases are open."""
    days = a.get("throughput_days")
    if not is_measured(days) or not days:
        return why_not("", days, words)
    working = a.get("throughput_working_days")
    text = words.t(
        "The time between the first and the last record of a case. What happened before the first "
        "or after the last "
        "record is not in the log and not in this figure."
    )
    return together(
        lead(text, words),
        table(words.t("Time per case"), _quantiles(days, working, words), words),
        why_not(words.t("Working days"), working, words),
        _histogram(a, days, words),
        _survival(days, words),
    )


def _quantiles(days: Mapping[str, Any], working: Any, words: Words) -> Table:
    names = QUANTILES.items()
    columns = [Column(""), *(Column(words.t(text), numeric=True) for _, text in names)]
    rows = [(Cell(words.t("Calendar time")), *(Cell(words.days(days.get(k)), days.get(k)) for k, _ in names))]
    if is_measured(working) and working:
        said = (Cell(words.working_days(working.get(k)), working.get(k)) for k, _ in names)
        rows.append((Cell(words.t("Working days")), *said))
    return Table(tuple(columns), tuple(rows))


def _histogram(a: Analysis, days: Mapping[str, Any], words: Words) -> SafeString:
    shape = a.get("histogram")
    bins = shape.get("throughput") if isinstance(shape, dict) else None
    if not isinstance(bins, list) or not bins:
        return EMPTY
    marks = [
        (float(days[key]), words.t(text, n=words.days(days[key])))
        for key, text in MARKS.items()
        if days.get(key) is not None
    ]
    title = words.t("Distribution of the time per case, in days")
    width = bins[0]["to_days"] - bins[0]["from_days"] if bins[0]["to_days"] is not None else 1.0
    shown = [
        Bin(b["from_days"], b["from_days"] + width, b["cases"], rest=True)
        if b["to_days"] is None
        else Bin(b["from_days"], b["to_days"], b["cases"])
        for b in bins
    ]
    chart = histogram(
        "histogram",
        title,
        shown,
        words,
        head=words.t("Days"),
        unit=words.t("Cases"),
        say_edge=words.days,
        lines=marks,
    )
    rest = shown[-1]
    text = (
        words.t("The last, paler bar holds all cases of {n} and more.", n=words.days(rest.low))
        if rest.rest
        else ""
    )
    return figure(chart, words, text)


def _survival(days: Mapping[str, Any], words: Words) -> SafeString:
    censored = days.get("censored")
    if not isinstance(censored, dict) or not is_measured(censored) or not censored.get("km_curve"):
        return why_not(words.t("Open cases counted in (Kaplan–Meier)"), censored, words)
    curve = [(float(p["day"]), float(p["share"])) for p in censored["km_curve"]]
    text = words.plural(
        censored["open"],
        "{n} case is still open. Leaving it out would flatter the figure; here it counts as lasting "
        "at least until now.",
        "{n} cases are still open. Leaving them out would flatter the figure; here they count as "
        "lasting at least until now.",
    )
    if censored.get("basis") == "stated":
        text += words.t(" Counted from the start to the end that the log states.")
    else:
        text += words.t(" Counted from the first to the last record.")
    chart = survival(
        "survival",
        words.t("Share of cases still open after so many days (Kaplan–Meier)"),
        curve,
        words,
        x_title=words.t("Days since the start"),
        marked=censored.get("km_median_days"),
    )
    return figure(chart, words, text)


def series(a: Analysis, words: Words) -> SafeString:
    """Arrivals, completions, work in hand, and the median time by period."""
    found = a.get("series")
    if not is_measured(found) or not found or not found.get("points"):
        return why_not("", found, words)
    unit, points = found["unit"], found["points"]
    periods = [_moment(p["period"]) for p in points]
    say = {"month": words.month, "week": words.date, "day": words.date}.get(unit, words.date)

    def values(key: str) -> tuple[float | None, ...]:
        return tuple(p.get(key) for p in points)

    head = {"month": words.t("Month"), "week": words.t("Week from"), "day": words.t("Day")}.get(unit, unit)
    arrivals = [
        Series(words.t("Arrived"), values("arrived"), "xc-s1"),
        Series(words.t("Completed"), values("completed"), "xc-s3"),
        Series(words.t("In hand at the end"), values("open"), "xc-s2", area=True),
    ]
    shown = [s for s in arrivals if any(v is not None for v in s.values)]
    parts = [
        figure(
            lines(
                "arrivals",
                words.t("Cases arrived, completed and in hand"),
                periods,
                shown,
                words,
                head=head,
                say=words.number,
                say_period=say,
            ),
            words,
        )
    ]
    medians = values("median_days")
    if any(v is not None for v in medians):
        parts.append(
            figure(
                lines(
                    "medians",
                    words.t("Median days of the cases completed in the period"),
                    periods,
                    [Series(words.t("Median days"), medians, "xc-s4")],
                    words,
                    head=head,
                    say=words.days,
                    say_period=say,
                    height=200,
                ),
                words,
            )
        )
    return together(lead(_backlog_text(points, words), words), *parts)


def _backlog_text(points: list[Mapping[str, Any]], words: Words) -> str:
    arrived = sum(p.get("arrived") or 0 for p in points)
    completed = sum(p.get("completed") or 0 for p in points)
    text = words.t(
        "{arrived} cases arrived and {completed} were completed.",
        arrived=words.number(arrived),
        completed=words.number(completed),
    )
    text += words.t(
        " Where the blue line stays above the green one, work piles up. The first and the last "
        "period may be incomplete."
    )
    return text


def _moment(period: str) -> datetime:
    """``2024``, ``2024-03`` or an ISO date as the period's first moment."""
    text = str(period)
    full = text + "-01" * (2 - text.count("-")) if text.count("-") < 2 else text
    return datetime.fromisoformat(full).replace(tzinfo=None)


def waiting(a: Analysis, words: Words) -> SafeString:
    """Waiting against working per step, and the causes of waiting."""
    return together(
        _split(a.get("time_split"), words),
        _causes(a.get("waiting_causes"), words),
        _owners(a.get("owners"), words),
    )


def _rows(value: Any, *keys: str) -> list[Mapping[str, Any]]:
    """The list in a value that is either the list itself or an object that holds it under one of ``keys``."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for key in keys:
            if isinstance(value.get(key), list):
                return list(value[key])
    return []


def _split(value: Any, words: Words) -> SafeString:
    title = words.t("Waiting and working per step")
    rows = _rows(value, "by_activity", "activities", "steps")
    if not is_measured(value) or not rows:
        return why_not(title, value, words)
    ranked = sorted(rows, key=lambda r: -((r.get("waiting_seconds") or 0) + (r.get("working_seconds") or 0)))[
        :12
    ]
    stacks = [
        Stack(r["activity"], ((r.get("waiting_seconds") or 0) / HOUR, (r.get("working_seconds") or 0) / HOUR))
        for r in ranked
    ]
    chart = stacked_bars(
        "split",
        title,
        stacks,
        [words.t("Waiting before the step"), words.t("Working on the step")],
        words,
        head=words.t("Step"),
        say=lambda h: words.duration(h * HOUR),
        tones=["xc-s2", "xc-s1"],
    )
    return figure(chart, words)


def _causes(value: Any, words: Words) -> SafeString:
    title = words.t("Why cases wait")
    rows = _rows(value, "by_activity", "activities", "steps")
    if not is_measured(value) or not rows:
        return why_not(title, value, words)
    ranked = sorted(rows, key=lambda r: -(r.get("waiting_seconds") or 0))[:12]
    stacks = [Stack(r["activity"], tuple((r.get(c) or 0) / HOUR for c in CAUSES)) for r in ranked]
    chart = stacked_bars(
        "causes",
        title,
        stacks,
        [words.t(name) for name in SHORT_CAUSES.values()],
        words,
        head=words.t("Step"),
        say=lambda h: words.duration(h * HOUR),
    )
    text = words.join([words.t(c) for c in CAUSES.values()])
    return figure(chart, words, text)


def _owners(value: Any, words: Words) -> SafeString:
    title = words.t("Whose time it was")
    rows = _rows(value, "by_owner", "owners", "total")
    if not is_measured(value) or not rows:
        return why_not(title, value, words)
    items = [
        Bar(_owner(r["owner"], words), r.get("share") or 0, remark=words.duration(r.get("seconds")))
        for r in rows[:15]
    ]
    chart = lying_bars(
        "owners", title, items, words, head=words.t("Owner"), unit=words.t("Share of time"), say=words.percent
    )
    text = words.t("The time between two records belongs to whoever had to act next.")
    if isinstance(value, dict) and value.get("basis") == "body":
        text += words.t(" The log tells bodies only, not the applicant's part or excluded procedures.")
    else:
        text += words.t(
            " A body is judged on its own time only; waiting on the applicant, another body or an "
            "excluded procedure is not its own."
        )
    return figure(chart, words, text)


def _owner(name: str, words: Words) -> str:
    """An owner's name; a body is called by its own name, never translated."""
    return words.t(OWNERS[name]) if name in OWNERS else name


def _age(bucket: Mapping[str, Any]) -> str:
    text = str(bucket["bucket"])
    return f"≥ {text[:-1]}" if text.endswith("+") else text.replace("-", "–")


def ages(a: Analysis, words: Words) -> SafeString:
    """How old the open cases are, and which are the oldest."""
    buckets = a.get("ages")
    rows = _rows(buckets, "buckets")
    oldest = a.get("oldest")
    if not oldest and isinstance(buckets, dict):
        oldest = buckets.get("oldest")
    if not is_measured(buckets) or not rows:
        return why_not("", buckets, words)
    chart = bars(
        "ages",
        words.t("Open cases by age"),
        [Bar(_age(r), r["cases"]) for r in rows],
        words,
        head=words.t("Age in days"),
        unit=words.t("Cases"),
        say=words.number,
        height=220,
    )
    parts = [figure(chart, words)]
    if isinstance(oldest, list) and oldest:
        columns = (
            Column(words.t("Case")),
            Column(words.t("Open for"), numeric=True),
            Column(words.t("Last step")),
            Column(words.t("Body")),
        )
        listed = tuple(
            (
                Cell(str(o["case"]), tight=len(str(o["case"])) < 25),
                Cell(words.days(o["days"]), o["days"]),
                Cell(o.get("last_activity") or "–"),
                Cell(o.get("body") or "–"),
            )
            for o in oldest
        )
        parts.append(table(words.t("The oldest open cases"), Table(columns, listed), words))
    text = words.t("Open cases as of {day}.", day=words.date(a["log"].get("as_of")))
    return together(lead(text, words), beside(*parts))
