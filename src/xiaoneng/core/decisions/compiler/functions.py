"""Invocations, and functions as values."""

from __future__ import annotations

from typing import Any

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.builtins import BUILTINS
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run, arrange
from xiaoneng.core.decisions.types import is_function
from xiaoneng.core.decisions.values import Function


def compile_call(node: s.Call, level: Level) -> Code:
    """A built-in function called directly, else whatever value stands there."""
    at, names = node.at, node.names
    arguments = [compile_node(a, level) for a in node.arguments]
    fallback: Any = None
    function: Code
    target = node.function
    if (
        isinstance(target, s.Name)
        and target.variable is not None
        and target.variable.value is not None
        and not target.items
    ):
        builtin = target.variable.value
        if names is None:
            return _builtin_call(builtin, arguments, at)
        return lambda f: arrange(f[RUN], builtin, names, [a(f) for a in arguments], at)
    function = compile_node(target, level)
    if isinstance(target, s.Name):
        # a value may have the name of a built-in function and hide it; a call still means the function
        fallback = BUILTINS.get(target.text)

    def call(f: Frame) -> Any:
        run: Run = f[RUN]
        known = len(run.faults)
        called = function(f)
        if fallback is not None and not is_function(called):
            del run.faults[known:]
            called = fallback
        values = [a(f) for a in arguments]
        if called is None:
            return run.fault("not_function", at, value="null") if len(run.faults) == known else None
        if names is not None:
            return arrange(run, called, names, values, at)
        return run.invoke(called, values, at)

    return call


def _builtin_call(builtin: Any, arguments: list[Code], at: int) -> Code:
    call = builtin.call

    def invoke(f: Frame) -> Any:
        try:
            return call(f[RUN], [a(f) for a in arguments])
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)
        except (ArithmeticError, ValueError):
            return f[RUN].fault("number_range", at)

    return invoke


def compile_function(node: s.FunctionOf, level: Level) -> Code:
    """A function as a value, with the frame in which it was written."""
    inner = Level(level)
    for parameter in node.parameters:
        inner.slot(parameter)
    body = compile_node(node.body, inner)
    names = tuple(p.name for p in node.parameters)
    types = tuple(p.type for p in node.parameters)
    result, name = node.result, node.name
    # the frame is copied: loops go on changing theirs
    return lambda f: Function(name, names, types, result, body, f[:], inner.size)
