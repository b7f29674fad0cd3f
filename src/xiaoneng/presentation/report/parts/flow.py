"""How cases flow: the process map, the ways through, the dotted chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.safestring import SafeString

from xiaoneng.presentation.charts import Dot, Flow, Step, dotted, meter, process_map
from xiaoneng.presentation.report.reasons import is_measured, why_not
from xiaoneng.presentation.report.render import figure, lead, render, together, trusted
from xiaoneng.presentation.words import Words

Analysis = Mapping[str, Any]
PATH_SHOWN = 14


def flow_map(a: Analysis, words: Words) -> SafeString:
    """The directly-follows graph as a map."""
    dfg = a.get("dfg")
    if not is_measured(dfg) or not dfg:
        return why_not("", dfg, words)
    edges = dfg.get("all") or dfg["top"]
    steps = [
        Step(s["name"], s["events"], s["cases"], s["starts"], s["ends"]) for s in dfg.get("activities") or []
    ]
    flows = [Flow(e["from"], e["to"], e["count"], e.get("mean_seconds")) for e in edges]
    text = words.t(
        "Boxes are steps with the number of times they occur (↻: repeated at once), the darker the "
        "more cases have them. "
        "Arrows say what directly follows what: how often, and after how long on average. Orange: "
        "where cases "
        "spend most time in all. Dashed: back against the flow."
    )
    chart = process_map(
        "map",
        words.t("Process map"),
        steps,
        flows,
        words,
        cases=a["log"]["cases"],
        transitions=max(a["log"]["events"] - a["log"]["cases"], 0),
        description=_map_description(flows, words),
    )
    return together(lead(text, words), figure(chart, words))


def _map_description(flows: Sequence[Flow], words: Words) -> str:
    ranked = sorted(flows, key=lambda f: (-f.count, f.source, f.target))[:5]
    said = words.join([f"{f.source} → {f.target} ({words.number(f.count)})" for f in ranked])
    return words.t("The busiest successions: {list}", list=said)


def ways(a: Analysis, words: Words) -> SafeString:
    """The commonest variants with their share, times and steps."""
    variants = a.get("variant_list")
    if not is_measured(variants) or not variants:
        return why_not("", variants, words)
    covered = sum(v["share"] for v in variants)
    text = words.t(
        "There are {all} different ways through for {cases} cases; the {shown} commonest cover "
        "{share} of the cases.",
        all=words.number(a["variants"]),
        cases=words.number(a["log"]["cases"]),
        shown=len(variants),
        share=words.percent(covered),
    )
    if a["variants"] > a["log"]["cases"] / 2:
        text += words.t(
            " Nearly every case goes its own way: this is a sign of free handling or of very fine recording, "
            "and the list says little; the process map says more."
        )
    most = max(v["share"] for v in variants)
    return together(
        lead(text, words),
        render("variants.html", words, variants=[_variant(v, most, words) for v in variants]),
    )


def _variant(v: Mapping[str, Any], most: float, words: Words) -> dict[str, Any]:
    path = [
        {"name": name, "times": n if (n := len(list(run))) > 1 else 0} for name, run in groupby(v["path"])
    ]
    head, tail = (path, []) if len(path) <= PATH_SHOWN + 2 else (path[:PATH_SHOWN], path[PATH_SHOWN:])
    times = words.t(
        "half within {median}, nine in ten within {p90}",
        median=words.days(v.get("median_days")),
        p90=words.days(v.get("p90_days")),
    )
    return {
        "cases": words.plural(v["cases"], "{n} case", "{n} cases"),
        "share": words.percent(v["share"]),
        "bar": trusted(meter(v["share"] / most if most else 0, "xc-s1")),
        "times": times if v.get("median_days") is not None else "",
        "head": head,
        "tail": tail,
        "more": words.t("and {n} more steps", n=len(tail)),
        "example": v.get("example", ""),
    }


def dots(a: Analysis, words: Words) -> SafeString:
    """Every event a dot: waves, gaps and piles show at once."""
    sample = a.get("dotted")
    if not is_measured(sample) or not sample or not sample.get("points"):
        return why_not("", sample, words)
    text = words.t(
        "A row per case, sorted by its start; a dot per recorded step. Vertical stripes are days on which "
        "much was handled at once, long empty stretches are waiting."
    )
    shown = len(sample["cases"])
    if shown < a["log"]["cases"]:
        text += words.t(
            " Drawn is a sample of {shown} of {all} cases.",
            shown=words.number(shown),
            all=words.number(a["log"]["cases"]),
        )
    first = a["log"].get("first")
    chart = dotted(
        "dots",
        words.t("Dotted chart"),
        [Dot(int(row), float(seconds), int(group)) for row, seconds, group in sample["points"]],
        [str(name) for name in sample["activities"]],
        shown,
        words,
        origin=datetime.fromisoformat(sample.get("origin") or first) if first else None,
        y_title=words.t("Cases by start"),
        other=words.t("Other steps"),
    )
    return together(lead(text, words), figure(chart, words))
