"""List functions (10.3.4.4), boolean aggregates and ``sort`` (10.3.4.7)."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.builtins.strings import whole
from xiaoneng.core.decisions.decimals import CONTEXT, integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, LIST, NUMBER, list_of, show
from xiaoneng.core.decisions.values import Date, DaysTime, Function, YearsMonths

HASHED = (Decimal, str, bool, Date, DaysTime, YearsMonths, type(None))


def key(value: Any) -> Hashable | None:
    """A hashable stand-in by which equal simple values coincide; None for others."""
    return (type(value), value) if type(value) in HASHED else None


def numbers(items: list[Any], function: str) -> list[Decimal]:
    for item in items:
        if type(item) is not Decimal:
            raise Null(
                "argument_type",
                parameter="list",
                function=function,
                expected="list<number>",
                value=show(item),
            )
    return items


def booleans(items: list[Any], function: str) -> None:
    for item in items:
        if item is not None and type(item) is not bool:
            raise Null(
                "argument_type",
                parameter="list",
                function=function,
                expected="list<boolean>",
                value=show(item),
            )


def several(items: list[Any]) -> list[Any]:
    """The arguments of a function that takes a list or its items one by one; a lone null is no list."""
    if len(items) == 1 and items[0] is None:
        raise Null("null_value")
    return items[0] if len(items) == 1 and type(items[0]) is list else items


@builtin("list contains", "list: list", "element: any", result=BOOLEAN)
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    run.spend(len(items))
    return any(op.same(item, element) for item in items)


@builtin("count", "list: list", result=NUMBER)
def count(run: Run, items: list[Any]) -> Decimal:
    return Decimal(len(items))


def extreme(run: Run, items: list[Any], function: str, sign: int) -> Any:
    run.spend(len(items))
    if not items:
        raise Null("empty_list", function=function)
    best = items[0]
    if best is None:
        raise Null(
            "argument_type", parameter="list", function=function, expected="comparable values", value="null"
        )
    op.comparable(function, best, best)
    for item in items[1:]:
        better = op.less(item, best) if sign < 0 else op.greater(item, best)
        if better:
            best = item
    return best


@builtin("min", "list: list")
def minimum(run: Run, items: list[Any]) -> Any:
    return extreme(run, items, "min", -1)


@builtin("min", "c*: any")
def minimum_of(run: Run, items: list[Any]) -> Any:
    return extreme(run, several(items), "min", -1)


@builtin("max", "list: list")
def maximum(run: Run, items: list[Any]) -> Any:
    return extreme(run, items, "max", 1)


@builtin("max", "c*: any")
def maximum_of(run: Run, items: list[Any]) -> Any:
    return extreme(run, several(items), "max", 1)


def total(run: Run, items: list[Any], function: str) -> Any:
    run.spend(len(items))
    if not items:
        raise Null("empty_list", function=function)
    if type(items[0]) in (DaysTime, YearsMonths):
        result = items[0]
        for item in items[1:]:
            result = op.add(result, item)
        return result
    result = Decimal(0)
    for item in numbers(items, function):
        result = CONTEXT.add(result, item)
    return result


@builtin("sum", "list: list")
def sum_list(run: Run, items: list[Any]) -> Any:
    return total(run, items, "sum")


@builtin("sum", "n*: any")
def sum_of(run: Run, items: list[Any]) -> Any:
    return total(run, several(items), "sum")


def average(run: Run, items: list[Any]) -> Any:
    return op.divide(total(run, items, "mean"), Decimal(len(items)))


@builtin("mean", "list: list")
def mean_list(run: Run, items: list[Any]) -> Any:
    return average(run, items)


@builtin("mean", "n*: any")
def mean_of(run: Run, items: list[Any]) -> Any:
    return average(run, several(items))


def conjunction(run: Run, items: list[Any]) -> bool | None:
    run.spend(len(items))
    if any(item is False for item in items):
        return False
    booleans(items, "all")
    return None if any(item is None for item in items) else True


@builtin("all", "list: list", result=BOOLEAN)
def all_list(run: Run, items: list[Any]) -> bool | None:
    return conjunction(run, items)


@builtin("all", "b*: any", result=BOOLEAN)
def all_of(run: Run, items: list[Any]) -> bool | None:
    return conjunction(run, several(items))


def disjunction(run: Run, items: list[Any]) -> bool | None:
    run.spend(len(items))
    if any(item is True for item in items):
        return True
    booleans(items, "any")
    return None if any(item is None for item in items) else False


@builtin("any", "list: list", result=BOOLEAN)
def any_list(run: Run, items: list[Any]) -> bool | None:
    return disjunction(run, items)


@builtin("any", "b*: any", result=BOOLEAN)
def any_of(run: Run, items: list[Any]) -> bool | None:
    return disjunction(run, several(items))


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


@builtin("product", "list: list", result=NUMBER)
def product_list(run: Run, items: list[Any]) -> Decimal:
    return product(run, items)


@builtin("product", "n*: any", result=NUMBER)
def product_of(run: Run, items: list[Any]) -> Decimal:
    return product(run, several(items))


def product(run: Run, items: list[Any]) -> Decimal:
    run.spend(len(items))
    if not items:
        raise Null("empty_list", function="product")
    result = Decimal(1)
    for item in numbers(items, "product"):
        result = CONTEXT.multiply(result, item)
    return result


def median(run: Run, items: list[Any]) -> Decimal:
    run.spend(len(items))
    if not items:
        raise Null("empty_list", function="median")
    ordered = sorted(numbers(items, "median"))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("median", "list: list", result=NUMBER)
def median_list(run: Run, items: list[Any]) -> Decimal:
    return median(run, items)


@builtin("median", "n*: any", result=NUMBER)
def median_of(run: Run, items: list[Any]) -> Decimal:
    return median(run, several(items))


def deviation(run: Run, items: list[Any]) -> Decimal:
    """The sample's standard deviation."""
    run.spend(len(items))
    if len(items) < 2:
        raise Null("empty_list", function="stddev")
    size = Decimal(len(items))
    centre = CONTEXT.divide(total(run, numbers(items, "stddev"), "stddev"), size)
    squares = Decimal(0)
    for item in items:
        off = CONTEXT.subtract(item, centre)
        squares = CONTEXT.add(squares, CONTEXT.multiply(off, off))
    return CONTEXT.sqrt(CONTEXT.divide(squares, CONTEXT.subtract(size, Decimal(1))))


@builtin("stddev", "list: list", result=NUMBER)
def stddev_list(run: Run, items: list[Any]) -> Decimal:
    return deviation(run, items)


@builtin("stddev", "n*: any", result=NUMBER)
def stddev_of(run: Run, items: list[Any]) -> Decimal:
    return deviation(run, several(items))


def modes(run: Run, items: list[Any]) -> list[Decimal]:
    run.spend(len(items))
    counts: dict[Decimal, int] = {}
    for item in numbers(items, "mode"):
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, n in counts.items() if n == most)


@builtin("mode", "list: list", result=list_of(NUMBER))
def mode_list(run: Run, items: list[Any]) -> list[Decimal]:
    return modes(run, items)


@builtin("mode", "n*: any", result=list_of(NUMBER))
def mode_of(run: Run, items: list[Any]) -> list[Decimal]:
    return modes(run, several(items))


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
