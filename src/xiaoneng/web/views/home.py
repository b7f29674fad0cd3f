"""The start page, and the home page for citizens and enterprises."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.indicators import selectors
from xiaoneng.apps.organisations.selectors import public_scope
from xiaoneng.web.indicators import kpi

# what matters to those who are served, in their order
HEADLINE = ("I1", "I11", "I13", "I14", "I9", "I17")


def start(request: HttpRequest) -> HttpResponse:
    """Everyone's first page: where the work is, or the door."""
    user = person_of(request.user)
    if user is None:
        return redirect("sign-in")
    return redirect("cockpit" if user.may("cockpit.view") else "home")


def home(request: HttpRequest) -> HttpResponse:
    """How the province performs for those who are served; public figures, no body's internals."""
    cards = {card.id: card for card in selectors.cockpit(public_scope())}
    context = {"kpis": [kpi(cards[i], linked=False) for i in HEADLINE if i in cards]}
    return render(request, "web/pages/home.html", context)
