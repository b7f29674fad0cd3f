"""Errors as the API gives them: a code to program against, a sentence in the caller's language, the place.

{"code": "not_in_force", "message": "…", "place": "on", "expected": null, "hint": null, "problems": []}
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from xiaoneng.core.errors import BadInput, CalendarNotPublished, NotFound, Place, XiaonengError
from xiaoneng.presentation.i18n import Translate, translator

PLAIN: Final = {
    400: "The request cannot be read as JSON.",
    401: "Sign in first.",
    403: "The request was refused: the header X-CSRFToken or the permission is missing.",
    404: "There is nothing at this address that you may see.",
    422: "Fields of the request are missing or of the wrong type.",
}


class Problem(Schema):
    """One field that does not fit."""

    place: str
    message: str


class Error(Schema):
    """What went wrong. ``code`` is stable; ``message``, ``expected`` and ``hint`` are sentences in the
    caller's language (cookie ``xn_language`` or ``Accept-Language``)."""

    code: str
    message: str
    place: str | None = None
    expected: str | None = None
    hint: str | None = None
    problems: list[Problem] = []


def lang() -> str:
    """``zh`` or ``en``."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def name_errors(api: NinjaAPI) -> None:
    """Let every operation of ``api`` answer errors in this form."""

    @api.exception_handler(XiaonengError)
    def _own(request: HttpRequest, error: XiaonengError) -> HttpResponse:
        t = translator(lang())

        def said(text: str | None) -> str | None:
            return None if text is None else t(text).format(**error.params)

        place = str(error.place) if error.place is not None else ""
        if error.place == Place(field=place[1:-1]):
            place = place[1:-1]
        return _answer(
            _status(error),
            error.code,
            said(error.message) or "",
            place=place or None,
            expected=said(error.expected),
            hint=said(error.hint),
        )

    @api.exception_handler(ValidationError)
    def _fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
        t = translator(lang())
        problems = [
            {"place": ".".join(str(part) for part in one["loc"][1:]), "message": str(one["msg"])}
            for one in error.errors
        ]
        return _answer(422, "invalid_request", t(PLAIN[422]), problems=problems)

    @api.exception_handler(AuthenticationError)
    def _stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return _plain(401, "not_signed_in", translator(lang()))

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        codes = {400: "not_json", 403: "forbidden"}
        return _plain(
            error.status_code, codes.get(error.status_code, f"http_{error.status_code}"), translator(lang())
        )


def _status(error: XiaonengError) -> int:
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, BadInput | CalendarNotPublished):
        return 400
    return 409 if error.code == "wrong_state" else 500


def _plain(status: int, code: str, t: Translate) -> HttpResponse:
    return _answer(status, code, t(PLAIN.get(status, "The request cannot be answered.")))


def _answer(status: int, code: str, message: str, **rest: Any) -> HttpResponse:
    body: dict[str, Any] = {"code": code, "message": message, "place": None, "expected": None}
    body |= {"hint": None, "problems": []}
    return JsonResponse(body | rest, status=status, json_dumps_params={"ensure_ascii": False})
