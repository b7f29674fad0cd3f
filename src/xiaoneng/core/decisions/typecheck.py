"""What can be seen to go wrong in a syntax tree without evaluating it: unknown names, operations on wrong
types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.infer import ARITHMETIC, type_of
from xiaoneng.core.decisions.types import (
    ANY,
    BOOLEAN,
    FUNCTION,
    NULL,
    ContextType,
    FunctionType,
    ListType,
    Type,
    base_of,
    element_type,
    may_conform,
)

ORDERED: Final = frozenset(
    (
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    )
)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that will go wrong, or is meaningless; a code of ``faults.MESSAGES`` with its parameters."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    at: int = 0


def known(of: Type) -> bool:
    return base_of(of) not in (ANY, NULL)


def simple(of: Type) -> str:
    return str(base_of(of))


def issues(node: Any) -> Iterator[Issue]:
    """Every issue below a node."""
    pending: list[Any] = [node]
    while pending:
        at = pending.pop()
        if isinstance(at, (tuple, list)):
            pending.extend(reversed(at))
            continue
        if not isinstance(at, (s.Node, s.Test, s.Iterator)):
            continue
        yield from _own(at)
        if isinstance(at, s.Table):
            continue
        for cls in type(at).__mro__:
            pending.extend(getattr(at, slot) for slot in getattr(cls, "__slots__", ()))


def _own(node: Any) -> Iterator[Issue]:
    if isinstance(node, s.Name):
        if node.variable is None and not any(
            base_of(item.type) is ANY or _has(item.type, node.text) for item in node.items
        ):
            yield Issue("unknown_name", {"name": node.text}, node.at)
    elif isinstance(node, s.Path):
        yield from _path(node)
    elif isinstance(node, s.Bad):
        yield Issue(node.code, node.params, node.at)
    elif isinstance(node, s.Binary):
        left, right = type_of(node.left), type_of(node.right)
        if (
            known(left)
            and known(right)
            and (base_of(left).name, base_of(right).name) not in ARITHMETIC[node.op]
        ):
            yield Issue(
                "operand_types", {"operator": node.op, "left": simple(left), "right": simple(right)}, node.at
            )
    elif isinstance(node, s.Compare):
        yield from compared(node.op, type_of(node.left), type_of(node.right), node.at)
    elif isinstance(node, s.Between):
        value = type_of(node.value)
        yield from compared(">=", value, type_of(node.low), node.at)
        yield from compared("<=", value, type_of(node.high), node.at)
    elif isinstance(node, s.Logic):
        for part in node.parts:
            of = type_of(part)
            if known(of) and base_of(of) is not BOOLEAN:
                yield Issue("operand_type", {"operator": node.op, "value": simple(of)}, part.at)
    elif isinstance(node, s.If):
        of = type_of(node.condition)
        if known(of) and base_of(of) is not BOOLEAN:
            yield Issue("not_boolean", {"value": simple(of)}, node.condition.at)
    elif isinstance(node, s.Coerce):
        of = type_of(node.value)
        fits = may_conform(of, node.type) or may_conform(element_type(of), node.type)
        if known(of) and known(node.type) and not fits and base_of(of).name != "date":
            yield Issue("conformance", {"value": simple(of), "type": str(node.type)}, node.at)
    elif isinstance(node, s.Call):
        yield from _call(node)


def compared(operator: str, left: Type, right: Type, at: int) -> Iterator[Issue]:
    """An issue where two types cannot be compared."""
    a, b = base_of(left), base_of(right)
    if not known(a) or not known(b):
        return
    fine = a.name == b.name and (operator in ("=", "!=") or a.name in ORDERED)
    if not fine:
        yield Issue("operand_types", {"operator": operator, "left": simple(a), "right": simple(b)}, at)


def _has(of: Type, name: str) -> bool:
    base = base_of(of)
    return isinstance(base, ContextType) and base.field(name) is not None


def _path(node: s.Path) -> Iterator[Issue]:
    base = base_of(type_of(node.base))
    if isinstance(base, ListType):
        base = base_of(base.of)
    if (isinstance(base, ContextType) and base.field(node.name) is None) or base.name in (
        "number",
        "string",
        "boolean",
    ):
        yield Issue("unknown_member", {"name": node.name}, node.at)


def _call(node: s.Call) -> Iterator[Issue]:
    target = node.function
    if isinstance(target, s.Name) and target.variable is not None and target.variable.value is not None:
        builtin: Any = target.variable.value
        count = len(node.arguments)
        if node.names is None:
            if not any(o.required <= count <= o.most for o in builtin.overloads):
                yield Issue(
                    "argument_count",
                    {"function": builtin.name, "expected": builtin.counts(), "found": count},
                    node.at,
                )
        else:
            parameters = {p.name for o in builtin.overloads for p in o.parameters}
            for name in node.names:
                if name not in parameters:
                    yield Issue("argument_name", {"function": builtin.name, "name": name}, node.at)
        return
    of = base_of(type_of(target))
    if known(of) and not isinstance(of, FunctionType) and of is not FUNCTION:
        yield Issue("not_function", {"value": simple(of)}, node.at)
    elif (
        isinstance(of, FunctionType)
        and node.names is None
        and of.parameters
        and len(of.parameters) != len(node.arguments)
    ):
        yield Issue(
            "argument_count",
            {"function": "function", "expected": len(of.parameters), "found": len(node.arguments)},
            node.at,
        )
