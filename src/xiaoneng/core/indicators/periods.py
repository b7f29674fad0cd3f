"""Reporting periods: ``2026``, ``2026-Q3``, ``2026-09``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from xiaoneng.core.errors import BadInput

_FORM = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")
KINDS = ("year", "quarter", "month")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days ``first``..``last``, both included."""

    first: date
    last: date
    label: str
    kind: str

    def shifted(self, year: int, until: date) -> tuple[date, date]:
        """The same days in another year, cut where this period is cut by ``until``."""
        return _in_year(self.first, year), _in_year(min(self.last, until), year)


def _in_year(day: date, year: int) -> date:
    if (day.month, day.day) == (2, 29):
        day = day - timedelta(days=1)
    return day.replace(year=year)


def parse_period(text: str) -> Period:
    """A year, a quarter or a month; BadInput says which forms there are."""
    found = _FORM.fullmatch(text.strip())
    if not found or not 1900 <= int(found[1]) <= 9998:
        raise BadInput("not a reporting period: {text!r}", expected="2026, 2026-Q3 or 2026-09", text=text)
    year, quarter, month = int(found[1]), found[2], found[3]
    if quarter:
        start = 3 * int(quarter) - 2
        return _period(year, start, 3, f"{year}-Q{quarter}", "quarter")
    if month:
        return _period(year, int(month), 1, f"{year}-{month}", "month")
    return _period(year, 1, 12, str(year), "year")


def _period(year: int, month: int, months: int, label: str, kind: str) -> Period:
    after = month + months
    end = date(year + (after - 1) // 12, (after - 1) % 12 + 1, 1) - timedelta(days=1)
    return Period(date(year, month, 1), end, label, kind)


def periods_between(first: date, last: date, kinds: tuple[str, ...] = KINDS) -> list[Period]:
    """Every year, quarter and month that has a day in ``first``..``last``, in order."""
    return sorted(p for kind in kinds for p in _of_kind(kind, first, last))


def _of_kind(kind: str, first: date, last: date) -> Iterator[Period]:
    for year in range(first.year, last.year + 1):
        if kind == "year":
            labels = [str(year)]
        elif kind == "quarter":
            labels = [f"{year}-Q{q}" for q in range(1, 5)]
        else:
            labels = [f"{year}-{m:02d}" for m in range(1, 13)]
        for label in labels:
            period = parse_period(label)
            if period.first <= last and period.last >= first:
                yield period
