"""Date and time functions (10.3.4.6, 10.3.4.9): calendar parts, ``is``, ``now``, ``today``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import temporal
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.operators import same
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, DATE, DATE_TIME, NUMBER, STRING
from xiaoneng.core.decisions.values import Date, DateTime, Time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("day of year", "date: date or date and time", result=NUMBER)
def day_of_year(run: Run, value: Date | DateTime) -> Decimal:
    return Decimal(temporal.day_of_year(day(value)))


@builtin("day of week", "date: date or date and time", result=STRING)
def day_of_week(run: Run, value: Date | DateTime) -> str:
    return WEEKDAYS[temporal.weekday(day(value)) - 1]


@builtin("month of year", "date: date or date and time", result=STRING)
def month_of_year(run: Run, value: Date | DateTime) -> str:
    return MONTHS[day(value).month - 1]


@builtin("week of year", "date: date or date and time", result=NUMBER)
def week_of_year(run: Run, value: Date | DateTime) -> Decimal:
    return Decimal(temporal.week_of_year(day(value)))


def clock_parts(value: Time) -> tuple[Any, ...]:
    return (
        value.hour,
        value.minute,
        value.second,
        value.nano,
        value.offset if value.zone is None else None,
        value.zone,
    )


@builtin("is", "value1: any", "value2: any", result=BOOLEAN)
def identical(run: Run, a: Any, b: Any) -> bool:
    """Equal in every component: 10:00Z is not 11:00+01:00."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Time):
        return clock_parts(a) == clock_parts(b)
    if isinstance(a, DateTime):
        return bool(a.date == b.date) and clock_parts(a.time) == clock_parts(b.time)
    return same(a, b)


@builtin("is", "value1: any", result=BOOLEAN)
def identical_to_nothing(run: Run, a: Any) -> bool:
    return a is None


@builtin("is", "value2: any", result=BOOLEAN)
def nothing_identical_to(run: Run, b: Any) -> bool:
    return b is None


def present(run: Run, function: str) -> DateTime:
    if run.clock is None:
        raise Null("missing_input", name=f"{function}()")
    return run.clock()


@builtin("now", result=DATE_TIME)
def now(run: Run) -> DateTime:
    return present(run, "now")


@builtin("today", result=DATE)
def today(run: Run) -> Date:
    return present(run, "today").date
