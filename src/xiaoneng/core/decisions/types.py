"""Types of FEEL values: what a value is, whether it conforms, how it is coerced (DMN 1.5, 10.3.2.9).

An item definition of a model becomes a ``Named`` type with its base and its allowed values. ``ANY`` stands
for everything that is not known before evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xiaoneng.core.decisions import decimals
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.values import Date, DateTime, DaysTime, Function, Range, Time, YearsMonths


@dataclass(frozen=True, slots=True)
class Type:
    """A simple type by its FEEL name, or the base of the others."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(Type):
    of: Type = Type("Any")

    def __str__(self) -> str:
        return f"list<{self.of}>"


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    of: Type = Type("Any")

    def __str__(self) -> str:
        return f"range<{self.of}>"


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    """``fields`` by name; a value may always have more entries than its type names."""

    fields: tuple[tuple[str, Type], ...] = ()

    def __str__(self) -> str:
        return "context<" + ", ".join(f"{name}: {of}" for name, of in self.fields) + ">"

    def field(self, name: str) -> Type | None:
        return next((of for key, of in self.fields if key == name), None)


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    parameters: tuple[Type, ...] = ()
    result: Type = Type("Any")

    def __str__(self) -> str:
        return "function<" + ", ".join(map(str, self.parameters)) + f"> -> {self.result}"


@dataclass(frozen=True, slots=True, eq=False)
class Named(Type):
    """An item definition. ``allowed`` tests a single item's value; ``allowed_text`` is its FEEL text."""

    base: Type = Type("Any")
    allowed: Callable[[Any], bool] | None = None
    allowed_text: str | None = None
    collection: bool = False

    def __str__(self) -> str:
        return self.name


ANY: Final = Type("Any")
NULL: Final = Type("Null")
NUMBER: Final = Type("number")
STRING: Final = Type("string")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")
TIME: Final = Type("time")
DATE_TIME: Final = Type("date and time")
DAYS_TIME: Final = Type("days and time duration")
YEARS_MONTHS: Final = Type("years and months duration")
CONTEXT: Final = Type("context")
LIST: Final = ListType("list")
FUNCTION: Final = Type("function")
RANGE: Final = RangeType("range")

SIMPLE: Final[dict[str, Type]] = {
    t.name: t
    for t in (
        ANY,
        NULL,
        NUMBER,
        STRING,
        BOOLEAN,
        DATE,
        TIME,
        DATE_TIME,
        DAYS_TIME,
        YEARS_MONTHS,
        CONTEXT,
        FUNCTION,
    )
} | {
    "any": ANY,
    "dateTime": DATE_TIME,
    "dayTimeDuration": DAYS_TIME,
    "yearMonthDuration": YEARS_MONTHS,
    "list": LIST,
    "range": RANGE,
}

OF_CLASS: Final[dict[type, Type]] = {
    Decimal: NUMBER,
    str: STRING,
    bool: BOOLEAN,
    Date: DATE,
    Time: TIME,
    DateTime: DATE_TIME,
    DaysTime: DAYS_TIME,
    YearsMonths: YEARS_MONTHS,
    dict: CONTEXT,
    list: LIST,
    Range: RANGE,
    type(None): NULL,
}
CLASS_OF: Final[dict[str, type]] = {t.name: c for c, t in OF_CLASS.items() if type(t) is Type}


def list_of(of: Type) -> ListType:
    return ListType("list", of)


def range_of(of: Type) -> RangeType:
    return RangeType("range", of)


def context_of(fields: Mapping[str, Type]) -> ContextType:
    return ContextType("context", tuple(fields.items()))


def function_of(parameters: tuple[Type, ...], result: Type) -> FunctionType:
    return FunctionType("function", parameters, result)


def value_type(value: Any) -> Type:
    """The simple type of a value."""
    return OF_CLASS.get(type(value), FUNCTION)


