"""Names in scope while a text is read.

FEEL's names may hold spaces, dots and operators ("Loan - to value", "date and time"), so what a sequence
of tokens
means depends on the names that are known where it stands: the longest known name wins (DMN 1.5, 10.3.1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from xiaoneng.core.decisions.lexer import name_tokens
from xiaoneng.core.decisions.syntax import Variable
from xiaoneng.core.decisions.types import ANY, Type, member_names, member_type


class NameTable:
    """Names by their token sequence."""

    __slots__ = ("by_first",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.by_first: dict[str, dict[tuple[str, ...], str]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        tokens = name_tokens(name)
        if tokens:
            self.by_first.setdefault(tokens[0], {})[tokens] = name


class Scope:
    """One level of names. ``item`` marks the scope of a filter: its item's entries are names there."""

    __slots__ = ("item", "item_names", "members", "parent", "table", "types", "variables")

    def __init__(
        self,
        parent: Scope | None = None,
        variables: Iterable[Variable] = (),
        *,
        item: Variable | None = None,
        types: Callable[[str], Type | None] | None = None,
        members: NameTable | None = None,
    ) -> None:
        self.parent = parent
        self.variables: dict[str, Variable] = {}
        self.table = NameTable()
        self.item = item
        self.item_names = NameTable(member_names(item.type)) if item is not None else None
        # what a type name means, and member names known anywhere in the model: inherited
        self.types: Callable[[str], Type | None] | None = types or (parent.types if parent else None)
        self.members: NameTable | None = members or (parent.members if parent else None)
        for variable in variables:
            self.add(variable)

    def add(self, variable: Variable) -> Variable:
        self.variables[variable.name] = variable
        self.table.add(variable.name)
        return variable

    def levels(self) -> Iterable[Scope]:
        level: Scope | None = self
        while level is not None:
            yield level
            level = level.parent

    def find(self, name: str) -> Variable | None:
        """The variable of exactly that name."""
        for level in self.levels():
            if name in level.variables:
                return level.variables[name]
        return None


def scope_of(names: Mapping[str, Type] | Iterable[str], parent: Scope | None = None) -> Scope:
    """A scope with these names; a plain collection of names has them of any type."""
    typed = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, ANY)
    return Scope(parent, [Variable(name, of) for name, of in typed.items()])


def item_member_type(item: Variable, name: str) -> Type:
    return member_type(item.type, name)
