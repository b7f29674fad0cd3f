"""How built-in functions are declared and called: names, parameters, conversion of arguments.

    @builtin("substring", "string: string", "start position: number", "length?: number", result=STRING)
    def _(run, text, start, length=None): ...

``name?`` may be left out, ``name*`` takes all remaining arguments as a list. A kind that ends in ``?``
accepts null.
A list of one item stands for the item where no list is wanted, and a single value for a list of it (DMN
10.3.2.9.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import ANY, Type, is_function, show
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Range, Time, YearsMonths

CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "date or date and time": (Date, DateTime),
    "days and time duration": (DaysTime,),
    "years and months duration": (YearsMonths,),
    "duration": (DaysTime, YearsMonths),
    "range": (Range,),
    "context": (dict,),
    "point or range": (Decimal, str, Date, DateTime, Time, DaysTime, YearsMonths, Range),
    "point": (Decimal, str, Date, DateTime, Time, DaysTime, YearsMonths),
}


class Mismatch(Exception):  # one overload does not fit; the next is tried
    """An argument that an overload does not take."""

    def __init__(self, parameter: str, expected: str, value: Any) -> None:
        super().__init__(parameter)
        self.parameter, self.expected, self.value = parameter, expected, value


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    optional: bool
    variadic: bool
    nullable: bool

    def convert(self, value: Any) -> Any:
        """The argument as this parameter wants it; raises Mismatch."""
        kind = self.kind
        if kind == "any":
            return value
        if value is None:
            if self.nullable:
                return None
            raise Mismatch(self.name, kind, value)
        if kind == "list":
            return value if type(value) is list else [value]
        if kind == "function":
            if is_function(value):
                return value
            raise Mismatch(self.name, kind, value)
        classes = CLASSES[kind]
        if type(value) in classes:
            return value
        if type(value) is list and len(value) == 1 and type(value[0]) in classes:
            return value[0]
        raise Mismatch(self.name, kind, value)


def parameter(text: str) -> Parameter:
    name, _, kind = text.partition(":")
    name, kind = name.strip(), kind.strip()
    return Parameter(
        name.rstrip("?*"), kind.rstrip("?"), name.endswith("?"), name.endswith("*"), kind.endswith("?")
    )


@dataclass(frozen=True, slots=True)
class Overload:
    parameters: tuple[Parameter, ...]
    run: Callable[..., Any]
    required: int
    most: float

    def bind(self, arguments: list[Any]) -> list[Any]:
        """Converted positional arguments; raises Mismatch."""
        converted: list[Any] = []
        for index, wanted in enumerate(self.parameters):
            if wanted.variadic:
                converted.append([wanted.convert(a) for a in arguments[index:]])
                break
            if index >= len(arguments):
                break
            converted.append(wanted.convert(arguments[index]))
        return converted


class Builtin:
    """A built-in function with its overloads, in the order in which they are tried."""

    __slots__ = ("name", "overloads", "result")

    def __init__(self, name: str, result: Type) -> None:
        self.name, self.result = name, result
        self.overloads: list[Overload] = []

    def call(self, run: Run, arguments: list[Any]) -> Any:
        """Raises Null when no overload takes the arguments."""
        count = len(arguments)
        failed: Mismatch | None = None
        for overload in self.overloads:
            if overload.required <= count <= overload.most:
                try:
                    bound = overload.bind(arguments)
                except Mismatch as mismatch:
                    failed = failed or mismatch
                    continue
                return overload.run(run, *bound)
        raise self.misfit(failed, count)

    def misfit(self, failed: Mismatch | None, count: int) -> Null:
        if failed is not None:
            return Null(
                "argument_type",
                parameter=failed.parameter,
                function=self.name,
                expected=failed.expected,
                value=show(failed.value),
            )
        return Null("argument_count", function=self.name, expected=self.counts(), found=count)

    def counts(self) -> str:
        texts = []
        for o in self.overloads:
            most = "…" if o.most == float("inf") else str(int(o.most))
            texts.append(str(o.required) if o.required == o.most else f"{o.required}–{most}")
        return ", ".join(dict.fromkeys(texts))

    def call_named(self, run: Run, names: tuple[str, ...], arguments: list[Any]) -> Any:
        """Raises Null when no overload has the names or takes the arguments."""
        given = dict(zip(names, arguments, strict=True))
        failed: Mismatch | None = None
        if len(given) == len(names):
            for overload in self.overloads:
                own = {p.name for p in overload.parameters}
                needed = {p.name for p in overload.parameters if not p.optional}
                if not (needed <= given.keys() <= own):
                    continue
                try:
                    bound: dict[int, Any] = {}
                    for index, p in enumerate(overload.parameters):
                        if p.name in given:
                            value = given[p.name]
                            bound[index] = (
                                ([p.convert(v) for v in value] if type(value) is list else [p.convert(value)])
                                if p.variadic
                                else p.convert(value)
                            )
                except Mismatch as mismatch:
                    failed = failed or mismatch
                    continue
                if len(bound) == max(bound, default=-1) + 1:
                    return overload.run(run, *bound.values())
                filled = [bound.get(i) for i in range(max(bound) + 1)]
                return overload.run(run, *filled)
        if failed is not None:
            raise self.misfit(failed, len(names))
        known = {p.name for o in self.overloads for p in o.parameters}
        strange = next((n for n in names if n not in known), None)
        if strange is not None:
            raise Null("argument_name", function=self.name, name=strange)
        raise Null("argument_count", function=self.name, expected=self.counts(), found=len(names))


BUILTINS: Final[dict[str, Builtin]] = {}


def builtin(
    name: str, *parameters: str, result: Type = ANY
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function, or a further overload of it."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        own = tuple(parameter(p) for p in parameters)
        variadic = any(p.variadic for p in own)
        required = sum(not p.optional for p in own)
        known = BUILTINS.setdefault(name, Builtin(name, result))
        if known.result is not result:
            known.result = ANY
        known.overloads.append(Overload(own, function, required, float("inf") if variadic else len(own)))
        return function

    return register
