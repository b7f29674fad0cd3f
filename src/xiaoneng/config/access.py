"""Who may use which route: denied unless the route names a permission that the user's role holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url
from django.utils import timezone

from xiaoneng.api.routes import PERMISSIONS as API_PERMISSIONS
from xiaoneng.apps.accounts.roles import PUBLIC
from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.audit import services as audit
from xiaoneng.web.actor import actor_of
from xiaoneng.web.routes import ROUTES
from xiaoneng.web.views import errors

PERMISSION_OF: dict[str, str] = {route.name: route.permission for route in ROUTES} | API_PERMISSIONS


class AccessMiddleware:
    """Checks the permission of the resolved route before its view runs; refusals are written to the audit
    record."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: Any
    ) -> HttpResponse | None:
        """The refusal, or None when the view may run."""
        match = request.resolver_match
        route = match.view_name if match else ""
        permission = PERMISSION_OF.get(route)
        if permission == PUBLIC:
            return None
        user = person_of(request.user)
        if user is None:
            return _sign_in(request)
        if permission is not None and user.may(permission):
            # the API does not know the pages; who acts is handed to it
            request.META["xiaoneng.actor"] = actor_of(request)
            return None
        audit.record(
            actor=actor_of(request),
            action="access",
            at=timezone.now(),
            outcome="refused",
            object_type="route",
            object_id=route,
            reason=f"needs {permission or 'a declared permission'}",
        )
        if _wants_json(request):
            return JsonResponse(
                {"code": "forbidden", "message": f"needs the permission {permission}"}, status=403
            )
        return errors.forbidden(request)


def _sign_in(request: HttpRequest) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"code": "not_signed_in", "message": "sign in first"}, status=401)
    target = resolve_url("sign-in")
    if request.method == "GET" and not request.headers.get("HX-Request"):
        target += "?" + urlencode({"next": request.get_full_path()})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200, headers={"HX-Redirect": target})
    return HttpResponse(status=302, headers={"Location": target})


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
