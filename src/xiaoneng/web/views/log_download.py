"""A log taken away: the report as one page, or the log itself in a format that other tools read."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from xiaoneng import __version__
from xiaoneng.apps.audit import services as audit
from xiaoneng.apps.eventlog import exploring, selectors
from xiaoneng.apps.eventlog.contracts import LogInfo
from xiaoneng.core.eventlog.writers import export_log
from xiaoneng.core.mining.analysis import spoken
from xiaoneng.presentation.i18n import translator
from xiaoneng.presentation.report import page
from xiaoneng.web.actor import actor_of
from xiaoneng.web.language import language, words

REPORT = "html"
KINDS = {
    REPORT: gettext_lazy("Report, one page (.html)"),
    "xes.gz": gettext_lazy("Log as XES (.xes.gz)"),
    "csv.gz": gettext_lazy("Log as table (.csv.gz)"),
    "parquet": gettext_lazy("Log as Parquet (.parquet)"),
    "json": gettext_lazy("Log as OCEL 2.0 (.json)"),
}


def download(request: HttpRequest, log: LogInfo, kind: str) -> HttpResponseBase:
    """The file; that it was taken is written to the audit record."""
    if kind not in KINDS:
        raise Http404
    name = f"{Path(log.filename).stem.split('.')[0]}.{kind}"
    response = _report(log, name) if kind == REPORT else _log(log, name)
    audit.record(
        actor=actor_of(request),
        action="logs.download",
        at=timezone.now(),
        object_type="log",
        object_id=log.pk,
        reason=kind,
    )
    return response


def _report(log: LogInfo, name: str) -> HttpResponse:
    lang = language()
    made = words().t(
        "Made by Xiaoneng {version} on {time}.",
        version=__version__,
        time=f"{localtime(timezone.now()):%Y-%m-%d %H:%M %z}",
    )
    document = page(spoken(selectors.analysis(log), translator(lang)), lang, made=made)
    response = HttpResponse(document, content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _log(log: LogInfo, name: str) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = export_log(exploring.open_store(log), Path(folder) / name)
        # the open file outlives its folder and is closed with the response
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)
