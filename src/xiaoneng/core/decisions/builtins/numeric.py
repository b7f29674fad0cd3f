"""Numeric functions (10.3.4.5)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.builtins.strings import whole
from xiaoneng.core.decisions.decimals import CONTEXT, ZERO, is_integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, NUMBER, show
from xiaoneng.core.decisions.values import DaysTime, YearsMonths

SCALE_LOW: Final = -6111
SCALE_HIGH: Final = 6176
WIDE: Final = decimal.Context(prec=12_500, Emin=-20_000, Emax=20_000)


def rounded(value: Decimal, scale: Decimal, mode: str, function: str) -> Decimal:
    """``value`` with ``scale`` digits behind the point."""
    digits = whole(scale, "scale", function)
    if not SCALE_LOW <= digits <= SCALE_HIGH:
        raise Null("argument_value", parameter="scale", function=function, value=show(scale))
    exact = value.quantize(Decimal((0, (1,), -digits)), rounding=mode, context=WIDE)
    return CONTEXT.plus(exact)


@builtin("decimal", "n: number", "scale: number", result=NUMBER)
def decimal_(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, decimal.ROUND_HALF_EVEN, "decimal")


@builtin("floor", "n: number", "scale?: number", result=NUMBER)
def floor(run: Run, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_FLOOR, "floor")


@builtin("ceiling", "n: number", "scale?: number", result=NUMBER)
def ceiling(run: Run, n: Decimal, scale: Decimal = ZERO) -> Decimal:
    return rounded(n, scale, decimal.ROUND_CEILING, "ceiling")


@builtin("round up", "n: number", "scale: number", result=NUMBER)
def round_up(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, decimal.ROUND_UP, "round up")


@builtin("round down", "n: number", "scale: number", result=NUMBER)
def round_down(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, decimal.ROUND_DOWN, "round down")


@builtin("round half up", "n: number", "scale: number", result=NUMBER)
def round_half_up(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, decimal.ROUND_HALF_UP, "round half up")


@builtin("round half down", "n: number", "scale: number", result=NUMBER)
def round_half_down(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, decimal.ROUND_HALF_DOWN, "round half down")


@builtin("abs", "n: number")
def absolute(run: Run, n: Decimal) -> Decimal:
    return CONTEXT.abs(n)


@builtin("abs", "n: duration")
def absolute_duration(run: Run, n: Any) -> Any:
    return DaysTime(abs(n.nanos)) if type(n) is DaysTime else YearsMonths(abs(n.months))


@builtin("modulo", "dividend: number", "divisor: number", result=NUMBER)
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Decimal:
    """The result has the sign of the divisor: dividend - divisor * floor(dividend / divisor)."""
    if not divisor:
        raise Null("division_by_zero")
    rest = WIDE.remainder(dividend, divisor)
    return CONTEXT.plus(WIDE.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest)


@builtin("sqrt", "number: number", result=NUMBER)
def sqrt(run: Run, number: Decimal) -> Decimal:
    if number < 0:
        raise Null("argument_value", parameter="number", function="sqrt", value=show(number))
    return CONTEXT.sqrt(number)


@builtin("log", "number: number", result=NUMBER)
def log(run: Run, number: Decimal) -> Decimal:
    if number <= 0:
        raise Null("argument_value", parameter="number", function="log", value=show(number))
    return CONTEXT.ln(number)


@builtin("exp", "number: number", result=NUMBER)
def exp(run: Run, number: Decimal) -> Decimal:
    return CONTEXT.exp(number)


@builtin("odd", "number: number", result=BOOLEAN)
def odd(run: Run, number: Decimal) -> bool:
    return is_integer(number) and bool(WIDE.remainder(number, Decimal(2)))


@builtin("even", "number: number", result=BOOLEAN)
def even(run: Run, number: Decimal) -> bool:
    return is_integer(number) and not WIDE.remainder(number, Decimal(2))


@builtin("not", "negand: boolean?", result=BOOLEAN)
def negation(run: Run, negand: bool | None) -> bool | None:
    return None if negand is None else not negand
