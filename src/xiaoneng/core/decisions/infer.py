"""The static type of a node, as far as it is known without evaluating; ``ANY`` otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DAYS_TIME,
    NULL,
    NUMBER,
    STRING,
    TIME,
    YEARS_MONTHS,
    FunctionType,
    ListType,
    RangeType,
    Type,
    base_of,
    context_of,
    element_type,
    function_of,
    list_of,
    member_type,
    range_of,
    type_conforms,
    value_type,
)

# (left, right) of an operator by base type names; symmetric ones are entered once
ARITHMETIC: Final[dict[str, dict[tuple[str, str], Type]]] = {
    "+": {
        ("number", "number"): NUMBER,
        ("string", "string"): STRING,
        ("days and time duration", "days and time duration"): DAYS_TIME,
        ("years and months duration", "years and months duration"): YEARS_MONTHS,
        ("date", "days and time duration"): DATE,
        ("days and time duration", "date"): DATE,
        ("date", "years and months duration"): DATE,
        ("years and months duration", "date"): DATE,
        ("date and time", "days and time duration"): DATE_TIME,
        ("days and time duration", "date and time"): DATE_TIME,
        ("date and time", "years and months duration"): DATE_TIME,
        ("years and months duration", "date and time"): DATE_TIME,
        ("time", "days and time duration"): TIME,
        ("days and time duration", "time"): TIME,
    },
    "-": {
        ("number", "number"): NUMBER,
        ("days and time duration", "days and time duration"): DAYS_TIME,
        ("years and months duration", "years and months duration"): YEARS_MONTHS,
        ("date", "date"): DAYS_TIME,
        ("date", "date and time"): DAYS_TIME,
        ("date and time", "date"): DAYS_TIME,
        ("date and time", "date and time"): DAYS_TIME,
        ("time", "time"): DAYS_TIME,
        ("date", "days and time duration"): DATE,
        ("date", "years and months duration"): DATE,
        ("date and time", "days and time duration"): DATE_TIME,
        ("date and time", "years and months duration"): DATE_TIME,
        ("time", "days and time duration"): TIME,
    },
    "*": {
        ("number", "number"): NUMBER,
        ("number", "days and time duration"): DAYS_TIME,
        ("days and time duration", "number"): DAYS_TIME,
        ("number", "years and months duration"): YEARS_MONTHS,
        ("years and months duration", "number"): YEARS_MONTHS,
    },
    "/": {
        ("number", "number"): NUMBER,
        ("days and time duration", "number"): DAYS_TIME,
        ("years and months duration", "number"): YEARS_MONTHS,
        ("days and time duration", "days and time duration"): NUMBER,
        ("years and months duration", "years and months duration"): NUMBER,
    },
    "**": {("number", "number"): NUMBER},
}


def type_of(node: s.Node) -> Type:
    """The type that every value of ``node`` has (null apart)."""
    rule = RULES.get(type(node))
    return rule(node) if rule is not None else ANY


def common_type(types: list[Type]) -> Type:
    """The type that all have in common."""
    known = [t for t in types if t is not NULL]
    if not known:
        return NULL if types else ANY
    widest = known[0]
    for other in known[1:]:
        if not type_conforms(other, widest):
            if not type_conforms(widest, other):
                return ANY
            widest = other
    return widest


def _literal(node: s.Literal) -> Type:
    return value_type(node.value)


def _name(node: s.Name) -> Type:
    if node.variable is not None and node.variable.value is None and not node.items:
        return node.variable.type
    for item in node.items:
        of = member_type(item.type, node.text)
        if of is not ANY:
            return of
    if (
        node.variable is not None
        and node.variable.value is None
        and all(base_of(i.type) is not ANY for i in node.items)
    ):
        return node.variable.type
    return ANY


def _filter(node: s.Filter) -> Type:
    of = type_of(node.condition)
    element = element_type(type_of(node.base))
    if base_of(of) is BOOLEAN:
        return list_of(element)
    return element if base_of(of) is NUMBER else ANY


def _call(node: s.Call) -> Type:
    function = node.function
    if isinstance(function, s.Name) and function.variable is not None and function.variable.value is not None:
        builtin: Any = function.variable.value
        result: Type = builtin.result
        return result
    of = base_of(type_of(function))
    return of.result if isinstance(of, FunctionType) else ANY


def _binary(node: s.Binary) -> Type:
    left, right = base_of(type_of(node.left)), base_of(type_of(node.right))
    return ARITHMETIC[node.op].get((left.name, right.name), ANY)


def _path(node: s.Path) -> Type:
    base = base_of(type_of(node.base))
    if isinstance(base, RangeType) and node.name in ("start", "end"):
        return base.of
    return member_type(base, node.name)


def _for(node: s.For) -> Type:
    return list_of(type_of(node.body))


def _if(node: s.If) -> Type:
    return common_type([type_of(node.then), type_of(node.otherwise)])


def _list(node: s.ListOf) -> Type:
    return list_of(common_type([type_of(item) for item in node.items]))


def _context(node: s.ContextOf) -> Type:
    if node.result is not None:
        return type_of(node.result)
    return context_of({name: variable.type for name, variable, _ in node.entries})


def _range(node: s.RangeOf) -> Type:
    return range_of(common_type([type_of(node.low), type_of(node.high)]))


def _function(node: s.FunctionOf) -> Type:
    result = node.result if node.result is not ANY else type_of(node.body)
    return function_of(tuple(p.type for p in node.parameters), result)


def _negate(node: s.Negate) -> Type:
    of = base_of(type_of(node.operand))
    return of if of in (NUMBER, DAYS_TIME, YEARS_MONTHS) else ANY


def _coerce(node: s.Coerce) -> Type:
    return node.type if node.type is not ANY else type_of(node.value)


def _table(node: s.Table) -> Type:
    return node.spec.type()


def _boolean(_: s.Node) -> Type:
    return BOOLEAN


RULES: Final[dict[type, Callable[[Any], Type]]] = {
    s.Literal: _literal,
    s.Name: _name,
    s.Path: _path,
    s.Filter: _filter,
    s.Call: _call,
    s.Binary: _binary,
    s.Negate: _negate,
    s.Compare: _boolean,
    s.Logic: _boolean,
    s.Between: _boolean,
    s.In: _boolean,
    s.InstanceOf: _boolean,
    s.Quantified: _boolean,
    s.For: _for,
    s.If: _if,
    s.ListOf: _list,
    s.ContextOf: _context,
    s.RangeOf: _range,
    s.UnaryRange: lambda node: range_of(type_of(node.end)),
    s.FunctionOf: _function,
    s.Coerce: _coerce,
    s.Table: _table,
}

__all__ = ["ARITHMETIC", "ListType", "common_type", "type_of"]
