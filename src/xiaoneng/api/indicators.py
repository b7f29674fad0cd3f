"""Indicators by API: the cockpit's cards, one indicator in detail."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.indicators import selectors
from xiaoneng.apps.organisations.selectors import scope_of

router = Router()


@router.get("", response=list[dict[str, Any]], url_name="indicators")
def indicator_list(request: HttpRequest, period: str = "", region: str = "") -> Any:
    """Every indicator: baseline, now, target, light, trend."""
    cards = selectors.cockpit(_scope(request), period=period or None, region=region or None)
    return [asdict(card) for card in cards]


@router.get("/{str:indicator}", response=dict[str, Any], url_name="indicator")
def indicator_detail(request: HttpRequest, indicator: str, by: str = "body") -> Any:
    """One indicator with its values by body, item or region."""
    detail = selectors.detail(_scope(request), indicator, by=by)
    if detail is None:
        raise Http404
    return asdict(detail)


def _scope(request: HttpRequest) -> Any:
    user = person_of(request.user)
    assert user is not None, "the access middleware lets nobody else in"
    return scope_of(user)
