"""Lists, contexts, ranges, declared types, tables."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.types import ANY, coerce
from xiaoneng.core.decisions.values import Function, unary_range


def constant(node: s.Node) -> bool:
    """Whether the node is a literal."""
    return type(node) is s.Literal


def compile_list(node: s.ListOf, level: Level) -> Code:
    """A list, fresh each time."""
    items = [compile_node(item, level) for item in node.items]
    if all(map(constant, node.items)):
        values = [item.value for item in node.items if isinstance(item, s.Literal)]
        return lambda f: values[:]
    return lambda f: [item(f) for item in items]


def compile_context(node: s.ContextOf, level: Level) -> Code:
    """A context; later entries see the earlier ones."""
    entries: list[tuple[str, int, Code, bool]] = []
    for name, variable, value in node.entries:
        inner = value.value if isinstance(value, s.Coerce) else value
        own = isinstance(inner, s.FunctionOf)
        slot = level.slot(variable)
        entries.append((name, slot, compile_node(value, level), own))
    result = compile_node(node.result, level) if node.result is not None else None

    def context(f: Frame) -> Any:
        values: dict[str, Any] = {}
        for name, slot, code, own in entries:
            value = values[name] = f[slot] = code(f)
            if own and type(value) is Function:
                # the function's own entry is in its scope: it may call itself
                value.frame[slot] = value
        return result(f) if result is not None else values

    return context


def compile_range(node: s.RangeOf, level: Level) -> Code:
    """A range between two ends; made once where both are literals."""
    at, low_included, high_included = node.at, node.low_included, node.high_included
    low, high = compile_node(node.low, level), compile_node(node.high, level)
    if constant(node.low) and constant(node.high):
        try:
            value = op.make_range(low_included, low([]), high([]), high_included)
        except Null as null:
            code, params = null.code, null.params
            return lambda f: f[RUN].fault(code, at, **params)
        return lambda f: value

    def ranged(f: Frame) -> Any:
        try:
            return op.make_range(low_included, low(f), high(f), high_included)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return ranged


def compile_unary_range(node: s.UnaryRange, level: Level) -> Code:
    """A range by one end."""
    end, operator = compile_node(node.end, level), node.op
    return lambda f: unary_range(operator, end(f))


def compile_coerce(node: s.Coerce, level: Level) -> Code:
    """A value made to fit a declared type (DMN 1.5, 10.3.2.9.4)."""
    value, of, at = compile_node(node.value, level), node.type, node.at
    if of is ANY:
        return value

    def coerced(f: Frame) -> Any:
        given = value(f)
        try:
            return coerce(given, of)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return coerced


def compile_table(node: s.Table, level: Level) -> Code:
    """A decision table compiles itself."""
    return node.spec.compile(level)
