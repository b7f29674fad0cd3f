"""Re-date open cases when a calendar changes, and say what moved. Nobody becomes overdue retroactively."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from xiaoneng.core.calendar import WorkingCalendar
from xiaoneng.core.clock.case import reckon
from xiaoneng.core.clock.counting import Due
from xiaoneng.core.clock.facts import Facts, Rules
from xiaoneng.core.clock.limits import Unit
from xiaoneng.core.clock.moments import legal_day


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case to re-date: its key, facts and rules."""

    key: str
    facts: Facts
    rules: Rules


@dataclass(frozen=True, slots=True)
class Move:
    """One case whose dates moved or were held; ``facts`` (with a held date, if any) are those to keep."""

    key: str
    facts: Facts
    legal_before: date | None
    legal_after: date | None
    promised_before: date | None
    promised_after: date | None
    held: bool
    """The new calendar alone would have put a due date into the past; it was held."""
    days: tuple[date, ...]
    """The days between start and due date whose nature changed: why it moved."""


@dataclass(frozen=True, slots=True)
class RedateReport:
    """What a change of calendar did to the open cases."""

    cases: int
    moved: tuple[Move, ...]
    dated: int
    """Cases that had no due date for want of a calendar, and have one now."""
    held: int
    still_missing: int
    """Cases whose due date lies beyond the new calendar too."""


def redate(
    cases: Iterable[OpenCase], old: WorkingCalendar, new: WorkingCalendar, as_of: datetime
) -> RedateReport:
    """Reckon every open case under both calendars, as of one moment.

    A case that is in time under the old calendar and would be overdue under the new one keeps the next
    working day from ``as_of`` as its due date; one that is overdue already does not become more so.
    """
    today = legal_day(as_of)
    seen = dated = held_count = missing = 0
    moves: list[Move] = []
    for case in cases:
        seen += 1
        before = reckon(case.facts, case.rules, old, as_of)
        after = reckon(case.facts, case.rules, new, as_of)
        missing += after.calendar_missing
        legal = _floor(before.legal, after.legal, today, new)
        promised = _floor(before.promised, after.promised, today, new)
        facts, held = case.facts, bool(legal or promised)
        if held:
            facts = replace(
                facts,
                legal_not_before=legal or facts.legal_not_before,
                promised_not_before=promised or facts.promised_not_before,
            )
            after = reckon(facts, case.rules, new, as_of)
            held_count += 1
        dates = [
            due.due if due else None for due in (before.legal, after.legal, before.promised, after.promised)
        ]
        if not held and dates[0] == dates[1] and dates[2] == dates[3]:
            continue
        dated += before.calendar_missing and not after.calendar_missing
        ends = [day for day in dates if day is not None]
        start = before.acceptance.on or after.acceptance.on
        changed = () if start is None or not ends else _changed(old, new, start, max(ends))
        moves.append(Move(case.key, facts, dates[0], dates[1], dates[2], dates[3], held, changed))
    return RedateReport(seen, tuple(moves), dated, held_count, missing)


def _floor(before: Due | None, after: Due | None, today: date, new: WorkingCalendar) -> date | None:
    """The date before which a due date may not fall, if the new calendar would put it into the past."""
    if after is None or after.due is None or after.limit.unit is Unit.HOUR or after.due >= today:
        return None
    was = before.due if before else None
    if was is None or was >= today:
        return new.on_or_after(today)
    return was if was > after.due else None


def _changed(old: WorkingCalendar, new: WorkingCalendar, start: date, end: date) -> tuple[date, ...]:
    """Days in ``(start, end]`` worked under one calendar and not the other; unknown days are not listed."""
    days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return tuple(
        day for day in days if day in old and day in new and old.is_working(day) != new.is_working(day)
    )