def deep_type(value: Any) -> Type:
    """The type of a value with the types of its entries."""
    if isinstance(value, dict):
        return context_of({name: deep_type(item) for name, item in value.items()})
    if isinstance(value, list):
        types = [deep_type(item) for item in value[:20]]
        return list_of(types[0] if types and all(t == types[0] for t in types) else ANY)
    return value_type(value) if value is not None else ANY


def base_of(of: Type) -> Type:
    """The type behind item definitions."""
    while isinstance(of, Named):
        of = of.base
    return of


def element_type(of: Type) -> Type:
    """What one goes through in a list; anything else counts as a list of itself."""
    base = base_of(of)
    if isinstance(base, (ListType, RangeType)):
        return base.of
    return of


def member_type(of: Type, name: str) -> Type:
    """The type of ``value.name``; through a list it is a list."""
    base = base_of(of)
    if isinstance(base, ContextType):
        return base.field(name) or ANY
    if isinstance(base, ListType):
        inner = member_type(base.of, name)
        return ANY if inner is ANY else list_of(inner)
    return PROPERTIES.get(base.name, {}).get(name, ANY)


def member_names(of: Type) -> list[str]:
    """The names that may follow a dot, as far as they are known."""
    base = base_of(of)
    if isinstance(base, ContextType):
        return [name for name, _ in base.fields]
    if isinstance(base, ListType):
        return member_names(base.of)
    return list(PROPERTIES.get(base.name, {}))


DAY_PROPERTIES: Final = {"year": NUMBER, "month": NUMBER, "day": NUMBER, "weekday": NUMBER}
CLOCK_PROPERTIES: Final = {
    "hour": NUMBER,
    "minute": NUMBER,
    "second": NUMBER,
    "time offset": DAYS_TIME,
    "timezone": STRING,
}
PROPERTIES: Final[dict[str, dict[str, Type]]] = {
    "date": DAY_PROPERTIES,
    "time": CLOCK_PROPERTIES,
    "date and time": DAY_PROPERTIES | CLOCK_PROPERTIES,
    "days and time duration": {"days": NUMBER, "hours": NUMBER, "minutes": NUMBER, "seconds": NUMBER},
    "years and months duration": {"years": NUMBER, "months": NUMBER},
    "range": {"start": ANY, "end": ANY, "start included": BOOLEAN, "end included": BOOLEAN},
}


def conforms(value: Any, to: Type, *, constraints: bool = True) -> bool:
    """Whether ``value`` belongs to the type; null belongs to every type."""
    if value is None or to is ANY:
        return True
    if isinstance(to, Named):
        if not conforms(value, to.base, constraints=constraints):
            return False
        if to.allowed is None or not constraints:
            return True
        return all(map(to.allowed, value)) if to.collection and type(value) is list else to.allowed(value)
    if isinstance(to, ListType):
        return type(value) is list and all(conforms(item, to.of, constraints=constraints) for item in value)
    if isinstance(to, ContextType):
        return type(value) is dict and all(
            name in value and conforms(value[name], of, constraints=constraints) for name, of in to.fields
        )
    if isinstance(to, RangeType):
        return (
            type(value) is Range
            and conforms(value.low, to.of, constraints=constraints)
            and conforms(value.high, to.of, constraints=constraints)
        )
    if isinstance(to, FunctionType) or to is FUNCTION:
        return is_function(value) and function_conforms(value, to)
    return type(value) is CLASS_OF.get(to.name)


def is_function(value: Any) -> bool:
    return isinstance(value, Function) or hasattr(value, "overloads")


def function_conforms(value: Any, to: Type) -> bool:
    """Parameters contravariant, result covariant; what is not declared is ``Any`` and fits."""
    if not isinstance(to, FunctionType) or not isinstance(value, Function):
        return not isinstance(to, FunctionType) or to.parameters == ()
    if len(value.parameters) != len(to.parameters):
        return False
    declared = zip(value.types, to.parameters, strict=True)
    return all(type_conforms(given, own) for own, given in declared) and type_conforms(
        value.result, to.result
    )


