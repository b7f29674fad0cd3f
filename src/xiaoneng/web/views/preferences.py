"""Language and theme, kept in cookies; works without scripts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from xiaoneng.web.context import THEME_COOKIE, THEMES

YEAR_S = 31_536_000


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Store what was chosen and go back to the page."""
    response = redirect(safe_next(request, request.POST.get("next", "")))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        _cookie(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        _cookie(response, THEME_COOKIE, theme)
    return response


def safe_next(request: HttpRequest, target: str) -> str:
    """``target`` if it is a page of ours, else the start page: nobody can send our users elsewhere."""
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and allowed else "/"


def _cookie(response: HttpResponse, name: str, value: str) -> None:
    # readable by the theme script, which sets the theme before the first paint; no secret
    response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
