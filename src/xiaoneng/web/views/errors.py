"""Pages for what went wrong: each says what happened and what to do, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from xiaoneng.core.errors import BadInput, CalendarNotPublished, NotFound, XiaonengError
from xiaoneng.web.language import error_text


@dataclass(frozen=True, slots=True)
class Message:
    """What an error page says."""

    title: Any
    text: Any
    advice: Any


MESSAGES = {
    400: Message(
        _("This cannot be used as it stands"),
        _("The request was incomplete or damaged."),
        _("Go back and try again."),
    ),
    403: Message(
        _("You may not open this page"),
        _("Your role does not include it. The attempt was recorded."),
        _("If you need it for your work, ask your administrator for the permission."),
    ),
    404: Message(
        _("There is no such page"),
        _("The address may be mistyped, or what it showed was deleted or is not yours to see."),
        _("Start again from the home page."),
    ),
    409: Message(
        _("This has changed meanwhile"),
        _("Someone else, or you in another window, was faster."),
        _("Load the page again to see its present state."),
    ),
    419: Message(
        _("This form has expired"),
        _("Forms are valid for one session, to protect you from forged requests."),
        _("Go back, load the page again and repeat your entry."),
    ),
    500: Message(
        _("Something went wrong on our side"),
        _("Nothing was half-saved. The fault was recorded."),
        _("Try again in a moment. If it happens again, tell your administrator when it happened."),
    ),
}


def page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """The page for ``status``; ``detail`` replaces the general text."""
    shown = 400 if status == 419 else status
    if request.path.startswith("/api/"):
        text = detail or str(MESSAGES[status].text)
        return JsonResponse({"code": f"http_{shown}", "message": text}, status=shown)
    context = {"message": MESSAGES[status], "detail": detail, "status": shown}
    return render(request, "web/pages/error.html", context, status=shown)


def explained(request: HttpRequest, error: XiaonengError) -> HttpResponse:
    """The page for an error of our own tree."""
    status = 404 if isinstance(error, NotFound) else 409 if error.code == "wrong_state" else 500
    if isinstance(error, BadInput | CalendarNotPublished):
        status = 400
    return page(request, status, error_text(error))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, also for what Django finds suspicious."""
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: without session, user or database, because one of them may be what is broken."""
    context = {
        "message": MESSAGES[500],
        "status": 500,
        "detail": "",
        "lang": "zh",
        "theme": "auto",
        "bare": True,
    }
    return HttpResponse(render_to_string("web/pages/error.html", context), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token."""
    return page(request, 419)
