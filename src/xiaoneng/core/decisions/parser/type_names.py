"""Types as they are written after ``instance of`` and in functions."""

from __future__ import annotations

from xiaoneng.core.decisions.faults import MESSAGES, FeelSyntaxError
from xiaoneng.core.decisions.lexer import KEYWORDS, normal_name
from xiaoneng.core.decisions.parser.names import Names
from xiaoneng.core.decisions.scope import NameTable, Scope
from xiaoneng.core.decisions.types import SIMPLE, Type, context_of, function_of, list_of, range_of


class TypeNames(Names):
    """Reads types."""

    def type_name(self, scope: Scope) -> Type:
        self.enter()
        of = self.type_inner(scope)
        self.depth -= 1
        return of

    def type_inner(self, scope: Scope) -> Type:
        token = self.peek()
        if token.kind != "word":
            raise self.wrong("a type")
        if self.lexer.token(token.after).text == "<" and token.text in (
            "list",
            "range",
            "context",
            "function",
        ):
            self.take()
            self.take()
            return self.generic(token.text, scope)
        start = self.position
        for name in sorted(SIMPLE, key=len, reverse=True):
            found = self.longest(NameTable([name]))
            if found is not None and not (
                self.lexer.token(found[1]).kind == "word" and self.follows(found[1])
            ):
                self.position = found[1]
                return SIMPLE[name]
        # a name of the model: words, dots and the signs that names may hold; the longest that is known
        parts_end = self.position
        candidates: list[int] = []
        while (token := self.lexer.token(parts_end)).kind in ("word", "number") or token.text in (
            ".",
            "-",
            "'",
            "/",
            "+",
            "*",
        ):
            if token.kind == "word" and token.text in KEYWORDS:
                break
            parts_end = token.after
            candidates.append(parts_end)
        for end in reversed(candidates):
            name = normal_name(self.text[start:end])
            found_type = scope.types(name) if scope.types is not None else None
            if found_type is not None:
                self.position = end
                return found_type
        raise FeelSyntaxError(
            MESSAGES["unknown_type"], at=token.at, name=normal_name(self.text[start:parts_end])
        )

    def generic(self, kind: str, scope: Scope) -> Type:
        if kind in ("list", "range"):
            of = self.type_name(scope)
            self.expect(">")
            return list_of(of) if kind == "list" else range_of(of)
        if kind == "context":
            fields: dict[str, Type] = {}
            while not self.at_sign(">"):
                name = self.free_name(":")
                self.expect(":")
                fields[name] = self.type_name(scope)
                if not self.at_sign(","):
                    break
                self.take()
            self.expect(">")
            return context_of(fields)
        parameters: list[Type] = []
        while not self.at_sign(">"):
            parameters.append(self.type_name(scope))
            if not self.at_sign(","):
                break
            self.take()
        self.expect(">")
        self.expect("-")
        self.expect(">")
        return function_of(tuple(parameters), self.type_name(scope))
