"""What every template knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from xiaoneng import __version__
from xiaoneng.apps.accounts.selectors import person_of
from xiaoneng.web.language import language

THEME_COOKIE = "xn_theme"
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation; ``routes`` are the pages on which it is marked as the present one."""

    route: str
    title: Any
    icon: str
    permission: str
    prefix: str


NAVIGATION = (
    Entry("home", _("Home"), "home", "home.view", "home"),
    Entry("work", _("Tasks"), "checklist", "work.view", "work"),
    Entry("cockpit", _("Cockpit"), "gauge", "cockpit.view", "cockpit"),
    Entry("logs", _("Case logs"), "list-details", "logs.view", "log"),
    Entry("processes", _("Processes"), "sitemap", "processes.view", "process"),
    Entry("decisions", _("Decisions"), "table", "decisions.view", "decision"),
    Entry("audit", _("Audit"), "shield-lock", "audit.view", "audit"),
    Entry("components", _("Components"), "components", "components.view", "components"),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Language, theme, navigation of this user."""
    user = person_of(getattr(request, "user", None))
    match = request.resolver_match
    name = match.url_name or "" if match else ""
    entries = [
        (entry, name.startswith(entry.prefix))
        for entry in NAVIGATION
        if user is not None and user.may(entry.permission)
    ]
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "lang": language(),
        "theme": theme if theme in THEMES else "auto",
        "navigation": entries,
        "version": __version__,
        "signed_in": user is not None,
    }
