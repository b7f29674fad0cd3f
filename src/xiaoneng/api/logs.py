"""Case logs by API: list, one log, its analysis."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.apps.eventlog import selectors
from xiaoneng.apps.eventlog.contracts import LogInfo, State
from xiaoneng.apps.organisations.selectors import scope_of

router = Router()
PAGE_SIZE = 100


class LogOut(Schema):
    """One log."""

    id: UUID
    name: str
    filename: str
    sha256: str
    size: int
    state: str
    progress: float
    created_at: datetime
    counts: dict[str, int] | None
    error: dict[str, Any] | None


@router.get("", response=list[LogOut], url_name="logs")
def log_list(request: HttpRequest, page: int = 1) -> Any:
    """The logs that one may see, newest first, a hundred a page."""
    start = (max(1, page) - 1) * PAGE_SIZE
    return list(selectors.logs_visible(_scope(request))[start : start + PAGE_SIZE])


@router.get("/{uuid:pk}", response=LogOut, url_name="log")
def log_detail(request: HttpRequest, pk: UUID) -> Any:
    """One log."""
    return _log(request, pk)


@router.get("/{uuid:pk}/analysis", response=dict[str, Any], url_name="log-analysis")
def log_analysis(request: HttpRequest, pk: UUID) -> Any:
    """The whole analysis, see ``docs/reference/analysis.md``; 404 until the log is ready."""
    log = _log(request, pk)
    if log.state != State.READY:
        raise Http404
    return selectors.analysis(log)


def _scope(request: HttpRequest) -> Any:
    user = person_of(request.user)
    assert user is not None, "the access middleware lets nobody else in"
    return scope_of(user)


def _log(request: HttpRequest, pk: UUID) -> LogInfo:
    log = selectors.logs_visible(_scope(request)).filter(pk=pk).first()
    if log is None:
        raise Http404
    return log
