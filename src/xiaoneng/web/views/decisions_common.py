"""What all pages about decisions share: finding one; values, findings, explanations in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiaoneng import __version__
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import DecisionInfo, VersionInfo
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.tables.grid import Grid
from xiaoneng.core.decisions import Fault, Finding, phrase
from xiaoneng.core.decisions.types import feel_text, show
from xiaoneng.presentation.i18n import Translate, translator
from xiaoneng.web.actor import user_of
from xiaoneng.web.language import language, words
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
BASIS_ZH, BASIS_EN = ("依据", "法律依据", "设定依据"), ("basis", "legal basis")
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


def said(value: Any) -> str:
    """A result or input (JSON data) as people read it."""
    if value is None:
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        pairs = [f"{name}{'：' if language() == 'zh' else ': '}{said(of)}" for name, of in value.items()]
        return ("；" if language() == "zh" else "; ").join(pairs)
    if isinstance(value, list):
        return words().join([said(item) for item in value]) if value else _("nothing")
    return feel_text(Decimal(value) if isinstance(value, int | float) else value)


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


def own_basis(texts: Mapping[str, str]) -> list[str]:
    """The legal bases among a rule's remarks, in the reader's language where it is given in both."""
    by_name = {name.casefold(): text for name, text in texts.items() if text}
    wanted = (BASIS_EN, BASIS_ZH) if language() == "en" else (BASIS_ZH, BASIS_EN)
    for names in wanted:
        found = [by_name[n] for n in names if n in by_name]
        if found:
            return found
    return []


def remarks(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """The other remarks of a rule."""
    return [(n, t) for n, t in texts.items() if t and n.casefold() not in BASIS_ZH + BASIS_EN]


def titles(grid: Grid) -> dict[str, str]:
    """What stands over columns, in English where it is given and the reader reads English."""
    if language() != "en":
        return {}
    pairs = [(c.title, c.en) for c in grid.inputs] + [(c.title, c.en) for c in grid.outputs]
    return {title: f"{en} ({title})" for title, en in pairs if en}


def shown_grid(grid: Grid, counts: Mapping[int, int] | None = None) -> dict[str, Any]:
    """A table for reading: heads with basis, rules with their remarks in the reader's language."""
    english = titles(grid)
    wanted, other = (BASIS_EN, BASIS_ZH) if language() == "en" else (BASIS_ZH, BASIS_EN)
    folded = [n.casefold() for n in grid.notes]
    skip = {i for i, n in enumerate(folded) if n in other and any(w in folded for w in wanted)}
    notes = [
        (i, _("Basis") if n.casefold() in BASIS_ZH + BASIS_EN else n)
        for i, n in enumerate(grid.notes)
        if i not in skip
    ]
    policy = POLICIES.get(grid.policy, (grid.policy, ""))
    most = max(counts.values(), default=0) if counts else 0
    return {
        "name": grid.decision,
        "policy": policy[0],
        "policy_text": policy[1],
        "aggregation": AGGREGATIONS.get(grid.aggregation, "") if grid.aggregation else "",
        "inputs": [
            {
                "title": english.get(c.title, c.title),
                "expression": c.expression if c.expression != c.title else "",
                "basis": c.basis,
                "type": TYPES.get(c.type, c.type),
                "values": c.values,
            }
            for c in grid.inputs
        ],
        "outputs": [
            {
                "title": english.get(c.title, c.title),
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
                    (english.get(c.title, c.title), text)
                    for c, text in zip(grid.inputs, rule.inputs, strict=True)
                ],
                "outputs": [
                    (english.get(c.title, c.title), text)
                    for c, text in zip(grid.outputs, rule.outputs, strict=True)
                ],
                "notes": [(title, rule.notes[i]) for i, title in notes],
                "count": counts.get(number, 0) if counts is not None else 0,
                "share": round(100 * counts.get(number, 0) / most) if counts and most else 0,
            }
            for number, rule in enumerate(grid.rules, 1)
        ],
    }


def shown_explanation(explanation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The explanation for reading, the asked decision first: rules that applied with the conditions that were
    met, and what would have to change for another result."""
    found = []
    for decision in reversed(explanation["decisions"]):
        tables = []
        for table in decision["tables"]:
            values = {entry["name"]: entry for entry in table["inputs"]}
            rules = [
                {
                    "number": rule["number"],
                    "matched": rule["matched"],
                    "cells": [
                        {
                            "name": cell["name"],
                            "condition": cell["condition"],
                            "value": said(values[cell["name"]]["value"]),
                            "known": values[cell["name"]]["value"] is not None,
                            "satisfied": cell["satisfied"],
                            "basis": values[cell["name"]]["basis"],
                        }
                        for cell in rule["cells"]
                        if cell["condition"] != "-"
                    ],
                    "basis": own_basis(rule["annotations"]),
                    "remarks": remarks(rule["annotations"]),
                }
                for rule in table["rules"]
            ]
            tables.append(
                {
                    "matched": table["matched"],
                    "rules": rules,
                    "others": [
                        {
                            "value": said(other["value"]),
                            "changes": [
                                {
                                    "name": c["name"],
                                    "value": said(c["value"]),
                                    "to": said(c["to"]),
                                    "known": c["value"] is not None,
                                }
                                for c in other["changes"]
                            ],
                        }
                        for other in table["counterfactuals"]
                    ],
                }
            )
        if tables:
            found.append(
                {
                    "name": decision["name"],
                    "question": decision["question"],
                    "value": said(decision["value"]),
                    "tables": tables,
                }
            )
    return found
