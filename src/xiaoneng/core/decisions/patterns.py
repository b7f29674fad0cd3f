"""Regular expressions of XPath 3.1 (F&O 5.6, XSD appendix G), run by ``regex`` under a time limit.

The pattern is read by our own grammar and written anew, so that nothing else of the engine's language can
be reached (look-around, recursion, fuzzy matching, inline flags), and what XPath does not know is refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import regex

from xiaoneng.core.decisions.faults import Null

LENGTH_LIMIT: Final = 10_000
DEPTH_LIMIT: Final = 50
REPEAT_LIMIT: Final = 10_000
SINGLE: Final = {"n": "\n", "r": "\r", "t": "\t"} | {c: c for c in "\\|.?*+(){}-[]^$"}
CLASSES: Final = {
    "s": r" \t\n\r",
    "i": r"\p{L}_:",
    "c": r"\p{L}\p{Nd}\p{M}_:.\-·",
    "d": r"\p{Nd}",
}
CATEGORIES: Final = frozenset((
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd",
    "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf",
    "Co", "Cn",
))  # fmt: skip
WORD: Final = r"[^\p{P}\p{Z}\p{C}]"


def without_spaces(pattern: str) -> str:
    """What flag ``x`` makes of a pattern: white space outside classes is dropped before anything is read."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for char in pattern:
        if not depth and char in " \t\n\r":
            continue
        kept.append(char)
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            depth += (char == "[") - (char == "]" and depth > 0)
    return "".join(kept)


class _Reader:
    """Reads one pattern and writes it in the engine's notation."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.text = pattern
        self.at = 0
        self.flags = flags
        self.groups = 0
        self.closed: set[int] = set()
        self.depth = 0

    def wrong(self, reason: str) -> Null:
        return Null("pattern_at", reason=reason, position=self.at + 1)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise self.wrong("unexpected end")
        self.at += 1
        return char

    def alternatives(self) -> str:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self.wrong("nested too deeply")
        parts = [self.branch()]
        while self.peek() == "|":
            self.take()
            parts.append(self.branch())
        self.depth -= 1
        return "|".join(parts)

    def branch(self) -> str:
        out: list[str] = []
        while (char := self.peek()) and char not in "|)":
            atom = self.atom()
            out.append(atom + self.quantifier(atom))
        return "".join(out)

    def quantifier(self, atom: str) -> str:
        char = self.peek()
        if char in ("?", "*", "+"):
            self.take()
            text = char
        elif char == "{":
            self.take()
            end = self.text.find("}", self.at)
            body = self.text[self.at : end] if end >= 0 else ""
            low, comma, high = body.partition(",")
            if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
                raise self.wrong("not a repetition")
            if (
                max(len(low), len(high)) > 6
                or int(low) > REPEAT_LIMIT
                or (high and not int(low) <= int(high) <= REPEAT_LIMIT)
            ):
                raise self.wrong("a repetition out of range")
            self.at = end + 1
            text = "{" + low + comma + high + "}"
        else:
            return ""
        if atom in ("^", r"\Z", "$", "(?m:^)", "(?m:$)"):
            raise self.wrong("nothing to repeat")
        if self.peek() == "?":
            self.take()
            text += "?"
        if self.peek() in ("*", "+", "?", "{"):
            raise self.wrong("nothing to repeat")
        return text

    def atom(self) -> str:
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            return self.char_class()
        if char == ".":
            return "(?s:.)" if "s" in self.flags else r"[^\n\r]"
        if char == "^":
            return r"(?m:^)" if "m" in self.flags else "^"
        if char == "$":
            return r"(?m:$)" if "m" in self.flags else r"\Z"
        if char == "\\":
            return self.escape()
        if char in "?*+{}":
            raise self.wrong("nothing to repeat")
        if char == "]":
            raise self.wrong("a bracket that is not open")
        return regex.escape(char, special_only=False)

    def group(self) -> str:
        if self.peek() == "?":
            self.take()
            if self.take() != ":":
                raise self.wrong("an unknown kind of group")
            inner = self.alternatives()
            opening = "(?:"
            number = 0
        else:
            self.groups += 1
            number = self.groups
            inner = self.alternatives()
            opening = "("
        if self.peek() != ")":
            raise self.wrong("a group that is not closed")
        self.take()
        if number:
            self.closed.add(number)
        return f"{opening}{inner})"

    def escape(self) -> str:
        char = self.take()
        if char in "123456789":
            number = int(char)
            while (
                self.peek().isdigit()
                and self.peek().isascii()
                and int(str(number) + self.peek()) <= self.groups
            ):
                number = int(str(number) + self.take())
            if number not in self.closed:
                raise self.wrong("a reference to a group that is not closed before it")
            return f"(?:\\{number})"
        if char in SINGLE:
            return regex.escape(SINGLE[char], special_only=False)
        if char in "pP":
            return f"[{self.category(char)}]"
        if char == "w":
            return WORD
        if char == "W":
            return r"[\p{P}\p{Z}\p{C}]"
        if char in CLASSES:
            return f"[{CLASSES[char]}]"
        if char.lower() in CLASSES:
            return f"[^{CLASSES[char.lower()]}]"
        raise self.wrong(f"unknown escape \\{char}")

    def category(self, which: str) -> str:
        if self.take() != "{":
            raise self.wrong("a category needs braces")
        end = self.text.find("}", self.at)
        name = self.text[self.at : end] if end >= 0 else ""
        if name not in CATEGORIES:
            block = name[2:] if name.startswith("Is") else ""
            if not block or not block.replace("-", "").isalnum() or not block.isascii():
                raise self.wrong("an unknown category")
            try:
                regex.compile(rf"\p{{In{block}}}")
            except regex.error:
                raise self.wrong("an unknown block") from None
            name = f"In{block}"
        self.at = end + 1
        return f"\\{which}{{{name}}}"

    def char_class(self) -> str:
        """``[…]``, with ranges, escapes and subtraction."""
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self.wrong("nested too deeply")
        negated = self.peek() == "^"
        if negated:
            self.take()
        out: list[str] = []
        subtracted = ""
        while True:
            char = self.peek()
            if not char:
                raise self.wrong("a class that is not closed")
            if char == "]" and out:
                self.take()
                break
            if char == "-" and self.text[self.at + 1 : self.at + 2] == "[":
                self.at += 2
                subtracted = "--" + self.char_class()
                if self.peek() != "]":
                    raise self.wrong("a class that is not closed")
                self.take()
                break
            out.append(self.class_item())
        self.depth -= 1
        body = "".join(out)
        if not body:
            raise self.wrong("an empty class")
        if subtracted:
            return f"[[{'^' if negated else ''}{body}]{subtracted}]"
        return f"[{'^' if negated else ''}{body}]"

    def class_item(self) -> str:
        first = self.class_char()
        if len(first) != 1:
            return first
        if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", "[", ""):
            self.take()
            last = self.class_char()
            if len(last) != 1 or ord(last) < ord(first):
                raise self.wrong("a range out of order")
            return f"{_in_class(first)}-{_in_class(last)}"
        return _in_class(first)

    def class_char(self) -> str:
        """One character, or the class notation of an escape (longer than one character)."""
        char = self.take()
        if char == "[":
            raise self.wrong("a bracket in a class")
        if char != "\\":
            return char
        char = self.take()
        if char in SINGLE:
            return SINGLE[char]
        if char in "pP":
            return self.category(char)
        if char == "w":
            return WORD
        if char in CLASSES:
            return CLASSES[char]
        if char == "W":
            return r"\p{P}\p{Z}\p{C}"
        if char.lower() in CLASSES:
            return f"[^{CLASSES[char.lower()]}]"
        raise self.wrong(f"unknown escape \\{char}")


def _in_class(char: str) -> str:
    return "\\" + char if not char.isalnum() and char.isascii() else char


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str) -> Any:
    """The engine's pattern. Raises Null for what is not a regular expression of XPath."""
    if len(pattern) > LENGTH_LIMIT:
        raise Null("pattern", reason=f"longer than {LENGTH_LIMIT} characters")
    if strange := [f for f in flags if f not in "smixq"]:
        raise Null("pattern", reason=f"unknown flag {strange[0]}")
    if "q" in flags:
        written = regex.escape(pattern, special_only=False)
    else:
        pattern = without_spaces(pattern) if "x" in flags else pattern
        reader = _Reader(pattern, flags)
        written = reader.alternatives()
        if reader.at != len(pattern):
            raise reader.wrong("a bracket that is not open")
    options = regex.VERSION1 | regex.UNICODE | (regex.IGNORECASE if "i" in flags else 0)
    try:
        return regex.compile(written, options)
    except (regex.error, RecursionError, OverflowError) as error:
        raise Null("pattern", reason=str(error)) from None


