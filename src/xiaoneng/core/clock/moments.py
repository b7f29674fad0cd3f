"""Legal time: Asia/Shanghai, which has had one fixed offset for all published calendar years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

from xiaoneng.core.errors import BadInput

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def legal_day(moment: datetime) -> date:
    """The date on which a moment falls in Asia/Shanghai; a moment without offset is refused."""
    if moment.tzinfo is None:
        raise BadInput(
            "the time {moment} has no offset",
            expected="a time such as 2026-03-02T09:00+08:00",
            moment=str(moment),
        )
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """00:00 of a legal day: how a fact enters of which only the date is known."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of(day: date, closes_at: time | None = None) -> datetime:
    """The last moment of a legal day: 24:00, or close of business where the item sets it (民法典 203)."""
    return datetime.combine(day, closes_at or time.max, SHANGHAI)
