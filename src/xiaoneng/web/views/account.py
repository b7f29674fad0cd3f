"""One's own account: who I am here, and the password."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.accounts.errors import PasswordRefused, SignInRefused
from xiaoneng.apps.accounts.selectors import masked_phone
from xiaoneng.apps.accounts.services import password_change
from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.organisations.selectors import body_of
from xiaoneng.web.actor import actor_of, keep_session, user_of
from xiaoneng.web.language import error_text


@sensitive_post_parameters("old", "new", "again")
def account(request: HttpRequest) -> HttpResponse:
    """The page; a POST changes the password."""
    user = user_of(request)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        problems = _change(request, user)
        if not problems:
            messages.success(request, _("Your password was changed."))
            return redirect("account")
    context = {"user": user, "body": body_of(user), "phone": masked_phone(user.phone), "problems": problems}
    return render(request, "web/pages/account.html", context, status=400 if problems else 200)


def _change(request: HttpRequest, user: Person) -> dict[str, list[str]]:
    now, new = timezone.now(), request.POST.get("new", "")[:4096]
    if new != request.POST.get("again", ""):
        return {"again": [_("The two entries of the new password differ.")]}
    try:
        password_change(user=user, old=request.POST.get("old", "")[:4096], new=new, at=now)
    except SignInRefused as error:
        audit.record(
            actor=actor_of(request), action="password-change", at=now, outcome="refused", reason=error.code
        )
        return {"old": [error_text(error)]}
    except PasswordRefused as error:
        found = error.params["problems"]
        return {"new": [str(p) for p in found] if isinstance(found, list) else []}
    keep_session(request)
    audit.record(actor=actor_of(request), action="password-change", at=now)
    return {}
