"""Short ways to write dates and facts."""

from __future__ import annotations

from datetime import date, datetime

from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.clock import Due, Extension, Limit, Pause, Unit, count, start_of

CN = load_calendar("cn")
LICENCE = Limit(20, Unit.WORKING_DAY, extension=10, approver="agency_head")


def on(text: str) -> datetime:
    """00:00 of a day in Asia/Shanghai."""
    return start_of(date.fromisoformat(text))


def day(text: str) -> date:
    return date.fromisoformat(text)


def due_of(
    start: str,
    limit: Limit = LICENCE,
    *,
    stops: tuple[tuple[str, str | None], ...] = (),
    extend: tuple[tuple[str, int], ...] = (),
    as_of: str | None = None,
) -> Due:
    """One limit with stops ``(s, e)`` and extensions ``(approved, value)``."""
    return count(
        limit,
        on(start),
        CN,
        on(as_of or start),
        pauses=[Pause(on(s), on(e) if e else None) for s, e in stops],
        extensions=[Extension(on(at), value, "agency_head") for at, value in extend],
    )
