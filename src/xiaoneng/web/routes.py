"""Every page with the permission it needs; ``public`` is said explicitly. Nothing is reachable that is not
here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase

from xiaoneng.apps.accounts.roles import PUBLIC
from xiaoneng.web.views import (
    account,
    audit,
    cockpit,
    components,
    decisions,
    decisions_cases,
    decisions_edit,
    decisions_publish,
    decisions_try,
    health,
    home,
    logs,
    preferences,
    processes,
    processes_edit,
    processes_heat,
    processes_publish,
    sign_in,
    work,
    work_case,
)


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
    Route("decisions/", decisions.overview, "decisions", "decisions.view"),
    Route("decisions/new/", decisions.new, "decision-new", "decisions.edit"),
    Route("decisions/<str:key>/", decisions.show, "decision", "decisions.view"),
    Route("decisions/<str:key>/export/<str:kind>/", decisions.export, "decision-export", "decisions.view"),
    Route("decisions/<str:key>/draft/", decisions.draft, "decision-draft", "decisions.edit"),
    Route("decisions/<str:key>/discard/", decisions.discard, "decision-discard", "decisions.edit"),
    Route("decisions/<str:key>/edit/", decisions_edit.edit, "decision-edit", "decisions.edit"),
    Route("decisions/<str:key>/edit/cell/", decisions_edit.cell, "decision-cell", "decisions.edit"),
    Route("decisions/<str:key>/edit/checks/", decisions_edit.checks, "decision-checks", "decisions.edit"),
    Route(
        "decisions/<str:key>/edit/import/", decisions_edit.import_file, "decision-import", "decisions.edit"
    ),
    Route("decisions/<str:key>/try/", decisions_try.try_out, "decision-try", "decisions.view"),
    Route("decisions/<str:key>/tests/", decisions_try.tests, "decision-tests", "decisions.view"),
    Route("decisions/<str:key>/tests/add/", decisions_try.test_add, "decision-test-add", "decisions.edit"),
    Route(
        "decisions/<str:key>/tests/delete/",
        decisions_try.test_delete,
        "decision-test-delete",
        "decisions.edit",
    ),
    Route("decisions/<str:key>/compare/", decisions_publish.comparison, "decision-compare", "decisions.view"),
    Route("decisions/<str:key>/publish/", decisions_publish.publish, "decision-publish", "decisions.publish"),
    Route(
        "decisions/<str:key>/withdraw/", decisions_publish.withdraw, "decision-withdraw", "decisions.publish"
    ),
    Route("decisions/<str:key>/what-if/", decisions_cases.rehearsal, "decision-rehearsal", "decisions.view"),
    Route("decisions/<str:key>/made/", decisions_cases.evaluations, "decision-evaluations", "decisions.view"),
    Route(
        "decisions/<str:key>/made/<uuid:pk>/",
        decisions_cases.evaluation,
        "decision-evaluation",
        "decisions.view",
    ),
    Route("processes/", processes.overview, "processes", "processes.view"),
    Route("processes/new/", processes.new, "process-new", "processes.edit"),
    Route("processes/<str:key>/", processes.show, "process", "processes.view"),
    Route("processes/<str:key>/diagram/", processes.diagram, "process-diagram", "processes.view"),
    Route("processes/<str:key>/export/", processes.export, "process-export", "processes.view"),
    Route("processes/<str:key>/draft/", processes.draft, "process-draft", "processes.edit"),
    Route("processes/<str:key>/discard/", processes.discard, "process-discard", "processes.edit"),
    Route("processes/<str:key>/edit/", processes_edit.edit, "process-edit", "processes.edit"),
    Route("processes/<str:key>/edit/checks/", processes_edit.checks, "process-checks", "processes.edit"),
    Route("processes/<str:key>/edit/import/", processes_edit.import_file, "process-import", "processes.edit"),
    Route("processes/<str:key>/heat/", processes_heat.heat, "process-heat", "logs.view"),
    Route("processes/<str:key>/compare/", processes_publish.comparison, "process-compare", "processes.view"),
    Route("processes/<str:key>/publish/", processes_publish.publish, "process-publish", "processes.publish"),
    Route(
        "processes/<str:key>/withdraw/", processes_publish.withdraw, "process-withdraw", "processes.publish"
    ),
    Route("work/", work.overview, "work", "work.view"),
    Route("work/start/", work.begin, "work-start", "work.start"),
    Route("work/<int:instance>/claim/<int:task>/", work.claim, "work-claim", "work.view"),
    Route("work/<int:pk>/", work_case.show, "work-case", "work.view"),
    Route("work/<int:pk>/act/", work_case.act, "work-act", "work.view"),
    Route("audit/", audit.overview, "audit", "audit.view"),
    Route("components/", components.overview, "components", "components.view"),
)
