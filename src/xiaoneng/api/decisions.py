"""Decisions by API: which there are, what they ask for, deciding for a day with the reasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.timezone import localdate
from ninja import Field, Router, Schema
from ninja.security import django_auth

from xiaoneng.api.errors import Error, lang
from xiaoneng.api.exact import exact
from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.audit.contracts import Actor
from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import Decided, DecisionInfo, VersionInfo
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.selectors import usage
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables.inputs import Asked, asked_for
from xiaoneng.core.decisions import Fault, phrase, tell
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.presentation.i18n import translator

router = Router()
REFERENCE_LENGTH = 64


class VersionOut(Schema):
    """A published version: its number, the days for which it was published (no last day: until another
    begins), and the SHA-256 of its DMN file."""

    number: int
    valid_from: date
    valid_to: date | None
    sha256: str


class DecisionOut(Schema):
    """A decision, the version in force today and the next one."""

    key: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    basis: str
    body: str | None
    in_force: VersionOut | None
    next: VersionOut | None


class InputOut(Schema):
    """An input that a version asks for. ``kind`` is number, boolean, string, date, moment, time or feel
    (anything else, as JSON); ``choices`` are the allowed values where they are listed; ``day`` marks the day
    of the decision, which is filled in with ``on`` when it is not given."""

    name: str
    en: str
    kind: str
    choices: list[str]
    basis: str
    sensitive: bool
    day: bool


class UseOut(Schema):
    """A step of a process that asks for the decision."""

    process: str
    version: int
    step: str
    name: str
    in_force: bool


class DecisionDetailOut(DecisionOut):
    """A decision with the version in force on the day that was asked for."""

    on: date
    version: VersionOut
    inputs: list[InputOut]
    used_by: list[UseOut]


class EvaluateIn(Schema):
    """What to decide. Amounts are read exactly as they are written."""

    inputs: dict[str, Any] = Field(
        description="values by input name; dates as ISO 8601 texts; an input that is left out is not known",
        examples=[{"户籍": "本省", "出生日期": "1944-03-05"}],
    )
    on: date | None = Field(None, description="the day for which is decided; without it today")
    reference: str = Field(
        "", max_length=REFERENCE_LENGTH, description="the case, for the record; no personal data"
    )
    store: bool = Field(True, description="keep the decision with its explanation; false only tries it out")
    explain: bool = Field(True, description="give the explanation")


class FaultOut(Schema):
    """Why something could not be decided: code, sentence, decision or input, 1-based position."""

    code: str
    message: str
    where: str | None
    at: int | None


class EvaluateOut(Schema):
    """The answer. ``value`` is null where it could not be decided; ``errors`` say why. ``rules`` are the
    numbers of the rules that applied, ``text`` the explanation in sentences, ``explanation`` the same as data
    (docs/reference/decisions.md), ``stored`` the record's id."""

    decision: str
    version: int
    on: date
    value: Any
    errors: list[FaultOut]
    rules: list[int]
    text: list[str]
    explanation: dict[str, Any] | None
    stored: UUID | None


@router.get("", response=list[DecisionOut], url_name="decisions", summary="All decisions that one may see")
def decision_list(request: HttpRequest) -> Any:
    """With the version in force today and the next one; by key."""
    return [
        _decision(one.decision) | {"in_force": _version(one.present), "next": _version(one.following)}
        for one in selectors.overview(_scope(request), localdate())
    ]


@router.get(
    "/{str:key}",
    response={200: DecisionDetailOut, 404: Error},
    url_name="decision",
    summary="One decision and the version in force on a day",
)
def decision_detail(request: HttpRequest, key: str, on: date | None = None) -> Any:
    """What it asks for, and where it is used. 404 ``not_in_force`` when no version applies on that day."""
    scope, today = _scope(request), localdate()
    one = next((o for o in selectors.overview(scope, today) if o.decision.key == key), None)
    if one is None:
        raise Http404
    day = on or today
    version = selectors.in_force(one.decision, day)
    return _decision(one.decision) | {
        "in_force": _version(one.present),
        "next": _version(one.following),
        "on": day,
        "version": _version(version),
        "inputs": [_input(asked) for asked in asked_for(version.dmn, version.main)],
        "used_by": [
            {
                "process": use.process.key,
                "version": use.version.number,
                "step": use.step.id,
                "name": use.step.en or use.step.name if lang() == "en" else use.step.name,
                "in_force": use.now,
            }
            for use in usage.used_by(one.decision, scope, today)
        ],
    }


