"""Reads of decisions: who may see which, what is in force on a day, what test cases give, what was
decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate

from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.contracts import (
    CaseInfo,
    DecisionInfo,
    Overview,
    Past,
    State,
    TestRun,
    VersionInfo,
)
from xiaoneng.apps.processes.errors import NotInForce
from xiaoneng.apps.processes.models import Decision, DecisionTest, DecisionVersion, Evaluation
from xiaoneng.apps.processes.selectors.versions import APPLIED, applied, covers, periods, standing, visible
from xiaoneng.apps.processes.selectors.versions import in_force as version_on
from xiaoneng.apps.processes.tables.document import model_of
from xiaoneng.apps.processes.tables.inputs import feel_values, json_text, read_json
from xiaoneng.core.decisions import Evaluation as Outcome
from xiaoneng.core.decisions import replay as decide_again
from xiaoneng.core.decisions import to_json, with_day

__all__ = [
    "covers",
    "decision_find",
    "decisions_visible",
    "draft_of",
    "evaluation_find",
    "evaluations_of",
    "in_force",
    "overview",
    "past_inputs",
    "periods",
    "replayed",
    "tests_of",
    "tests_run",
    "version_find",
    "versions",
]


def decisions_visible(scope: Scope) -> QuerySet[Decision]:
    """Published rules are open to all who may open the pages; what was never published only to its scope."""
    found = Decision.objects.select_related("body").order_by("key")
    return visible(found, DecisionVersion.objects.all(), "decision", scope)


def decision_find(scope: Scope, key: str) -> Decision | None:
    """The decision of that key, None where there is none to see."""
    return decisions_visible(scope).filter(key=key).first()


def versions(decision: DecisionInfo, scope: Scope, *, whole: bool = False) -> list[DecisionVersion]:
    """The versions that one may see, newest first; their models only with ``whole``."""
    found = DecisionVersion.objects.filter(decision=decision.pk).order_by("-number")
    found = found.select_related("author", "published_by", "withdrawn_by")
    if not covers(scope, decision):
        found = applied(found)
    return list(found if whole else found.defer("dmn"))


def version_find(decision: DecisionInfo, scope: Scope, number: int) -> DecisionVersion | None:
    """The version of that number with its model."""
    found = DecisionVersion.objects.select_related("author", "published_by").filter(
        decision=decision.pk, number=number
    )
    version = found.first()
    if version is not None and not covers(scope, decision) and version.state not in APPLIED:
        return None
    return version


def draft_of(decision: DecisionInfo) -> DecisionVersion | None:
    """The one draft, with its model."""
    return (
        DecisionVersion.objects.select_related("author")
        .filter(decision=decision.pk, state=State.DRAFT)
        .first()
    )


def in_force(decision: DecisionInfo, day: date) -> DecisionVersion:
    """The version that applies on ``day``, see ``versions.in_force``. Raises NotInForce."""
    own = DecisionVersion.objects.select_related("author", "published_by").filter(decision=decision.pk)
    found = version_on(own, day)
    if found is None:
        raise NotInForce("no version of {name} is in force on {day}", name=decision.key, day=day.isoformat())
    return found


def overview(scope: Scope, today: date) -> list[Overview]:
    """All visible decisions with what is in force, what comes next and what is being written; two queries."""
    decisions = list(decisions_visible(scope))
    by_decision: dict[int, list[DecisionVersion]] = {d.pk: [] for d in decisions}
    for version in DecisionVersion.objects.filter(decision__in=by_decision).defer("dmn").order_by("number"):
        by_decision[version.decision_id].append(version)
    found = []
    for decision in decisions:
        own = standing(by_decision[decision.pk], today, drafts=covers(scope, decision))
        found.append(Overview(decision, own.present, own.following, own.draft, own.versions))
    return found


def tests_of(version: VersionInfo) -> list[DecisionTest]:
    """The test cases of a version in the order in which they were added."""
    return list(DecisionTest.objects.filter(version=version.pk).order_by("pk"))


def tests_run(dmn: bytes, main: str, tests: Sequence[CaseInfo], at: datetime) -> list[TestRun]:
    """Decide every test case; expected and got are compared as values, 1.0 is 1."""
    model = model_of(dmn)
    found = []
    for test in tests:
        if main not in model.decisions:
            found.append(TestRun(test, "null", False))
            continue
        given = with_day(model, read_json(test.inputs), localdate(at))
        outcome = model.evaluate(main, feel_values(model, given), at=at)
        got = to_json(outcome.value)
        expected = read_json(test.expected)
        found.append(TestRun(test, json_text(got), got == expected, outcome.errors))
    return found


def evaluations_of(decision: DecisionInfo, scope: Scope) -> QuerySet[Evaluation]:
    """What was decided, newest first; nothing outside one's scope."""
    found = Evaluation.objects.filter(version__decision=decision.pk).order_by("-at", "-id")
    return found if covers(scope, decision) else found.none()


def evaluation_find(decision: DecisionInfo, scope: Scope, pk: Any) -> Evaluation | None:
    """One evaluation with its version."""
    return evaluations_of(decision, scope).select_related("version").filter(pk=pk).first()


def replayed(evaluation: Evaluation) -> tuple[bool, Outcome]:
    """Decide again under the version then in force; whether the same comes out."""
    return decide_again(model_of(evaluation.version.dmn), read_json(evaluation.record))


def past_inputs(decision: DecisionInfo, scope: Scope, limit: int) -> Past:
    """Inputs of the newest stored evaluations, at most ``limit``; two queries."""
    known = evaluations_of(decision, scope)
    rows = list(known.only("id", "reference", "record", "on")[:limit])
    given = [read_json(row.record)["inputs"] for row in rows]
    names = sorted({name for one in given for name in one})
    columns = {name: [one.get(name) for one in given] for name in names}
    days = [row.on for row in rows]
    return Past(
        columns,
        [row.reference or str(row.pk)[:8] for row in rows],
        first=min(days, default=None),
        last=max(days, default=None),
        stored=known.count(),
    )