def matches(text: str, pattern: str, flags: str, seconds: float) -> bool:
    """Whether the pattern occurs in the text."""
    try:
        return compiled(pattern, flags).search(text, timeout=seconds) is not None
    except TimeoutError:
        raise Null("pattern_time") from None


def replace(text: str, pattern: str, replacement: str, flags: str, seconds: float, limit: int) -> str:
    """Every occurrence replaced; ``$1`` is the first group, ``$0`` the whole."""
    engine = compiled(pattern, flags)
    try:
        if engine.search("") is not None:
            raise Null("pattern", reason="matches the empty text")
        parts = [replacement] if "q" in flags else _replacement(replacement, engine.groups)
        out: list[str] = []
        done = size = 0
        for match in engine.finditer(text, timeout=seconds):
            new = "".join(p if isinstance(p, str) else (match.group(p) or "") for p in parts)
            out += (text[done : match.start()], new)
            done = match.end()
            size += len(out[-1]) + len(out[-2])
            if size > limit:
                raise Null("text_result", limit=limit)
        out.append(text[done:])
    except TimeoutError:
        raise Null("pattern_time") from None
    return "".join(out)


def _replacement(text: str, groups: int) -> list[str | int]:
    """A replacement as texts and group numbers."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            following = text[at + 1 : at + 2]
            if following not in ("\\", "$"):
                raise Null("pattern", reason="in the replacement, \\ may stand before \\ and $ only")
            parts.append(following)
            at += 2
        elif char == "$":
            digits = text[at + 1 : at + 2]
            if not (digits.isascii() and digits.isdigit()):
                raise Null("pattern", reason="in the replacement, $ must be followed by a group's number")
            at += 2
            while (
                at < len(text)
                and text[at].isascii()
                and text[at].isdigit()
                and int(digits + text[at]) <= groups
            ):
                digits += text[at]
                at += 1
            parts.append(int(digits) if int(digits) <= groups else "")
        else:
            parts.append(char)
            at += 1
    return parts


def split(text: str, pattern: str, seconds: float) -> list[str]:
    """The parts between the occurrences."""
    engine = compiled(pattern, "")
    try:
        if engine.search("") is not None:
            raise Null("pattern", reason="matches the empty text")
        parts: list[str] = []
        done = 0
        for match in engine.finditer(text, timeout=seconds):
            parts.append(text[done : match.start()])
            done = match.end()
        return [*parts, text[done:]]
    except TimeoutError:
        raise Null("pattern_time") from None
