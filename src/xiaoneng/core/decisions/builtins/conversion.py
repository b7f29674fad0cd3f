"""Conversion functions (10.3.4.1)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import decimals, syntax, temporal
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.builtins.strings import checked, whole
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.operators import make_range
from xiaoneng.core.decisions.parser import parse_expression
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.types import (
    DATE,
    DATE_TIME,
    NUMBER,
    RANGE,
    STRING,
    TIME,
    YEARS_MONTHS,
    feel_text,
    show,
)
from xiaoneng.core.decisions.values import NANO, Date, DateTime, DaysTime, Range, Time, YearsMonths
from xiaoneng.core.errors import BadInput

NUMBER_TEXT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


@builtin("number", "from: string", result=NUMBER)
def number(run: Run, text: str) -> Decimal:
    if len(text) > 10_000 or not NUMBER_TEXT.fullmatch(text):
        raise Null("argument_value", parameter="from", function="number", value=show(text))
    return decimals.number(text)


@builtin("number", "from: string", "grouping separator: string?", "decimal separator: string?", result=NUMBER)
def number_with_separators(run: Run, text: str, grouping: str | None, point: str | None) -> Decimal:
    if grouping not in (None, " ", ",", "."):
        raise Null("argument_value", parameter="grouping separator", function="number", value=show(grouping))
    if point not in (None, ",", ".") or (point is not None and point == grouping):
        raise Null("argument_value", parameter="decimal separator", function="number", value=show(point))
    if grouping is not None:
        text = text.replace(grouping, "")
    if point is not None and point != ".":
        if "." in text:
            raise Null("argument_value", parameter="from", function="number", value=show(text))
        text = text.replace(point, ".")
    if len(text) > 10_000 or not NUMBER_TEXT.fullmatch(text):
        raise Null("argument_value", parameter="from", function="number", value=show(text))
    return decimals.number(text)


@builtin("string", "from: any", result=STRING)
def string(run: Run, value: Any) -> str | None:
    if value is None:
        raise Null("null_value")
    return checked(run, feel_text(value, limit=run.limits.text + 1))


@builtin("date", "from: string", result=DATE)
def date_of_text(run: Run, text: str) -> Date:
    found = temporal.read_date(text)
    if found is None:
        raise Null("literal", text=text[:60])
    return found


@builtin("date", "from: date or date and time", result=DATE)
def date_of(run: Run, value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("date", "year: number", "month: number", "day: number", result=DATE)
def date_of_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date:
    return Date(whole(year, "year", "date"), whole(month, "month", "date"), whole(day, "day", "date"))


@builtin("date and time", "from: string", result=DATE_TIME)
def date_time_of_text(run: Run, text: str) -> DateTime:
    found = temporal.read_date_time(text)
    if found is None:
        day = temporal.read_date(text)
        if day is None:
            raise Null("literal", text=text[:60])
        return DateTime(day, Time(0, 0, 0))
    return found


@builtin("date and time", "from: date or date and time", result=DATE_TIME)
def date_time_of(run: Run, value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(value, Time(0, 0, 0, 0, 0))


@builtin("date and time", "date: date or date and time", "time: time", result=DATE_TIME)
def date_time_of_parts(run: Run, day: Date | DateTime, time: Time) -> DateTime:
    return DateTime(day.date if isinstance(day, DateTime) else day, time)


@builtin("date and time", "date: date and time", "timezone: string", result=DATE_TIME)
def date_time_in_zone(run: Run, value: DateTime, zone: str) -> DateTime:
    clock = value.time
    return DateTime(value.date, Time(clock.hour, clock.minute, clock.second, clock.nano, None, zone))


@builtin(
    "date and time",
    "year: number",
    "month: number",
    "day: number",
    "hour: number",
    "minute: number",
    "second: number",
    result=DATE_TIME,
)
def date_time_of_numbers(
    run: Run, year: Decimal, month: Decimal, day: Decimal, hour: Decimal, minute: Decimal, second: Decimal
) -> DateTime:
    return DateTime(date_of_parts(run, year, month, day), time_of_parts(run, hour, minute, second))


@builtin("time", "from: string", result=TIME)
def time_of_text(run: Run, text: str) -> Time:
    found = temporal.read_time(text)
    if found is None:
        raise Null("literal", text=text[:60])
    return found


@builtin("time", "from: time", result=TIME)
def time_of_time(run: Run, value: Time) -> Time:
    return value


@builtin("time", "from: date or date and time", result=TIME)
def time_of(run: Run, value: Date | DateTime) -> Time:
    return value.time if isinstance(value, DateTime) else Time(0, 0, 0, 0, 0)


@builtin(
    "time",
    "hour: number",
    "minute: number",
    "second: number",
    "offset?: days and time duration?",
    result=TIME,
)
def time_of_parts(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None
) -> Time:
    seconds = decimals.integer(second)
    nano = decimals.integer((second - seconds) * NANO)
    shift = None if offset is None else offset.nanos // NANO
    return Time(whole(hour, "hour", "time"), whole(minute, "minute", "time"), seconds, nano, shift)


@builtin("duration", "from: string")
def duration(run: Run, text: str) -> DaysTime | YearsMonths:
    found = temporal.read_duration(text)
    if found is None:
        raise Null("literal", text=text[:60])
    return found


@builtin("duration", "from: duration")
def duration_of(run: Run, value: Any) -> Any:
    return value


@builtin(
    "years and months duration",
    "from: date or date and time",
    "to: date or date and time",
    result=YEARS_MONTHS,
)
def years_and_months(run: Run, start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    return temporal.months_between(start, end)


@builtin("range", "from: string", result=RANGE)
def range_of_text(run: Run, text: str) -> Range:
    """A range whose ends are literals; nothing else is evaluated."""
    scope = Scope(variables=[syntax.Variable(name, value=name) for name in LITERAL_FUNCTIONS])
    try:
        node = parse_expression(text, scope)
    except BadInput:
        node = syntax.Literal(0, None)
    if not isinstance(node, syntax.RangeOf):
        raise Null("argument_value", parameter="from", function="range", value=show(text))
    low, high = (_literal_end(run, end, text) for end in (node.low, node.high))
    if low is None and high is None:
        raise Null("range_ends", low="null", high="null")
    return make_range(node.low_included, low, high, node.high_included)


LITERAL_FUNCTIONS = {
    "date": date_of_text,
    "time": time_of_text,
    "date and time": date_time_of_text,
    "duration": duration,
}


def _literal_end(run: Run, node: syntax.Node, text: str) -> Any:
    if isinstance(node, syntax.Literal):
        return node.value
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.names is None:
        function = LITERAL_FUNCTIONS.get(node.function.text)
        if (
            function is not None
            and len(node.arguments) == 1
            and isinstance(node.arguments[0], syntax.Literal)
        ):
            value = node.arguments[0].value
            if type(value) is str:
                return function(run, value)
    raise Null("argument_value", parameter="from", function="range", value=show(text))
