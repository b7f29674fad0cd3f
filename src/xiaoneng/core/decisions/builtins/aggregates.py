"""Functions that make one value of a list: numbers, booleans, the least and the greatest (10.3.4.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.decimals import CONTEXT
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, NUMBER, list_of, show
from xiaoneng.core.decisions.values import DaysTime, YearsMonths


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