def type_conforms(sub: Type, to: Type) -> bool:
    """Whether every value of ``sub`` belongs to ``to`` (item definitions by their base)."""
    sub, to = base_of(sub), base_of(to)
    if to is ANY or sub is NULL or sub == to:
        return True
    if isinstance(sub, (ListType, RangeType)) and type(sub) is type(to):
        assert isinstance(to, (ListType, RangeType))
        return type_conforms(sub.of, to.of)
    if isinstance(sub, ContextType) and isinstance(to, ContextType):
        return all((own := sub.field(name)) is not None and type_conforms(own, of) for name, of in to.fields)
    if isinstance(sub, ContextType) and to is CONTEXT:
        return True
    if isinstance(sub, FunctionType) and isinstance(to, FunctionType):
        return (
            len(sub.parameters) == len(to.parameters)
            and all(type_conforms(b, a) for a, b in zip(sub.parameters, to.parameters, strict=True))
            and type_conforms(sub.result, to.result)
        )
    return isinstance(sub, FunctionType) and to is FUNCTION


def may_conform(sub: Type, to: Type) -> bool:
    """Whether some value of ``sub`` belongs to ``to``: what is not known counts as fitting."""
    sub, to = base_of(sub), base_of(to)
    if sub in (ANY, NULL) or to in (ANY, NULL) or sub == to:
        return True
    if isinstance(sub, (ListType, RangeType)) and isinstance(to, (ListType, RangeType)):
        return type(sub) is type(to) and may_conform(sub.of, to.of)
    if isinstance(sub, ContextType) and isinstance(to, ContextType):
        return all((own := sub.field(name)) is not None and may_conform(own, of) for name, of in to.fields)
    return sub.name == to.name


def coerce(value: Any, to: Type) -> Any:
    """The value as the type, or raise ``Null``.

    A list of one conforming item becomes that item, a date becomes midnight UTC; everything else must
    conform.
    """
    if value is None or to is ANY or conforms(value, to):
        return value
    if type(value) is list and len(value) == 1 and conforms(value[0], to):
        return value[0]
    if type(value) is Date and base_of(to) is DATE_TIME:
        return DateTime(value, Time(0, 0, 0, 0, 0))
    if isinstance(to, Named) and conforms(value, to, constraints=False):
        raise Null("constraint", value=show(value), type=str(to))
    raise Null("conformance", value=show(value), type=str(to))


def show(value: Any, limit: int = 60) -> str:
    """A value for a message: FEEL notation, cut at ``limit`` characters."""
    text = feel_text(value, quoted=True, limit=limit)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def feel_text(value: Any, *, quoted: bool = False, limit: int = 1_000_000) -> str:
    """The value as ``string()`` writes it; texts inside lists and contexts are quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if quoted else value
    if isinstance(value, Decimal):
        return decimals.text(value)
    if isinstance(value, list):
        return "[" + ", ".join(_pieces((feel_text(v, quoted=True, limit=limit) for v in value), limit)) + "]"
    if isinstance(value, dict):
        entries = (f"{_key(k)}: {feel_text(v, quoted=True, limit=limit)}" for k, v in value.items())
        return "{" + ", ".join(_pieces(entries, limit)) + "}"
    if isinstance(value, Range):
        low, high = (feel_text(v, quoted=True, limit=limit) for v in (value.low, value.high))
        if value.op is not None:
            return f"{value.op} {high if value.low is None else low}"
        return f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"
    if isinstance(value, Function):
        return "function(" + ", ".join(value.parameters) + ")"
    if is_function(value):
        return f"function {value.name}"
    return str(value)


def _key(name: str) -> str:
    plain = name.replace(" ", "").replace("_", "")
    return name if plain.isalnum() and not plain[0].isdigit() else feel_text(name, quoted=True)


def _pieces(parts: Any, limit: int) -> Any:
    """Stops a text that is already too long: a message needs no more, and work stays bounded."""
    total = 0
    for part in parts:
        yield part
        total += len(part) + 2
        if total > limit:
            return
