"""Unary tests: what follows ``in``, and the cells of a decision table."""

from __future__ import annotations

from xiaoneng.core.decisions.parser.arithmetic import Arithmetic
from xiaoneng.core.decisions.parser.nested import COMPARISONS
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Node, Test, Tests, Variable


class UnaryTests(Arithmetic):
    """Reads unary tests."""

    def in_tests(self, scope: Scope) -> tuple[Test, ...]:
        """What follows ``in``: one test, or several in parentheses."""
        if not self.at_sign("("):
            return (self.test(scope, bare=True),)
        opening = self.take()
        self.enter()
        first = self.test(scope)
        if first.op is None and self.at_sign(".."):
            whole: Node = self.range_rest(scope, opening, first.value)
        elif self.at_sign(","):
            tests = [first]
            while self.at_sign(","):
                self.take()
                tests.append(self.test(scope))
            self.expect(")")
            self.depth -= 1
            return tuple(tests)
        else:
            self.expect(")")
            if first.op is not None:
                self.depth -= 1
                return (first,)
            whole = first.value
        self.depth -= 1
        whole = self.instance(scope, self.postfix(scope, whole))
        return (Test(opening.at, None, self.arithmetic(scope, 0, whole)),)

    def test(self, scope: Scope, *, bare: bool = False) -> Test:
        """One unary test; ``bare``: it stands behind ``in`` without parentheses, so ``and`` ends it."""
        token = self.peek()
        if token.kind == "sign" and token.text in COMPARISONS:
            self.take()
            return Test(token.at, token.text, self.endpoint(scope))
        return Test(token.at, None, self.endpoint(scope) if bare else self.expression(scope))

    def unary_tests(self, scope: Scope, variable: Variable) -> Tests:
        self.input = variable
        if self.peek().kind == "end":
            return Tests(self.text, input=variable)
        start = self.position
        token = self.peek()
        if token.kind == "sign" and token.text == "-":
            self.take()
            if self.peek().kind == "end":
                return Tests(self.text, input=variable)
            self.position = start
        if token.text == "not" and self.lexer.token(token.after).text == "(":
            self.take()
            self.take()
            tests = self.test_list(scope)
            if self.at_sign(")"):
                self.take()
                if self.peek().kind == "end":
                    return Tests(self.text, tests, negated=True, input=variable)
            self.position = start
        return Tests(self.text, self.test_list(scope), input=variable)

    def test_list(self, scope: Scope) -> tuple[Test, ...]:
        tests = [self.input_test(scope)]
        while self.at_sign(","):
            self.take()
            tests.append(self.input_test(scope))
        return tuple(tests)

    def input_test(self, scope: Scope) -> Test:
        self.input_used = False
        test = self.test(scope)
        test.uses_input = self.input_used
        return test
