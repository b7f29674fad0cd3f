"""Names: the longest that is known where it stands (DMN 1.5, 10.3.1.4)."""

from __future__ import annotations

from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import KEYWORDS, normal_name
from xiaoneng.core.decisions.parser.cursor import Cursor
from xiaoneng.core.decisions.scope import NameTable, Scope
from xiaoneng.core.decisions.syntax import Name, Node, Variable
from xiaoneng.core.decisions.types import member_names


class Names(Cursor):
    """Reads names: of variables, of members, of parameters, and those being declared."""

    def longest(self, table: NameTable) -> tuple[str, int] | None:
        """The longest name of ``table`` that stands here, and the position behind it."""
        candidates = table.by_first.get(self.peek().text)
        if not candidates:
            return None
        best: tuple[str, int] | None = None
        length = 0
        for tokens, name in candidates.items():
            if len(tokens) <= length:
                continue
            position = self.position
            for wanted in tokens:
                token = self.lexer.token(position)
                if token.text != wanted:
                    break
                position = token.after
            else:
                best, length = (name, position), len(tokens)
        return best

    def words(self) -> tuple[str, int]:
        """Words up to the next keyword or sign: a name that nobody declared."""
        first = self.peek()
        parts, position = [first.text], first.after
        while (token := self.lexer.token(position)).kind == "word" and token.text not in KEYWORDS:
            parts.append(token.text)
            position = token.after
        return " ".join(parts), position

    def name(self, scope: Scope) -> Node:
        """A name, resolved to its variable."""
        at = self.peek().at
        best: tuple[str, int] | None = None
        variable: Variable | None = None
        items: list[Variable] = []
        outer: list[Variable] = []
        for level in scope.levels():
            if level.item is not None:
                outer.append(level.item)
                own = self.longest(level.item_names) if level.item_names is not None else None
                if own is not None and (best is None or own[1] > best[1]):
                    best, variable = own, scope.find(own[0])
                    items = outer
            found = self.longest(level.table)
            if found is not None and (best is None or found[1] > best[1]):
                best, variable = found, level.variables[found[0]]
                items = list(outer)
        words, behind = self.words()
        if best is None and outer and scope.members is not None:
            best = self.longest(scope.members)
            variable = None
        if best is None or (
            behind > best[1] and self.lexer.token(best[1]).kind == "word" and self.follows(best[1])
        ):
            # two words side by side can only be one name: an entry of an item that has no declared type
            best, variable = (words, behind), None
        if variable is None:
            items = outer
        self.position = best[1]
        if variable is not None and variable is self.input:
            self.input_used = True
        return Name(at, best[0], variable, tuple(items))

    def follows(self, position: int) -> bool:
        """Whether the word at ``position`` would make nonsense of a name before it."""
        return self.lexer.token(position).text not in KEYWORDS

    def member(self, base: Node, scope: Scope) -> str:
        """The name after a dot."""
        token = self.peek()
        if token.kind != "word":
            raise self.wrong("a name")
        candidates = [
            self.longest(NameTable(member_names(type_of(base)))),
            (self.longest(scope.members) if scope.members else None),
            self.words(),
        ]
        found = candidates[0] or max((c for c in candidates[1:] if c), key=lambda c: c[1])
        self.position = found[1]
        return found[0]

    def free_name(self, *ends: str) -> str:
        """A name being declared: everything up to one of the signs or keywords ``ends``."""
        first = self.peek()
        if first.kind != "word":
            raise self.wrong("a name")
        after = first.after
        position = first.after
        while (
            (token := self.lexer.token(position)).text not in ends
            and token.kind != "end"
            and token.text not in ("{", "}", "(", "[", "]")
        ):
            position = after = token.after
        self.position = after
        return normal_name(self.text[first.at : after])

    def argument_name(self) -> str | None:
        """``name :`` ahead, taken; None where a positional argument begins."""
        token = self.peek()
        if token.kind != "word":
            return None
        position = token.at
        first = position
        while (token := self.lexer.token(position)).kind in ("word", "number") or token.text in (
            "-",
            "+",
            "*",
            "/",
            "'",
            ".",
        ):
            position = token.after
        if token.text != ":" or position == first:
            return None
        name = normal_name(self.text[first : token.at])
        self.position = token.after
        return name
