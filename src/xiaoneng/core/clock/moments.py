"""Legal time: Asia/Shanghai, which has had one fixed offset for all published calendar years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

from xiaoneng.core.errors import BadInput

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 1600, 2999
"""No case is older or later; every limit from here ends on a date that can be written."""


def legal_day(moment: datetime) -> date:
    """The date on which a moment falls in Asia/Shanghai; a moment without offset is refused."""
    if moment.tzinfo is None:
        raise BadInput(
            "the time {moment} has no offset",
            expected="a time such as 2026-03-02T09:00+08:00",
            moment=str(moment),
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadInput(
            "the year {year} is out of range",
            expected="a year from {first} to {last}",
            year=moment.year,
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """00:00 of a legal day: how a fact enters of which only the date is known."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of(day: date, closes_at: time | None = None) -> datetime:
    """The last moment of a legal day: 24:00, or close of business where the item sets it (民法典 203)."""
    return datetime.combine(day, closes_at or time.max, SHANGHAI)
