"""A column's regions, and in which of them a value lies."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(slots=True)
class Region:
    """Values that no cell of the column tells apart. ``example`` is one; ``low``/``high`` are its open
    ends or its point."""

    example: Any
    kind: str
    low: Any = None
    high: Any = None


@dataclass(slots=True)
class Column:
    """The regions of one column. ``regions`` in order of value (null last); ``masks`` has for each the
    rules (as bits) whose cell is satisfied there; ``opaque`` the rules whose cell must be asked each time."""

    kind: Any
    points: list[Any] = field(default_factory=list)
    flag: bool | None = None
    regions: list[Region] = field(default_factory=list)
    masks: list[int] = field(default_factory=list)
    index: dict[Any, int] = field(default_factory=dict)
    positions: list[int] = field(default_factory=list)
    null: int = 0
    enumerated: bool = False
    opaque: int = 0
    refused: frozenset[int] = frozenset()

    def region(self, value: Any) -> int | None:
        """The region of a value; None where its kind is not the column's."""
        if value is None:
            return self.null
        kind = self.kind
        if kind is None:
            return 0
        if type(value) is not kind:
            return None
        if self.enumerated:
            return self.index.get(value, 0)
        if self.flag is not None:
            flag, value = value.key()
            if flag is not self.flag:
                return None
        return self.positions[bisect_left(self.points, value) + bisect_right(self.points, value)]

    def lookup(self, ok: int = 0, slow: int = -1) -> Callable[[Any], int]:
        """``region`` as a mask, specialised. ``ok`` is added to every mask; ``slow`` stands for a value
        that has to be looked at in the general way: of another kind, or refused."""
        kind, refused = self.kind, self.refused
        masks = [slow if i in refused else mask | ok for i, mask in enumerate(self.masks)]
        null = masks[self.null]
        if kind is None:
            only = masks[0]
            return lambda value: null if value is None else only
        if kind is bool:
            yes, no = masks[self.index[True]], masks[self.index[False]]
            return lambda value: (
                yes if value is True else no if value is False else null if value is None else slow
            )
        if self.enumerated:
            other = masks[0]
            get = {value: masks[i] for value, i in self.index.items()}.get
            return lambda value: get(value, other) if type(value) is kind else null if value is None else slow
        points = self.points
        spread = [masks[position] for position in self.positions]
        if self.flag is not None:
            flag = self.flag

            def clocked(value: Any) -> int:
                if type(value) is not kind:
                    return null if value is None else slow
                own, seconds = value.key()
                return (
                    spread[bisect_left(points, seconds) + bisect_right(points, seconds)]
                    if own is flag
                    else slow
                )

            return clocked
        if kind is Decimal:
            # Python compares whole numbers with decimals exactly
            def numeric(value: Any) -> int:
                given = type(value)
                if given is Decimal or given is int:
                    return spread[bisect_left(points, value) + bisect_right(points, value)]
                if given is float and value - value == 0:
                    # a float stands for the shortest decimal that gives it
                    value = Decimal(repr(value))
                    return spread[bisect_left(points, value) + bisect_right(points, value)]
                return null if value is None else slow

            return numeric
        return lambda value: (
            spread[bisect_left(points, value) + bisect_right(points, value)]
            if type(value) is kind
            else null
            if value is None
            else slow
        )


def key_of(column: Column, value: Any) -> Any:
    """What the points are compared by."""
    return value.key()[1] if column.flag is not None else value
