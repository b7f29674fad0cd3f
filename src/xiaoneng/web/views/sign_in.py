"""Signing in and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from xiaoneng.apps.accounts import selectors
from xiaoneng.apps.accounts.contracts import DEMO_PASSWORD
from xiaoneng.apps.accounts.errors import LockedOut, SignInRefused
from xiaoneng.apps.accounts.services import sign_in_check
from xiaoneng.apps.audit import services as audit
from xiaoneng.web.actor import actor_of, address_of
from xiaoneng.web.language import error_text
from xiaoneng.web.views.preferences import safe_next


@ensure_csrf_cookie
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if selectors.person_of(request.user):
        return redirect(safe_next(request, target))
    username, refusal = request.POST.get("username", ""), None
    if request.method == "POST":
        now = timezone.now()
        try:
            user = sign_in_check(
                username=username[:64],
                password=request.POST.get("password", "")[:4096],
                address=address_of(request),
                at=now,
            )
        except SignInRefused as error:
            refusal = error
            # the name is not recorded: people type their password into the wrong field
            audit.record(
                actor=actor_of(request), action="sign-in", at=now, outcome="refused", reason=error.code
            )
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            audit.record(actor=actor_of(request), action="sign-in", at=now)
            return redirect(safe_next(request, target))
    context = {
        "username": username,
        "next": target,
        "refusal": error_text(refusal) if refusal else "",
        "locked": isinstance(refusal, LockedOut),
        "demo_logins": selectors.demo_logins(),
        "demo_password": DEMO_PASSWORD,
    }
    return render(
        request,
        "web/pages/sign_in.html",
        context,
        status=429 if context["locked"] else 403 if refusal else 200,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if selectors.person_of(request.user):
        audit.record(actor=actor_of(request), action="sign-out", at=timezone.now())
    logout(request)
    return redirect("sign-in")
