"""Relations between points and ranges (10.3.4.10, after Allen)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xiaoneng.core.decisions import operators as op
from xiaoneng.core.decisions.builtins.registry import builtin
from xiaoneng.core.decisions.faults import Null
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import BOOLEAN, show
from xiaoneng.core.decisions.values import Range


def bounded(value: Range, function: str) -> Range:
    if value.low is None or value.high is None:
        raise Null("argument_value", parameter="range", function=function, value=show(value))
    return value


def eq(a: Any, b: Any) -> bool:
    return op.less_equal(a, b) and op.less_equal(b, a)


def before(a: Any, b: Any) -> bool:
    """``a`` ends before ``b`` begins."""
    end, open_end = (a.high, not a.high_included) if type(a) is Range else (a, False)
    start, open_start = (b.low, not b.low_included) if type(b) is Range else (b, False)
    return op.less(end, start) or ((open_end or open_start) and eq(end, start))


@builtin("before", "point1: point or range", "point2: point or range", result=BOOLEAN)
def before_(run: Run, a: Any, b: Any) -> bool:
    return before(a, b)


@builtin("before", "range: range", "point: point", result=BOOLEAN)
@builtin("before", "point: point", "range: range", result=BOOLEAN)
@builtin("before", "range1: range", "range2: range", result=BOOLEAN)
def before_named(run: Run, a: Any, b: Any) -> bool:
    return before(a, b)


@builtin("after", "point1: point or range", "point2: point or range", result=BOOLEAN)
@builtin("after", "range: range", "point: point", result=BOOLEAN)
@builtin("after", "point: point", "range: range", result=BOOLEAN)
@builtin("after", "range1: range", "range2: range", result=BOOLEAN)
def after(run: Run, a: Any, b: Any) -> bool:
    return before(b, a)


def pair(name: str) -> Callable[[Callable[[Range, Range], bool]], Callable[[Range, Range], bool]]:
    """Declare a relation of two ranges."""

    def register(relation: Callable[[Range, Range], bool]) -> Callable[[Range, Range], bool]:
        @builtin(name, "range1: range", "range2: range", result=BOOLEAN)
        def call(run: Run, a: Range, b: Range) -> bool:
            return relation(bounded(a, name), bounded(b, name))

        return relation

    return register


@pair("meets")
def meets(a: Range, b: Range) -> bool:
    return a.high_included and b.low_included and eq(a.high, b.low)


@pair("met by")
def met_by(a: Range, b: Range) -> bool:
    return meets(b, a)


def disjoint(a: Range, b: Range) -> bool:
    return before(a, b) or before(b, a)


@pair("overlaps")
def overlaps(a: Range, b: Range) -> bool:
    return not disjoint(a, b)


def starts_earlier(a: Range, b: Range) -> bool:
    return op.less(a.low, b.low) or (eq(a.low, b.low) and a.low_included and not b.low_included)


def ends_earlier(a: Range, b: Range) -> bool:
    return op.less(a.high, b.high) or (eq(a.high, b.high) and b.high_included and not a.high_included)


@pair("overlaps before")
def overlaps_before(a: Range, b: Range) -> bool:
    touches = op.greater(a.high, b.low) or (eq(a.high, b.low) and a.high_included and b.low_included)
    ends = op.less(a.high, b.high) or (eq(a.high, b.high) and (not a.high_included or b.high_included))
    return starts_earlier(a, b) and touches and ends


@pair("overlaps after")
def overlaps_after(a: Range, b: Range) -> bool:
    touches = op.less(a.low, b.high) or (eq(a.low, b.high) and a.low_included and b.high_included)
    starts = op.greater(a.low, b.low) or (eq(a.low, b.low) and (not a.low_included or b.low_included))
    return starts and touches and ends_earlier(b, a)


@builtin("finishes", "point: point", "range: range", result=BOOLEAN)
def point_finishes(run: Run, point: Any, of: Range) -> bool:
    return of.high_included and eq(of.high, point)


@pair("finishes")
def finishes(a: Range, b: Range) -> bool:
    starts = op.greater(a.low, b.low) or (eq(a.low, b.low) and (not a.low_included or b.low_included))
    return a.high_included == b.high_included and eq(a.high, b.high) and starts


@builtin("finished by", "range: range", "point: point", result=BOOLEAN)
def finished_by_point(run: Run, of: Range, point: Any) -> bool:
    return of.high_included and eq(of.high, point)


@pair("finished by")
def finished_by(a: Range, b: Range) -> bool:
    return finishes(b, a)


def contains_point(of: Range, point: Any) -> bool:
    return op.within(point, of)


@builtin("includes", "range: range", "point: point", result=BOOLEAN)
def includes_point(run: Run, of: Range, point: Any) -> bool:
    return contains_point(of, point)


@pair("includes")
def includes(a: Range, b: Range) -> bool:
    starts = op.less(a.low, b.low) or (eq(a.low, b.low) and (a.low_included or not b.low_included))
    ends = op.greater(a.high, b.high) or (eq(a.high, b.high) and (a.high_included or not b.high_included))
    return starts and ends


@builtin("during", "point: point", "range: range", result=BOOLEAN)
def point_during(run: Run, point: Any, of: Range) -> bool:
    return contains_point(of, point)


@pair("during")
def during(a: Range, b: Range) -> bool:
    return includes(b, a)


@builtin("starts", "point: point", "range: range", result=BOOLEAN)
def point_starts(run: Run, point: Any, of: Range) -> bool:
    return of.low_included and eq(of.low, point)


@pair("starts")
def starts(a: Range, b: Range) -> bool:
    ends = op.less(a.high, b.high) or (eq(a.high, b.high) and (not a.high_included or b.high_included))
    return a.low_included == b.low_included and eq(a.low, b.low) and ends


@builtin("started by", "range: range", "point: point", result=BOOLEAN)
def started_by_point(run: Run, of: Range, point: Any) -> bool:
    return of.low_included and eq(of.low, point)


@pair("started by")
def started_by(a: Range, b: Range) -> bool:
    return starts(b, a)


@builtin("coincides", "point1: point", "point2: point", result=BOOLEAN)
def points_coincide(run: Run, a: Any, b: Any) -> bool:
    return eq(a, b)


@pair("coincides")
def coincides(a: Range, b: Range) -> bool:
    return (
        (a.low_included, a.high_included) == (b.low_included, b.high_included)
        and eq(a.low, b.low)
        and eq(a.high, b.high)
    )
