"""The figures of a simulation for people: a table of times, people and steps, in either language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xiaoneng.core.simulation import Study, difference
from xiaoneng.core.simulation.measures import Estimate
from xiaoneng.presentation.i18n import Translate
from xiaoneng.presentation.text import cells, pad_cells
from xiaoneng.presentation.words import Words

TIMES = (
    ("cycle", "from arrival to end"),
    ("waiting", "of it waiting for people"),
    ("working", "of it being worked on"),
)


def say(studies: list[Study], report: dict[str, Any], words: Words, t: Translate) -> str:
    """The report for people."""
    lines = []
    for number, found in enumerate(studies):
        if len(studies) > 1:
            lines += ["", t("first model") if number == 0 else t("second model")]
        lines += _said(found, report if number == 0 else report["compare"], words, t)
    if len(studies) > 1:
        lines += [
            "",
            t("difference, second minus first, same random numbers"),
            *_differences(studies[0], studies[1], words, t),
        ]
    return "\n".join(lines)


def _said(found: Study, report: dict[str, Any], words: Words, t: Translate) -> list[str]:
    cases = report["cases"]
    lines = [
        t(
            "{replications} replications, seed {seed}: {arrived} cases came, {ended} ended, {open} under way"
        ).format(
            replications=len(found.replications),
            seed=found.seed,
            arrived=words.number(cases["arrived"]),
            ended=words.number(cases["ended"]),
            open=words.number(cases["in_progress"]),
        )
    ]
    rows = [
        (
            t(label),
            words.duration(found.mean(what).mean),
            _interval(found.mean(what), words.duration),
            t("nine of ten below {p90}").format(p90=words.duration(found.p90(what).mean)),
        )
        for what, label in TIMES
    ]
    cost = found.mean("cost")
    if cost.mean:
        rows.append((t("cost of a case (yuan)"), words.number(cost.mean), _interval(cost, words.number), ""))
    for name, number, share, _ in found.utilisation():
        label = t("{pool}, {number} persons: busy").format(pool=name, number=number)
        rows.append((label, words.percent(share.mean), _interval(share, words.percent), ""))
    lines += _table(rows)
    steps = [
        (
            found.plan.model.nodes[node].label,
            t("waits {time}").format(time=words.duration(wait.mean)),
            t("takes {time}").format(time=words.duration(work.mean)),
            t("{count} times").format(count=words.number(count.mean)),
        )
        for node, count, wait, work in found.steps()
    ]
    lines += ["", *_table(steps)] if steps else []
    lines += [
        f"! {r['element']}: {r['message']}" if r["element"] else f"! {r['message']}"
        for r in report["remarks"]
    ]
    return lines


def _differences(a: Study, b: Study, words: Words, t: Translate) -> list[str]:
    rows = []
    for what, label in (*TIMES, ("cost", "cost of a case (yuan)")):
        found = difference(a, b, what)
        if found.mean is None or (what == "cost" and not found.mean):
            continue
        form = words.number if what == "cost" else words.duration
        low, high = found.interval or (found.mean, found.mean)
        verdict = t("no clear difference") if low <= 0 <= high else t("less") if high < 0 else t("more")
        rows.append((t(label), _signed(found.mean, form), _interval(found, form), verdict))
    return _table(rows)


def _signed(value: float, form: Callable[[float], str]) -> str:
    return f"−{form(-value)}" if value < 0 else form(value)


def _interval(found: Estimate, form: Callable[[float], str]) -> str:
    if found.interval is None:
        return ""
    return f"[{_signed(found.interval[0], form)}, {_signed(found.interval[1], form)}]"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their cells."""
    widths = [max((cells(row[n]) for row in rows), default=0) for n in range(4)]
    return [
        "  " + "  ".join(pad_cells(c, w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
