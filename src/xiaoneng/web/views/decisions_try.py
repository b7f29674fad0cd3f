"""Trying a decision out, and its test cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiaoneng.apps.processes.contracts import VersionInfo
from xiaoneng.apps.processes.errors import NotInForce
from xiaoneng.apps.processes.selectors import decisions as selectors
from xiaoneng.apps.processes.services import decisions as services
from xiaoneng.apps.processes.tables.inputs import Asked, asked_for, given, json_text, read_json
from xiaoneng.core.decisions import Speaker, account
from xiaoneng.core.errors import BadInput
from xiaoneng.web.actor import actor_of, user_of
from xiaoneng.web.language import error_text, language, words
from xiaoneng.web.views.decisions import must_cover
from xiaoneng.web.views.decisions_common import (
    MASK,
    Here,
    chosen,
    core,
    fault_text,
    frame,
    here,
    said,
    speaker_of,
)
from xiaoneng.web.views.versions import number

PREFIX = "in."


def try_out(request: HttpRequest, key: str) -> HttpResponse:
    """A form made from the inputs; the answer with its explanation. Nothing is stored."""
    place = here(request, key)
    problem, result = "", None
    on = _day(request.POST.get("on", ""), place.today)
    by_day = request.POST.get("which", "version") == "day"
    version = chosen(request, place)
    try:
        if by_day:
            version = selectors.in_force(place.decision, on)
    except NotInForce as error:
        problem = error_text(error)
    asked = [one for one in asked_for(version.dmn, version.main) if not one.day]
    say = speaker_of(version.dmn)
    texts = {one.name: request.POST.get(PREFIX + one.name, "")[:4000] for one in asked}
    if request.method == "POST" and not problem:
        values = given(asked, texts)
        decided = services.try_out(version=version, inputs=values, on=on, at=timezone.now())
        result = {
            "coming": _coming(place, version, values, on, decided.value),
            "account": account(decided.explanation, core(), language()),
            # with the day for which was decided, so that the test case gives the same for good
            "inputs_json": json_text(decided.explanation["inputs"]),
            "expected_json": json_text(decided.value),
        }
    context = frame(request, place, version, "try") | {
        "fields": [
            {
                "one": one,
                "id": f"in-{i}",
                "name": PREFIX + one.name,
                "value": texts[one.name],
                "title": f"{one.en} ({one.name})" if language() == "en" and one.en else one.name,
                "choices": _choices(one),
                "basis": say.own(one.basis),
            }
            for i, one in enumerate(asked)
        ],
        "on": on.isoformat(),
        "by_day": by_day,
        "result": result,
        "problem": problem,
    }
    return render(request, "web/decisions/try.html", context)


def _coming(
    place: Here, version: VersionInfo, values: dict[str, Any], on: date, value: Any
) -> dict[str, Any] | None:
    """What the next version would decide on its first day, where that is known and differs."""
    spans = selectors.periods(place.versions)
    applies = any(p.version.number == version.number and p.start <= on <= (p.end or on) for p in spans)
    following = next((p for p in spans if p.start > on), None)
    if not applies or following is None:
        return None
    after = selectors.version_find(place.decision, place.scope, following.version.number)
    if after is None:
        return None
    found = services.try_out(version=after, inputs=values, on=following.start, at=timezone.now())
    if found.value == value:
        return None
    return {
        "day": words().date(following.start),
        "number": after.number,
        "value": speaker_of(after.dmn).value(found.value),
    }


def _choices(one: Asked) -> list[tuple[str, str]]:
    """Listed values, each with what stands on the page for it."""
    if language() != "en" or len(one.choices_en) != len(one.choices):
        return [(value, value) for value in one.choices]
    return [(value, f"{en} ({value})") for value, en in zip(one.choices, one.choices_en, strict=True)]


def tests(request: HttpRequest, key: str) -> HttpResponse:
    """The test cases of a version: expected and got."""
    place = here(request, key)
    version = chosen(request, place)
    context = frame(request, place, version, "tests") | {"tests": test_rows(version, timezone.now())}
    return render(request, "web/decisions/tests.html", context)


def test_rows(version: VersionInfo, at: datetime) -> list[dict[str, Any]]:
    """Every test case decided now."""
    say = speaker_of(version.dmn)
    return [
        {
            "pk": run.test.pk,
            "name": run.test.name,
            "inputs": [(say.own(n), say.value(v)) for n, v in read_json(run.test.inputs).items()],
            "expected": said(run.test.expected, say),
            "got": said(run.got, say),
            "passed": run.passed,
            "reasons": [fault_text(f) for f in run.reasons],
        }
        for run in selectors.tests_run(version.dmn, version.main, selectors.tests_of(version), at)
    ]


@require_POST
def test_add(request: HttpRequest, key: str) -> HttpResponse:
    """A test case for the draft, from what was tried out."""
    place = here(request, key)
    must_cover(place)
    inputs = read_json(request.POST.get("inputs", "")[:20_000])
    expected = read_json(request.POST.get("expected", "")[:20_000])
    if not isinstance(inputs, dict):
        raise BadInput("the table was sent incomplete")
    services.test_add(
        decision=place.decision,
        name=request.POST.get("name", ""),
        inputs=inputs,
        expected=expected,
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("The test case was added to the draft."))
    return _to_tests(request, key)


@require_POST
def test_delete(request: HttpRequest, key: str) -> HttpResponse:
    """Remove a test case from the draft."""
    place = here(request, key)
    must_cover(place)
    services.test_delete(
        decision=place.decision,
        test=number(request, "test"),
        user=user_of(request),
        actor=actor_of(request),
        at=timezone.now(),
    )
    messages.success(request, _("The test case was removed."))
    return _to_tests(request, key)


def _to_tests(request: HttpRequest, key: str) -> HttpResponse:
    draft = here(request, key).draft()
    response = redirect("decision-tests", key)
    if draft is not None:
        response["Location"] += f"?version={draft.number}"
    return response


def _day(text: str, default: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default


def masked(name: str, value: Any, hidden: set[str], say: Speaker) -> str:
    """A past case's input for reading: what was declared sensitive stays covered."""
    return MASK if name in hidden else say.value(value) if value is not None else "–"


def moment_text(at: datetime) -> str:
    """A moment in the reader's language."""
    return words().moment(timezone.localtime(at))
