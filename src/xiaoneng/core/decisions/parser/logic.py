"""Comparisons under ``and`` under ``or``: the whole of an expression."""

from __future__ import annotations

from xiaoneng.core.decisions.faults import MESSAGES, FeelTooLarge
from xiaoneng.core.decisions.parser.cursor import CHAIN_LIMIT
from xiaoneng.core.decisions.parser.nested import COMPARISONS
from xiaoneng.core.decisions.parser.unary_tests import UnaryTests
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Between, Compare, In, Logic, Node


class Parser(UnaryTests):
    """Reads one text; methods take the scope in which they read."""

    def expression(self, scope: Scope) -> Node:
        self.enter()
        within, self.range_end = self.range_end, False
        node = self.logic(scope, None)
        self.range_end = within
        self.depth -= 1
        return node

    def logic(self, scope: Scope, left: Node | None) -> Node:
        """``or`` over ``and`` over comparisons."""
        parts = [self.conjunction(scope, left)]
        at = parts[0].at
        while self.at_word("or"):
            self.take()
            parts.append(self.conjunction(scope, None))
        return parts[0] if len(parts) == 1 else Logic(at, "or", tuple(parts))

    def conjunction(self, scope: Scope, left: Node | None) -> Node:
        parts = [self.comparison(scope, left)]
        at = parts[0].at
        while self.at_word("and"):
            self.take()
            parts.append(self.comparison(scope, None))
        return parts[0] if len(parts) == 1 else Logic(at, "and", tuple(parts))

    def comparison(self, scope: Scope, left: Node | None) -> Node:
        node = self.arithmetic(scope, 0, left)
        chain = 0
        while True:
            token = self.peek()
            chain += 1
            if chain > CHAIN_LIMIT:
                raise FeelTooLarge(MESSAGES["nesting"], limit=CHAIN_LIMIT)
            if token.kind == "sign" and token.text in COMPARISONS:
                self.take()
                node = Compare(token.at, token.text, node, self.arithmetic(scope, 0, None))
            elif token.text == "between" and token.kind == "word":
                self.take()
                low = self.arithmetic(scope, 0, None)
                self.expect("and")
                node = Between(token.at, node, low, self.arithmetic(scope, 0, None))
            elif token.text == "in" and token.kind == "word":
                self.take()
                node = In(token.at, node, self.in_tests(scope))
            else:
                return node
