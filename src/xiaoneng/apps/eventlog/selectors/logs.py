"""Reads of logs: which ones someone may see, and what was found in one."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q, QuerySet

from xiaoneng.apps.eventlog import files
from xiaoneng.apps.eventlog.contracts import LogInfo
from xiaoneng.apps.eventlog.models import Log
from xiaoneng.apps.organisations.contracts import Scope


def logs_visible(scope: Scope) -> QuerySet[Log]:
    """The logs of visible bodies and one's own, newest first."""
    found = Log.objects.select_related("body", "uploaded_by").order_by("-created_at", "id")
    if scope.everything:
        return found
    return found.filter(Q(body__in=scope.ids) | Q(uploaded_by=scope.user))


def is_there(filename: str) -> bool:
    """Whether a log of this file name was brought."""
    return Log.objects.filter(filename=filename).exists()


def analysis(log: LogInfo) -> dict[str, Any]:
    """The whole analysis of a log that is ready, see ``docs/reference/analysis.md``."""
    path = files.folder(log.pk) / log.result / "analysis.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
