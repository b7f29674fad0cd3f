"""Working hours of one day: intervals in seconds after midnight, read from ``09:00-12:00`` texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xiaoneng.core.errors import BadInput, Place

Hours = tuple[tuple[int, int], ...]
"""Intervals ``(from, to)`` in seconds after local midnight: sorted, apart, within 0..86,400."""

DAY_SECONDS = 86_400
NOON = 43_200
DEFAULT_HOURS: Hours = ((9 * 3600, 12 * 3600), (13 * 3600 + 1800, 17 * 3600 + 1800))
"""Seven hours. Law fixes no office hours: a default that every office may replace."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def parse_hours(spans: Iterable[str], *, place: Place | None = None) -> Hours:
    """``["09:00-12:00", "13:30-17:30"]`` as :data:`Hours`; else :class:`BadInput` says what was expected."""
    result: list[tuple[int, int]] = []
    for span in spans:
        found = _SPAN.fullmatch(span.strip())
        start, end = _seconds(found.groups()) if found else (0, 0)
        if not 0 <= start < end <= DAY_SECONDS:
            raise BadInput(
                "working hours cannot be read: {span!r}",
                place=place,
                expected="two times of one day, the first earlier, such as 09:00-12:00",
                span=span,
            )
        if result and start < result[-1][1]:
            raise BadInput(
                "working hours overlap or are out of order: {span!r}",
                place=place,
                expected="spans from morning to evening, each after the one before",
                span=span,
            )
        result.append((start, end))
    if not result:
        raise BadInput(
            "working hours are empty", place=place, expected="at least one span such as 09:00-12:00"
        )
    return tuple(result)


def _seconds(parts: Sequence[str]) -> tuple[int, int]:
    h1, m1, h2, m2 = (int(part) for part in parts)
    return h1 * 3600 + m1 * 60, h2 * 3600 + m2 * 60


def format_hours(hours: Hours) -> str:
    """The reverse of :func:`parse_hours`, comma separated."""
    return ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in hours)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def total(hours: Hours) -> int:
    """Seconds of work in the day."""
    return sum(end - start for start, end in hours)


def morning(hours: Hours) -> Hours:
    """The part of the day before noon."""
    return tuple((start, min(end, NOON)) for start, end in hours if start < NOON)


def afternoon(hours: Hours) -> Hours:
    """The part of the day from noon on."""
    return tuple((max(start, NOON), end) for start, end in hours if end > NOON)
