"""What all pages about decisions share: finding one; values, findings, explanations in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from xiaoneng import __version__
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import DecisionInfo, VersionInfo
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.tables.document import grid_of, model_of
from xiaoneng.apps.processes.tables.grid import Grid
from xiaoneng.apps.processes.tables.inputs import read_json
from xiaoneng.core.decisions import Fault, Finding, Speaker, english, names_of, phrase, to_json
from xiaoneng.core.decisions.columns import constant_value
from xiaoneng.core.decisions.conditions import of_cell
from xiaoneng.core.decisions.explain import BASIS
from xiaoneng.core.decisions.telling import PLAIN
from xiaoneng.core.decisions.types import show
from xiaoneng.presentation.i18n import Translate, translator
from xiaoneng.web.actor import user_of
from xiaoneng.web.language import language
from xiaoneng.web.views.versions import Versions, state_of

POLICIES = {
    "UNIQUE": (gettext_lazy("unique"), gettext_lazy("exactly one rule applies")),
    "FIRST": (gettext_lazy("first"), gettext_lazy("the first rule that applies counts")),
    "ANY": (gettext_lazy("any"), gettext_lazy("several may apply, with the same result")),
    "PRIORITY": (
        gettext_lazy("priority"),
        gettext_lazy("the result listed first among the allowed values counts"),
    ),
    "COLLECT": (gettext_lazy("collect"), gettext_lazy("all results together, in no order")),
    "RULE ORDER": (
        gettext_lazy("rule order"),
        gettext_lazy("all results together, in the order of the rules"),
    ),
    "OUTPUT ORDER": (gettext_lazy("output order"), gettext_lazy("all results together, by priority")),
}
AGGREGATIONS = {
    "": gettext_lazy("list"),
    "SUM": gettext_lazy("sum"),
    "COUNT": gettext_lazy("count"),
    "MIN": gettext_lazy("smallest"),
    "MAX": gettext_lazy("largest"),
}
TYPES = {
    "": gettext_lazy("any type"),
    "string": gettext_lazy("text"),
    "number": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no"),
    "date": gettext_lazy("date"),
    "dateTime": gettext_lazy("date and time"),
}
SEVERITIES = {
    "error": (gettext_lazy("Error"), "red"),
    "warning": (gettext_lazy("Warning"), "yellow"),
    "note": (gettext_lazy("Note"), "grey"),
}
REMARKS = ((BASIS, gettext_lazy("Basis")), (PLAIN, gettext_lazy("In plain words")))
"""Remarks that a rule may have in both languages: names of their columns, what stands over them."""
QUOTED = re.compile(r'"([^"]*)"')
MASK = "•••"


@dataclass(frozen=True, slots=True)
class Here(Versions[VersionInfo]):
    """A decision as one reader may see it."""

    decision: DecisionInfo


def here(request: HttpRequest, key: str) -> Here:
    """The decision; whoever may not see it learns nothing about it."""
    scope = scope_of(user_of(request))
    decision = selectors.decision_find(scope, key)
    if decision is None:
        raise Http404
    return Here(
        scope,
        selectors.versions(decision, scope),
        selectors.covers(scope, decision),
        localdate(),
        decision,
    )


def chosen(request: HttpRequest, place: Here, name: str = "version") -> VersionInfo:
    """The version that the address or form names; else the one in force, the draft, or the newest."""
    version = selectors.version_find(place.decision, place.scope, place.asked(request, name))
    if version is None:
        raise Http404
    return version


def name_of(decision: DecisionInfo) -> str:
    """The decision's name in the reader's language."""
    return decision.name_en or decision.name_zh if language() == "en" else decision.name_zh


def frame(request: HttpRequest, place: Here, version: VersionInfo | None, tab: str) -> dict[str, Any]:
    """What the head of every page about a decision shows."""
    user, english = user_of(request), language() == "en"
    edits = user.may("decisions.edit") and place.covers
    publishes = user.may("decisions.publish") and place.covers
    decision = place.decision
    return {
        "platform_version": __version__,
        "here": place,
        "decision": decision,
        "name": name_of(decision),
        "about": (decision.about_en or decision.about_zh) if english else decision.about_zh,
        "version": version,
        "state": state_of(place, version) if version is not None else None,
        "draft": place.draft(),
        "may_edit": edits,
        "may_publish": publishes,
        "may_see_records": place.covers,
        "tab": tab,
    }


def core() -> Translate:
    """Texts of the decision engine in the reader's language."""
    return translator(language(), "core/decisions")


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding of the checks for the panel: severity, text, place, example, rules."""
    t = core()
    title, light = SEVERITIES[finding.severity]
    text = phrase(finding.message, finding.params, t)
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "title": title,
        "light": light,
        "text": text,
        "decision": finding.decision,
        "column": finding.column if "column" not in finding.params else "",
        "rules": list(finding.rules),
        "rules_text": ",".join(map(str, finding.rules)),
        "example": [(name, show(value)) for name, value in (finding.example or {}).items()],
        "cell": (finding.text or "").strip()[:80],
        "at": None if finding.at is None else finding.at + 1,
    }


def fault_text(fault: Fault) -> str:
    """Why something could not be decided."""
    return phrase(fault.message, fault.params, core())


def titles(grid: Grid) -> dict[str, str]:
    """What stands over columns, in English where it is given and the reader reads English."""
    if language() != "en":
        return {}
    pairs = [(c.title, c.en) for c in grid.inputs] + [(c.title, c.en) for c in grid.outputs]
    return {title: en for title, en in pairs if en}


def speaker_of(dmn: bytes) -> Speaker:
    """Values and conditions of a model in words, in English as far as the model has it."""
    units = list(model_of(dmn).decisions.values())
    return Speaker(core(), language(), english(model_of(dmn), units), names_of(units))


def said(text: str, speaker: Speaker) -> str:
    """A stored value (JSON text) in words."""
    return speaker.value(read_json(text))


def own_text(text: str, shown: str, speaker: Speaker) -> str:
    """The Chinese text of a cell beside its English words; nothing where they say the same."""
    known = QUOTED.findall(text) if speaker.lang == "en" else ()
    return "" if not any(speaker.own(one) != one and speaker.own(one) in shown for one in known) else text


def noted(grid: Grid) -> list[tuple[int, str]]:
    """The columns of remarks to show (position, title), one of each kind in the reader's language."""
    own = language()
    folded = [name.casefold() for name in grid.notes]
    shown: dict[int, str] = dict(enumerate(grid.notes))
    for names, title in REMARKS:
        mine = [i for i, name in enumerate(folded) if name in names[own]]
        others = [i for i, name in enumerate(folded) if name in names["zh" if own == "en" else "en"]]
        for i in others if mine else ():
            del shown[i]
        shown |= {i: str(title) for i in mine or others}
    # a column in which no rule says anything is left out
    said = {i for i in shown if any(rule.notes[i].strip() for rule in grid.rules)}
    return [(i, title) for i, title in sorted(shown.items()) if i in said]


