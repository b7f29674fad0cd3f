"""Frames at run time, levels of slots at compile time, and the way from a node to its closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.runtime import Run

Frame = list[Any]
Code = Callable[[Frame], Any]
RUN: Final = 1
FIRST_SLOT: Final = 2


class Level:
    """The slots of one function (or of a whole text)."""

    def __init__(self, parent: Level | None = None) -> None:
        self.parent = parent
        self.slots: dict[s.Variable, int] = {}

    def slot(self, variable: s.Variable) -> int:
        """The variable's slot in this level, allotted at first use."""
        return self.slots.setdefault(variable, FIRST_SLOT + len(self.slots))

    @property
    def size(self) -> int:
        return FIRST_SLOT + len(self.slots)

    def locate(self, variable: s.Variable) -> tuple[int, int] | None:
        """How many levels out, and which slot."""
        level: Level | None = self
        depth = 0
        while level is not None:
            if variable in level.slots:
                return depth, level.slots[variable]
            level, depth = level.parent, depth + 1
        return None

    def frame(self, run: Run) -> Frame:
        frame: Frame = [None] * self.size
        frame[RUN] = run
        return frame


def compile_node(node: s.Node, level: Level) -> Code:
    """The closure of a node. Inputs must have their slots in ``level`` already."""
    return COMPILERS[type(node)](node, level)


# by node class; the package fills it, so that the files of the compiler need not know each other
COMPILERS: Final[dict[type, Callable[[Any, Level], Code]]] = {}
