"""What all pages about processes share: finding one, the head of its pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from xiaoneng import __version__
from xiaoneng.apps.organisations.selectors import scope_of
from xiaoneng.apps.processes.contracts import ProcessInfo, ProcessVersionInfo
from xiaoneng.apps.processes.selectors import processes as selectors
from xiaoneng.web.actor import user_of
from xiaoneng.web.diagram_words import diagram_words
from xiaoneng.web.language import language
from xiaoneng.web.views.versions import Versions, state_of


@dataclass(frozen=True, slots=True)
class Here(Versions[ProcessVersionInfo]):
    """A process as one reader may see it."""

    process: ProcessInfo


def here(request: HttpRequest, key: str) -> Here:
    """The process; whoever may not see it learns nothing about it."""
    scope = scope_of(user_of(request))
    process = selectors.process_find(scope, key)
    if process is None:
        raise Http404
    versions = selectors.versions(process, scope)
    return Here(scope, versions, selectors.covers(scope, process), localdate(), process)


def chosen(request: HttpRequest, place: Here, name: str = "version") -> ProcessVersionInfo:
    """The version that the address or form names, with its file; else see ``Versions.asked``."""
    version = selectors.version_find(place.process, place.scope, place.asked(request, name))
    if version is None:
        raise Http404
    return version


def must_cover(place: Here) -> None:
    """Only who answers for the process may change it. Raises Http404."""
    if not place.covers:
        raise Http404


def name_of(process: ProcessInfo) -> str:
    """The process's name in the reader's language."""
    return process.name_en or process.name_zh if language() == "en" else process.name_zh


def frame(request: HttpRequest, place: Here, version: ProcessVersionInfo | None, tab: str) -> dict[str, Any]:
    """What the head of every page about a process shows."""
    user, process = user_of(request), place.process
    return {
        "platform_version": __version__,
        "here": place,
        "process": process,
        "name": name_of(process),
        "about": (process.about_en or process.about_zh) if language() == "en" else process.about_zh,
        "version": version,
        "state": state_of(place, version) if version is not None else None,
        "draft": place.draft(),
        "may_edit": user.may("processes.edit") and place.covers,
        "may_publish": user.may("processes.publish") and place.covers,
        "may_measure": user.may("logs.view"),
        "tab": tab,
    }


def picture(place: Here, version: ProcessVersionInfo) -> dict[str, Any]:
    """What the part ``web/processes/picture.html`` needs to draw a version."""
    return drawing(place.process.key, version.number)


def drawing(key: str, number: int) -> dict[str, Any]:
    """The same for whoever knows the process's key and the version's number."""
    return {
        "href": f"{reverse('process-diagram', args=[key])}?version={number}",
        "number": number,
        "words": json.dumps(diagram_words() | _words(), ensure_ascii=False),
    }


def _words() -> dict[str, str]:
    """What the scripts around the picture say."""
    return {
        "xn.errors": _("{n} errors here"),
        "xn.remarks": _("{n} remarks here"),
        "xn.failed": _("The picture cannot be drawn; the steps are listed below."),
        "xn.path": _("{n} elements of the path are marked"),
        "xn.full": _("Enlarge"),
        "xn.small": _("Back to the page"),
        "xn.saved": _("Saved"),
        "xn.unsaved": _("Not saved yet"),
        "xn.left": _("There are changes that were not saved."),
        "xn.checking": _("Checking …"),
        "xn.offline": _("The server cannot be reached; nothing was saved."),
        "xn.signedout": _("You were signed out. Sign in in another tab, then save again."),
        "xn.nothing": _("Nothing is selected: these are facts of the whole process."),
        "xn.several": _("Several elements are selected."),
    }
