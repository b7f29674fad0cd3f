"""The part of FEEL that compiles to SQL, for filters over stored data (DuckDB and Spark alike).

Comparisons of columns with constants or columns, ranges, lists, dates, ``and``/``or``/``not``, and FEEL's
logic of
null. Constants become parameters, never text. Everything else is refused by name with ``NotInSql``: the
condition then has to be evaluated row by row.

Null: ``=`` and ``!=`` are never null (null equals null), order comparisons with null are null,
``and``/``or``/``not`` are three-valued; SQL agrees once ``=`` is written IS NOT DISTINCT FROM.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.columns import constant_value
from xiaoneng.core.decisions.expression import root_scope
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.parser import parse_expression, parse_unary_tests
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    NULL,
    NUMBER,
    STRING,
    Type,
    base_of,
    show,
    value_type,
)
from xiaoneng.core.decisions.values import Date, DateTime, Range
from xiaoneng.core.errors import BadInput, Place

KINDS: Final = (NUMBER, STRING, BOOLEAN, DATE, DATE_TIME)
ORDERED: Final = (NUMBER, STRING, DATE, DATE_TIME)
NAMES_OF_NODES: Final[dict[type, str]] = {
    s.Call: "a function call",
    s.Path: "a path",
    s.Filter: "a filter",
    s.Binary: "arithmetic",
    s.Negate: "arithmetic",
    s.If: "if … then … else",
    s.For: "for … return",
    s.Quantified: "some/every … satisfies",
    s.ContextOf: "a context",
    s.FunctionOf: "a function",
    s.InstanceOf: "instance of",
    s.ListOf: "a list of expressions",
    s.RangeOf: "a range of expressions",
    s.UnaryRange: "a range of expressions",
}


class NotInSql(BadInput):
    """A FEEL text outside the part that compiles to SQL; ``construct`` names what is not in it."""

    code = "not_in_sql"

    def __init__(self, construct: str, at: int, **params: str) -> None:
        super().__init__(
            "not possible in a condition on stored data: " + construct,
            expected="comparisons, ranges, lists and dates, joined by and, or, not",
            place=Place(column=at + 1),
            **params,
        )
        self.construct, self.at = construct.format(**params), at


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean SQL expression with ``?`` for each parameter (Python values), and the names it uses."""

    sql: str
    parameters: tuple[Any, ...]
    names: tuple[str, ...]


