"""Functions that ask or make lists (10.3.4.4), and ``sort`` (10.3.4.7)."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.builtins.strings import whole
from xiaoneng.core.decisions.decimals import integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, LIST, NUMBER, list_of, show
from xiaoneng.core.decisions.values import Date, DaysTime, Function, YearsMonths

HASHED = (Decimal, str, bool, Date, DaysTime, YearsMonths, type(None))


def key(value: Any) -> Hashable | None:
    """A hashable stand-in by which equal simple values coincide; None for others."""
    return (type(value), value) if type(value) in HASHED else None


@builtin("list contains", "list: list", "element: any", result=BOOLEAN)
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    run.spend(len(items))
    return any(op.same(item, element) for item in items)


def place(position: Decimal, size: int, function: str) -> int:
    """A 1-based position, counted from the end when negative, as an index; raises Null outside."""
    index = integer(position)
    if 1 <= index <= size:
        return index - 1
    if -size <= index <= -1:
        return size + index
    raise Null("argument_value", parameter="position", function=function, value=show(position))


@builtin("sublist", "list: list", "start position: number", "length?: number?", result=LIST)
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    run.spend(len(items))
    begin = place(start, len(items), "sublist")
    if length is None:
        return items[begin:]
    size = whole(length, "length", "sublist")
    if size < 1 or begin + size > len(items):
        raise Null("argument_value", parameter="length", function="sublist", value=show(length))
    return items[begin : begin + size]


@builtin("append", "list: list", "item*: any", result=LIST)
def append(run: Run, items: list[Any], more: list[Any]) -> list[Any]:
    run.spend(len(items) + len(more))
    return [*items, *more]


@builtin("concatenate", "list*: list", result=LIST)
def concatenate(run: Run, lists: list[list[Any]]) -> list[Any]:
    run.spend(sum(map(len, lists)))
    return [item for part in lists for item in part]


@builtin("insert before", "list: list", "position: number", "newItem: any", result=LIST)
def insert_before(run: Run, items: list[Any], position: Decimal, new: Any) -> list[Any]:
    run.spend(len(items))
    index = place(position, len(items), "insert before")
    return [*items[:index], new, *items[index:]]


@builtin("remove", "list: list", "position: number", result=LIST)
def remove(run: Run, items: list[Any], position: Decimal) -> list[Any]:
    run.spend(len(items))
    index = place(position, len(items), "remove")
    return [*items[:index], *items[index + 1 :]]


@builtin("list replace", "list: list", "position: number", "newItem: any", result=LIST)
def replace_at(run: Run, items: list[Any], position: Decimal, new: Any) -> list[Any]:
    run.spend(len(items))
    index = place(position, len(items), "list replace")
    return [*items[:index], new, *items[index + 1 :]]


@builtin("list replace", "list: list", "match: function", "newItem: any", result=LIST)
def replace_matching(run: Run, items: list[Any], match: Function, new: Any) -> list[Any]:
    if type(match) is Function and len(match.parameters) != 2:
        raise Null("argument_count", function="match", expected=2, found=len(match.parameters))
    out: list[Any] = []
    for item in items:
        answer = run.invoke(match, [item, new])
        if type(answer) is not bool:
            raise Null(
                "argument_type",
                parameter="match",
                function="list replace",
                expected="function to boolean",
                value=show(answer),
            )
        out.append(new if answer else item)
    return out


@builtin("reverse", "list: list", result=LIST)
def reverse(run: Run, items: list[Any]) -> list[Any]:
    run.spend(len(items))
    return items[::-1]


@builtin("index of", "list: list", "match: any", result=list_of(NUMBER))
def index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    run.spend(len(items))
    return [Decimal(i) for i, item in enumerate(items, 1) if op.same(item, match)]


def unique(run: Run, items: list[Any]) -> list[Any]:
    """Without repetitions, first occurrences kept."""
    run.spend(len(items))
    seen: set[Hashable] = set()
    odd: list[Any] = []
    out: list[Any] = []
    for item in items:
        simple = key(item)
        if simple is not None:
            if simple in seen:
                continue
            seen.add(simple)
        else:
            run.spend(len(odd))
            if any(op.same(item, other) for other in odd):
                continue
            odd.append(item)
        out.append(item)
    return out


@builtin("union", "list*: list", result=LIST)
def union(run: Run, lists: list[list[Any]]) -> list[Any]:
    return unique(run, [item for part in lists for item in part])


@builtin("distinct values", "list: list", result=LIST)
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    return unique(run, items)


@builtin("duplicate values", "list: list", result=LIST)
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    run.spend(len(items) * len(items))
    return unique(
        run, [item for i, item in enumerate(items) if any(op.same(item, other) for other in items[:i])]
    )


@builtin("flatten", "list: list", result=LIST)
def flatten(run: Run, items: list[Any]) -> list[Any]:
    out: list[Any] = []
    pending = [iter(items)]
    while pending:
        for item in pending[-1]:
            run.spend(1)
            if type(item) is list:
                pending.append(iter(item))
                break
            out.append(item)
        else:
            pending.pop()
    return out


@builtin("sort", "list: list", "precedes?: function", result=LIST)
def sort(run: Run, items: list[Any], precedes: Any = None) -> list[Any]:
    run.spend(len(items))
    if precedes is None:

        def order(a: Any, b: Any) -> int:
            run.spend(1)
            return -1 if op.less(a, b) else (1 if op.less(b, a) else 0)

    else:
        if type(precedes) is Function and len(precedes.parameters) != 2:
            raise Null("argument_count", function="precedes", expected=2, found=len(precedes.parameters))

        def order(a: Any, b: Any) -> int:
            return (
                -1
                if run.invoke(precedes, [a, b]) is True
                else (1 if run.invoke(precedes, [b, a]) is True else 0)
            )

    return sorted(items, key=cmp_to_key(order))
