"""What pages about versions share, of decisions and of processes: which applies today, the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from xiaoneng.apps.organisations.contracts import Scope
from xiaoneng.apps.processes.contracts import Dated, State
from xiaoneng.apps.processes.diagrams.checking import FILE_BYTES
from xiaoneng.apps.processes.selectors.versions import periods
from xiaoneng.core.errors import BadInput, Place
from xiaoneng.web.language import words

D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Versions(Generic[D]):
    """The versions of something as one reader may see them, newest first, without their files."""

    scope: Scope
    versions: Sequence[D]
    covers: bool
    today: date

    def present(self) -> D | None:
        """The version in force today."""
        return next((p.version for p in periods(self.versions) if p.covers(self.today)), None)

    def draft(self) -> D | None:
        """The draft."""
        return next((v for v in self.versions if v.state == State.DRAFT), None)

    def asked(self, request: HttpRequest, name: str = "version") -> int:
        """The number that the address or form names; else that of the version in force, the draft, or the
        newest; 0 where there is none."""
        text = request.POST.get(name) or request.GET.get(name) or ""
        if text:
            return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        default = self.present() or self.draft() or (self.versions[0] if self.versions else None)
        return default.number if default is not None else 0

    def base_of(self, request: HttpRequest, after: Dated) -> int:
        """With which version ``after`` is compared: the one asked for, the one in force, the one before; 0
        where there is none."""
        if request.GET.get("before"):
            return self.asked(request, "before")
        present = self.present()
        if present is not None and present.number != after.number:
            return present.number
        return max((v.number for v in self.versions if v.number < after.number), default=0)


def state_of(place: Versions[Any], version: Dated) -> tuple[str, str]:
    """Light and word for a version on this day."""
    if version.state == State.DRAFT:
        return "grey", _("draft")
    spans = [p for p in periods(place.versions) if p.version.number == version.number]
    if any(p.covers(place.today) for p in spans):
        return "green", _("in force")
    if any(p.start > place.today for p in spans):
        return "yellow", _("to come")
    return "none", _("withdrawn") if version.state == State.WITHDRAWN else _("no longer in force")


def history(place: Versions[Any]) -> dict[str, Any]:
    """What the part ``web/parts/versions.html`` shows."""
    say = words()
    return {
        "timeline": timeline(place),
        "periods": [
            (p, say.date(p.start), say.date(p.end) if p.end else "") for p in periods(place.versions)
        ],
        "bar": bar(place),
    }


def timeline(place: Versions[Any]) -> list[dict[str, Any]]:
    """The versions, newest first, each with its state and the days on which it applies."""
    say, found = words(), []
    spans = periods(place.versions)
    for version in place.versions:
        light, text = state_of(place, version)
        days = [
            f"{say.date(p.start)} – {say.date(p.end) if p.end else ''}".strip()
            for p in spans
            if p.version.number == version.number
        ]
        found.append(
            {
                "number": version.number,
                "light": light,
                "state": text,
                "days": days,
                "note": version.note,
                "author": version.author.name,
                "publisher": version.published_by.name if version.published_by else "",
                "at": say.moment(localtime(version.published_at or version.changed_at)),
                "withdrawal": version.withdrawal_note,
            }
        )
    return found


def bar(place: Versions[Any]) -> dict[str, Any] | None:
    """The periods to scale, from the first day to a year from now at least; None where there is none."""
    spans = periods(place.versions)
    if not spans:
        return None
    first = spans[0].start.toordinal()
    last = max(place.today.toordinal() + 180, max((p.end or p.start).toordinal() for p in spans) + 120)
    scale = 1000 / max(1, last - first)
    parts = []
    for index, p in enumerate(spans):
        x = (p.start.toordinal() - first) * scale
        end = p.end.toordinal() + 1 if p.end else last
        parts.append(
            {
                "x": round(x, 1),
                "width": round(max(6.0, (end - p.start.toordinal()) * scale - 2), 1),
                "number": p.version.number,
                "now": p.covers(place.today),
                "odd": index % 2,
            }
        )
    today = place.today.toordinal() - first
    return {
        "parts": parts,
        "today": round(today * scale, 1) if today >= 0 else None,
        "start": words().date(spans[0].start),
        "end": words().month(place.today.fromordinal(last)),
    }


def number(request: HttpRequest, name: str) -> int:
    """A number that a form sent; -1 for anything else, which fits no revision."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def day(request: HttpRequest, name: str) -> date:
    """A day that a form sent. Raises BadInput."""
    text = request.POST.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            "{text} is not a date", text=text, place=Place(field=name), expected="a date such as 2026-01-31"
        ) from None


def uploaded(request: HttpRequest, name: str = "file") -> bytes:
    """An uploaded model or table, small enough to be one. Raises BadInput."""
    file = request.FILES.get(name)
    if file is None:
        raise BadInput("Choose a file first.")
    if file.size is None or file.size > FILE_BYTES:
        raise BadInput(
            "{name} is too large", name=file.name, expected="at most {limit} bytes", limit=FILE_BYTES
        )
    content: bytes = file.read()
    return content
