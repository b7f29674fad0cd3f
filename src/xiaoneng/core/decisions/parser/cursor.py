"""A text's tokens, one after the other, and the limits that keep hostile texts cheap."""

from __future__ import annotations

from typing import Final

from xiaoneng.core.decisions.faults import MESSAGES, FeelSyntaxError, FeelTooLarge
from xiaoneng.core.decisions.lexer import Lexer, Token
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Variable

LENGTH_LIMIT: Final = 200_000
NESTING_LIMIT: Final = 48
CHAIN_LIMIT: Final = 200


class Cursor:
    """Where in the text the parser is. ``position`` is the next token's; ``depth`` counts what is nested;
    ``range_end`` tells that a range's end is being read; ``input_used`` that a test names its input."""

    def __init__(self, text: str, scope: Scope) -> None:
        if len(text) > LENGTH_LIMIT:
            raise FeelTooLarge(MESSAGES["text_too_long"], length=len(text), limit=LENGTH_LIMIT)
        self.text = text
        self.lexer = Lexer(text)
        self.scope = scope
        self.position = 0
        self.depth = 0
        self.range_end = False
        self.input_used = False
        self.input: Variable | None = None

    def peek(self) -> Token:
        """The next token, left where it is."""
        return self.lexer.token(self.position)

    def take(self) -> Token:
        """The next token, passed."""
        token = self.lexer.token(self.position)
        self.position = token.after
        return token

    def at_sign(self, *signs: str) -> bool:
        """Whether one of these signs comes next."""
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def at_word(self, *words: str) -> bool:
        """Whether one of these words comes next."""
        token = self.peek()
        return token.kind == "word" and token.text in words

    def expect(self, text: str) -> Token:
        """Pass this sign or word. Raises FeelSyntaxError where something else stands."""
        token = self.peek()
        if token.text != text or token.kind not in ("sign", "word"):
            raise self.wrong(f"“{text}”")
        return self.take()

    def wrong(self, expected: str) -> FeelSyntaxError:
        """The error that something else was expected here."""
        token = self.peek()
        # what was expected is a template: braces in it are doubled
        expected = expected.replace("{", "{{").replace("}", "}}")
        if token.kind == "end":
            return FeelSyntaxError("cannot be read: it ends too early", at=token.at, expected=expected)
        found = f"“{token.text[:40]}”"
        return FeelSyntaxError("cannot be read from {found} on", at=token.at, found=found, expected=expected)

    def end(self) -> None:
        """Raises FeelSyntaxError where anything is left."""
        if self.peek().kind != "end":
            raise self.wrong("the end")

    def enter(self) -> None:
        """One level deeper. Raises FeelTooLarge past the limit."""
        self.depth += 1
        if self.depth > NESTING_LIMIT:
            raise FeelTooLarge(MESSAGES["nesting"], limit=NESTING_LIMIT)
