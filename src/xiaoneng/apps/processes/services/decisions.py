"""Writes around decisions: create, draft, test cases, publish for a date, withdraw, decide and store.

Each is one transaction that checks the state it starts from and ends with a line in the audit record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate, localtime

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.processes.contracts import CaseInfo, Decided, DecisionInfo, State, VersionInfo
from xiaoneng.apps.processes.errors import Changed, NotPublishable
from xiaoneng.apps.processes.models import Decision, DecisionTest, DecisionVersion, Evaluation
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services.versions import (
    check_key,
    draft_held,
    number_next,
    put_in_force,
    sign,
    withdraw,
)
from xiaoneng.apps.processes.tables import checking
from xiaoneng.apps.processes.tables.document import model_of, tables_of, with_grid
from xiaoneng.apps.processes.tables.grid import Grid
from xiaoneng.apps.processes.tables.inputs import feel_values, json_text
from xiaoneng.core.decisions import explain, to_json, with_day
from xiaoneng.core.errors import BadInput, Place


def decision_create(
    *,
    key: str,
    name_zh: str,
    name_en: str,
    dmn: bytes,
    user: Person,
    body: int | None,
    actor: Actor,
    at: datetime,
    about_zh: str = "",
    about_en: str = "",
    basis: str = "",
    main: str = "",
) -> DecisionVersion:
    """A new decision with its first draft.

    Raises:
        BadInput: the key or name cannot be used, the model is no DMN or has no decision.
    """
    check_key(key, "{key} cannot be the key of a decision")
    if not name_zh.strip():
        raise BadInput("the decision needs a name", place=Place(field="name_zh"))
    result = main_of(dmn, main)
    with transaction.atomic():
        if Decision.objects.filter(key=key).exists():
            raise BadInput(
                "there is a decision with the key {key} already", place=Place(field="key"), key=key
            )
        decision = Decision.objects.create(
            key=key,
            name_zh=name_zh.strip(),
            name_en=name_en.strip(),
            about_zh=about_zh,
            about_en=about_en,
            basis=basis,
            body_id=body,
            created_at=at,
        )
        version = _draft(decision, 1, dmn, result, user, at)
        _audit(actor, "decisions.create", decision, at)
    return version


def main_of(dmn: bytes, wanted: str = "") -> str:
    """The decision of a model that gives its result: the wanted one, else one that no other requires.

    Raises BadInput.
    """
    model = model_of(dmn)
    if wanted in model.decisions:
        return wanted
    required = {element for unit in model.decisions.values() for _, element in unit.requires}
    free = [name for name, unit in model.decisions.items() if unit not in required]
    if not free:
        raise BadInput("the model has no decision", expected="a DMN model with a decision")
    return free[-1]


def draft_open(
    *, decision: DecisionInfo, base: VersionInfo, user: Person, actor: Actor, at: datetime
) -> DecisionVersion:
    """The next version as a draft with the model and test cases of ``base``.

    Raises:
        Changed: there is a draft already.
    """
    try:
        with transaction.atomic():
            number = number_next(_own(decision))
            owner = Decision.objects.get(pk=decision.pk)
            version = _draft(owner, number, base.dmn, base.main, user, at)
            DecisionTest.objects.bulk_create(
                DecisionTest(version=version, name=t.name, inputs=t.inputs, expected=t.expected)
                for t in selectors.tests_of(base)
            )
            _assess(version, at)
            _audit(actor, "decisions.draft", decision, at, f"v{number}")
    except IntegrityError:
        raise Changed("this decision has a draft already", hint="Open that draft") from None
    return version


def draft_save(
    *, decision: DecisionInfo, revision: int, grid: Grid, note: str, user: Person, actor: Actor, at: datetime
) -> DecisionVersion:
    """Save one table of the draft.

    Raises:
        Changed: it was saved or published since ``revision``; nothing was overwritten.
        BadInput: the table cannot be written.
    """
    with transaction.atomic():
        version = draft_held(_own(decision), revision)
        version.dmn = with_grid(version.dmn, grid)
        version.note = note[:500]
        _saved(version, user, at)
        _audit(actor, "decisions.save", decision, at, f"v{version.number} r{version.revision}")
    return version


def draft_import(
    *, decision: DecisionInfo, revision: int, dmn: bytes, user: Person, actor: Actor, at: datetime
) -> DecisionVersion:
    """Replace the draft's model by a DMN file, byte for byte.

    Raises:
        BadInput, HostileInput: it is no DMN model that can be used.
        Changed: see ``draft_save``.
    """
    main = main_of(dmn)
    if not tables_of(dmn):
        raise BadInput("the model has no decision table", expected="at least one decision table")
    with transaction.atomic():
        version = draft_held(_own(decision), revision)
        version.main = version.main if version.main in model_of(dmn).decisions else main
        version.dmn = dmn
        _saved(version, user, at)
        _audit(actor, "decisions.import", decision, at, f"v{version.number} {version.sha256[:16]}")
    return version


def draft_note(*, decision: DecisionInfo, note: str, actor: Actor, at: datetime) -> None:
    """Say what the draft is to change; a note given on publishing replaces it. Raises Changed."""
    with transaction.atomic():
        version = draft_held(_own(decision), None)
        version.note = note.strip()[:500]
        version.save(update_fields=["note"])
        _audit(actor, "decisions.note", decision, at, f"v{version.number}")


def draft_discard(*, decision: DecisionInfo, revision: int, actor: Actor, at: datetime) -> None:
    """Throw the draft away; published versions are not touched. Raises Changed."""
    with transaction.atomic():
        version = draft_held(_own(decision), revision)
        number = version.number
        version.delete()
        _audit(actor, "decisions.discard", decision, at, f"v{number}")


def test_add(
    *,
    decision: DecisionInfo,
    name: str,
    inputs: Mapping[str, Any],
    expected: Any,
    user: Person,
    actor: Actor,
    at: datetime,
) -> DecisionTest:
    """A test case of the draft. Raises Changed where there is none, BadInput for a missing name."""
    if not name.strip():
        raise BadInput("the test case needs a name", place=Place(field="name"))
    with transaction.atomic():
        version = draft_held(_own(decision), None)
        test = DecisionTest.objects.create(
            version=version,
            name=name.strip()[:200],
            inputs=json_text(dict(inputs)),
            expected=json_text(expected),
        )
        sign(version, user)
        _assess(version, at)
        _audit(actor, "decisions.test", decision, at, f"v{version.number}")
    return test


def test_delete(*, decision: DecisionInfo, test: int, user: Person, actor: Actor, at: datetime) -> None:
    """Remove a test case from the draft. Raises Changed where there is no draft."""
    with transaction.atomic():
        version = draft_held(_own(decision), None)
        DecisionTest.objects.filter(version=version, pk=test).delete()
        sign(version, user)
        _assess(version, at)
        _audit(actor, "decisions.test-delete", decision, at, f"v{version.number}")


def obstacles(version: VersionInfo, user: Person | None = None) -> list[str]:
    """Codes of what stands against publication: ``errors``, ``tests``, ``no_tests``, ``same_person``."""
    found = []
    if version.status.get("errors"):
        found.append("errors")
    if version.status.get("failed"):
        found.append("tests")
    if not version.status.get("tests"):
        found.append("no_tests")
    if user is not None and (user.pk == version.author.pk or user.pk in version.hands):
        found.append("same_person")
    return found


def version_publish(
    *,
    decision: DecisionInfo,
    revision: int,
    valid_from: date,
    valid_to: date | None,
    note: str,
    user: Person,
    actor: Actor,
    at: datetime,
) -> DecisionVersion:
    """Put the draft in force from a day on, today at the earliest: what was decided stays decided.

    Raises:
        SamePerson: the publisher wrote at it.
        NotPublishable: errors, failing or missing test cases, no note, or a day that cannot be.
        Changed: the draft is no longer the one that was looked at.
    """
    with transaction.atomic():
        version = draft_held(_own(decision), revision)
        _assess(version, at)
        against = obstacles(version)
        if "errors" in against:
            raise NotPublishable("the checks found {count} errors", count=version.status["errors"])
        if "tests" in against:
            raise NotPublishable("{count} test cases fail", count=version.status["failed"])
        if "no_tests" in against:
            raise NotPublishable("there is no test case", expected="at least one that passes")
        put_in_force(
            version, _own(decision), valid_from=valid_from, valid_to=valid_to, note=note, user=user, at=at
        )
        _audit(actor, "decisions.publish", decision, at, f"v{version.number} {valid_from.isoformat()}")
    return version


def version_withdraw(
    *,
    decision: DecisionInfo,
    number: int,
    from_day: date,
    note: str,
    user: Person,
    actor: Actor,
    at: datetime,
) -> DecisionVersion:
    """Let a published version apply no longer from a day on, today at the earliest; the version before it
    applies again.

    Raises:
        Changed: it is not published (any more).
        NotPublishable: no note, or a day that has passed.
    """
    with transaction.atomic():
        version = withdraw(_own(decision), number=number, from_day=from_day, note=note, user=user, at=at)
        _audit(actor, "decisions.withdraw", decision, at, f"v{number} {from_day.isoformat()}")
    return version


def try_out(*, version: VersionInfo, inputs: Mapping[str, Any], on: date, at: datetime) -> Decided:
    """What a version would decide for JSON inputs, with the explanation; nothing is stored."""
    model = model_of(version.dmn)
    moment = moment_of(on, at)
    given = feel_values(model, with_day(model, inputs, on))
    outcome = model.evaluate(version.main, given, at=moment, explain=True)
    told = explain(model, outcome, version.main, at=moment.isoformat())
    main = next((d for d in told["decisions"] if d["name"] == version.main), None)
    rules = tuple(n for table in (main["tables"] if main else [])[:1] for n in table["matched"])
    return Decided(to_json(outcome.value), told, version, outcome.errors, rules=rules)


def decide(
    *,
    decision: DecisionInfo,
    inputs: Mapping[str, Any],
    on: date,
    at: datetime,
    actor: Actor,
    reference: str = "",
) -> Decided:
    """Decide under the version in force on a day, and store it with its explanation.

    Raises:
        NotInForce: no version applies on that day.
    """
    with transaction.atomic():
        version = selectors.in_force(decision, on)
        found = try_out(version=version, inputs=inputs, on=on, at=at)
        row = _evaluation(version, found, on, at, actor.user, reference)
        row.save(force_insert=True)
        audit.record(
            actor=actor, action="decisions.evaluate", at=at, object_type="evaluation", object_id=row.pk
        )
    return Decided(found.value, found.explanation, version, found.faults, row.pk, found.rules)


def past_store(
    *,
    decision: DecisionInfo,
    cases: Iterable[tuple[str, datetime, Mapping[str, Any]]],
    actor: Actor,
    at: datetime,
) -> int:
    """Take over decisions of the past, each under the version then in force: (reference, moment, inputs).

    Returns:
        How many were stored. Raises NotInForce.
    """
    known = selectors.periods(DecisionVersion.objects.filter(decision=decision.pk))
    rows = []
    for reference, moment, inputs in cases:
        on = localdate(moment)
        version = next((p.version for p in known if p.start <= on and (p.end is None or on <= p.end)), None)
        if version is None:
            version = selectors.in_force(decision, on)
        found = try_out(version=version, inputs=inputs, on=on, at=moment)
        rows.append(_evaluation(version, found, on, moment, actor.user, reference))
    with transaction.atomic():
        Evaluation.objects.bulk_create(rows, batch_size=200)
        _audit(actor, "decisions.past", decision, at, str(len(rows)))
    return len(rows)


def moment_of(on: date, at: datetime) -> datetime:
    """The moment of ``now()`` in rules: really now for today, else the beginning of that day."""
    local = localtime(at)
    return (
        local
        if on == local.date()
        else local.replace(
            year=on.year, month=on.month, day=on.day, hour=0, minute=0, second=0, microsecond=0
        )
    )


def _evaluation(
    version: VersionInfo, found: Decided, on: date, at: datetime, by: int | None, reference: str
) -> Evaluation:
    return Evaluation(
        id=uuid4(),
        version_id=version.pk,
        on=on,
        at=at,
        by_id=by,
        reference=reference[:64],
        value=json_text(found.value),
        rules=list(found.rules),
        record=json_text(found.explanation),
    )


def _draft(
    decision: Decision, number: int, dmn: bytes, main: str, user: Person, at: datetime
) -> DecisionVersion:
    version = DecisionVersion(
        decision=decision,
        number=number,
        state=State.DRAFT,
        main=main,
        dmn=dmn,
        sha256=hashlib.sha256(dmn).hexdigest(),
        author_id=user.pk,
        hands=[user.pk],
        created_at=at,
        changed_at=at,
    )
    version.status = _status(version, [], at)
    version.save(force_insert=True)
    return version


def _own(decision: DecisionInfo) -> QuerySet[DecisionVersion]:
    return DecisionVersion.objects.filter(decision=decision.pk)


def _saved(version: DecisionVersion, user: Person, at: datetime) -> None:
    version.sha256 = hashlib.sha256(version.dmn).hexdigest()
    version.changed_at = at
    sign(version, user)
    _assess(version, at)


def _assess(version: DecisionVersion, at: datetime) -> None:
    """Count errors and failing test cases, so that lists need not; a new revision, as they may differ."""
    version.status = _status(version, selectors.tests_of(version), at)
    version.revision += 1
    version.save()


def _status(version: VersionInfo, tests: Sequence[CaseInfo], at: datetime) -> dict[str, int]:
    found = checking.findings(version.dmn)
    runs = selectors.tests_run(version.dmn, version.main, tests, at)
    return {
        "errors": sum(f.severity == "error" for f in found),
        "warnings": sum(f.severity == "warning" for f in found),
        "tests": len(runs),
        "failed": sum(not run.passed for run in runs),
    }


def _audit(actor: Actor, action: str, decision: DecisionInfo, at: datetime, reason: str = "") -> None:
    audit.record(
        actor=actor, action=action, at=at, object_type="decision", object_id=decision.key, reason=reason
    )
