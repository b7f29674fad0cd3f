"""The syntax tree. ``at`` is the 0-based character position at which a node begins in its text.

Boxed expressions of a model become the same nodes, so that one compiler serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from xiaoneng.core.decisions.types import ANY, Type


class Variable:
    """What a name stands for: an input, a local, or (with ``value``) a built-in function."""

    __slots__ = ("name", "type", "value")

    def __init__(self, name: str, type: Type = ANY, value: Any = None) -> None:  # the word of the domain
        self.name, self.type, self.value = name, type, value

    def __repr__(self) -> str:
        return f"Variable({self.name!r})"


@dataclass(slots=True)
class Node:
    at: int


@dataclass(slots=True)
class Literal(Node):
    value: Any


@dataclass(slots=True)
class Bad(Node):
    """Evaluates to null and records why."""

    code: str
    params: dict[str, Any]


@dataclass(slots=True)
class Name(Node):
    """``items``: filtered items (innermost first) whose own entry of that name comes before ``variable``."""

    text: str
    variable: Variable | None
    items: tuple[Variable, ...] = ()


@dataclass(slots=True)
class Path(Node):
    base: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    base: Node
    condition: Node
    item: Variable


@dataclass(slots=True)
class Call(Node):
    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(slots=True)
class Negate(Node):
    operand: Node


@dataclass(slots=True)
class Binary(Node):
    """Arithmetic: ``+ - * / **``."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Compare(Node):
    """``= != < <= > >=``."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Logic(Node):
    """``and`` / ``or`` over two or more parts."""

    op: str
    parts: tuple[Node, ...]


@dataclass(slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In(Node):
    value: Node
    tests: tuple[Test, ...]


@dataclass(slots=True)
class InstanceOf(Node):
    value: Node
    type: Type


@dataclass(slots=True)
class If(Node):
    """``boxed``: a condition that is not boolean gives null; in a text it counts as not true."""

    condition: Node
    then: Node
    otherwise: Node
    boxed: bool = False


@dataclass(slots=True)
class Iterator:
    """``variable in source`` or ``variable in source..high``."""

    variable: Variable
    source: Node
    high: Node | None


@dataclass(slots=True)
class For(Node):
    iterators: tuple[Iterator, ...]
    partial: Variable
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    """``boxed``: an answer that is not boolean makes the whole null; in a text it is an unknown."""

    every: bool
    iterators: tuple[Iterator, ...]
    body: Node
    boxed: bool = False


@dataclass(slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(slots=True)
class ContextOf(Node):
    """``result``, if present, is the value of the whole (a boxed context's last entry without a name)."""

    entries: tuple[tuple[str, Variable, Node], ...]
    result: Node | None = None


@dataclass(slots=True)
class RangeOf(Node):
    low_included: bool
    low: Node
    high: Node
    high_included: bool


@dataclass(slots=True)
class UnaryRange(Node):
    """``(< 10)``: a range by one end."""

    op: str
    end: Node


@dataclass(slots=True)
class FunctionOf(Node):
    parameters: tuple[Variable, ...]
    result: Type
    body: Node
    name: str | None = None


@dataclass(slots=True)
class Coerce(Node):
    """A value that must conform to a declared type, else null. ``subject`` names it in the fault."""

    value: Node
    type: Type
    subject: str | None = None


class Boxed(Protocol):
    """What the tree must know of a decision table, which lies above it."""

    def type(self) -> Type: ...

    def nodes(self) -> Iterable[Node]: ...

    def compile(self, level: Any, /) -> Callable[[list[Any]], Any]: ...


@dataclass(slots=True)
class Table(Node):
    spec: Boxed


@dataclass(slots=True)
class Test:
    """One unary test. ``op`` compares; without it ``value`` is equal to, contains or answers for the
    input."""

    at: int
    op: str | None
    value: Node
    uses_input: bool = False


@dataclass(slots=True)
class Tests:
    """Unary tests of a cell: any of them (or none when ``negated``); no tests at all is ``-``."""

    text: str
    tests: tuple[Test, ...] = ()
    negated: bool = False
    input: Variable = field(default_factory=lambda: Variable("?"))


def names_in(node: Any) -> Iterable[Name]:
    """Every name below a node."""
    pending = [node]
    while pending:
        at = pending.pop()
        if isinstance(at, Name):
            yield at
        elif isinstance(at, (tuple, list)):
            pending.extend(at)
        elif isinstance(at, Table):
            pending.extend(at.spec.nodes())
        elif isinstance(at, (Node, Test, Iterator)):
            pending.extend(
                getattr(at, slot) for cls in type(at).__mro__ for slot in getattr(cls, "__slots__", ())
            )
