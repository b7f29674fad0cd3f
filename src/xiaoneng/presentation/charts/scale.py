"""From figures to places: linear scales, ticks on round numbers, ticks on round dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from xiaoneng.presentation.words import Words

Scale = Callable[[float], float]


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """A straight map of [low, high] to [start, end]; a domain without length maps to its start."""
    span = high - low
    if span <= 0:
        return lambda _value: start
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float, about: int = 5, *, whole: bool = False) -> list[float]:
    """Round values (1, 2, 5 × 10ⁿ) from at or below ``low`` to at or above ``high``; ``whole`` forbids
    fractions."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        high = low + 1 if math.isfinite(low) else 1.0
        low = low if math.isfinite(low) else 0.0
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    if whole:
        step = max(1.0, round(step))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def time_ticks(start: datetime, end: datetime, about: int, words: Words) -> list[tuple[datetime, str]]:
    """Round dates inside [start, end] with short labels: years, quarters, months, days or hours as the
    span asks."""
    span = (end - start).total_seconds()
    if span <= 0:
        return [(start, words.date(start))]
    months = span / (30.44 * 86400) / about
    if months > 0.8:
        return _month_ticks(
            start, end, next((m for m in (1, 2, 3, 6, 12, 24, 60, 120) if m >= months), 240), words
        )
    hours = span / 3600 / about
    step = next((h for h in (1, 2, 3, 6, 12, 24, 48, 120, 240, 480) if h >= hours), 480)
    moment = start.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while moment <= end:
        if moment >= start:
            found.append((moment, words.short_day(moment) if step >= 24 else f"{moment:%H:%M}"))
        moment += timedelta(hours=step)
    return found


def _month_ticks(start: datetime, end: datetime, step: int, words: Words) -> list[tuple[datetime, str]]:
    year, index = start.year, 0
    found: list[tuple[datetime, str]] = []
    while year + index // 12 <= 9999:
        moment = start.replace(
            year=year + index // 12, month=index % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
        )
        if moment > end:
            return found
        if moment >= start:
            january = moment.month == 1
            year_only = step >= 12 or january
            named = words.short_month(moment) if found else words.month(moment)
            found.append((moment, str(moment.year) if year_only else named))
        index += step
    return found