def cell_words(dmn: bytes, grid: Grid, speaker: Speaker) -> list[tuple[list[str], list[str]]]:
    """For every rule its conditions and results in words; what is no plain value stays as it is written."""
    unit = model_of(dmn).decisions.get(grid.decision)
    spec = unit.tables[0] if unit is not None and unit.tables else None
    if spec is None or len(spec.rules) != len(grid.rules):
        return [(list(rule.inputs), list(rule.outputs)) for rule in grid.rules]
    found = []
    for rule, row in zip(spec.rules, grid.rules, strict=True):
        inputs = [
            speaker.plain(of_cell(cell), text) for cell, text in zip(rule.cells, row.inputs, strict=True)
        ]
        outputs = [
            speaker.value(to_json(value)) if known else text
            for (known, value), text in zip(map(constant_value, rule.results), row.outputs, strict=True)
        ]
        found.append((inputs, outputs))
    return found


def shown_grid(dmn: bytes, decision: str, counts: Mapping[int, int] | None = None) -> dict[str, Any]:
    """A table for reading: heads with basis, cells in words, remarks in the reader's language."""
    grid, speaker = grid_of(dmn, decision), speaker_of(dmn)
    cells = cell_words(dmn, grid, speaker)
    titled = titles(grid)
    notes = noted(grid)
    policy = POLICIES.get(grid.policy, (grid.policy, ""))
    most = max(counts.values(), default=0) if counts else 0
    return {
        "name": speaker.own(grid.decision),
        "policy": policy[0],
        "policy_text": policy[1],
        "aggregation": AGGREGATIONS.get(grid.aggregation, "") if grid.aggregation else "",
        "inputs": [
            {
                "title": titled.get(c.title, c.title),
                "own": c.title if c.title in titled else "",
                "expression": c.expression if c.expression != c.title else "",
                "basis": speaker.own(c.basis),
                "type": TYPES.get(c.type, c.type),
                "values": c.values,
            }
            for c in grid.inputs
        ],
        "outputs": [
            {
                "title": titled.get(c.title, c.title),
                "own": c.title if c.title in titled else "",
                "type": TYPES.get(c.type, c.type),
                "values": c.values,
                "default": c.default,
            }
            for c in grid.outputs
        ],
        "notes": [title for _i, title in notes],
        "counts": counts is not None,
        "rules": [
            {
                "number": number,
                "inputs": [
                    (titled.get(c.title, c.title), text, shown, own_text(text, shown, speaker))
                    for c, text, shown in zip(grid.inputs, rule.inputs, cells[number - 1][0], strict=True)
                ],
                "outputs": [
                    (titled.get(c.title, c.title), text, shown, own_text(text, shown, speaker))
                    for c, text, shown in zip(grid.outputs, rule.outputs, cells[number - 1][1], strict=True)
                ],
                "notes": [(title, rule.notes[i]) for i, title in notes],
                "count": counts.get(number, 0) if counts is not None else 0,
                "share": round(100 * counts.get(number, 0) / most) if counts and most else 0,
            }
            for number, rule in enumerate(grid.rules, 1)
        ],
    }
