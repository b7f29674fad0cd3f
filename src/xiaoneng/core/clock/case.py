"""The whole clock of one case: acceptance, legal and promised limit, delivery, owners of time, light,
problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from xiaoneng.core.calendar import WorkingCalendar
from xiaoneng.core.clock.acceptance import Acceptance, acceptance
from xiaoneng.core.clock.counting import DayEntry, Due, Extension, Pause, count, derivation
from xiaoneng.core.clock.facts import Facts, Owner, Rules, Stop
from xiaoneng.core.clock.light import Light, light_of
from xiaoneng.core.clock.limits import Limit
from xiaoneng.core.clock.moments import legal_day
from xiaoneng.core.clock.problems import Problem, Weight
from xiaoneng.core.errors import BadInput, CalendarNotPublished


@dataclass(frozen=True, slots=True)
class Spent:
    """Time of one owner, in the days ``(receipt, decision or as-of]``."""

    working_days: int | None
    """None where the calendar does not reach."""
    calendar_days: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The state of the clock as of one moment; everything a page or a report shows about a case's time."""

    facts: Facts
    rules: Rules
    as_of: datetime
    acceptance: Acceptance
    legal: Due | None
    """None before acceptance, or when it is refused."""
    promised: Due | None
    delivery: Due | None
    """From the decision, if the rules set a limit for delivery."""
    light: Light | None
    """By the promised limit where there is one, else the legal; None while nothing runs."""
    on_time: bool | None
    """Of a decided case: decided by the legal due date (indicator I22); None while undecided or unknown."""
    owners: dict[Owner, Spent]
    problems: tuple[Problem, ...]
    calendar_missing: bool
    """Some date lies beyond the published calendar: re-date the case when the year is published."""

    @property
    def leading(self) -> Due | None:
        """The limit that the light follows."""
        return self.promised or self.legal


def reckon(facts: Facts, rules: Rules, calendar: WorkingCalendar, as_of: datetime) -> Reckoning:
    """The clock of a case; pure: the same facts, rules, calendar and moment give the same answer.

    Contradictory facts (a stop before acceptance, an end before its beginning) raise :class:`BadInput`;
    acts that the law gives no effect come back in ``problems``; nothing is blocked by a missing calendar.
    """
    begun = acceptance(facts, rules, calendar, as_of)
    problems = list(begun.problems)
    legal = promised = delivery = None
    if begun.at is not None:
        pauses, stop_problems = _pauses(facts.stops, as_of)
        problems += stop_problems
        until = facts.decided or as_of
        legal = _count(
            rules.legal,
            begun.at,
            calendar,
            until,
            rules,
            pauses=pauses,
            extensions=facts.extensions,
            not_before=facts.legal_not_before,
        )
        problems += legal.problems
        if rules.promised is not None:
            promised = _count(
                rules.promised,
                begun.at,
                calendar,
                until,
                rules,
                pauses=legal.pauses,
                not_before=facts.promised_not_before,
            )
    elif facts.stops:
        raise BadInput(
            "the case has a stop but is not accepted", expected="stops only after acceptance, none before it"
        )
    if facts.decided is not None and rules.delivery is not None:
        until = facts.delivered or as_of
        delivery = _count(rules.delivery, facts.decided, calendar, until, rules)
    leading = promised or legal
    dues = [due for due in (legal, promised, delivery) if due is not None]
    return Reckoning(
        facts=facts,
        rules=rules,
        as_of=as_of,
        acceptance=begun,
        legal=legal,
        promised=promised,
        delivery=delivery,
        light=None if leading is None else _light(leading, rules, decided=facts.decided is not None),
        on_time=None if facts.decided is None or legal is None or legal.due is None else not legal.overdue,
        owners=_owners(facts, begun, legal, calendar, as_of),
        problems=tuple(problems),
        calendar_missing=begun.calendar_missing or any(due.calendar_missing for due in dues),
    )


def explain_days(reckoning: Reckoning, calendar: WorkingCalendar) -> tuple[DayEntry, ...]:
    """The derivation of the leading limit, day by day, with the owner of each day."""
    leading = reckoning.leading
    if leading is None or leading.calendar_missing:
        return ()
    spans = list(_owner_spans(reckoning.facts, reckoning.acceptance, leading))
    return derivation(leading, calendar, lambda day: _owner(spans, day).value)


