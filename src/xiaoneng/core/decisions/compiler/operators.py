"""Arithmetic, comparison, three-valued logic, and the choice by ``if``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import show


def compile_negate(node: s.Negate, level: Level) -> Code:
    """``-`` before an operand."""
    operand, at = compile_node(node.operand, level), node.at

    def negative(f: Frame) -> Any:
        try:
            return op.negate(operand(f))
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return negative


def compile_binary(node: s.Binary, level: Level) -> Code:
    """Arithmetic; two numbers take the short way."""
    at = node.at
    left, right = compile_node(node.left, level), compile_node(node.right, level)
    apply = op.APPLY[node.op]
    fast = op.FAST.get(node.op)

    def slow(f: Frame, a: Any, b: Any) -> Any:
        try:
            return apply(a, b)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    if fast is None:
        return lambda f: slow(f, left(f), right(f))
    quick = fast

    def binary(f: Frame) -> Any:
        a, b = left(f), right(f)
        if type(a) is Decimal and type(b) is Decimal:
            try:
                return quick(a, b)
            except ArithmeticError:
                return f[RUN].fault("number_range", at)
        return slow(f, a, b)

    return binary


def compile_compare(node: s.Compare, level: Level) -> Code:
    """A comparison; null with a fault where the operands cannot be compared."""
    at = node.at
    left, right = compile_node(node.left, level), compile_node(node.right, level)
    apply = op.COMPARE[node.op]

    def compare(f: Frame) -> Any:
        a, b = left(f), right(f)
        try:
            return apply(a, b)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return compare


def compile_logic(node: s.Logic, level: Level) -> Code:
    """``and`` and ``or``, three-valued: what is not boolean counts as unknown."""
    parts = [(compile_node(p, level), p.at) for p in node.parts]
    decides = node.op == "or"
    operator = node.op

    def logic(f: Frame) -> Any:
        result: bool | None = not decides
        for part, at in parts:
            value = part(f)
            if value is decides:
                return decides
            if value is not True and value is not False:
                if value is not None:
                    f[RUN].fault("operand_type", at, operator=operator, value=show(value))
                result = None
        return result

    return logic


def compile_between(node: s.Between, level: Level) -> Code:
    """``value >= low and value <= high``, three-valued."""
    at = node.at
    value, low, high = (compile_node(n, level) for n in (node.value, node.low, node.high))

    def compare(run: Run, apply: Callable[[Any, Any], bool], a: Any, b: Any) -> bool | None:
        try:
            return apply(a, b)
        except Null as null:
            run.fault(null.code, at, **null.params)
            return None

    def between(f: Frame) -> Any:
        v = value(f)
        above = compare(f[RUN], op.greater_equal, v, low(f))
        below = compare(f[RUN], op.less_equal, v, high(f))
        if above is False or below is False:
            return False
        return True if above and below else None

    return between


def compile_if(node: s.If, level: Level) -> Code:
    """One of two branches; anything but true takes the second."""
    condition, then, otherwise = (compile_node(n, level) for n in (node.condition, node.then, node.otherwise))
    at, boxed = node.at, node.boxed

    def choose(f: Frame) -> Any:
        answer = condition(f)
        if answer is True:
            return then(f)
        if answer is not False and answer is not None:
            f[RUN].fault("not_boolean", at, value=show(answer))
            if boxed:
                return None
        return otherwise(f)

    return choose
