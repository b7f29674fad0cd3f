"""Arithmetic over the primary expressions, and ``instance of``."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from xiaoneng.core.decisions.faults import MESSAGES, FeelTooLarge
from xiaoneng.core.decisions.parser.cursor import CHAIN_LIMIT
from xiaoneng.core.decisions.parser.primary import Primary
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Binary, InstanceOf, Literal, Negate, Node

LEVELS: Final = ({"+", "-"}, {"*", "/"}, {"**"})


class Arithmetic(Primary):
    """Reads arithmetic: ``+ -``, ``* /``, ``**``, negation, ``instance of``."""

    def endpoint(self, scope: Scope) -> Node:
        self.enter()
        node = self.arithmetic(scope, 0, None)
        self.depth -= 1
        return node

    def arithmetic(self, scope: Scope, level: int, left: Node | None) -> Node:
        if level == len(LEVELS):
            return left if left is not None else self.unary(scope)
        node = self.arithmetic(scope, level + 1, left)
        signs = LEVELS[level]
        chain = 0
        while (token := self.peek()).kind == "sign" and token.text in signs:
            self.take()
            chain += 1
            if chain > CHAIN_LIMIT:
                raise FeelTooLarge(MESSAGES["nesting"], limit=CHAIN_LIMIT)
            node = Binary(token.at, token.text, node, self.arithmetic(scope, level + 1, None))
        return node

    def unary(self, scope: Scope) -> Node:
        token = self.peek()
        if token.kind == "sign" and token.text == "-":
            self.take()
            self.enter()
            operand = self.unary(scope)
            self.depth -= 1
            if (
                type(operand) is Literal
                and type(operand.value) is Decimal
                and self.text[token.at + 1 : operand.at].strip() == ""
            ):
                return Literal(token.at, -operand.value)
            return Negate(token.at, operand)
        return self.instance(scope, self.postfix(scope, self.primary(scope)))

    def instance(self, scope: Scope, node: Node) -> Node:
        while self.at_word("instance"):
            at = self.take().at
            self.expect("of")
            node = InstanceOf(at, node, self.type_name(scope))
        return node
