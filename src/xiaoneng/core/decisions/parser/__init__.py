"""From text to syntax tree: FEEL's grammar (DMN 1.5, 10.3.1.2) by recursive descent.

Precedence, lowest first: ``or``, ``and``, comparison with ``between`` and ``in``, ``+ -``, ``* /``, ``**``,
negation, ``instance of``, then path, filter and invocation. Each file holds one piece of the grammar as a
class over the pieces below it: cursor, names, type_names, nested, brackets and forms, primary, arithmetic,
unary_tests, logic.
"""

from __future__ import annotations

from xiaoneng.core.decisions.faults import FeelSyntaxError
from xiaoneng.core.decisions.parser.cursor import NESTING_LIMIT
from xiaoneng.core.decisions.parser.logic import Parser
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Node, Tests, Variable
from xiaoneng.core.decisions.types import ANY, Type

__all__ = ["NESTING_LIMIT", "Parser", "parse_expression", "parse_unary_tests"]


def parse_expression(text: str, scope: Scope) -> Node:
    """The tree of an expression. Raises FeelSyntaxError or FeelTooLarge."""
    parser = Parser(text, scope)
    try:
        node = parser.expression(scope)
        parser.end()
    except FeelSyntaxError as error:
        raise error.locate(text) from None
    return node


def parse_unary_tests(text: str, scope: Scope, input_type: Type = ANY) -> Tests:
    """The tests of a cell; ``?`` is the input's value there."""
    variable = Variable("?", input_type)
    parser = Parser(text, Scope(scope, [variable]))
    try:
        tests = parser.unary_tests(Scope(scope, [variable]), variable)
        parser.end()
    except FeelSyntaxError as error:
        raise error.locate(text) from None
    return tests
