"""JSON that people write, read strictly: every complaint names file, line, field and expectation.

The standard reader forgets where a value stood, lets a later key overwrite an earlier one and takes NaN for
a number. This one keeps lines and refuses both.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from xiaoneng.core.errors import BadInput, HostileInput, NotFound, Place

MAX_BYTES: Final = 16_000_000
MAX_DEPTH: Final = 20
TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?:([{}\[\],:])|("(?:[^"\\\x00-\x1f]|\\.)*")'
    r"|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(true|false|null)\b|(\Z)|(.))"
)
WORDS: Final = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Field:
    """A value with its place. ``value`` is a scalar, a list of fields, or a dictionary of fields."""

    value: Any
    file: str | None
    line: int
    name: str

    @property
    def place(self) -> Place:
        return Place(file=self.file, line=self.line, field=self.name or None)

    def fail(self, message: str, /, *, expected: str, hint: str | None = None, **params: Any) -> NoReturn:
        """Raise BadInput here."""
        raise BadInput(message, place=self.place, expected=expected, hint=hint, **params)

    def wrong(self, expected: str, /, **params: Any) -> NoReturn:
        """Raise BadInput: the value is not what was expected."""
        self.fail("the value is {found}", expected=expected, found=self.shown(), **params)

    def shown(self) -> str:
        """The value, short enough for a message."""
        if isinstance(self.value, dict):
            return "{…}"
        if isinstance(self.value, list):
            return "[…]"
        text = json.dumps(self.value, ensure_ascii=False)
        return text if len(text) <= 60 else text[:57] + "…"

    # what it must be

    def keys(self, allowed: Collection[str], needed: Collection[str] = ()) -> dict[str, Field]:
        """The fields of an object that has no other keys than ``allowed`` and all ``needed`` ones."""
        fields = self.mapping()
        for key, field in fields.items():
            if key not in allowed:
                field.fail(
                    "unknown key {key!r}", expected="one of {allowed}", key=key, allowed=", ".join(allowed)
                )
        for key in needed:
            if key not in fields:
                self.fail("the key {key!r} is missing", expected="an object with {key}", key=key)
        return fields

    def mapping(self) -> dict[str, Field]:
        """The fields of an object with free keys."""
        if not isinstance(self.value, dict):
            self.wrong("an object")
        return dict(self.value)

    def items(self) -> list[Field]:
        if not isinstance(self.value, list):
            self.wrong("a list")
        return list(self.value)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.wrong("a text that is not empty")
        return str(self.value)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.wrong("true or false")
        return bool(self.value)

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        found = self.value
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not low <= found <= high:
            self.wrong("a number from {low} to {high}", low=low, high=high)
        return float(found)

    def whole(self, low: int, high: int) -> int:
        if type(self.value) is not int or not low <= self.value <= high:
            self.wrong("a whole number from {low} to {high}", low=low, high=high)
        return int(self.value)


def read_json(path: Path) -> Field:
    """The file's value. Raises NotFound, BadInput or HostileInput."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFound("there is no such file", place=Place(file=str(path))) from None
    except OSError as error:
        raise BadInput(
            "the file cannot be read: {reason}",
            place=Place(file=str(path)),
            reason=error.strerror or str(error),
        ) from None
    return parse_json(raw, str(path))


def parse_json(raw: bytes, name: str | None = None) -> Field:
    """The value of a text in UTF-8; ``name`` stands for the file in messages."""
    if len(raw) > MAX_BYTES:
        raise HostileInput(
            "the file is too large", place=Place(file=name), expected="at most {limit} bytes", limit=MAX_BYTES
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadInput(
            "the file is not UTF-8 text", place=Place(file=name, line=line), expected="UTF-8"
        ) from None
    return _Parser(text, name).whole_text()


class _Parser:
    """One pass over the text; ``_next`` gives tokens, a line is counted where a token begins."""

    def __init__(self, text: str, file: str | None) -> None:
        self._text, self._file = text, file
        self._at, self._line = 0, 1
        self._tokens = self._scan()
        self._token: tuple[str, Any] = ("", None)

    def _scan(self) -> Iterator[tuple[str, Any]]:
        while True:
            found = TOKEN.match(self._text, self._at)
            assert found is not None
            start = found.start(found.lastindex or 0)
            self._line += self._text.count("\n", self._at, start)
            self._at = found.end()
            sign, string, number, word, end, other = found.groups()
            if end is not None:
                yield "end", None
                return
            if other is not None:
                self._refuse(other)
            if string is not None:
                try:
                    yield "value", json.loads(string)
                except ValueError:
                    self._refuse(string)
            elif number is not None:
                yield "value", self._number(number)
            elif word is not None:
                yield "value", WORDS[word]
            else:
                yield sign, None

    def _number(self, text: str) -> int | float:
        if len(text) > 40:
            self._refuse(text)
        found = json.loads(text)
        if isinstance(found, float) and math.isinf(found):
            self._refuse(text)
        return found if isinstance(found, int) else float(found)

    def _refuse(self, found: str) -> NoReturn:
        raise BadInput(
            "not valid JSON at {found!r}",
            place=Place(file=self._file, line=self._line),
            expected="a value, or one of {{ }} [ ] , :",
            found=found[:20],
        )

    def _step(self) -> tuple[str, Any]:
        self._token = next(self._tokens)
        return self._token

    def whole_text(self) -> Field:
        self._step()
        found = self._value("", 0)
        if self._token[0] != "end":
            self._refuse(self._token[0])
        return found

    def _value(self, name: str, depth: int) -> Field:
        """The value that begins at the current token; afterwards the current token is the one behind it."""
        kind, value = self._token
        line = self._line
        if depth > MAX_DEPTH:
            raise HostileInput("the file is nested too deeply", place=Place(file=self._file, line=line))
        if kind == "value":
            self._step()
        elif kind == "{":
            value = self._object(name, depth)
        elif kind == "[":
            value = self._list(name, depth)
        else:
            self._refuse("" if kind == "end" else kind)
        return Field(value, self._file, line, name)

    def _object(self, name: str, depth: int) -> dict[str, Field]:
        found: dict[str, Field] = {}
        self._step()
        while self._token[0] != "}":
            kind, key = self._token
            if kind != "value" or not isinstance(key, str):
                self._refuse("" if kind == "end" else kind if kind != "value" else str(key))
            if key in found:
                raise BadInput(
                    "the key {key!r} occurs twice",
                    place=Place(file=self._file, line=self._line, field=name or None),
                    expected="each key once",
                    key=key,
                )
            if self._step()[0] != ":":
                self._refuse(self._token[0])
            self._step()
            found[key] = self._value(f"{name}.{key}" if name else key, depth + 1)
            self._comma("}")
        self._step()
        return found

    def _list(self, name: str, depth: int) -> list[Field]:
        found: list[Field] = []
        self._step()
        while self._token[0] != "]":
            found.append(self._value(f"{name}[{len(found) + 1}]", depth + 1))
            self._comma("]")
        self._step()
        return found

    def _comma(self, end: str) -> None:
        """A comma with something behind it, or the end."""
        if self._token[0] == ",":
            if self._step()[0] == end:
                self._refuse(end)
        elif self._token[0] != end:
            self._refuse(self._token[0] if self._token[0] not in ("end", "value") else "")
