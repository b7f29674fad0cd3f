"""A log on the picture of a process: how often, how long, how often again, where cases leave the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng.apps.eventlog import exploring
from xiaoneng.apps.eventlog.contracts import LogInfo
from xiaoneng.apps.eventlog.contracts import State as LogState
from xiaoneng.apps.eventlog.selectors import logs as eventlog
from xiaoneng.apps.processes.contracts import ProcessVersionInfo
from xiaoneng.apps.processes.diagrams.checking import ACTIVITIES, model_of
from xiaoneng.apps.processes.diagrams.kept import Kept
from xiaoneng.core.errors import BadInput, NotFound
from xiaoneng.core.eventlog import EventStore
from xiaoneng.core.mining.replay import heat as heat_of
from xiaoneng.core.mining.replay import replay
from xiaoneng.core.process import Model, Node, NotExecutable
from xiaoneng.web.language import words
from xiaoneng.web.views.processes_common import chosen, frame, here, picture
from xiaoneng.web.views.processes_words import in_order, title

MEASURES = {
    "count": (gettext_lazy("How often"), gettext_lazy("times the step was done")),
    "time": (gettext_lazy("How long"), gettext_lazy("usual time from its beginning until it was done")),
    "again": (gettext_lazy("How often again"), gettext_lazy("share of its cases in which it was done again")),
    "deviations": (gettext_lazy("Deviations"), gettext_lazy("times a case left the model here")),
}
LEVELS: Final = 5
REPLAYED_EVENTS: Final = 300_000
"""Logs larger than this are not replayed while a page waits: their figures are taken by name."""


@dataclass(frozen=True, slots=True)
class Heat:
    """What a log says about one step; None where it says nothing. ``time`` is seconds: the median from the
    event that opened the step, of a log that was not replayed the mean from the event before."""

    count: int
    cases: int
    again: int
    time: float | None
    deviations: int | None = None

    @property
    def share_again(self) -> float:
        """Share of its cases in which the step was done more than once."""
        return self.again / self.cases if self.cases else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """A log on a model: steps by element, flows with how often they were taken, the steps of the log that
    the model does not have, and of a replayed log its cases, those without deviation, and its fitness."""

    steps: Mapping[str, Heat]
    unknown: list[tuple[str, int]]
    flows: Mapping[str, int] = field(default_factory=dict)
    cases: int = 0
    fitting: int = 0
    fitness: float | None = None


_figures: Kept[Figures] = Kept(16)


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
        context |= _shown(model_of(version.bpmn), figures(log, version), measure)
    return render(request, "web/processes/heat.html", context)


def _asked(request: HttpRequest, logs: list[Any]) -> LogInfo | None:
    wanted = request.GET.get("log", "")
    try:
        pk = UUID(wanted)
    except ValueError:
        return logs[0] if logs else None
    return next((log for log in logs if log.pk == pk), None)


def figures(log: LogInfo, version: ProcessVersionInfo) -> Figures:
    """The figures of a log on a version; kept, as neither changes."""
    return _figures.get(f"{log.pk} {log.result} {version.sha256}", lambda: _measured(log, version))


def _measured(log: LogInfo, version: ProcessVersionInfo) -> Figures:
    model = model_of(version.bpmn)
    if (log.counts or {}).get("events", 0) <= REPLAYED_EVENTS:
        try:
            return by_replay(exploring.open_store(log), model)
        except (BadInput, NotFound, NotExecutable):
            # nothing of it is a step, or the drawing cannot be followed: names are all that is left
            pass
    return by_name(eventlog.analysis(log), model)


def by_replay(store: EventStore, model: Model) -> Figures:
    """Every case followed along the model. Raises as ``core.mining.replay.replay``."""
    done = replay(store, model)
    found = heat_of(done)
    steps = {
        identity: Heat(
            one["count"], one["cases"], one["rework"], one.get("elapsed_seconds"), one["deviations"]
        )
        for identity, one in found.items()
        if "cases" in one
    }
    flows = {identity: one["count"] for identity, one in found.items() if identity in model.flow_by_id}
    unknown = [(name, count) for name, count, _near in done.unknown()]
    return Figures(steps, unknown, flows, done.cases, done.fitting, done.fitness)


def by_name(analysis: Mapping[str, Any], model: Model) -> Figures:
    """Steps that the log knows under their name, from its analysis."""
    dfg = analysis.get("dfg", {})
    before: dict[str, list[tuple[int, float]]] = {}
    for edge in dfg.get("all", []):
        if edge["mean_seconds"] is not None:
            before.setdefault(edge["to"], []).append((edge["count"], edge["mean_seconds"]))
    rework = analysis.get("rework")
    again = {row["activity"]: row["cases"] for row in rework} if isinstance(rework, list) else {}
    of = {
        row["name"]: Heat(
            row["events"], row["cases"], again.get(row["name"], 0), _mean(before.get(row["name"], []))
        )
        for row in dfg.get("activities", [])
    }
    steps = {}
    for node in model.nodes:
        name = next((n for n in _names(node) if n in of), None)
        if name is not None and _is_step(node):
            steps[node.id] = of[name]
    known = {name for node in model.nodes for name in _names(node)}
    others = [(name, one.count) for name, one in of.items() if name not in known]
    return Figures(steps, sorted(others, key=lambda pair: -pair[1]))


def _mean(parts: list[tuple[int, float]]) -> float | None:
    total = sum(count for count, _seconds in parts)
    return sum(count * seconds for count, seconds in parts) / total if total else None


def _is_step(node: Node) -> bool:
    return node.kind in ACTIVITIES or bool(node.facts.event)


def _names(node: Node) -> tuple[str, ...]:
    """The names under which a log may know the step."""
    return tuple(name for name in (node.name, node.facts.en, node.id) if name)


def _shown(model: Model, found: Figures, measure: str) -> dict[str, Any]:
    """Rows of the table, marks of the picture, its legend."""
    steps = [n for n, _depth in in_order(model) if n.kind in ACTIVITIES or n.id in found.steps]
    pairs = [(node, found.steps.get(node.id)) for node in steps]
    values = [v for _node, one in pairs if one is not None and (v := _value(one, measure)) is not None]
    most = max(values, default=0.0)
    rows, marks = [], {}
    for node, one in pairs:
        value = None if one is None else _value(one, measure)
        level = _level(value, most)
        if level:
            marks[node.id] = [f"xn-heat-{level}", said(value, measure), str(MEASURES[measure][1]), "heat"]
        cells = [
            (head[0], said(None if one is None else _value(one, name), name))
            for name, head in MEASURES.items()
        ]
        rows.append({"id": node.id, "name": title(node), "cells": cells})
    return {
        "rows": rows,
        "marks": json.dumps(marks | _branches(model, found), ensure_ascii=False),
        "unknown": found.unknown,
        "known": bool(found.steps),
        "legend": [(level, said(most * level / LEVELS, measure)) for level in range(1, LEVELS + 1)],
        "what": MEASURES[measure][1],
        "most": most,
        "figures": found,
        "fitness": None if found.fitness is None else words().percent(found.fitness),
        "fitting": words().percent(found.fitting / found.cases) if found.cases else "",
    }


def _level(value: float | None, most: float) -> int:
    """1 to 5 by the share of the most; 0 where there is nothing."""
    if value is None or not most or not value:
        return 0
    return min(LEVELS, 1 + int(value / most * LEVELS))


def _branches(model: Model, found: Figures) -> dict[str, list[str]]:
    """Where a case chooses: how often each way was taken, in per cent."""
    marks = {}
    for node in model.nodes:
        taken = [(model.flows[f], found.flows.get(model.flows[f].id, 0)) for f in node.outgoing]
        total = sum(count for _flow, count in taken)
        if node.kind in ("exclusiveGateway", "inclusiveGateway") and len(taken) > 1 and total:
            for flow, count in taken:
                share = words().percent(count / total, 0)
                marks[flow.id] = ["xn-branch", share, said(float(count), "count"), "heat"]
    return marks


def _value(one: Heat, measure: str) -> float | None:
    values: dict[str, float | None] = {"count": one.count, "time": one.time, "again": one.share_again}
    return values.get(measure, one.deviations)


def said(value: float | None, measure: str) -> str:
    """A figure in words; a dash where the log says nothing."""
    if value is None:
        return "–"
    if measure == "time":
        return words().duration(value)
    if measure == "again":
        return words().percent(value)
    return _("%(n)s×") % {"n": words().number(value, 0)}