@router.post(
    "/{str:key}/evaluate",
    response={200: EvaluateOut, 400: Error, 401: Error, 403: Error, 404: Error, 422: Error},
    auth=django_auth,
    url_name="decision-evaluate",
    summary="Decide a case",
)
def decision_evaluate(request: HttpRequest, key: str, body: EvaluateIn) -> Any:
    """By the version in force on the day; stored with its explanation unless ``store`` is false.

    Needs the header ``X-CSRFToken`` with the value of the cookie ``xn_csrf``. Errors: ``bad_input`` (an
    unknown input), ``not_in_force`` (no version on that day), ``invalid_request``, ``not_json``. A value that
    does not fit is no error: the answer is null, with the reason in ``errors``, and it is stored like any
    other. What was stored is read on the pages by those whose scope covers the body that answers for it.
    """
    scope = _scope(request)
    decision = selectors.decision_find(scope, key)
    if decision is None:
        raise Http404
    on, at = body.on or localdate(), timezone.now()
    version = selectors.in_force(decision, on)
    _refuse_unknown(asked_for(version.dmn, version.main), body.inputs)
    if body.store:
        found = services.decide(
            decision=decision,
            inputs=body.inputs,
            on=on,
            at=at,
            actor=_actor(request),
            reference=body.reference,
        )
    else:
        found = services.try_out(version=version, inputs=body.inputs, on=on, at=at)
    return exact(_answer(decision, found, on, explain=body.explain))


def _answer(decision: DecisionInfo, found: Decided, on: date, *, explain: bool) -> dict[str, Any]:
    language = lang()
    t = translator(language, "core/decisions")
    return {
        "decision": decision.key,
        "version": Decimal(found.version.number),
        "on": on.isoformat(),
        "value": found.value,
        "errors": [_fault(fault, language) for fault in found.faults],
        "rules": [Decimal(rule) for rule in found.rules],
        "text": tell(found.explanation, t, language) if explain else [],
        "explanation": found.explanation if explain else None,
        "stored": None if found.stored is None else str(found.stored),
    }


def _fault(fault: Fault, language: str) -> dict[str, Any]:
    return {
        "code": fault.code,
        "message": phrase(fault.message, fault.params, translator(language, "core/decisions")),
        "where": fault.where,
        "at": None if fault.at is None else Decimal(fault.at + 1),
    }


def _refuse_unknown(asked: list[Asked], inputs: dict[str, Any]) -> None:
    names = [one.name for one in asked]
    for name in inputs:
        if name not in names:
            raise BadInput(
                "{name} is not an input of this decision",
                place=Place(field="inputs"),
                expected="one of: {names}",
                name=name,
                names=", ".join(names),
            )


def _decision(decision: DecisionInfo) -> dict[str, Any]:
    return {
        "key": decision.key,
        "name_zh": decision.name_zh,
        "name_en": decision.name_en,
        "about_zh": decision.about_zh,
        "about_en": decision.about_en,
        "basis": decision.basis,
        "body": decision.body.name if decision.body else None,
    }


def _version(version: VersionInfo | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "number": version.number,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "sha256": version.sha256,
    }


def _input(asked: Asked) -> dict[str, Any]:
    return {
        "name": asked.name,
        "en": asked.en,
        "kind": asked.kind,
        "choices": list(asked.choices),
        "basis": asked.basis,
        "sensitive": asked.sensitive,
        "day": asked.day,
    }


def _scope(request: HttpRequest) -> Scope:
    user = person_of(request.user)
    assert user is not None, "the access middleware lets nobody else in"
    return scope_of(user)


def _actor(request: HttpRequest) -> Actor:
    actor = request.META["xiaoneng.actor"]
    assert isinstance(actor, Actor), "the access middleware puts it there"
    return actor
