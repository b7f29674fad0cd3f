"""Reads of decisions: who may see which, what is in force on a day, what test cases give, what was
decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.contracts import (
    CaseInfo,
    DecisionInfo,
    Overview,
    Period,
    State,
    TestRun,
    VersionInfo,
)
from xiaoneng.apps.processes.errors import NotInForce
from xiaoneng.apps.processes.models import Decision, DecisionTest, DecisionVersion, Evaluation
from xiaoneng.apps.processes.tables.document import model_of
from xiaoneng.apps.processes.tables.inputs import feel_values, json_text, read_json
from xiaoneng.core.decisions import Evaluation as Outcome
from xiaoneng.core.decisions import replay as decide_again
from xiaoneng.core.decisions import to_json

APPLIED = (State.PUBLISHED, State.WITHDRAWN)


def covers(scope: Scope, decision: DecisionInfo) -> bool:
    """Whether a scope reaches the body that answers for the decision: then drafts and records are seen."""
    return scope.everything or decision.body_id in scope.ids


def decisions_visible(scope: Scope) -> QuerySet[Decision]:
    """Published rules are open to all who may open the pages; what was never published only to its scope."""
    found = Decision.objects.select_related("body").order_by("key")
    if scope.everything:
        return found
    published = DecisionVersion.objects.filter(state__in=APPLIED, valid_from__isnull=False)
    return found.filter(Q(body__in=scope.ids) | Q(pk__in=published.values("decision")))


def decision_find(scope: Scope, key: str) -> Decision | None:
    """The decision of that key, None where there is none to see."""
    return decisions_visible(scope).filter(key=key).first()


def versions(decision: DecisionInfo, scope: Scope, *, whole: bool = False) -> list[DecisionVersion]:
    """The versions that one may see, newest first; their models only with ``whole``."""
    found = DecisionVersion.objects.filter(decision=decision.pk).order_by("-number")
    found = found.select_related("author", "published_by", "withdrawn_by")
    if not covers(scope, decision):
        found = found.filter(state__in=APPLIED, valid_from__isnull=False)
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
    """The version that applies on ``day``: of those whose days include it, the one that began last.

    When a version ends or is withdrawn, the one before it applies again. Raises NotInForce.
    """
    found = (
        DecisionVersion.objects.select_related("author", "published_by")
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), decision=decision.pk, state__in=APPLIED)
        .filter(valid_from__lte=day)
        .order_by("-valid_from", "-number")
        .first()
    )
    if found is None:
        raise NotInForce("no version of {name} is in force on {day}", name=decision.key, day=day.isoformat())
    return found


def periods(known: Iterable[VersionInfo]) -> list[Period]:
    """Which version applies when, oldest first; days on which none applies are left out. Pure."""
    dated = [v for v in known if v.state in APPLIED and v.valid_from is not None]
    limits: set[date] = set()
    for v in dated:
        if v.valid_from is not None:
            limits.add(v.valid_from)
        if v.valid_to is not None:
            limits.add(v.valid_to + timedelta(days=1))
    ordered = sorted(limits)
    found: list[Period] = []
    for index, start in enumerate(ordered):
        end = ordered[index + 1] - timedelta(days=1) if index + 1 < len(ordered) else None
        able = [
            v
            for v in dated
            if v.valid_from is not None
            and v.valid_from <= start
            and (v.valid_to is None or v.valid_to >= start)
        ]
        if not able:
            continue
        version = max(able, key=lambda v: (v.valid_from or start, v.number))
        if found and found[-1].version is version and found[-1].end == start - timedelta(days=1):
            found[-1] = Period(found[-1].start, end, version)
        else:
            found.append(Period(start, end, version))
    return found


def overview(scope: Scope, today: date) -> list[Overview]:
    """All visible decisions with what is in force, what comes next and what is being written; two queries."""
    decisions = list(decisions_visible(scope))
    by_decision: dict[int, list[DecisionVersion]] = {d.pk: [] for d in decisions}
    for version in DecisionVersion.objects.filter(decision__in=by_decision).defer("dmn").order_by("number"):
        by_decision[version.decision_id].append(version)
    found = []
    for decision in decisions:
        own = by_decision[decision.pk]
        spans = periods(own)
        present = next(
            (p.version for p in spans if p.start <= today and (p.end is None or today <= p.end)), None
        )
        following = next((p.version for p in spans if p.start > today), None)
        draft = next((v for v in own if v.state == State.DRAFT), None) if covers(scope, decision) else None
        found.append(Overview(decision, present, following, draft, len(own)))
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
        outcome = model.evaluate(main, feel_values(model, read_json(test.inputs)), at=at)
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


def past_inputs(decision: DecisionInfo, scope: Scope, limit: int) -> tuple[dict[str, list[Any]], list[str]]:
    """Inputs of the newest stored evaluations as columns of JSON values, and a reference for each row."""
    rows = list(evaluations_of(decision, scope).only("id", "reference", "record")[:limit])
    given = [read_json(row.record)["inputs"] for row in rows]
    names = sorted({name for one in given for name in one})
    columns = {name: [one.get(name) for one in given] for name in names}
    return columns, [row.reference or str(row.pk)[:8] for row in rows]
