"""A log on the picture of a process: how often, how long, how often again, step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.eventlog.contracts import LogInfo
from xiaoneng.apps.eventlog.contracts import State as LogState
from xiaoneng.apps.eventlog.selectors import logs as eventlog
from xiaoneng.apps.processes.diagrams.checking import ACTIVITIES, model_of
from xiaoneng.core.process import Model, Node
from xiaoneng.web.language import words
from xiaoneng.web.views.processes_common import chosen, frame, here, picture
from xiaoneng.web.views.processes_words import in_order, title

MEASURES = {
    "count": (gettext_lazy("How often"), gettext_lazy("times the step was done")),
    "waiting": (gettext_lazy("How long before it"), gettext_lazy("mean time from the event before it")),
    "rework": (
        gettext_lazy("How often again"),
        gettext_lazy("share of its cases in which it was done again"),
    ),
}
LEVELS = 5


@dataclass(frozen=True, slots=True)
class Heat:
    """What a log says about one step; None where it says nothing."""

    count: int
    cases: int
    waiting: float | None
    again: int

    @property
    def rework(self) -> float:
        """Share of its cases in which the step was done more than once."""
        return self.again / self.cases if self.cases else 0.0


def heat(request: HttpRequest, key: str) -> HttpResponse:
    """A version with the figures of a log that one may see."""
    place = here(request, key)
    version = chosen(request, place)
    logs = [log for log in eventlog.logs_visible(place.scope)[:200] if log.state == LogState.READY]
    log = _asked(request, logs)
    measure = request.GET.get("measure", "count")
    measure = measure if measure in MEASURES else "count"
    context = frame(request, place, version, "heat") | {
        "picture": picture(place, version),
        "logs": logs,
        "log": log,
        "measures": [(name, text[0]) for name, text in MEASURES.items()],
        "measure": measure,
    }
    if log is not None:
        context |= _figures(model_of(version.bpmn), eventlog.analysis(log), measure)
    return render(request, "web/processes/heat.html", context)


def _asked(request: HttpRequest, logs: list[Any]) -> LogInfo | None:
    wanted = request.GET.get("log", "")
    try:
        pk = UUID(wanted)
    except ValueError:
        return logs[0] if logs else None
    return next((log for log in logs if log.pk == pk), None)


def heat_by_name(analysis: Mapping[str, Any]) -> dict[str, Heat]:
    """Figures by activity name from the analysis of a log."""
    dfg = analysis.get("dfg", {})
    before: dict[str, list[tuple[int, float]]] = {}
    for edge in dfg.get("all", []):
        if edge["mean_seconds"] is not None:
            before.setdefault(edge["to"], []).append((edge["count"], edge["mean_seconds"]))
    again = {row["activity"]: row["cases"] for row in _rows(analysis.get("rework"))}
    return {
        row["name"]: Heat(
            row["events"], row["cases"], _mean(before.get(row["name"], [])), again.get(row["name"], 0)
        )
        for row in dfg.get("activities", [])
    }


def _rows(section: Any) -> list[dict[str, Any]]:
    """A section that can be measured is a list."""
    return section if isinstance(section, list) else []


def _mean(parts: list[tuple[int, float]]) -> float | None:
    total = sum(count for count, _seconds in parts)
    return sum(count * seconds for count, seconds in parts) / total if total else None


def _figures(model: Model, analysis: Mapping[str, Any], measure: str) -> dict[str, Any]:
    """Rows of the table and marks of the picture; steps of the log that the model does not know."""
    found = heat_by_name(analysis)
    steps = [node for node, _depth in in_order(model) if node.kind in ACTIVITIES or node.facts.event]
    by_step = [(node, next((found[n] for n in _names(node) if n in found), None)) for node in steps]
    values = [v for _node, one in by_step if one is not None and (v := _value(one, measure)) is not None]
    most = max(values, default=0.0)
    rows, marks = [], {}
    for node, one in by_step:
        value = None if one is None else _value(one, measure)
        level = 0 if value is None or not most else max(1, -(-int(value / most * 1000) * LEVELS // 1000))
        text = said(value, measure)
        if value is not None:
            marks[node.id] = [f"xn-heat-{level}", text, str(MEASURES[measure][1]), "heat"]
        rows.append({"id": node.id, "name": title(node), "level": level, "text": text} | _row(one))
    known = {name for node in steps for name in _names(node)}
    others = sorted(((n, h.count) for n, h in found.items() if n not in known), key=lambda pair: -pair[1])
    return {
        "rows": rows,
        "marks": json.dumps(marks, ensure_ascii=False),
        "unknown": others,
        "known": sum(one is not None for _node, one in by_step),
        "legend": [(level, said(most * level / LEVELS, measure)) for level in range(1, LEVELS + 1)],
        "what": MEASURES[measure][1],
        "most": most,
    }


def _names(node: Node) -> tuple[str, ...]:
    """The names under which a log may know the step."""
    return tuple(name for name in (node.name, node.facts.en, node.id) if name)


def _value(one: Heat, measure: str) -> float | None:
    return {"count": float(one.count), "waiting": one.waiting, "rework": one.rework}[measure]


def _row(one: Heat | None) -> dict[str, str]:
    if one is None:
        return {"count": "–", "waiting": "–", "rework": "–"}
    return {
        "count": said(float(one.count), "count"),
        "waiting": said(one.waiting, "waiting"),
        "rework": said(one.rework, "rework"),
    }


def said(value: float | None, measure: str) -> str:
    """A figure in words; a dash where the log says nothing."""
    if value is None:
        return "–"
    if measure == "waiting":
        return words().duration(value)
    if measure == "rework":
        return words().percent(value)
    return _("%(n)s×") % {"n": words().number(value, 0)}
