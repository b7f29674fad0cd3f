"""Literals, names and paths."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.faults import Null


def compile_literal(node: s.Literal, level: Level) -> Code:
    """The value itself."""
    value = node.value
    return lambda f: value


def compile_bad(node: s.Bad, level: Level) -> Code:
    """A text that was read but can only fail: null with its fault."""
    at, code, params = node.at, node.code, node.params
    return lambda f: f[RUN].fault(code, at, **params)


def _variable(variable: s.Variable, level: Level) -> Code | None:
    if variable.value is not None:
        value = variable.value
        return lambda f: value
    found = level.locate(variable)
    if found is None:
        return None
    depth, slot = found
    if depth == 0:
        return lambda f: f[slot]
    if depth == 1:
        return lambda f: f[0][slot]

    def outer(f: Frame) -> Any:
        for _ in range(depth):
            f = f[0]
        return f[slot]

    return outer


def compile_name(node: s.Name, level: Level) -> Code:
    """A variable, or the entry of that name of an item that is being filtered."""
    at, text = node.at, node.text
    plain = _variable(node.variable, level) if node.variable is not None else None
    if plain is None:

        def plain(f: Frame) -> Any:
            return f[RUN].fault("unknown_name", at, name=text)

    if not node.items:
        return plain
    static = plain
    items = [code for code in (_variable(item, level) for item in node.items) if code is not None]
    unknown = node.variable is None

    def dynamic(f: Frame) -> Any:
        context = False
        for item in items:
            value = item(f)
            if type(value) is dict:
                context = True
                if text in value:
                    return value[text]
            elif unknown and (found := op.TEMPORAL_PROPERTIES.get((type(value), text))) is not None:
                return found(value)
        # an item without that entry: null, as a path into it would be
        return None if context and unknown else static(f)

    return dynamic


def compile_path(node: s.Path, level: Level) -> Code:
    """The member of a value; null with a fault where it has none."""
    base, name, at = compile_node(node.base, level), node.name, node.at

    def path(f: Frame) -> Any:
        value = base(f)
        if type(value) is dict and name in value:
            return value[name]
        try:
            return op.member(value, name)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return path
