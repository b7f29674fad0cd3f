"""What begins with a keyword: ``if``, ``for``, ``some``, ``every``, ``function``."""

from __future__ import annotations

from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.parser.nested import Nested
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Bad, For, FunctionOf, If, Iterator, Node, Quantified, Variable
from xiaoneng.core.decisions.types import ANY, element_type, list_of


class Forms(Nested):
    """Reads what begins with a keyword."""

    def conditional(self, scope: Scope) -> Node:
        at = self.expect("if").at
        condition = self.expression(scope)
        self.expect("then")
        then = self.expression(scope)
        self.expect("else")
        return If(at, condition, then, self.expression(scope))

    def iterators(self, scope: Scope) -> tuple[tuple[Iterator, ...], Scope]:
        found: list[Iterator] = []
        inner = scope
        while True:
            name = self.free_name("in")
            self.expect("in")
            source = self.expression(inner)
            high = None
            if self.at_sign(".."):
                self.take()
                high = self.expression(inner)
            variable = Variable(name, element_type(type_of(source)))
            found.append(Iterator(variable, source, high))
            inner = Scope(inner, [variable])
            if not self.at_sign(","):
                return tuple(found), inner
            self.take()

    def loop(self, scope: Scope) -> Node:
        at = self.expect("for").at
        iterators, inner = self.iterators(scope)
        partial = Variable("partial", list_of(ANY))
        inner = Scope(inner, [partial])
        self.expect("return")
        return For(at, iterators, partial, self.expression(inner))

    def quantified(self, scope: Scope) -> Node:
        token = self.take()
        iterators, inner = self.iterators(scope)
        self.expect("satisfies")
        return Quantified(token.at, token.text == "every", iterators, self.expression(inner))

    def function(self, scope: Scope) -> Node:
        at = self.expect("function").at
        self.expect("(")
        parameters: list[Variable] = []
        if not self.at_sign(")"):
            while True:
                name = self.free_name(":", ",", ")")
                of = ANY
                if self.at_sign(":"):
                    self.take()
                    of = self.type_name(scope)
                parameters.append(Variable(name, of))
                if not self.at_sign(","):
                    break
                self.take()
        self.expect(")")
        result = ANY
        if self.at_sign(":"):
            self.take()
            result = self.type_name(scope)
        if self.at_word("external"):
            self.take()
            self.expression(scope)
            return FunctionOf(at, tuple(parameters), result, Bad(at, "external_function", {}))
        body = self.expression(Scope(scope, parameters))
        return FunctionOf(at, tuple(parameters), result, body)
