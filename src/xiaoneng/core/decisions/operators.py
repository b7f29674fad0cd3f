"""What operators do to values. Each returns a value or raises ``Null``; none looks at the syntax."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import temporal
from xiaoneng.core.decisions.decimals import CONTEXT, ONE, is_integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.types import show
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Range, Time, YearsMonths

ORDERED: Final = frozenset((Decimal, str, Date, DaysTime, YearsMonths))
CLOCKED: Final = frozenset((Time, DateTime))
TEXT_LIMIT: Final = 1_000_000


def equal(a: Any, b: Any) -> bool:
    """``a = b``; null equals only null; values of different types cannot be compared."""
    if a is None or b is None:
        return a is b
    if type(a) is not type(b):
        raise Null("operand_types", operator="=", left=show(a), right=show(b))
    if type(a) is list:
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if type(a) is dict:
        return a.keys() == b.keys() and all(equal(value, b[key]) for key, value in a.items())
    if type(a) is Range:
        flags = (a.op, a.low_included, a.high_included) == (b.op, b.low_included, b.high_included)
        return flags and same(a.low, b.low) and same(a.high, b.high)
    return bool(a == b)


def same(a: Any, b: Any) -> bool:
    """As ``equal``, but values of different types are simply different."""
    try:
        return equal(a, b)
    except Null:
        return False


def comparable(operator: str, a: Any, b: Any) -> tuple[Any, Any]:
    """The two as keys that Python orders."""
    if type(a) is type(b):
        kind = type(a)
        if kind in ORDERED:
            return a, b
        if kind in CLOCKED:
            left, right = a.key(), b.key()
            if left[0] == right[0]:
                return left[1], right[1]
    raise Null("operand_types", operator=operator, left=show(a), right=show(b))


def less(a: Any, b: Any) -> bool:
    left, right = comparable("<", a, b)
    return bool(left < right)


def less_equal(a: Any, b: Any) -> bool:
    left, right = comparable("<=", a, b)
    return bool(left <= right)


def greater(a: Any, b: Any) -> bool:
    left, right = comparable(">", a, b)
    return bool(left > right)


def greater_equal(a: Any, b: Any) -> bool:
    left, right = comparable(">=", a, b)
    return bool(left >= right)


def not_equal(a: Any, b: Any) -> bool:
    return not equal(a, b)


COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": equal,
    "!=": not_equal,
    "<": less,
    "<=": less_equal,
    ">": greater,
    ">=": greater_equal,
}


def within(value: Any, of: Range) -> bool:
    """``value in range``."""
    if of.op is not None:
        return COMPARE[of.op](value, of.high if of.low is None else of.low)
    low = greater_equal(value, of.low) if of.low_included else greater(value, of.low)
    high = less_equal(value, of.high) if of.high_included else less(value, of.high)
    return low and high


def make_range(low_included: bool, low: Any, high: Any, high_included: bool) -> Range:
    """``[low..high]``: ends of one type, in order; an end may be null (then nothing can be said to be
    inside)."""
    if low is not None and high is not None:
        try:
            ordered = less_equal(low, high)
        except Null:
            ordered = False
        if not ordered:
            raise Null("range_ends", low=show(low), high=show(high))
    elif low is None and high is None:
        raise Null("range_ends", low="null", high="null")
    return Range(low_included, low, high, high_included)


def matches(value: Any, test: Any) -> bool:
    """``value in test``: equal to it, inside it, or matched by one of its items."""
    if type(test) is Range:
        return within(value, test)
    if type(test) is list:
        if type(value) is list and same(value, test):
            return True
        return any(_item_matches(value, item) for item in test)
    return equal(value, test)


def _item_matches(value: Any, item: Any) -> bool:
    try:
        if type(item) is Range and type(value) is not Range:
            return within(value, item)
        return equal(value, item)
    except Null:
        return False


def add(a: Any, b: Any) -> Any:
    return _apply("+", a, b)


def _apply(operator: str, a: Any, b: Any) -> Any:
    rule = RULES[operator].get((type(a), type(b)))
    if rule is None:
        raise Null("operand_types", operator=operator, left=show(a), right=show(b))
    try:
        return rule(a, b)
    except (ArithmeticError, ValueError):
        raise Null("number_range") from None


def subtract(a: Any, b: Any) -> Any:
    return _apply("-", a, b)


def multiply(a: Any, b: Any) -> Any:
    return _apply("*", a, b)


def divide(a: Any, b: Any) -> Any:
    return _apply("/", a, b)


def power(a: Any, b: Any) -> Any:
    return _apply("**", a, b)


def negate(a: Any) -> Any:
    if type(a) is Decimal:
        return CONTEXT.minus(a)
    if type(a) is DaysTime:
        return DaysTime(-a.nanos)
    if type(a) is YearsMonths:
        return YearsMonths(-a.months)
    raise Null("operand_type", operator="-", value=show(a))


def _concatenate(a: str, b: str) -> str:
    if len(a) + len(b) > TEXT_LIMIT:
        raise Null("text_result", limit=TEXT_LIMIT)
    return a + b


def _nonzero(by: Any) -> None:
    if not by:
        raise Null("division_by_zero")


def _divide(a: Decimal, b: Decimal) -> Decimal:
    _nonzero(b)
    return CONTEXT.divide(a, b)


def _days_by(a: DaysTime, b: Decimal) -> DaysTime:
    _nonzero(b)
    return DaysTime(temporal.divide(a.nanos, b))


def _months_by(a: YearsMonths, b: Decimal) -> YearsMonths:
    _nonzero(b)
    return YearsMonths(temporal.divide(a.months, b))


def _days_ratio(a: DaysTime, b: DaysTime) -> Decimal:
    _nonzero(b.nanos)
    return CONTEXT.divide(Decimal(a.nanos), Decimal(b.nanos))


def _months_ratio(a: YearsMonths, b: YearsMonths) -> Decimal:
    _nonzero(b.months)
    return CONTEXT.divide(Decimal(a.months), Decimal(b.months))


def _power(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        return ONE
    if is_integer(b) and abs(b) <= 10_000:
        return CONTEXT.power(a, b)
    return CONTEXT.plus(CONTEXT.power(a, b))


def _plus_days(a: Any, b: DaysTime) -> Any:
    return temporal.plus_days_time(a, b.nanos)


def _plus_months(a: Any, b: YearsMonths) -> Any:
    return temporal.plus_months(a, b.months)


Rule = Callable[[Any, Any], Any]
PLUS: Final[dict[tuple[type, type], Rule]] = {
    (Decimal, Decimal): CONTEXT.add,
    (str, str): _concatenate,
    (DaysTime, DaysTime): lambda a, b: DaysTime(a.nanos + b.nanos),
    (YearsMonths, YearsMonths): lambda a, b: YearsMonths(a.months + b.months),
}
MINUS: Final[dict[tuple[type, type], Rule]] = {
    (Decimal, Decimal): CONTEXT.subtract,
    (DaysTime, DaysTime): lambda a, b: DaysTime(a.nanos - b.nanos),
    (YearsMonths, YearsMonths): lambda a, b: YearsMonths(a.months - b.months),
    (Time, Time): temporal.time_difference,
}
for _kind in (Date, DateTime, Time):
    PLUS[_kind, DaysTime] = _plus_days
    PLUS[DaysTime, _kind] = lambda a, b: _plus_days(b, a)
    MINUS[_kind, DaysTime] = lambda a, b: temporal.plus_days_time(a, -b.nanos)
for _kind in (Date, DateTime):
    PLUS[_kind, YearsMonths] = _plus_months
    PLUS[YearsMonths, _kind] = lambda a, b: _plus_months(b, a)
    MINUS[_kind, YearsMonths] = lambda a, b: temporal.plus_months(a, -b.months)
    for _other in (Date, DateTime):
        MINUS[_kind, _other] = temporal.difference

RULES: Final[dict[str, dict[tuple[type, type], Rule]]] = {
    "+": PLUS,
    "-": MINUS,
    "*": {
        (Decimal, Decimal): CONTEXT.multiply,
        (Decimal, DaysTime): lambda a, b: DaysTime(temporal.scale(b.nanos, a)),
        (DaysTime, Decimal): lambda a, b: DaysTime(temporal.scale(a.nanos, b)),
        (Decimal, YearsMonths): lambda a, b: YearsMonths(temporal.scale(b.months, a)),
        (YearsMonths, Decimal): lambda a, b: YearsMonths(temporal.scale(a.months, b)),
    },
    "/": {
        (Decimal, Decimal): _divide,
        (DaysTime, Decimal): _days_by,
        (YearsMonths, Decimal): _months_by,
        (DaysTime, DaysTime): _days_ratio,
        (YearsMonths, YearsMonths): _months_ratio,
    },
    "**": {(Decimal, Decimal): _power},
}
FAST: Final[dict[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
}
APPLY: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}


def member(value: Any, name: str) -> Any:
    """``value.name``; raises Null where there is none."""
    kind = type(value)
    if kind is dict:
        if name in value:
            return value[name]
    elif kind is list:
        return [member_or_null(item, name) for item in value]
    elif kind is Range:
        if name in RANGE_PROPERTIES:
            return RANGE_PROPERTIES[name](value)
    elif (property_ := TEMPORAL_PROPERTIES.get((kind, name))) is not None:
        return property_(value)
    raise Null("unknown_member", name=name)


def member_or_null(value: Any, name: str) -> Any:
    try:
        return member(value, name)
    except Null:
        return None


def _offset(seconds: int | None) -> DaysTime | None:
    return None if seconds is None else DaysTime(seconds * 1_000_000_000)


def _part(sign_of: int, amount: int) -> Decimal:
    return Decimal(-amount if sign_of < 0 else amount)


RANGE_PROPERTIES: Final[dict[str, Callable[[Range], Any]]] = {
    "start": lambda r: r.low,
    "end": lambda r: r.high,
    "start included": lambda r: r.low_included,
    "end included": lambda r: r.high_included,
}
TEMPORAL_PROPERTIES: Final[dict[tuple[type, str], Callable[[Any], Any]]] = {
    (Date, "year"): lambda v: Decimal(v.year),
    (Date, "month"): lambda v: Decimal(v.month),
    (Date, "day"): lambda v: Decimal(v.day),
    (Date, "weekday"): lambda v: Decimal(temporal.weekday(v)),
    (DateTime, "year"): lambda v: Decimal(v.date.year),
    (DateTime, "month"): lambda v: Decimal(v.date.month),
    (DateTime, "day"): lambda v: Decimal(v.date.day),
    (DateTime, "weekday"): lambda v: Decimal(temporal.weekday(v.date)),
    (DateTime, "hour"): lambda v: Decimal(v.time.hour),
    (DateTime, "minute"): lambda v: Decimal(v.time.minute),
    (DateTime, "second"): lambda v: Decimal(v.time.second),
    (DateTime, "time offset"): lambda v: _offset(v.offset),
    (DateTime, "timezone"): lambda v: v.time.zone,
    (Time, "hour"): lambda v: Decimal(v.hour),
    (Time, "minute"): lambda v: Decimal(v.minute),
    (Time, "second"): lambda v: Decimal(v.second),
    (Time, "time offset"): lambda v: _offset(v.offset),
    (Time, "timezone"): lambda v: v.zone,
    (DaysTime, "days"): lambda v: _part(v.nanos, abs(v.nanos) // 86_400_000_000_000),
    (DaysTime, "hours"): lambda v: _part(v.nanos, abs(v.nanos) // 3_600_000_000_000 % 24),
    (DaysTime, "minutes"): lambda v: _part(v.nanos, abs(v.nanos) // 60_000_000_000 % 60),
    (DaysTime, "seconds"): lambda v: _part(v.nanos, abs(v.nanos) // 1_000_000_000 % 60),
    (YearsMonths, "years"): lambda v: _part(v.months, abs(v.months) // 12),
    (YearsMonths, "months"): lambda v: _part(v.months, abs(v.months) % 12),
}