def _count(
    limit: Limit,
    start: datetime,
    calendar: WorkingCalendar,
    until: datetime,
    rules: Rules,
    *,
    pauses: Iterable[Pause] = (),
    extensions: tuple[Extension, ...] = (),
    not_before: date | None = None,
) -> Due:
    """:func:`count`, where a missing calendar is a state and not an error."""
    try:
        return count(
            limit,
            start,
            calendar,
            until,
            pauses=tuple(pauses),
            extensions=extensions,
            closes_at=rules.closes_at,
            not_before=not_before,
        )
    except CalendarNotPublished:
        return Due(
            limit=limit,
            start=start,
            as_of=until,
            total=limit.value,
            due=None,
            due_at=None,
            projected_due=None,
            projected_at=None,
            remaining=None,
            working_days_left=None,
            overdue=False,
            stopped=False,
            held=False,
            calendar_missing=True,
            pauses=tuple(pauses),
            problems=(),
        )


def _pauses(stops: tuple[Stop, ...], as_of: datetime) -> tuple[list[Pause], list[Problem]]:
    """The stretches that stops with their notices cover, before the due date has its say."""
    pauses: list[Pause] = []
    problems: list[Problem] = []
    for stop in stops:
        day = legal_day(stop.start)
        if stop.end is not None and stop.end < stop.start:
            raise BadInput(
                "the stop of {stop} ends on {end}, before it begins",
                expected="an end on or after the beginning",
                stop=day.isoformat(),
                end=legal_day(stop.end).isoformat(),
            )
        if not stop.notices:
            problems.append(
                Problem(
                    "stop_without_notice",
                    Weight.REFUSED,
                    day,
                    "the stop of {on} has no effect: the applicant was not told in writing how long it takes",
                    {"on": day.isoformat()},
                )
            )
        covered_to: datetime | None = stop.start
        for number, notice in enumerate(stop.notices):
            begin = stop.start if number == 0 or covered_to is None else covered_to
            if notice.at is not None:  # a notice does not reach back
                begin = max(stop.start, notice.at)
            ends = [moment for moment in (stop.end, notice.told_end) if moment is not None]
            end = min(ends) if ends else None
            if end is not None and end < begin:
                continue
            pauses.append(Pause(begin, end, end is not None and end == stop.end, stop.kind.value))
            covered_to = end
        last = covered_to
        overrun = stop.end or as_of
        if stop.notices and last is not None and legal_day(overrun) > legal_day(last):
            problems.append(
                Problem(
                    "stop_beyond_told_end",
                    Weight.WARNING,
                    legal_day(last),
                    "the stop of {on} lasts longer than told: from {end} on the clock runs again",
                    {"on": day.isoformat(), "end": legal_day(last).isoformat()},
                )
            )
    return pauses, problems


def _light(leading: Due, rules: Rules, *, decided: bool) -> Light | None:
    """A decided case is green or red: nothing is left to hurry."""
    if not decided:
        return light_of(leading, rules.light)
    if leading.due is None:
        return None
    return Light.RED if leading.overdue else Light.GREEN


Span = tuple[date, date | None, Owner]
"""``(from, to]`` with its owner, the strongest claim first."""


def _owner_spans(facts: Facts, begun: Acceptance, due: Due | None) -> Iterator[Span]:
    """Stops, then waiting for corrections, then recorded waits: the first that holds a day owns it."""
    for pause in due.pauses if due else ():
        yield legal_day(pause.start), legal_day(pause.end) if pause.end else None, Owner.EXCLUDED
    for start, end in begun.applicant_spans:
        yield start, end, Owner.APPLICANT
    for wait in facts.waits:
        yield legal_day(wait.start), legal_day(wait.end) if wait.end else None, wait.owner


def _owner(spans: Iterable[Span], day: date) -> Owner:
    return next((o for start, end, o in spans if start < day and (end is None or day <= end)), Owner.OWN)


def _owners(
    facts: Facts, begun: Acceptance, legal: Due | None, calendar: WorkingCalendar, as_of: datetime
) -> dict[Owner, Spent]:
    """Every day from receipt to decision (or as-of) belongs to exactly one owner."""
    spent = {owner: Spent(0, 0) for owner in Owner}
    if begun.received is None:
        return spent
    end = max(begun.received, legal_day(facts.decided or as_of))
    spans = list(_owner_spans(facts, begun, legal))
    marks = {begun.received, end}
    for start, stop, _ in spans:
        marks.update(day for day in (start, stop) if day is not None and begun.received < day < end)
    ordered = sorted(marks)
    for low, high in pairwise(ordered):
        owner = _owner(spans, high)
        before = spent[owner]
        try:
            worked = calendar.between(low, high)
        except CalendarNotPublished:
            worked = None
        total = None if worked is None or before.working_days is None else before.working_days + worked
        spent[owner] = Spent(total, before.calendar_days + (high - low).days)
    return spent
