"""Reads small TOML files that people write: every complaint names file, line, field and expectation."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

from xiaoneng.core.errors import BadInput, HostileInput, NotFound, Place

MAX_BYTES = 1_000_000
_WHERE = re.compile(r"(.*?) \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file with the way back to its place in the text."""

    values: dict[str, object]
    file: str
    lines: tuple[str, ...]
    field: str = ""
    line: int = 1
    """1-based line on which the table begins."""

    def place(self, key: str = "") -> Place:
        """Where ``key`` stands (without one, the table); the line is found by searching from the head."""
        name = f"{self.field}.{key}" if self.field and key else (self.field or key)
        line = self.line
        if key:
            pattern = re.compile(rf'(^|[{{,\s])["\']?{re.escape(key)}["\']?\s*=')
            for number in range(self.line - 1, len(self.lines)):
                if number >= self.line and self.lines[number].lstrip().startswith("["):
                    break
                if pattern.search(self.lines[number]):
                    line = number + 1
                    break
        return Place(file=self.file, line=line, field=name or None)

    def fail(
        self, key: str, message: str, /, *, expected: str, hint: str | None = None, **params: object
    ) -> NoReturn:
        """Raise :class:`BadInput` at ``key``."""
        raise BadInput(message, place=self.place(key), expected=expected, hint=hint, **params)

    def only(self, allowed: Collection[str]) -> None:
        """Refuse keys that nobody would read: a typing error must not pass silently."""
        for key in self.values:
            if key not in allowed:
                self.fail(
                    key,
                    "unknown key {key!r}",
                    expected="one of {allowed}",
                    key=key,
                    allowed=", ".join(allowed),
                )

    def _wrong(self, key: str, expected: str, /, **params: object) -> NoReturn:
        if key not in self.values:
            self.fail(key, "the key {key!r} is missing", expected=expected, hint=None, key=key, **params)
        shown = _shown(self.values[key])
        self.fail(key, "{key!r} is {found}", expected=expected, hint=None, key=key, found=shown, **params)

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or (not value.strip() and value != default):
            self._wrong(key, "a text that is not empty")
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """One of a few words."""
        value = self.values.get(key)
        if not isinstance(value, str) or value not in allowed:
            self._wrong(key, "one of {allowed}", allowed=", ".join(allowed))
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.values.get(key)
        if type(value) is not int or not low <= value <= high:
            self._wrong(key, "a whole number from {low} to {high}", low=low, high=high)
        return value

    def day(self, key: str) -> date:
        """A date written without quotes, such as 2027-01-31."""
        value = self.values.get(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self._wrong(key, "a date without quotes such as 2027-01-31")
        return value

    def day_or(self, key: str, default: date) -> date:
        """:meth:`day`, or the default when the key is absent."""
        return self.day(key) if key in self.values else default

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self._wrong(key, "a list of texts")
        return list(value)

    def tables(self, key: str) -> list[Table]:
        """``[[key]]`` tables, or a list of inline tables; empty when absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self._wrong(key, "a list of tables")
        starts = self._starts(key, len(value))
        name = f"{self.field}.{key}" if self.field else key
        return [Table(v, self.file, self.lines, f"{name}[{i + 1}]", starts[i]) for i, v in enumerate(value)]

    def _starts(self, key: str, count: int) -> list[int]:
        """The lines on which the tables of ``key`` begin: ``[[key]]``, else the braces after ``key =``."""
        parent = re.sub(r"\[\d+\]", "", self.field)
        full = f"{parent}.{key}" if parent else key
        head = re.compile(rf"^\s*\[\[\s*{re.escape(full)}\s*\]\]")
        found = [n for n in range(self.line, len(self.lines) + 1) if head.match(self.lines[n - 1])]
        if not found:
            begin = self.place(key).line or self.line
            for number in range(begin, len(self.lines) + 1):
                found += [number] * self.lines[number - 1].count("{")
        return (found + [self.line] * count)[:count]


def _shown(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def read_toml(path: Path) -> Table:
    """The file's top table; :class:`NotFound`, :class:`BadInput` or :class:`HostileInput` otherwise."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFound("there is no such file", place=Place(file=name)) from None
    except OSError as error:
        raise BadInput(
            "the file cannot be read: {reason}", place=Place(file=name), reason=error.strerror or str(error)
        ) from None
    if len(raw) > MAX_BYTES:
        raise HostileInput(
            "the file is too large for a table of days and limits",
            place=Place(file=name),
            expected="at most {limit} bytes",
            limit=MAX_BYTES,
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(
            "the file is not UTF-8 text", place=Place(file=name, line=line), expected="UTF-8"
        ) from None
    return parse_toml(text, name)


def parse_toml(text: str, name: str) -> Table:
    """The top table of TOML ``text``; ``name`` stands in for the file in messages."""
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _WHERE.match(str(error))
        reason, line, column = found.groups() if found else (str(error), None, None)
        place = Place(file=name, line=int(line) if line else None, column=int(column) if column else None)
        raise BadInput("not valid TOML: {reason}", place=place, reason=reason) from None
    except RecursionError:
        raise HostileInput("the file is nested too deeply", place=Place(file=name)) from None
    return Table(values, name, tuple(text.split("\n")))
