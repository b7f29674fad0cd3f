"""Numbers: IEEE 754-2008 decimal128, which DMN prescribes (34 digits, half to even)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Final

CONTEXT: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


def number(text: str) -> Decimal:
    """The number written in ``text``; raises ``decimal.InvalidOperation``."""
    return CONTEXT.create_decimal(text)


def is_integer(value: Decimal) -> bool:
    return value.is_finite() and (value.as_tuple().exponent >= 0 or value == value.to_integral_value())  # type: ignore[operator] # finite: the exponent is a number


def integer(value: Decimal) -> int:
    """The whole part; refuses numbers of more than 4,000 digits before Python would build them."""
    if value.adjusted() > 4000:
        raise OverflowError
    return int(value)


def text(value: Decimal) -> str:
    """Plain decimal notation without superfluous zeros; the exponent form only for very large or small
    numbers."""
    if not value:
        return "0"
    exponent = value.adjusted()
    if -40 < exponent < 60:
        written = format(value, "f")
        return written.rstrip("0").rstrip(".") if "." in written else written
    return str(value.normalize(CONTEXT))
