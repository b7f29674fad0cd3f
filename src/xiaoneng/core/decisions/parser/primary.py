"""Literals and names, and what follows them: path, filter, invocation."""

from __future__ import annotations

from typing import Final

from xiaoneng.core.decisions import decimals, temporal
from xiaoneng.core.decisions.faults import MESSAGES, FeelTooLarge, Null
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import KEYWORDS, Token, unescape
from xiaoneng.core.decisions.parser.brackets import Brackets
from xiaoneng.core.decisions.parser.cursor import NESTING_LIMIT
from xiaoneng.core.decisions.parser.forms import Forms
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Bad, Call, Filter, Literal, Node, Path, Variable
from xiaoneng.core.decisions.types import element_type

# what may follow a range's closing "[": with it the bracket cannot open a filter
AFTER_RANGE: Final = frozenset(
    (
        ")",
        ",",
        "]",
        "}",
        "=",
        "!=",
        "<=",
        ">=",
        ">",
        "*",
        "/",
        "..",
        ".",
        "and",
        "or",
        "then",
        "else",
        "return",
        "satisfies",
        "in",
        "instance",
    )
)


class Primary(Brackets, Forms):
    """Reads the smallest expressions and what is hung on them."""

    def primary(self, scope: Scope) -> Node:
        token = self.peek()
        if token.kind == "number":
            self.take()
            try:
                return Literal(token.at, decimals.number(token.text))
            except ArithmeticError:
                return Bad(token.at, "number_range", {})
        if token.kind == "text":
            self.take()
            return Literal(token.at, unescape(token.text, token.at))
        if token.kind == "word":
            return self.word(scope, token)
        if token.kind == "sign":
            if token.text in ("(", "[", "]"):
                return self.bracket(scope)
            if token.text == "{":
                return self.context(scope)
            if token.text == "@":
                return self.at_literal()
        raise self.wrong("an expression")

    def at_literal(self) -> Node:
        at = self.expect("@").at
        token = self.peek()
        if token.kind != "text":
            raise self.wrong("a text")
        self.take()
        text = unescape(token.text, token.at)
        try:
            return Literal(at, temporal.at_literal(text))
        except Null as null:
            return Bad(at, null.code, null.params)

    def word(self, scope: Scope, token: Token) -> Node:
        text = token.text
        if text in ("true", "false", "null"):
            self.take()
            return Literal(token.at, {"true": True, "false": False, "null": None}[text])
        if text in KEYWORDS:
            if text == "if":
                return self.conditional(scope)
            if text == "for":
                return self.loop(scope)
            if text in ("some", "every"):
                return self.quantified(scope)
            if text == "function":
                return self.function(scope)
            if not any(self.longest(level.table) for level in scope.levels()):
                raise self.wrong("an expression")
        return self.name(scope)

    def postfix(self, scope: Scope, node: Node) -> Node:
        chain = 0
        while True:
            token = self.peek()
            if token.kind != "sign":
                return node
            chain += 1
            if chain > NESTING_LIMIT:
                raise FeelTooLarge(MESSAGES["nesting"], limit=NESTING_LIMIT)
            if token.text == ".":
                self.take()
                node = Path(token.at, node, self.member(node, scope))
            elif token.text == "[":
                if self.range_end and self.closes_range(token):
                    return node
                self.take()
                item = Variable("item", element_type(type_of(node)))
                inner = Scope(scope, [item], item=item)
                condition = self.expression(inner)
                self.expect("]")
                node = Filter(token.at, node, condition, item)
            elif token.text == "(" and not isinstance(node, Literal):
                node = self.call(scope, node)
            else:
                return node

    def closes_range(self, bracket: Token) -> bool:
        behind = self.lexer.token(bracket.after)
        return behind.kind == "end" or behind.text in AFTER_RANGE

    def call(self, scope: Scope, function: Node) -> Node:
        at = self.expect("(").at
        arguments: list[Node] = []
        names: list[str] = []
        if not self.at_sign(")"):
            while True:
                if (named := self.argument_name()) is not None:
                    names.append(named)
                elif names:
                    raise self.wrong("a parameter name")
                arguments.append(self.expression(scope))
                if not self.at_sign(","):
                    break
                self.take()
        self.expect(")")
        if names and len(names) != len(arguments):
            raise self.wrong("a parameter name")
        return Call(at, function, tuple(arguments), tuple(names) if names else None)
