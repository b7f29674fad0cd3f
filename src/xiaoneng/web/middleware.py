"""What every response gets and every request passes: headers, idle timeout, errors that help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from xiaoneng.core.errors import XiaonengError
from xiaoneng.web.actor import idle_limit
from xiaoneng.web.views import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Nothing inline, nothing evaluated, nothing from elsewhere.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
SEEN = "seen"
SEEN_EVERY_S = 60
# a page that asks by itself does not keep its reader signed in
NOT_ACTIVITY = frozenset({"log-progress"})


def security_headers(get_response: GetResponse) -> GetResponse:
    """Add the content security policy and its companions; only static files may be kept by caches."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")  # for browsers that know no frame-ancestors
        response.headers.setdefault("Permissions-Policy", FEATURES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def chosen_language(get_response: GetResponse) -> GetResponse:
    """Chinese unless the reader chose otherwise; what a browser happens to prefer is not a choice."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = get_response(request)
        response.headers["Content-Language"] = language
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


class IdleTimeout:
    """Signs out whoever did nothing for longer than ``SESSION_IDLE``; notes activity at most once a
    minute."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            last = _last_seen(request)
            if last is not None and timezone.now() - last > idle_limit():
                logout(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Note that the user did something."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not request.user.is_authenticated or name in NOT_ACTIVITY:
            return
        last, now = _last_seen(request), timezone.now()
        if last is None or (now - last).total_seconds() > SEEN_EVERY_S:
            request.session[SEEN] = now.isoformat()


class ErrorsForPeople:
    """Shows an error of ours as a page that says what was wrong, where, and what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error of our tree; others go on to Django."""
        return errors.explained(request, error) if isinstance(error, XiaonengError) else None


def _last_seen(request: HttpRequest) -> datetime | None:
    seen = request.session.get(SEEN)
    return datetime.fromisoformat(seen) if seen else None
