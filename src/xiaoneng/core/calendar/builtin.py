"""The two calendars that come with the product.

``cn``: the State Council's arrangement 2004-2026 with weekend make-up days, from the package
``chinesecalendar``.
``weekdays``: Monday to Friday, no holidays, for logs from elsewhere.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from chinese_calendar.constants import holidays, workdays

from xiaoneng.core.calendar.hours import DEFAULT_HOURS
from xiaoneng.core.calendar.working import EPOCH, DayKind, WorkingCalendar

WEEKDAYS_FIRST, WEEKDAYS_LAST = date(1600, 1, 1), date(2399, 12, 31)
"""Wide enough for any case; a sentinel such as 9999-12-31 is not a day on which anybody worked."""

PAPERS = {
    2024: "https://www.gov.cn/zhengce/content/202310/content_6911528.htm",
    2025: "https://www.gov.cn/zhengce/content/202411/content_6986383.htm",
    2026: "https://www.gov.cn/zhengce/content/202511/content_7047091.htm",
}


def weekdays() -> WorkingCalendar:
    """Monday to Friday of any year that a case can have, no holidays."""
    kinds = week_kinds(WEEKDAYS_FIRST, (WEEKDAYS_LAST - WEEKDAYS_FIRST).days + 1, frozenset(range(5)))
    return WorkingCalendar(
        name="weekdays",
        first=WEEKDAYS_FIRST,
        kinds=kinds,
        shifts=np.zeros(len(kinds), np.uint8),
        patterns=(DEFAULT_HOURS,),
        labels={},
        sources={},
    )


def china() -> WorkingCalendar:
    """The State Council's arrangement; whole years only, the last one is a hard edge."""
    first = date(min(holidays).year, 1, 1)
    last = date(max(holidays).year, 12, 31)
    kinds = week_kinds(first, (last - first).days + 1, frozenset(range(5)))
    labels: dict[date, str] = {}
    for days, kind in ((holidays, DayKind.HOLIDAY), (workdays, DayKind.MAKE_UP)):
        for day, name in days.items():
            kinds[(day - first).days] = kind
            labels[day] = name
    return WorkingCalendar(
        name="cn",
        first=first,
        kinds=kinds,
        shifts=np.zeros(len(kinds), np.uint8),
        patterns=(DEFAULT_HOURS,),
        labels=labels,
        sources={year: PAPERS.get(year, "chinesecalendar") for year in range(first.year, last.year + 1)},
    )


def week_kinds(first: date, days: int, worked: frozenset[int]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """``uint8[days]`` of plain working days and weekends; ``worked`` holds weekdays, Monday = 0."""
    start = EPOCH + timedelta(days=(first - EPOCH).days)
    week = np.array([DayKind.WORKDAY if d in worked else DayKind.WEEKEND for d in range(7)], np.uint8)
    return week[(np.arange(days) + start.weekday()) % 7]
