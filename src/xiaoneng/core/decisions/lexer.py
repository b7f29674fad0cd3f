"""Raw tokens of FEEL, read on demand; names are put together from them by the parser, which knows the
scope."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from xiaoneng.core.decisions.faults import FeelSyntaxError

NAME_START: Final = (
    r"A-Z_a-z?\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD\U00010000-\U000EFFFF"
)
NAME_PART: Final = NAME_START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
SPACE: Final = re.compile(
    r"(?:[\s\u0085\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]+|//[^\n\r]*|/\*.*?\*/)+",
    re.S,
)
TOKEN: Final = re.compile(
    rf"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<text>\"(?:[^\"\\]|\\.)*\")"
    rf"|(?P<word>[{NAME_START}][{NAME_PART}]*)"
    r"|(?P<sign>\.\.|\*\*|<=|>=|!=|.)",
    re.S,
)
ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.S)
SIMPLE_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
KEYWORDS: Final = frozenset((
    "for", "return", "if", "then", "else", "some", "every", "satisfies", "in", "and", "or", "between",
    "instance", "of", "function", "external", "true", "false", "null",
))  # fmt: skip


class Token(NamedTuple):
    """``kind`` is number, text, word, sign or end; ``after`` is the position behind it."""

    kind: str
    text: str
    at: int
    after: int


class Lexer:
    """Tokens of one text by position, each read once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[int, Token] = {}

    def token(self, position: int) -> Token:
        """The token at or after ``position``."""
        found = self.known.get(position)
        if found is None:
            found = self.known[position] = self._read(position)
        return found

    def _read(self, position: int) -> Token:
        at = position
        if space := SPACE.match(self.text, at):
            at = space.end()
        match = TOKEN.match(self.text, at)
        if match is None:
            return Token("end", "", at, at)
        kind = match.lastgroup or "sign"
        token = Token(kind, match.group(), at, match.end())
        if kind == "sign" and token.text == '"':
            raise FeelSyntaxError("a text is not closed", at=at, expected="the closing quotation mark")
        return token


def name_tokens(name: str) -> tuple[str, ...]:
    """A name as the sequence of raw tokens by which it is recognised, however it is spaced."""
    lexer = Lexer(name)
    tokens: list[str] = []
    position = 0
    while (token := lexer.token(position)).kind != "end":
        tokens.append(token.text)
        position = token.after
    return tuple(tokens)


def normal_name(name: str) -> str:
    """White space at the ends removed, within collapsed."""
    return " ".join(name.split())


def unescape(quoted: str, at: int) -> str:
    """The text of a string literal with its quotes."""

    def one(match: re.Match[str]) -> str:
        what = match.group(1)
        if what[0] in "uU" and len(what) > 1:
            code = int(what[1:], 16)
            if code > 0x10FFFF:
                raise FeelSyntaxError(
                    "not a character", at=at + match.start(), expected="a code point up to 10FFFF"
                )
            return chr(code)
        return SIMPLE_ESCAPES.get(what, "\\" + what)

    text = ESCAPE.sub(one, quoted[1:-1])
    # a pair of \u escapes is one character beyond the basic plane
    return SURROGATES.sub(lambda m: m.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)
