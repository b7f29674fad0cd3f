"""One evaluation: its faults, its budget of work, its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from xiaoneng.core.decisions.faults import Fault, Null, Stop
from xiaoneng.core.decisions.types import ANY, coerce, show
from xiaoneng.core.decisions.values import DateTime, Function

FAULTS_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What one evaluation may use. A step is a pass of a loop, a call, or an item of a list that is
    produced."""

    steps: int = 1_000_000
    depth: int = 100
    text: int = 1_000_000
    pattern_seconds: float = 0.25


LIMITS: Final = Limits()


class Run:
    """The state of one evaluation; ``clock`` gives the time of ``now()`` and ``today()``, None where there
    is none."""

    __slots__ = ("clock", "depth", "faults", "limits", "refused", "steps", "trace", "where")

    def __init__(self, clock: Callable[[], DateTime] | None = None, limits: Limits = LIMITS) -> None:
        self.clock = clock
        self.limits = limits
        self.steps = limits.steps
        self.depth = 0
        self.faults: list[Fault] = []
        self.trace: Any = None
        self.where: str | None = None
        self.refused: set[Any] = set()

    def fault(self, code: str, at: int | None = None, /, **params: Any) -> Any:
        """Record why the value here is null; gives that null."""
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(Fault(code, params, at, self.where))
        return None

    def spend(self, steps: int) -> None:
        """Charge work before doing it."""
        self.steps -= steps
        if self.steps < 0:
            raise Stop("budget", limit=self.limits.steps)

    def invoke(self, function: Any, arguments: list[Any], at: int | None = None) -> Any:
        """Call a FEEL function or a built-in one; what goes wrong gives null and a fault."""
        if type(function) is Function:
            if len(arguments) != len(function.parameters):
                return self.fault(
                    "argument_count",
                    at,
                    function=function.name or "function",
                    expected=len(function.parameters),
                    found=len(arguments),
                )
            self.spend(1)
            self.depth += 1
            if self.depth > self.limits.depth:
                raise Stop("too_deep", limit=self.limits.depth)
            try:
                for index, of in enumerate(function.types):
                    if of is not ANY:
                        arguments[index] = coerce(arguments[index], of)
            except Null as null:
                self.depth -= 1
                return self.fault(null.code, at, **null.params)
            frame = [function.frame, self, *arguments]
            if len(frame) < function.size:
                frame += [None] * (function.size - len(frame))
            came_from = self.where
            if function.home is not None:
                self.where = function.home
            value = function.body(frame)
            self.where = came_from
            self.depth -= 1
            if function.result is not ANY and value is not None:
                try:
                    value = coerce(value, function.result)
                except Null as null:
                    return self.fault(null.code, at, **null.params)
            return value
        if hasattr(function, "overloads"):
            try:
                return function.call(self, arguments)
            except Null as null:
                return self.fault(null.code, at, **null.params)
            except (ArithmeticError, ValueError):
                return self.fault("number_range", at)
        return self.fault("not_function", at, value=show(function))


def arrange(run: Run, function: Any, names: tuple[str, ...], arguments: list[Any], at: int) -> Any:
    """Call with named arguments."""
    if type(function) is Function:
        given = dict(zip(names, arguments, strict=True))
        for name in names:
            if name not in function.parameters:
                return run.fault("argument_name", at, function=function.name or "function", name=name)
        for name in function.parameters:
            if name not in given:
                return run.fault("argument_missing", at, function=function.name or "function", name=name)
        return run.invoke(function, [given[name] for name in function.parameters], at)
    if hasattr(function, "overloads"):
        try:
            return function.call_named(run, names, arguments)
        except Null as null:
            return run.fault(null.code, at, **null.params)
        except (ArithmeticError, ValueError):
            return run.fault("number_range", at)
    return run.fault("not_function", at, value=show(function))