@dataclass(slots=True)
class _Writer:
    text: str
    columns: Mapping[s.Variable, str]
    parameters: list[Any] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def refuse(self, construct: str, at: int, **params: str) -> NotInSql:
        return NotInSql(construct, at, **params)

    # conditions

    def condition(self, node: s.Node) -> str:
        known, value = constant_value(node)
        if known:
            if value is None:
                return "CAST(NULL AS BOOLEAN)"
            if isinstance(value, bool):
                return "TRUE" if value else "FALSE"
            raise self.refuse("{value} as a condition", node.at, value=show(value))
        if isinstance(node, s.Logic):
            return "(" + f" {node.op.upper()} ".join(self.condition(part) for part in node.parts) + ")"
        if isinstance(node, s.Compare):
            return self.compare(node.op, node.left, node.right, node.at)
        if isinstance(node, s.Between):
            low = self.compare(">=", node.value, node.low, node.at)
            return f"({low} AND {self.compare('<=', node.value, node.high, node.at)})"
        if isinstance(node, s.In):
            return self.any_of(node.value, node.tests)
        if isinstance(node, s.Name):
            if base_of(type_of(node)) is not BOOLEAN:
                raise self.refuse("{value} as a condition", node.at, value=node.text)
            return self.operand(node)[0]
        if isinstance(node, s.Call) and is_negation(node):
            return f"(NOT {self.condition(node.arguments[0])})"
        raise self.outside(node)

    def outside(self, node: s.Node) -> NotInSql:
        """The refusal of a node by its kind."""
        if isinstance(node, s.Call) and isinstance(node.function, s.Name):
            return self.refuse("the function {name}", node.at, name=node.function.text)
        return self.refuse(NAMES_OF_NODES.get(type(node), "this expression"), node.at)

    def any_of(self, value: s.Node, tests: tuple[s.Test, ...]) -> str:
        return "(" + " OR ".join(self.test(value, test) for test in tests) + ")"

    def test(self, value: s.Node, test: s.Test) -> str:
        """One unary test of a value."""
        if test.uses_input:
            raise self.refuse("?", test.at)
        if test.op is not None:
            return self.compare(test.op, value, test.value, test.at)
        known, constant = constant_value(test.value)
        if known and isinstance(constant, Range):
            return self.within(value, constant, test.at)
        if known and isinstance(constant, list):
            return self.listed(value, constant, test.at)
        return self.compare("=", value, test.value, test.at)

    def within(self, value: s.Node, of: Range, at: int) -> str:
        if of.op is not None:
            return self.compare(of.op, value, s.Literal(at, of.high if of.low is None else of.low), at)
        if of.low is None or of.high is None:
            raise self.refuse("a range with an open end", at)
        low = self.compare(">=" if of.low_included else ">", value, s.Literal(at, of.low), at)
        high = self.compare("<=" if of.high_included else "<", value, s.Literal(at, of.high), at)
        return f"({low} AND {high})"

    def listed(self, value: s.Node, items: list[Any], at: int) -> str:
        """In a list an item that cannot be compared is no match, where alone it would be null."""
        parts: list[str] = []
        of = self.type_of(value)
        for item in items:
            if isinstance(item, Range):
                parts.append(f"COALESCE({self.within(value, item, at)}, FALSE)")
            elif item is not None and value_type(item) is not of:
                continue
            else:
                parts.append(self.compare("=", value, s.Literal(at, item), at))
        return "(" + " OR ".join(parts) + ")" if parts else "FALSE"

    def type_of(self, node: s.Node) -> Type:
        """The type of an operand, without writing it; refuses what cannot be one."""
        known = len(self.parameters)
        _, of = self.operand(node)
        del self.parameters[known:]
        return of

    # comparisons

    def compare(self, operator: str, left: s.Node, right: s.Node, at: int) -> str:
        known = len(self.parameters)
        a, of_a = self.operand(left)
        b, of_b = self.operand(right)
        if NULL in (of_a, of_b) and operator not in ("=", "!="):
            # as in FEEL: nothing is known of an order with null
            del self.parameters[known:]
            return "CAST(NULL AS BOOLEAN)"
        if of_a is not of_b and NULL not in (of_a, of_b):
            raise self.refuse(
                "{left} {operator} {right}", at, left=str(of_a), operator=operator, right=str(of_b)
            )
        if operator in ("=", "!="):
            return f"({a} IS {'NOT ' if operator == '=' else ''}DISTINCT FROM {b})"
        if of_a not in ORDERED:
            raise self.refuse(
                "{left} {operator} {right}", at, left=str(of_a), operator=operator, right=str(of_b)
            )
        return f"({a} {operator} {b})"

    def operand(self, node: s.Node) -> tuple[str, Type]:
        """A column or a constant, with its type."""
        known, value = constant_value(node)
        if known:
            return self.constant(value, node.at)
        if isinstance(node, s.Name) and node.variable is not None and node.variable in self.columns:
            of = base_of(node.variable.type)
            if of not in KINDS:
                raise self.refuse("a value of the type {type}", node.at, type=str(of))
            if node.text not in self.names:
                self.names.append(node.text)
            sql = self.columns[node.variable]
            # FEEL compares times by the whole second
            return (f"date_trunc('second', {sql})" if of is DATE_TIME else sql), of
        if isinstance(node, s.Name):
            raise self.refuse("the unknown name {name}", node.at, name=node.text)
        if base_of(type_of(node)) is BOOLEAN:
            return self.condition(node), BOOLEAN
        raise self.outside(node)

    def constant(self, value: Any, at: int) -> tuple[str, Type]:
        of = value_type(value)
        if value is None:
            return "NULL", NULL
        if isinstance(value, bool):
            return ("TRUE" if value else "FALSE"), of
        if isinstance(value, (Decimal, str)):
            self.parameters.append(value)
            return "?", of
        try:
            if isinstance(value, Date):
                self.parameters.append(dt.date(value.year, value.month, value.day))
                return "CAST(? AS DATE)", of
            if isinstance(value, DateTime) and value.offset is None:
                d, t = value.date, value.time
                self.parameters.append(dt.datetime(d.year, d.month, d.day, t.hour, t.minute, t.second))  # noqa: DTZ001 # a wall clock, as stored
                return "CAST(? AS TIMESTAMP)", of
        except ValueError:
            raise self.refuse("the date {value}", at, value=str(value)) from None
        raise self.refuse("a value of the type {type}", at, type=str(of))


def is_negation(node: s.Call) -> bool:
    name = node.function
    return (
        isinstance(name, s.Name)
        and name.text == "not"
        and name.variable is not None
        and name.variable.value is not None
        and len(node.arguments) == 1
    )


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _scope(columns: Mapping[str, Type], sql: Mapping[str, str] | None) -> tuple[Scope, dict[s.Variable, str]]:
    variables = [s.Variable(name, of) for name, of in columns.items()]
    written = {v: (sql or {}).get(v.name, quoted(v.name)) for v in variables}
    return Scope(root_scope(), variables), written


def to_sql(text: str, columns: Mapping[str, Type], *, sql: Mapping[str, str] | None = None) -> Condition:
    """A FEEL condition as SQL over typed ``columns`` (number, string, boolean, date, date and time).

    ``sql`` says how a column is written where that is not its quoted name. Raises NotInSql, FeelSyntaxError.
    """
    scope, written = _scope(columns, sql)
    node = parse_expression(text, scope)
    writer = _Writer(text, written)
    return Condition(writer.condition(node), tuple(writer.parameters), tuple(writer.names))


def cell_to_sql(
    text: str, name: str, columns: Mapping[str, Type], *, sql: Mapping[str, str] | None = None
) -> Condition:
    """The unary tests of a cell on the column ``name`` as SQL. Raises NotInSql, FeelSyntaxError."""
    scope, written = _scope(columns, sql)
    variable = scope.find(name)
    assert variable is not None
    tests = parse_unary_tests(text, scope, columns[name])
    writer = _Writer(text, written)
    if not tests.tests:
        return Condition("TRUE", (), ())
    found = writer.any_of(s.Name(0, name, variable), tests.tests)
    return Condition(
        f"(NOT {found})" if tests.negated else found, tuple(writer.parameters), tuple(writer.names)
    )
