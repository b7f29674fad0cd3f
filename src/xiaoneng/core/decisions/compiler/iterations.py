"""``for``, ``some`` and ``every``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator as Iterating
from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.decimals import is_integer
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import show
from xiaoneng.core.decisions.values import Date, Range


def _items(run: Run, value: Any, at: int) -> Iterating[Any]:
    """What one goes through: a list, a range of whole numbers or days, or a single value."""
    if type(value) is list:
        return iter(value)
    if value is None:
        raise Null("not_iterable", value="null")
    if type(value) is Range:
        low, high = value.low, value.high
        if low is None or high is None or value.op in ("!=",):
            raise Null("not_iterable", value=show(value))
        return _steps(low, high, value.low_included, value.high_included)
    return iter([value])


def _steps(low: Any, high: Any, low_included: bool = True, high_included: bool = True) -> Iterating[Any]:
    """Whole numbers or days from one end to the other, downwards if need be."""
    if type(low) is Decimal and type(high) is Decimal and is_integer(low) and is_integer(high):
        a, b = int(low), int(high)
        make: Callable[[int], Any] = Decimal
    elif type(low) is Date and type(high) is Date:
        a, b = low.ordinal, high.ordinal
        make = Date.from_ordinal
    else:
        raise Null("not_iterable", value=f"{show(low)}..{show(high)}")
    way = 1 if a <= b else -1
    start = a if low_included else a + way
    stop = b + way if high_included else b
    return map(make, range(start, stop, way))


Loop = tuple[int, Code, Code | None]


def _iterators(iterators: tuple[s.Iterator, ...], level: Level) -> list[Loop]:
    loops: list[Loop] = []
    for iterator in iterators:
        source = compile_node(iterator.source, level)
        high = compile_node(iterator.high, level) if iterator.high is not None else None
        loops.append((level.slot(iterator.variable), source, high))
    return loops


def _go_through(f: Frame, loops: list[Loop], at: int, index: int = 0) -> Iterating[None]:
    """Set the loops' slots to every combination in turn; raises Null where a source cannot be gone
    through."""
    run: Run = f[RUN]
    slot, source, high = loops[index]
    value = source(f)
    items = _steps(value, high(f)) if high is not None else _items(run, value, at)
    last = index + 1 == len(loops)
    for item in items:
        run.spend(1)
        f[slot] = item
        if last:
            yield
        else:
            yield from _go_through(f, loops, at, index + 1)


def compile_for(node: s.For, level: Level) -> Code:
    """The list of results over all combinations."""
    loops, at = _iterators(node.iterators, level), node.at
    slot = level.slot(node.partial)
    body = compile_node(node.body, level)
    partial = slot if any(name.variable is node.partial for name in s.names_in(node.body)) else None

    def loop(f: Frame) -> Any:
        run: Run = f[RUN]
        results: list[Any] = []
        try:
            for _ in _go_through(f, loops, at):
                if partial is not None:
                    run.spend(len(results) // 8)
                    f[partial] = list(results)
                results.append(body(f))
        except Null as null:
            return run.fault(null.code, at, **null.params)
        return results

    return loop


def compile_quantified(node: s.Quantified, level: Level) -> Code:
    """``some`` and ``every``, three-valued."""
    loops, at, every, boxed = _iterators(node.iterators, level), node.at, node.every, node.boxed
    body = compile_node(node.body, level)

    def quantified(f: Frame) -> Any:
        run: Run = f[RUN]
        result: bool | None = every
        try:
            for _ in _go_through(f, loops, at):
                answer = body(f)
                if answer is (not every):
                    return not every
                if answer is not every:
                    if answer is not None:
                        run.fault("not_boolean", at, value=show(answer))
                        if boxed:
                            return None
                    result = None
        except Null as null:
            return run.fault(null.code, at, **null.params)
        return result

    return quantified
