"""Every page with the permission it needs; ``public`` is said explicitly. Nothing is reachable that is not
here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase

from xiaoneng.apps.accounts.roles import PUBLIC
from xiaoneng.web.views import account, audit, cockpit, components, health, home, logs, preferences, sign_in


@dataclass(frozen=True, slots=True)
class Route:
    """One page: its address, view, name, and the permission that its reader must hold."""

    pattern: str
    view: Callable[..., HttpResponseBase]
    name: str
    permission: str
    example: dict[str, Any] | None = None


ROUTES = (
    Route("", home.start, "start", PUBLIC),
    Route("healthz", health.healthz, "healthz", PUBLIC),
    Route("sign-in/", sign_in.sign_in, "sign-in", PUBLIC),
    Route("sign-out/", sign_in.sign_out, "sign-out", PUBLIC),
    Route("preferences/", preferences.save, "preferences", PUBLIC),
    Route("home/", home.home, "home", "home.view"),
    Route("account/", account.account, "account", "account.own"),
    Route("cockpit/", cockpit.overview, "cockpit", "cockpit.view"),
    Route("cockpit/export/<str:kind>/", cockpit.export, "cockpit-export", "cockpit.export"),
    Route("cockpit/<str:indicator>/", cockpit.detail, "cockpit-detail", "cockpit.view"),
    Route(
        "cockpit/<str:indicator>/export/<str:kind>/",
        cockpit.detail_export,
        "cockpit-detail-export",
        "cockpit.export",
    ),
    Route("logs/", logs.overview, "logs", "logs.view"),
    Route("logs/upload/", logs.upload, "log-upload", "logs.manage"),
    Route("logs/<uuid:pk>/", logs.show, "log", "logs.view"),
    Route("logs/<uuid:pk>/progress/", logs.progress, "log-progress", "logs.view"),
    Route("logs/<uuid:pk>/confirm/", logs.confirm, "log-confirm", "logs.manage"),
    Route("logs/<uuid:pk>/cancel/", logs.cancel, "log-cancel", "logs.manage"),
    Route("logs/<uuid:pk>/retry/", logs.retry, "log-retry", "logs.manage"),
    Route("logs/<uuid:pk>/reopen/", logs.reopen, "log-reopen", "logs.manage"),
    Route("logs/<uuid:pk>/delete/", logs.delete, "log-delete", "logs.manage"),
    Route("logs/<uuid:pk>/cases/", logs.cases, "log-cases", "logs.view"),
    Route("logs/<uuid:pk>/case/", logs.case, "log-case", "logs.view"),
    Route("logs/<uuid:pk>/download/<str:kind>/", logs.download, "log-download", "logs.view"),
    Route("audit/", audit.overview, "audit", "audit.view"),
    Route("components/", components.overview, "components", "components.view"),
)
