"""One limit from one start: due date, projection, remaining units, and its derivation day by day.

Pure and bare: it knows stops and extensions but no case. A date outside the published calendar raises
:class:`CalendarNotPublished`; :mod:`xiaoneng.core.clock.case` turns that into ``calendar_missing``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from xiaoneng.core.calendar import DayKind, WorkingCalendar
from xiaoneng.core.clock.limits import Direction, Limit, Unit
from xiaoneng.core.clock.moments import end_of, legal_day, start_of
from xiaoneng.core.clock.problems import Problem, Weight
from xiaoneng.core.clock.rulers import Gap, Hours, Ruler, countable, merge, reach, ruler_for
from xiaoneng.core.errors import BadInput, CalendarNotPublished


@dataclass(frozen=True, slots=True)
class Pause:
    """One stretch for which the clock stands: ``(start, end]`` in days, ``[start, end)`` in hours.

    ``end`` is the end that counts (for a stop of art. 45 the earlier of actual and told end); None while
    unknown. ``ended`` is False while the procedure still runs, even if its told end is known.
    """

    start: datetime
    end: datetime | None
    ended: bool = True
    label: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """A decision to extend: effective once, by the right approver, until the end of the then-current due
    date.
    """

    at: datetime
    value: int
    approver: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One line of the derivation; ``n`` is the count after this day, ``label`` a holiday's or stop's name."""

    date: date
    counted: bool
    n: float
    reason: str
    owner: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The answer for one limit, as of one moment."""

    limit: Limit
    start: datetime
    as_of: datetime
    total: int
    """Units allowed, extension included."""
    due: date | None
    """The last day on which the act is in time; None with an open stop or a missing calendar."""
    due_at: datetime | None
    """The last moment: 24:00 of ``due``, for hours the moment itself."""
    projected_due: date | None
    """While a stop runs: the due date as if the clock resumed on the as-of date."""
    projected_at: datetime | None
    remaining: float | None
    """Countable units in (as-of, due], negative when overdue; while a stop runs, of the projection.

    None where the calendar does not reach the as-of date.
    """
    working_days_left: int | None
    """Working days in (as-of, due] for limits in days, whatever their unit; None for hours and when
    unknown.
    """
    overdue: bool
    stopped: bool
    """The as-of day is not counted, because it lies in an effective stop."""
    held: bool
    """A change of calendar would have made the case overdue: the due date was held."""
    calendar_missing: bool
    pauses: tuple[Pause, ...]
    """The effective stops."""
    problems: tuple[Problem, ...]


def latest_day_before(day: date, limit: Limit, calendar: WorkingCalendar) -> date:
    """For a limit that must be kept *before* a date: the last day on which the act is in time (T16, T18).

    Working days before ``day`` are counted, ``day`` itself is not.
    """
    if limit.direction is not Direction.BEFORE or limit.unit is not Unit.WORKING_DAY:
        raise BadInput(
            "this limit does not count backward in working days", expected="direction = before and unit = wd"
        )
    return calendar.add(day, -limit.value)


def count(
    limit: Limit,
    start: datetime,
    calendar: WorkingCalendar,
    as_of: datetime,
    *,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
    closes_at: time | None = None,
    not_before: date | None = None,
) -> Due:
    """Run one limit from ``start``.

    Refused stops and extensions come back as problems. A stop before the start or one that ends before it
    begins is :class:`BadInput`. ``not_before`` holds a due date that a change of calendar must not bring
    forward into the past.
    """
    if limit.direction is not Direction.AFTER:
        raise BadInput("this limit counts backward from a date", expected="a limit that runs forward")
    ruler = ruler_for(limit.unit, calendar)
    begin, now = ruler.point(start), ruler.point(as_of)
    effective, total, problems = _lawful(limit, start, ruler, pauses, extensions)
    gaps = merge([_gap(ruler, pause) for pause in effective])
    due = reach(ruler, begin, total, gaps)
    running = [p for p in effective if _runs(ruler, p, now)]
    projected = None
    if running or due is None:
        gaps = merge([_gap(ruler, _as_if_resumed(p, p in running, as_of)) for p in effective])
        projected = reach(ruler, begin, total, gaps)
    if not_before is not None and limit.unit is not Unit.HOUR:
        held = not_before > (due or projected or not_before)
        due = due and max(due, not_before)
        projected = projected and max(projected, not_before)
    else:
        held = False
    target = projected if running or due is None else due
    assert target is not None
    overdue = not running and now > target
    left: float | None
    try:
        left = (
            countable(ruler, max(now, begin), target, gaps) if now <= target else -ruler.length(target, now)
        )
    except CalendarNotPublished:  # the as-of date alone lies outside: the due date stands
        left = None
    if (
        closes_at is not None
        and due is not None
        and not isinstance(due, datetime)
        and as_of > end_of(due, closes_at)
    ):
        overdue = True
    return Due(
        limit=limit,
        start=start,
        as_of=as_of,
        total=total,
        due=_day(due),
        due_at=_moment(due, closes_at),
        projected_due=_day(projected),
        projected_at=_moment(projected, closes_at),
        remaining=left if left is None or limit.unit is Unit.HOUR else int(left),
        working_days_left=None if limit.unit is Unit.HOUR else _working_days(calendar, now, target),
        overdue=overdue,
        stopped=bool(running) or any(_within(now, gap) for gap in gaps),
        held=held,
        calendar_missing=False,
        pauses=tuple(effective),
        problems=tuple(problems),
    )


def _lawful(
    limit: Limit, start: datetime, ruler: Ruler, pauses: Sequence[Pause], extensions: Sequence[Extension]
) -> tuple[list[Pause], int, list[Problem]]:
    """Take stops and extensions in the order of time and keep those that are lawful when they happen.

    On one day an extension goes first: the head who extends on the last day has extended before that day
    ends.
    """
    begin = ruler.point(start)
    acts: list[tuple[date, int, Pause | Extension]] = [(ruler.point(p.start), 1, p) for p in pauses]
    acts += [(ruler.point(x.at), 0, x) for x in extensions]
    effective: list[Pause] = []
    problems: list[Problem] = []
    total, extended = limit.value, False
    for point, _, act in sorted(acts, key=lambda entry: entry[:2]):
        current = _current(ruler, begin, total, effective)
        on = legal_day(act.start if isinstance(act, Pause) else act.at)
        if isinstance(act, Pause):
            _check(ruler, act, begin, start)
            if current is not None and point >= current:
                problems.append(
                    Problem(
                        "stop_not_before_due",
                        Weight.REFUSED,
                        on,
                        "the stop of {start} has no effect: it does not begin before the due date {due}",
                        {"start": on.isoformat(), "due": str(_day(current))},
                    )
                )
            else:
                effective.append(act)
            continue
        refusal = _refusal(limit, act, extended, late=current is not None and point > current)
        if refusal:
            code, message = refusal
            params: dict[str, object] = {
                "on": on.isoformat(),
                "due": str(_day(current)),
                "most": limit.extension,
            }
            params |= {"approver": act.approver, "required": limit.approver, "value": act.value}
            problems.append(Problem(code, Weight.REFUSED, on, message, params))
        else:
            total, extended = total + act.value, True
    return effective, total, problems


def _current(ruler: Ruler, begin: date, total: int, effective: Sequence[Pause]) -> date | None:
    """The due point as it stands; None when no end is in sight (an open stop, or beyond the calendar)."""
    try:
        return reach(ruler, begin, total, merge([_gap(ruler, p) for p in effective]))
    except CalendarNotPublished:
        return None


def _check(ruler: Ruler, pause: Pause, begin: date, start: datetime) -> None:
    if ruler.point(pause.start) < begin:
        raise BadInput(
            "the stop of {stop} begins before the clock starts on {start}",
            expected="a stop on or after the start",
            stop=legal_day(pause.start).isoformat(),
            start=legal_day(start).isoformat(),
        )
    if pause.end is not None and pause.end < pause.start:
        raise BadInput(
            "the stop of {stop} ends on {end}, before it begins",
            expected="an end on or after the beginning",
            stop=legal_day(pause.start).isoformat(),
            end=legal_day(pause.end).isoformat(),
        )


def _refusal(limit: Limit, act: Extension, extended: bool, *, late: bool) -> tuple[str, str] | None:
    """Why an extension has no effect, or None."""
    if limit.extension == 0:
        return "extension_not_allowed", "the extension of {on} has no effect: this limit cannot be extended"
    if extended:
        return "second_extension", "the extension of {on} has no effect: a limit is extended once"
    if late:
        return "late_extension", "the extension of {on} has no effect: the due date was {due}"
    if not 0 < act.value <= limit.extension:
        return (
            "extension_too_long",
            "the extension of {on} by {value} has no effect: at most {most} are allowed",
        )
    if limit.approver and act.approver and act.approver != limit.approver:
        return "wrong_approver", "the extension of {on} has no effect: {required} approves it, not {approver}"
    return None


def _gap(ruler: Ruler, pause: Pause) -> Gap:
    return ruler.point(pause.start), None if pause.end is None else ruler.point(pause.end)


def _runs(ruler: Ruler, pause: Pause, now: date) -> bool:
    """Whether a stop has begun and has no end yet, neither an actual one nor a told one that is over."""
    if pause.end is None:
        return ruler.point(pause.start) <= now
    return not pause.ended and ruler.point(pause.start) <= now < ruler.point(pause.end)


def _as_if_resumed(pause: Pause, running: bool, as_of: datetime) -> Pause:
    """The stop if the clock went on now: a running one ends, an open one that is still to come excludes
    nothing.
    """
    if running:
        return replace(pause, end=as_of)
    return pause if pause.end else replace(pause, end=pause.start)


def _within(now: date, gap: Gap) -> bool:
    """Whether a point is excluded: ``(s, e]`` in days, ``[s, e)`` in hours."""
    start, end = gap
    if isinstance(now, datetime):
        return start <= now and (end is None or now < end)
    return start < now and (end is None or now <= end)


def _day(point: date | None) -> date | None:
    return legal_day(point) if isinstance(point, datetime) else point


def _moment(point: date | None, closes_at: time | None) -> datetime | None:
    if point is None or isinstance(point, datetime):
        return point
    return end_of(point, closes_at)


def _working_days(calendar: WorkingCalendar, now: date, target: date) -> int | None:
    try:
        return calendar.between(now, target)
    except CalendarNotPublished:
        return None


KIND_REASONS = {
    DayKind.WEEKEND: "weekend",
    DayKind.WORKDAY: "working_day",
    DayKind.HOLIDAY: "holiday",
    DayKind.MAKE_UP: "make_up_day",
    DayKind.LOCAL_REST: "local_rest",
    DayKind.LOCAL_WORK: "local_work",
}


def derivation(
    due: Due, calendar: WorkingCalendar, owner_of: Callable[[date], str] = lambda day: "own"
) -> tuple[DayEntry, ...]:
    """Every day from the start to the due date (or its projection) with whether and why it counts.

    Walks the days one by one and counts: a second, independent way to the same date, which the tests compare.
    ``owner_of`` says whose time a day outside the stops is.
    """
    target = due.projected_due if due.due is None else due.due
    if target is None:
        return ()
    if due.limit.unit is Unit.HOUR:
        return _hours_by_day(due, owner_of)
    ruler = ruler_for(due.limit.unit, calendar)
    begin = legal_day(due.start)
    quota = (
        due.total if due.limit.unit is Unit.WORKING_DAY else ruler.length(begin, ruler.add(begin, due.total))
    )
    pauses = [(legal_day(p.start), _shown_end(due, p), p.label) for p in due.pauses]
    entries = [DayEntry(begin, False, 0, "start_day", owner_of(begin))]
    n = 0
    day = begin
    while day < target:
        day += timedelta(days=1)
        known = calendar.day(day)
        reason, label = KIND_REASONS[known.kind], known.label
        stop = next((p for p in pauses if p[0] < day and (p[1] is None or day <= p[1])), None)
        counted = False
        if stop is not None:
            if known.working or due.limit.unit is not Unit.WORKING_DAY:
                reason, label = "stopped", stop[2]
        elif n >= quota:
            reason = ("held" if due.held else "due_rolled") if known.working else reason
        elif due.limit.unit is Unit.WORKING_DAY:
            counted = known.working
        else:
            counted, reason, label = True, "calendar_day", ""
        n += counted
        entries.append(DayEntry(day, counted, n, reason, "excluded" if stop else owner_of(day), label))
    return tuple(entries)


def _shown_end(due: Due, pause: Pause) -> date | None:
    """The end of a stop for the derivation of what is shown: a running one ends on the as-of date if
    projected.
    """
    if due.due is not None and pause.end is not None:
        return legal_day(pause.end)
    if pause.end is None or (not pause.ended and legal_day(due.as_of) < legal_day(pause.end)):
        return max(legal_day(pause.start), legal_day(due.as_of))
    return legal_day(pause.end)


def _hours_by_day(due: Due, owner_of: Callable[[date], str]) -> tuple[DayEntry, ...]:
    """For hours: each day with the hours that have run at its end."""
    target = due.projected_at if due.due_at is None else due.due_at
    assert target is not None
    gaps = merge([(p.start, due.as_of if p.end is None else p.end) for p in due.pauses])
    ruler = Hours()
    entries = []
    done = 0.0
    day = legal_day(due.start)
    while day <= legal_day(target):
        upto = countable(ruler, due.start, min(start_of(day + timedelta(days=1)), target), gaps)
        counted = upto > done or due.total == 0
        entries.append(
            DayEntry(
                day,
                counted,
                upto,
                "hours" if counted else "stopped",
                owner_of(day) if counted else "excluded",
            )
        )
        done = upto
        day += timedelta(days=1)
    return tuple(entries)
