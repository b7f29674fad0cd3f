"""Offsets of named time zones, also for years that Python's ``zoneinfo`` does not reach."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# seconds since 1970-01-01 of 0002-01-01 and 9998-01-01; one Gregorian cycle lasts 146,097 days
FIRST, LAST, CYCLE = -62_104_060_800, 253_339_228_800, 146_097 * 86_400
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 # a wall clock; the zone is put on it below


@lru_cache(maxsize=1024)
def find(name: str) -> ZoneInfo | None:
    """The zone of that name, None when there is none. Names are never paths."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=65_536)
def offset(name: str, local_seconds: int) -> int:
    """Seconds east of UTC on the wall clock ``local_seconds`` (since 1970, local). Raises ValueError: no
    such zone."""
    zone = find(name)
    if zone is None:
        raise ValueError("no such zone")
    if local_seconds < FIRST:
        local_seconds = FIRST
    elif local_seconds >= LAST:
        local_seconds = LAST - CYCLE + (local_seconds - LAST) % CYCLE
    found = (EPOCH + timedelta(seconds=local_seconds)).replace(tzinfo=zone).utcoffset()
    return int(found.total_seconds()) if found is not None else 0


@lru_cache(maxsize=1024)
def standard_offset(name: str) -> int:
    """The zone's offset outside summer time, as a time without a date has it."""
    january, july = offset(name, 946_728_000), offset(name, 962_452_800)
    return min(january, july)
