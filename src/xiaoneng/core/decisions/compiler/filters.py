"""Filters and positions: ``list[condition]``, ``list[number]``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.level import RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.decimals import is_integer
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.runtime import Run
from xiaoneng.core.decisions.types import NUMBER, base_of, show


def compile_filter(node: s.Filter, level: Level) -> Code:
    """The items for which a condition holds, or the one at a position."""
    base, at = compile_node(node.base, level), node.at
    slot = level.slot(node.item)
    condition = compile_node(node.condition, level)
    kind = base_of(type_of(node.condition))

    def nth(run: Run, items: list[Any], position: Decimal) -> Any:
        if not is_integer(position):
            return run.fault("argument_value", at, parameter="index", function="[ ]", value=show(position))
        index = int(position) if abs(position) < 10**9 else 0
        if 1 <= index <= len(items):
            return items[index - 1]
        if -len(items) <= index <= -1:
            return items[index]
        return run.fault("argument_value", at, parameter="index", function="[ ]", value=show(position))

    def filtered(f: Frame) -> Any:
        run: Run = f[RUN]
        value = base(f)
        if value is None:
            items: list[Any] = []
        else:
            items = value if type(value) is list else [value]
        outer = f[slot]
        if kind is NUMBER or not items:
            known = len(run.faults)
            f[slot] = None
            position = condition(f)
            f[slot] = outer
            if type(position) is Decimal:
                return nth(run, items, position)
            if not items:
                # an empty list has nothing to test: what went wrong with no item is no fault
                del run.faults[known:]
                return [] if value is not None else run.fault("null_value", at)
            return run.fault("not_boolean", at, value=show(position))
        kept: list[Any] = []
        run.spend(len(items))
        for index, item in enumerate(items):
            f[slot] = item
            answer = condition(f)
            if answer is True:
                kept.append(item)
            elif answer is not False and answer is not None:
                if index == 0 and type(answer) is Decimal:
                    f[slot] = outer
                    return nth(run, items, answer)
                f[slot] = outer
                return run.fault("not_boolean", at, value=show(answer))
        f[slot] = outer
        return kept

    return filtered
