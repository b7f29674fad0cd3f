"""Single FEEL texts: an expression, or the unary tests of a cell, compiled once and evaluated often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from xiaoneng.core.decisions import syntax
from xiaoneng.core.decisions.builtins import BUILTINS
from xiaoneng.core.decisions.compiler import Code, Frame, Level, compile_node, compile_test
from xiaoneng.core.decisions.convert import from_python
from xiaoneng.core.decisions.faults import MESSAGES, Fault, FeelTooLarge, Stop
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.parser import NESTING_LIMIT, parse_expression, parse_unary_tests
from xiaoneng.core.decisions.runtime import LIMITS, Limits, Run
from xiaoneng.core.decisions.scope import NameTable, Scope
from xiaoneng.core.decisions.types import ANY, SIMPLE, Type
from xiaoneng.core.decisions.values import DateTime

Names = Mapping[str, Type] | Iterable[str]
Clock = Callable[[], Any] | Any
"""The time of ``now()`` and ``today()``: a datetime with offset, a DateTime, or a function that gives one."""


@dataclass(frozen=True, slots=True)
class Result:
    """A value and the faults on the way to it. A null with a fault is an error, a null without is an
    answer."""

    value: Any
    errors: tuple[Fault, ...] = ()


@cache
def root_scope() -> Scope:
    """The built-in functions."""
    variables = [syntax.Variable(name, SIMPLE["function"], function) for name, function in BUILTINS.items()]
    return Scope(variables=variables, types=SIMPLE.get)


def clock_of(clock: Clock) -> Callable[[], DateTime] | None:
    """The argument as a function that gives a FEEL date and time; the same moment during one evaluation."""
    if clock is None:
        return None

    def moment() -> DateTime:
        value = from_python(clock() if callable(clock) else clock)
        if not isinstance(value, DateTime):
            raise TypeError("a clock gives a date and time")
        return value

    return cache(moment)


def guarded(run: Run, work: Callable[[], Any]) -> Any:
    """Do the work of an evaluation; a used-up budget ends it with null and a fault."""
    try:
        return work()
    except Stop as stop:
        run.fault(stop.code, None, **stop.params)
    except RecursionError:
        run.fault("too_deep", None, limit=run.limits.depth)
    return None


class Expression:
    """A compiled expression. ``names`` are the variables it uses, ``type`` what it is known to give."""

    def __init__(
        self, text: str, node: syntax.Node, level: Level, code: Code, used: tuple[syntax.Variable, ...]
    ) -> None:
        self.text, self.node = text, node
        self.names = tuple(variable.name for variable in used)
        self.type = type_of(node)
        self._level, self._code = level, code
        self._slots = tuple((variable.name, level.slots[variable]) for variable in used)

    def evaluate(
        self, inputs: Mapping[str, Any] | None = None, *, clock: Clock = None, limits: Limits = LIMITS
    ) -> Result:
        """The value with these inputs (Python or FEEL values by name). Raises BadInput for values without
        counterpart."""
        run = Run(clock_of(clock), limits)
        value = guarded(run, lambda: self._code(self._frame(run, inputs or {})))
        return Result(value, tuple(run.faults))

    def _frame(self, run: Run, inputs: Mapping[str, Any]) -> Frame:
        frame = self._level.frame(run)
        for name, slot in self._slots:
            if name in inputs:
                frame[slot] = from_python(inputs[name])
            else:
                run.fault("missing_input", None, name=name)
        return frame


class UnaryTests:
    """Compiled unary tests: whether an input's value satisfies them."""

    def __init__(
        self,
        tests: syntax.Tests,
        level: Level,
        codes: list[Callable[[Frame, Any], Any]],
        used: tuple[syntax.Variable, ...],
    ) -> None:
        self.text = tests.text
        self.node = tests
        self.names = tuple(variable.name for variable in used)
        self._level, self._codes = level, codes
        self._slots = tuple((variable.name, level.slots[variable]) for variable in used)

    def evaluate(
        self,
        value: Any,
        inputs: Mapping[str, Any] | None = None,
        *,
        clock: Clock = None,
        limits: Limits = LIMITS,
    ) -> Result:
        """True, false, or null where a test could not be decided and none is satisfied."""
        run = Run(clock_of(clock), limits)

        def work() -> Any:
            frame = self._level.frame(run)
            for name, slot in self._slots:
                if inputs is not None and name in inputs:
                    frame[slot] = from_python(inputs[name])
                else:
                    run.fault("missing_input", None, name=name)
            given = from_python(value)
            frame[self._level.slots[self.node.input]] = given
            if not self._codes:
                return True
            answers = [code(frame, given) for code in self._codes]
            found = True if True in answers else (None if None in answers else False)
            return found if found is None or not self.node.negated else not found

        return Result(guarded(run, work), tuple(run.faults))


def _scope(names: Names, members: Iterable[str]) -> tuple[Scope, list[syntax.Variable]]:
    typed = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, ANY)
    variables = [syntax.Variable(name, of) for name, of in typed.items()]
    return Scope(root_scope(), variables, members=NameTable(members)), variables


def compile_expression(text: str, names: Names = (), *, members: Iterable[str] = ()) -> Expression:
    """Compile ``text``, which may use ``names`` (with their types, where known). ``members`` are names of
    entries with unusual signs that may occur in untyped values. Raises FeelSyntaxError or FeelTooLarge."""
    scope, variables = _scope(names, members)
    node = parse_expression(text, scope)
    level = Level()
    used = tuple(v for v in variables if _uses(node, v))
    for variable in used:
        level.slot(variable)
    try:
        return Expression(text, node, level, compile_node(node, level), used)
    except RecursionError:
        raise FeelTooLarge(MESSAGES["nesting"], limit=NESTING_LIMIT) from None


def compile_unary_tests(
    text: str, names: Names = (), *, input_type: Type = ANY, members: Iterable[str] = ()
) -> UnaryTests:
    """Compile the unary tests of a cell, in which ``?`` is the input's value. Raises as
    ``compile_expression``."""
    scope, variables = _scope(names, members)
    tests = parse_unary_tests(text, scope, input_type)
    level = Level()
    used = tuple(v for v in variables if any(_uses(t.value, v) for t in tests.tests))
    for variable in (*used, tests.input):
        level.slot(variable)
    codes = [compile_test(test, level) for test in tests.tests]
    return UnaryTests(tests, level, codes, used)


def _uses(node: Any, variable: syntax.Variable) -> bool:
    return any(name.variable is variable for name in syntax.names_in(node))
