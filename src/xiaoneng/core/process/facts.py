"""Our extension attributes (``xn:``): what a step costs, who does it, by when. Strictly read."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from xiaoneng.core.process.durations import read_duration
from xiaoneng.core.process.model import Facts, Given
from xiaoneng.core.process.names import XN
from xiaoneng.core.process.xml import Element

UNITS: Final = ("wd", "cd", "hour")
VARIABLES: Final = ("boolean", "date", "number", "text")
NAME: Final = re.compile(r"[^\W\d][\w ]*")


def _text(value: str) -> str:
    return value.strip()


def _name(value: str) -> str:
    if NAME.fullmatch(value) is None:
        raise ValueError("a name")
    return value


def _count(value: str) -> int:
    if not value.strip().isdecimal() or len(value) > 6:
        raise ValueError("a whole number, 0 or more")
    return int(value)


def _unit(value: str) -> str:
    if value not in UNITS:
        raise ValueError("wd, cd or hour")
    return value


def _amount(value: str) -> Decimal:
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise ValueError("a number, 0 or more") from None
    if not found.is_finite() or found < 0:
        raise ValueError("a number, 0 or more")
    return found


def _share(value: str) -> Decimal:
    found = _amount(value)
    if found > 1:
        raise ValueError("a number from 0 to 1")
    return found


def _duration(value: str) -> Decimal:
    found = read_duration(value)
    if found is None or found[0]:
        raise ValueError("an ISO 8601 duration without years and months, such as PT30M")
    return Decimal(found[1]) / 1_000_000


# attribute → field of ``Facts`` and how its value is read
ATTRIBUTES: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "role": ("role", _text),
    "body": ("body", _text),
    "limit": ("limit", _count),
    "limitUnit": ("unit", _unit),
    "clock": ("clock", _text),
    "form": ("form", _text),
    "decision": ("decision", _text),
    "connector": ("connector", _text),
    "result": ("result", _name),
    "event": ("event", _text),
    "en": ("en", _text),
    "outcome": ("outcome", _text),
    "cost": ("cost", _amount),
    "duration": ("duration", _duration),
    "probability": ("probability", _share),
}


def read_facts(
    element: Element, complain: Callable[[Element, str, str, str], None], lane: Facts | None = None
) -> Facts:
    """The facts of an element. What its lane says of role and body holds where the element says nothing.

    ``complain(element, attribute, value, expected)`` is told what cannot be read.
    """
    found: dict[str, Any] = {}
    for (namespace, name), value in element.qualified().items():
        if namespace != XN:
            continue
        known = ATTRIBUTES.get(name)
        if known is None:
            complain(element, name, value, ", ".join(sorted(ATTRIBUTES)))
            continue
        try:
            found[known[0]] = known[1](value)
        except ValueError as error:
            complain(element, name, value, str(error))
    if lane is not None:
        for name in ("role", "body"):
            found.setdefault(name, getattr(lane, name))
    return Facts(**found)


def read_given(element: Element, complain: Callable[[Element, str, str, str], None]) -> Given:
    """A variable that a case begins with: ``<xn:variable name="户籍" type="text" options="本省|外省"/>``.

    ``options`` are parted by ``|``; ``optionsEn`` names them in English, in the same order;
    ``sensitive="true"`` for personal data.
    """
    name = element.get("name").strip()
    if NAME.fullmatch(name) is None:
        complain(element, "name", name, "a name")
    kind = element.get("type", "text")
    if kind not in VARIABLES:
        complain(element, "type", kind, ", ".join(VARIABLES))
    values = [value.strip() for value in element.get("options").split("|") if value.strip()]
    english = [value.strip() for value in element.get("optionsEn").split("|") if value.strip()]
    if english and len(english) != len(values):
        complain(element, "optionsEn", element.get("optionsEn"), "as many as there are options")
        english = []
    sensitive = element.get("sensitive", "false")
    if sensitive not in ("true", "false"):
        complain(element, "sensitive", sensitive, "true or false")
    options = tuple(zip(values, english or values, strict=True))
    return Given(name, kind, element.get("en"), options, sensitive != "false")
