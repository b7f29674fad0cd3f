"""Timers that count by a calendar: so many working days, calendar days or hours after a moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from xiaoneng.core.calendar import load_calendar
from xiaoneng.core.process.durations import moment
from xiaoneng.core.simulation.plan import Plan
from xiaoneng.core.simulation.scenario import ALWAYS, micros


def due_of_limit(now: int, limit: int, unit: str, plan: Plan) -> int:
    """The instant (µs) at which a limit that began ``now`` is over: the last of its days counts to its end,
    the first day is not counted (民法典 201); hours are counted from the moment. Working days are those of
    the scenario's calendar, of the State Council's where it has none. Raises CalendarNotPublished."""
    if unit == "hour":
        return now + limit * 3_600_000_000
    scenario = plan.scenario
    zone = ZoneInfo(scenario.zone)
    day = moment(now).astimezone(zone).date()
    if unit == "cd":
        last = day + timedelta(days=limit)
    else:
        office = scenario.calendars.get(scenario.calendar)
        days = "cn" if office is None or office.days == ALWAYS else office.days
        last = load_calendar(days).add(day, limit) if limit else day
    after: date = last + timedelta(days=1)
    return micros(datetime(after.year, after.month, after.day, tzinfo=zone))
