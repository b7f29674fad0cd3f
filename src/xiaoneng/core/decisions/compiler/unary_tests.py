"""Unary tests, ``in`` and ``instance of``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.types import conforms


def compile_test(test: s.Test, level: Level) -> Callable[[Frame, Any], Any]:
    """A test as a function of frame and input: true, false, or null."""
    at, uses_input = test.at, test.uses_input
    value = compile_node(test.value, level)
    if test.op is not None:
        apply = op.COMPARE[test.op]

        def by_operator(f: Frame, given: Any) -> Any:
            try:
                return apply(given, value(f))
            except Null as null:
                return f[RUN].fault(null.code, at, **null.params)

        return by_operator

    def by_value(f: Frame, given: Any) -> Any:
        wanted = value(f)
        if uses_input and (wanted is True or wanted is False):
            return wanted
        if wanted is True and given is not None and type(given) is not bool:
            # a condition that does not speak of the input, such as a function that answers for it
            return True
        try:
            return op.matches(given, wanted)
        except Null as null:
            return f[RUN].fault(null.code, at, **null.params)

    return by_value


def compile_in(node: s.In, level: Level) -> Code:
    """Whether any of the tests is satisfied; null where none is and one is unknown."""
    value = compile_node(node.value, level)
    tests = [compile_test(t, level) for t in node.tests]
    if len(tests) == 1:
        only = tests[0]
        return lambda f: only(f, value(f))

    def any_test(f: Frame) -> Any:
        given = value(f)
        result: bool | None = False
        for test in tests:
            answer = test(f, given)
            if answer is True:
                return True
            if answer is None:
                result = None
        return result

    return any_test


def compile_instance_of(node: s.InstanceOf, level: Level) -> Code:
    """Whether a value is of a type, by kind alone."""
    value, of = compile_node(node.value, level), node.type

    def instance(f: Frame) -> Any:
        given = value(f)
        return given is not None and conforms(given, of, constraints=False)

    return instance
