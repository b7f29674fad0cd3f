"""How numbers, times and dates are said in one language; texts come from the gettext catalogues.

A ``Words`` is a language and nothing else, so that charts, report and terminal say the same figure the
same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime

from xiaoneng.presentation.i18n import translator

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DASH = "–"
UNITS = {
    "s": ("{n} s", "{n} second", "{n} seconds"),
    "min": ("{n} min", "{n} minute", "{n} minutes"),
    "h": ("{n} h", "{n} hour", "{n} hours"),
    "d": ("{n} d", "{n} day", "{n} days"),
}
"""Short form, and the long ones for one and many."""


@dataclass(frozen=True, slots=True)
class Words:
    """``lang`` is ``zh`` or ``en``."""

    lang: str

    def t(self, text: str, /, **params: object) -> str:
        """The text in this language, its ``{fields}`` filled."""
        said = translator(self.lang, "presentation")(text)
        return said.format(**params) if params else said

    def plural(self, n: float, one: str, many: str, /, **params: object) -> str:
        """``one`` or ``many`` by English grammar, with ``{n}`` filled; Chinese says both alike."""
        return self.t(one if n == 1 else many, n=self.number(n), **params)

    def join(self, parts: list[str]) -> str:
        """A list inside a sentence."""
        return ("、" if self.lang == "zh" else ", ").join(parts)

    def number(self, value: float | None, digits: int | None = None) -> str:
        """``12,345`` or ``3.46``; without ``digits`` at most three significant decimals, none where whole."""
        if value is None or not math.isfinite(value):
            return DASH
        if digits is None:
            size = abs(value)
            digits = 0 if value == int(value) or size >= 100 else 1 if size >= 10 else 2
            text = f"{value:,.{digits}f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return f"{value:,.{digits}f}"

    def compact(self, value: float) -> str:
        """A short number for an axis: ``15万`` or ``150k``."""
        size = abs(value)
        steps: tuple[tuple[float, str], ...]
        if self.lang == "zh":
            steps = ((1e8, "亿"), (1e4, "万"))
        else:
            steps = ((1e9, "bn"), (1e6, "M"), (1e4, "k"))
        for limit, unit in steps:
            if size >= limit:
                base = 1e3 if unit == "k" else limit
                return f"{value / base:.4g}{unit}"
        return f"{value:,.4g}" if size < 1000 else f"{value:,.0f}"

    def large(self, value: float) -> str:
        """A rounded quantity: three figures, from a million on with a word for the size (万, M)."""
        if abs(value) >= 1e6:
            return f"{value / 1e4:,.0f}万" if self.lang == "zh" else f"{value / 1e6:,.3g} M"
        return self.number(value if abs(value) < 10 else round(value))

    def percent(self, share: float | None, digits: int | None = None) -> str:
        """A share 0..1 as per cent; a small share is never rounded to nothing, nor a large one to all."""
        if share is None or not math.isfinite(share):
            return DASH
        value = share * 100
        if digits is None:
            digits = 0 if value in (0, 100) else 1
        if 0 < abs(value) < 0.05:
            return "<0.1%"
        if 99.95 <= value < 100:
            return ">99.9%"
        return f"{value:.{digits}f}%"

    def duration(self, seconds: float | None, *, long: bool = False) -> str:
        """A length of time in the unit in which it is easiest to grasp; ``long`` spells the unit out."""
        if seconds is None or not math.isfinite(seconds):
            return DASH
        size = abs(seconds)
        if 0 < size < 1:
            return self.t("<1 s")
        if 0 < size < MINUTE:
            n, unit = self.number(seconds), "s"
        elif size < HOUR:
            n, unit = self.number(seconds / MINUTE, 0), "min"
        elif size < 2 * DAY:
            n, unit = self._tenths(seconds / HOUR), "h"
        else:
            n, unit = self._tenths(seconds / DAY), "d"
        short, one, many = UNITS[unit]
        return self.t(short if not long else one if n == "1" else many, n=n)

    def _tenths(self, value: float) -> str:
        """One decimal below a hundred, none above or where whole."""
        return self.number(value, 0 if abs(value) >= 100 or value == int(value) else 1)

    def hours(self, seconds: float | None) -> str:
        """A working time: never in days, whose length is open to dispute."""
        if seconds is None or not math.isfinite(seconds):
            return DASH
        return (
            self.duration(seconds) if abs(seconds) < HOUR else self.t("{n} h", n=self.number(seconds / HOUR))
        )

    def days(self, value: float | None, *, long: bool = False) -> str:
        """Calendar days with their unit; under two days in hours or minutes."""
        return self.duration(None if value is None else value * DAY, long=long)

    def working_days(self, value: float | None) -> str:
        """Working days, the statutory way of counting: whole days, so no hours here."""
        if value is None or not math.isfinite(value):
            return DASH
        return self.t("{n} working day" if value == 1 else "{n} working days", n=self.number(value))

    def date(self, moment: datetime | Date | str | None) -> str:
        """A day as people write it."""
        day = _moment(moment)
        if day is None:
            return DASH
        if self.lang == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def moment(self, moment: datetime | Date | str | None) -> str:
        """A day with its time to the minute; a day alone where there is no time."""
        known = _moment(moment)
        said = self.date(known)
        return f"{said} {known:%H:%M}" if isinstance(known, datetime) else said

    def month(self, day: Date) -> str:
        """A month with its year."""
        return f"{day.year}年{day.month}月" if self.lang == "zh" else f"{_MONTHS[day.month - 1]} {day.year}"

    def short_month(self, day: Date) -> str:
        """A month without its year."""
        return f"{day.month}月" if self.lang == "zh" else _MONTHS[day.month - 1]

    def short_day(self, day: Date) -> str:
        """A day without its year."""
        return f"{day.month}月{day.day}日" if self.lang == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"

    def interval(self, low: float, high: float, say: str = "number") -> str:
        """Both ends of an interval; ``say`` names the method that says one end."""
        method = getattr(self, say)
        return f"{method(low)} {DASH} {method(high)}"


def _moment(value: datetime | Date | str | None) -> Date | None:
    if value is None or isinstance(value, Date):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
