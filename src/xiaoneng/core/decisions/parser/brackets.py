"""What stands in brackets: lists, ranges, contexts, and parentheses."""

from __future__ import annotations

from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import Token, unescape
from xiaoneng.core.decisions.parser.nested import COMPARISONS, Nested
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import (
    Bad,
    ContextOf,
    FunctionOf,
    ListOf,
    Node,
    RangeOf,
    UnaryRange,
    Variable,
)


class Brackets(Nested):
    """Reads what stands in brackets."""

    def bracket(self, scope: Scope) -> Node:
        """``( … )``, a list, or a range, whatever the brackets."""
        opening = self.take()
        if opening.text == "[" and self.at_sign("]"):
            self.take()
            return ListOf(opening.at, ())
        first = self.element(scope)
        if self.at_sign(".."):
            return self.range_rest(scope, opening, first)
        if opening.text == "(":
            self.expect(")")
            return first
        if opening.text == "]":
            raise self.wrong("“..”")
        items = [first]
        while self.at_sign(","):
            self.take()
            items.append(self.element(scope))
        self.expect("]")
        return ListOf(opening.at, tuple(items))

    def element(self, scope: Scope) -> Node:
        """An expression, or a range by one end such as ``< 10``."""
        token = self.peek()
        if token.kind == "sign" and token.text in COMPARISONS:
            self.take()
            return UnaryRange(token.at, token.text, self.endpoint(scope))
        return self.expression(scope)

    def range_rest(self, scope: Scope, opening: Token, low: Node) -> Node:
        self.expect("..")
        within, self.range_end = self.range_end, True
        high = self.endpoint(scope)
        self.range_end = within
        if not self.at_sign("]", ")", "["):
            raise self.wrong("the end of a range")
        closing = self.take()
        return RangeOf(opening.at, opening.text == "[", low, high, closing.text == "]")

    def context(self, scope: Scope) -> Node:
        at = self.expect("{").at
        inner = Scope(scope)
        entries: list[tuple[str, Variable, Node]] = []
        seen: set[str] = set()
        duplicate: Bad | None = None
        if not self.at_sign("}"):
            while True:
                token = self.peek()
                if token.kind == "text":
                    self.take()
                    key = unescape(token.text, token.at)
                else:
                    key = self.free_name(":")
                self.expect(":")
                if key in seen and duplicate is None:
                    duplicate = Bad(token.at, "duplicate_key", {"name": key})
                seen.add(key)
                variable = Variable(key)
                if self.at_word("function"):
                    # a function may call itself by its entry's name
                    inner.add(variable)
                value = self.expression(inner)
                if isinstance(value, FunctionOf):
                    value.name = key
                variable.type = type_of(value)
                inner.add(variable)
                entries.append((key, variable, value))
                if not self.at_sign(","):
                    break
                self.take()
        self.expect("}")
        return duplicate or ContextOf(at, tuple(entries))
