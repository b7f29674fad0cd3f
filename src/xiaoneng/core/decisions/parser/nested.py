"""What the smaller pieces of the grammar hold: whole expressions, which a larger piece reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from xiaoneng.core.decisions.parser.type_names import TypeNames
from xiaoneng.core.decisions.scope import Scope
from xiaoneng.core.decisions.syntax import Node

COMPARISONS: Final = frozenset(("=", "!=", "<", "<=", ">", ">="))


class Nested(TypeNames, ABC):
    """The two ways down into an expression; the pieces below know no more of it."""

    @abstractmethod
    def expression(self, scope: Scope) -> Node:
        """An expression of any kind."""

    @abstractmethod
    def endpoint(self, scope: Scope) -> Node:
        """An expression that may stand beside a comparison or at the end of a range: arithmetic."""
