"""``xiaoneng deadline``: one time limit, its due date and why, by the rules of the statutory clock."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.clock import (
    SHANGHAI,
    DayEntry,
    Due,
    Extension,
    LightRule,
    Limit,
    Pause,
    Problem,
    Unit,
    count,
    derivation,
    light_of,
    start_of,
)
from xiaoneng.core.errors import BadInput, CalendarNotPublished, Place
from xiaoneng.presentation.i18n import Translate, translator

UNIT_NAMES = {
    Unit.WORKING_DAY: "{n} working days",
    Unit.CALENDAR_DAY: "{n} calendar days",
    Unit.HOUR: "{n} hours",
    Unit.MONTH: "{n} months",
    Unit.YEAR: "{n} years",
}
REASONS = {
    "start_day": "start, not counted",
    "working_day": "ordinary working day",
    "calendar_day": "each day counts",
    "hours": "hours",
    "weekend": "weekend",
    "holiday": "public holiday",
    "make_up_day": "make-up working day",
    "local_rest": "local day of rest",
    "local_work": "worked by local decision",
    "stopped": "clock stopped",
    "due_rolled": "moved from a day of rest",
    "held": "held: never overdue retroactively",
}
LIGHTS = {"green": "green", "yellow": "yellow", "red": "overdue", "grey": "stopped"}
COLOURS = {"green": "32", "yellow": "33", "red": "31", "grey": "90"}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("deadline", help="due date of one time limit, with its derivation")
    parser.add_argument(
        "--start", required=True, metavar="D", help="start date (not counted itself), ISO 8601"
    )
    parser.add_argument("--limit", required=True, type=int, metavar="N", help="how many units")
    parser.add_argument("--unit", required=True, choices=[unit.value for unit in Unit])
    parser.add_argument("--extend", type=int, default=0, metavar="N", help="a lawful extension, same unit")
    parser.add_argument(
        "--stop",
        action="append",
        default=[],
        metavar="S/E",
        help="the clock stands on the days after S up to and including E; S/ is open; may be repeated",
    )
    parser.add_argument(
        "--as-of", metavar="D", help="the day on which the question is asked (default: today)"
    )
    parser.add_argument("--calendar", default="cn", metavar="cn|weekdays|FILE")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--lang", choices=("zh", "en"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute and print; errors rise to the caller, which knows their exit codes."""
    from xiaoneng.cli.main import language

    calendar = load_calendar(arguments.calendar)
    unit = Unit(arguments.unit)
    limit = Limit(arguments.limit, unit, extension=max(arguments.extend, 0))
    if arguments.extend < 0:
        place = Place(field="--extend")
        raise BadInput("the extension {n} is negative", place=place, expected="0 or more", n=arguments.extend)
    start = _moment(arguments.start, "--start")
    as_of = _moment(arguments.as_of, "--as-of") if arguments.as_of else datetime.now(SHANGHAI)
    due = count(
        limit,
        start,
        calendar,
        as_of,
        pauses=[_pause(text) for text in arguments.stop],
        extensions=[Extension(start, arguments.extend)] if arguments.extend else [],
    )
    if due.remaining is None and arguments.as_of:
        calendar.between(start.astimezone(SHANGHAI).date(), as_of.astimezone(SHANGHAI).date())
        raise CalendarNotPublished("the as-of date lies outside the calendar", place=Place(field="--as-of"))
    days = derivation(due, calendar)
    if arguments.json:
        json.dump(_as_json(due, days, calendar.name), sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        colour = sys.stdout.isatty()
        for line in _as_text(due, days, calendar.name, translator(language(arguments)), colour=colour):
            print(line)
    return 0


def _moment(text: str, option: str) -> datetime:
    """A date (its midnight) or a time; without offset it is Asia/Shanghai."""
    try:
        if len(text) <= 10:
            return start_of(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        return moment.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise BadInput(
            "{text!r} is no date or time",
            place=Place(field=option),
            expected="ISO 8601 such as 2026-03-02 or 2026-03-02T09:30+08:00",
            text=text,
        ) from None


def _pause(text: str) -> Pause:
    first, slash, last = text.partition("/")
    if not slash or not first:
        raise BadInput(
            "{text!r} is no stop",
            place=Place(field="--stop"),
            expected="two dates S/E such as 2026-03-10/2026-03-24, or S/ while it lasts",
            text=text,
        )
    return Pause(_moment(first, "--stop"), _moment(last, "--stop") if last else None)


def _light(due: Due) -> str | None:
    light = light_of(due, LightRule())
    return None if light is None else light.value


def _point(due: Due, day: date | None, moment: datetime | None) -> str | None:
    """A due point as it is written: a date, for hours a time with offset."""
    if due.limit.unit is Unit.HOUR:
        return None if moment is None else moment.isoformat()
    return None if day is None else day.isoformat()


def _as_json(due: Due, days: Sequence[DayEntry], calendar: str) -> dict[str, object]:
    result: dict[str, object] = {
        "due": _point(due, due.due, due.due_at),
        "projected_due": _point(due, due.projected_due, due.projected_at),
        "days": [
            {
                "date": entry.date.isoformat(),
                "counted": entry.counted,
                "n": entry.n,
                "reason": entry.reason,
                "owner": entry.owner,
                "label": entry.label,
            }
            for entry in days
        ],
        "remaining": due.remaining,
        "light": _light(due),
        "start": due.start.isoformat() if due.limit.unit is Unit.HOUR else due.start.date().isoformat(),
        "limit": due.limit.value,
        "unit": due.limit.unit.value,
        "total": due.total,
        "as_of": due.as_of.isoformat(timespec="seconds"),
        "overdue": due.overdue,
        "calendar": calendar,
        "problems": [_problem_json(problem) for problem in due.problems],
    }
    if due.limit.unit is Unit.HOUR and due.remaining is not None:
        seconds = round(due.remaining * 3600)
        result["remaining_seconds"] = seconds
        result["remaining_iso"] = f"{'-' if seconds < 0 else ''}PT{abs(seconds)}S"
    return result


def _problem_json(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "weight": problem.weight.value,
        "on": problem.on.isoformat() if problem.on else None,
        "message": str(problem),
    }


def _as_text(
    due: Due, days: Sequence[DayEntry], calendar: str, t: Translate, *, colour: bool
) -> Iterator[str]:
    """A few lines that a clerk can read out: the date first, then the state, then the reasons."""

    def amount(n: float) -> str:
        return t(UNIT_NAMES[due.limit.unit]).format(n=f"{n:g}")

    head = _point(due, due.due, due.due_at)
    if head is not None:
        yield t("Due {due}").format(due=_named(head, t))
    else:
        projected = _point(due, due.projected_due, due.projected_at) or ""
        yield t("No due date while the clock stands; if it resumed on {as_of}: {due}").format(
            as_of=due.as_of.date().isoformat(), due=_named(projected, t)
        )
    start = due.start.isoformat() if due.limit.unit is Unit.HOUR else due.start.date().isoformat()
    total = amount(due.limit.value)
    if due.total != due.limit.value:
        total += " + " + amount(due.total - due.limit.value)
    yield t("From {start}: {total} (calendar {calendar})").format(start=start, total=total, calendar=calendar)
    light = _light(due)
    if light is not None and due.remaining is not None:
        state = t("{amount} left") if not due.overdue else t("overdue by {amount}")
        lamp = f"\033[{COLOURS[light]}m●\033[0m" if colour else "●"
        yield t("On {as_of}: {state}  {lamp} {light}").format(
            as_of=due.as_of.date().isoformat(),
            state=state.format(amount=amount(abs(due.remaining))),
            lamp=lamp,
            light=t(LIGHTS[light]),
        )
    for problem in due.problems:
        yield "! " + t(problem.message).format(**problem.params)
    yield ""
    for _, run_of_days in groupby(days, key=lambda e: (e.counted, e.reason, e.label, e.owner)):
        entries = list(run_of_days)
        yield _row(entries, t)


def _named(text: str, t: Translate) -> str:
    """A date with its weekday."""
    day = date.fromisoformat(text[:10])
    return f"{text} ({t(WEEKDAYS[day.weekday()])})"


def _row(entries: Sequence[DayEntry], t: Translate) -> str:
    """Days of one kind that follow one another, as one line."""
    first, last = entries[0], entries[-1]
    span = first.date.isoformat() + (f" – {last.date:%m-%d}" if len(entries) > 1 else "        ")
    numbers = f"{first.n:g}" if len(entries) == 1 else f"{first.n:g}–{last.n:g}"
    numbers = numbers if first.counted else "·"
    reason = t(REASONS[first.reason])
    if first.label:
        reason += f" ({t(first.label)})"
    return f"  {span}  {numbers:>9}  {reason}"
