"""From text to syntax tree: FEEL's grammar (DMN 1.5, 10.3.1.2) by recursive descent.

Precedence, lowest first: ``or``, ``and``, comparison with ``between`` and ``in``, ``+ -``, ``* /``, ``**``,
negation, ``instance of``, then path, filter and invocation. Limits keep hostile texts cheap.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from xiaoneng.core.decisions import decimals, temporal
from xiaoneng.core.decisions.faults import MESSAGES, FeelSyntaxError, FeelTooLarge, Null
from xiaoneng.core.decisions.infer import type_of
from xiaoneng.core.decisions.lexer import KEYWORDS, Lexer, Token, normal_name, unescape
from xiaoneng.core.decisions.scope import NameTable, Scope
from xiaoneng.core.decisions.syntax import (
    Bad,
    Between,
    Binary,
    Call,
    Compare,
    ContextOf,
    Filter,
    For,
    FunctionOf,
    If,
    In,
    InstanceOf,
    Iterator,
    ListOf,
    Literal,
    Logic,
    Name,
    Negate,
    Node,
    Path,
    Quantified,
    RangeOf,
    Test,
    Tests,
    UnaryRange,
    Variable,
)
from xiaoneng.core.decisions.types import (
    ANY,
    SIMPLE,
    Type,
    context_of,
    element_type,
    function_of,
    list_of,
    member_names,
    range_of,
)

LENGTH_LIMIT: Final = 200_000
NESTING_LIMIT: Final = 48
CHAIN_LIMIT: Final = 200
COMPARISONS: Final = frozenset(("=", "!=", "<", "<=", ">", ">="))
LEVELS: Final = ({"+", "-"}, {"*", "/"}, {"**"})
# what may follow a range's closing "[": with it the bracket cannot open a filter
AFTER_RANGE: Final = frozenset(
    (
        ")",
        ",",
        "]",
        "}",
        "=",
        "!=",
        "<=",
        ">=",
        ">",
        "*",
        "/",
        "..",
        ".",
        "and",
        "or",
        "then",
        "else",
        "return",
        "satisfies",
        "in",
        "instance",
    )
)


def parse_expression(text: str, scope: Scope) -> Node:
    """The tree of an expression. Raises FeelSyntaxError or FeelTooLarge."""
    parser = Parser(text, scope)
    try:
        node = parser.expression(scope)
        parser.end()
    except FeelSyntaxError as error:
        raise error.locate(text) from None
    return node


def parse_unary_tests(text: str, scope: Scope, input_type: Type = ANY) -> Tests:
    """The tests of a cell; ``?`` is the input's value there."""
    variable = Variable("?", input_type)
    parser = Parser(text, Scope(scope, [variable]))
    try:
        tests = parser.unary_tests(Scope(scope, [variable]), variable)
        parser.end()
    except FeelSyntaxError as error:
        raise error.locate(text) from None
    return tests


def parse_type(text: str, scope: Scope) -> Type:
    """The type written as in ``instance of``."""
    parser = Parser(text, scope)
    of = parser.type_name(scope)
    parser.end()
    return of


class Parser:
    """Reads one text; methods take the scope in which they read."""

    def __init__(self, text: str, scope: Scope) -> None:
        if len(text) > LENGTH_LIMIT:
            raise FeelTooLarge(MESSAGES["text_too_long"], length=len(text), limit=LENGTH_LIMIT)
        self.text = text
        self.lexer = Lexer(text)
        self.scope = scope
        self.position = 0
        self.depth = 0
        self.range_end = False
        self.input_used = False
        self.input: Variable | None = None

    # tokens

    def peek(self) -> Token:
        return self.lexer.token(self.position)

    def take(self) -> Token:
        token = self.lexer.token(self.position)
        self.position = token.after
        return token

    def at_sign(self, *signs: str) -> bool:
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def at_word(self, *words: str) -> bool:
        token = self.peek()
        return token.kind == "word" and token.text in words

    def expect(self, text: str) -> Token:
        token = self.peek()
        if token.text != text or token.kind not in ("sign", "word"):
            raise self.wrong(f"“{text}”")
        return self.take()

    def wrong(self, expected: str) -> FeelSyntaxError:
        token = self.peek()
        # what was expected is a template: braces in it are doubled
        expected = expected.replace("{", "{{").replace("}", "}}")
        if token.kind == "end":
            return FeelSyntaxError("cannot be read: it ends too early", at=token.at, expected=expected)
        found = f"“{token.text[:40]}”"
        return FeelSyntaxError("cannot be read from {found} on", at=token.at, found=found, expected=expected)

    def end(self) -> None:
        if self.peek().kind != "end":
            raise self.wrong("the end")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > NESTING_LIMIT:
            raise FeelTooLarge(MESSAGES["nesting"], limit=NESTING_LIMIT)

    # names

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

    # expressions

    def expression(self, scope: Scope) -> Node:
        self.enter()
        within, self.range_end = self.range_end, False
        node = self.logic(scope, None)
        self.range_end = within
        self.depth -= 1
        return node

    def logic(self, scope: Scope, left: Node | None) -> Node:
        """``or`` over ``and`` over comparisons."""
        parts = [self.conjunction(scope, left)]
        at = parts[0].at
        while self.at_word("or"):
            self.take()
            parts.append(self.conjunction(scope, None))
        return parts[0] if len(parts) == 1 else Logic(at, "or", tuple(parts))

    def conjunction(self, scope: Scope, left: Node | None) -> Node:
        parts = [self.comparison(scope, left)]
        at = parts[0].at
        while self.at_word("and"):
            self.take()
            parts.append(self.comparison(scope, None))
        return parts[0] if len(parts) == 1 else Logic(at, "and", tuple(parts))

    def comparison(self, scope: Scope, left: Node | None) -> Node:
        node = self.arithmetic(scope, 0, left)
        chain = 0
        while True:
            token = self.peek()
            chain += 1
            if chain > CHAIN_LIMIT:
                raise FeelTooLarge(MESSAGES["nesting"], limit=CHAIN_LIMIT)
            if token.kind == "sign" and token.text in COMPARISONS:
                self.take()
                node = Compare(token.at, token.text, node, self.arithmetic(scope, 0, None))
            elif token.text == "between" and token.kind == "word":
                self.take()
                low = self.arithmetic(scope, 0, None)
                self.expect("and")
                node = Between(token.at, node, low, self.arithmetic(scope, 0, None))
            elif token.text == "in" and token.kind == "word":
                self.take()
                node = In(token.at, node, self.in_tests(scope))
            else:
                return node

    def arithmetic(self, scope: Scope, level: int, left: Node | None) -> Node:
        if level == len(LEVELS):
            return left if left is not None else self.unary(scope)
        node = self.arithmetic(scope, level + 1, left)
        signs = LEVELS[level]
        chain = 0
        while (token := self.peek()).kind == "sign" and token.text in signs:
            self.take()
            chain += 1
            if chain > CHAIN_LIMIT:
                raise FeelTooLarge(MESSAGES["nesting"], limit=CHAIN_LIMIT)
            node = Binary(token.at, token.text, node, self.arithmetic(scope, level + 1, None))
        return node

    def unary(self, scope: Scope) -> Node:
        token = self.peek()
        if token.kind == "sign" and token.text == "-":
            self.take()
            self.enter()
            operand = self.unary(scope)
            self.depth -= 1
            if (
                type(operand) is Literal
                and type(operand.value) is Decimal
                and self.text[token.at + 1 : operand.at].strip() == ""
            ):
                return Literal(token.at, -operand.value)
            return Negate(token.at, operand)
        return self.instance(scope, self.postfix(scope, self.primary(scope)))

    def instance(self, scope: Scope, node: Node) -> Node:
        while self.at_word("instance"):
            at = self.take().at
            self.expect("of")
            node = InstanceOf(at, node, self.type_name(scope))
        return node

    def postfix(self, scope: Scope, node: Node) -> Node:
        chain = 0
        while True:
            token = self.peek()
            if token.kind != "sign":
                return node
            chain += 1
            if chain > NESTING_LIMIT:
                raise FeelTooLarge(MESSAGES["nesting"], limit=NESTING_LIMIT)
            if token.text == ".":
                self.take()
                node = Path(token.at, node, self.member(node, scope))
            elif token.text == "[":
                if self.range_end and self.closes_range(token):
                    return node
                self.take()
                item = Variable("item", element_type(type_of(node)))
                inner = Scope(scope, [item], item=item)
                condition = self.expression(inner)
                self.expect("]")
                node = Filter(token.at, node, condition, item)
            elif token.text == "(" and not isinstance(node, Literal):
                node = self.call(scope, node)
            else:
                return node

    def closes_range(self, bracket: Token) -> bool:
        behind = self.lexer.token(bracket.after)
        return behind.kind == "end" or behind.text in AFTER_RANGE

    def call(self, scope: Scope, function: Node) -> Node:
        at = self.expect("(").at
        arguments: list[Node] = []
        names: list[str] = []
        if not self.at_sign(")"):
            while True:
                if (named := self.argument_name()) is not None:
                    names.append(named)
                elif names:
                    raise self.wrong("a parameter name")
                arguments.append(self.expression(scope))
                if not self.at_sign(","):
                    break
                self.take()
        self.expect(")")
        if names and len(names) != len(arguments):
            raise self.wrong("a parameter name")
        return Call(at, function, tuple(arguments), tuple(names) if names else None)

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

    def primary(self, scope: Scope) -> Node:
        token = self.peek()
        if token.kind == "number":
            self.take()
            try:
                return Literal(token.at, decimals.number(token.text))
            except ArithmeticError:
                return Bad(token.at, "number_range", {})
        if token.kind == "text":
            self.take()
            return Literal(token.at, unescape(token.text, token.at))
        if token.kind == "word":
            return self.word(scope, token)
        if token.kind == "sign":
            if token.text in ("(", "[", "]"):
                return self.bracket(scope)
            if token.text == "{":
                return self.context(scope)
            if token.text == "@":
                return self.at_literal()
        raise self.wrong("an expression")

    def at_literal(self) -> Node:
        at = self.expect("@").at
        token = self.peek()
        if token.kind != "text":
            raise self.wrong("a text")
        self.take()
        text = unescape(token.text, token.at)
        try:
            return Literal(at, temporal.at_literal(text))
        except Null as null:
            return Bad(at, null.code, null.params)

    def word(self, scope: Scope, token: Token) -> Node:
        text = token.text
        if text in ("true", "false", "null"):
            self.take()
            return Literal(token.at, {"true": True, "false": False, "null": None}[text])
        if text in KEYWORDS:
            if text == "if":
                return self.conditional(scope)
            if text == "for":
                return self.loop(scope)
            if text in ("some", "every"):
                return self.quantified(scope)
            if text == "function":
                return self.function(scope)
            if not any(self.longest(level.table) for level in scope.levels()):
                raise self.wrong("an expression")
        return self.name(scope)

    def conditional(self, scope: Scope) -> Node:
        at = self.expect("if").at
        condition = self.expression(scope)
        self.expect("then")
        then = self.expression(scope)
        self.expect("else")
        return If(at, condition, then, self.expression(scope))

    def iterators(self, scope: Scope) -> tuple[tuple[Iterator, ...], Scope]:
        found: list[Iterator] = []
        inner = scope
        while True:
            name = self.free_name("in")
            self.expect("in")
            source = self.expression(inner)
            high = None
            if self.at_sign(".."):
                self.take()
                high = self.expression(inner)
            variable = Variable(name, element_type(type_of(source)))
            found.append(Iterator(variable, source, high))
            inner = Scope(inner, [variable])
            if not self.at_sign(","):
                return tuple(found), inner
            self.take()

    def loop(self, scope: Scope) -> Node:
        at = self.expect("for").at
        iterators, inner = self.iterators(scope)
        partial = Variable("partial", list_of(ANY))
        inner = Scope(inner, [partial])
        self.expect("return")
        return For(at, iterators, partial, self.expression(inner))

    def quantified(self, scope: Scope) -> Node:
        token = self.take()
        iterators, inner = self.iterators(scope)
        self.expect("satisfies")
        return Quantified(token.at, token.text == "every", iterators, self.expression(inner))

    def function(self, scope: Scope) -> Node:
        at = self.expect("function").at
        self.expect("(")
        parameters: list[Variable] = []
        if not self.at_sign(")"):
            while True:
                name = self.free_name(":", ",", ")")
                of = ANY
                if self.at_sign(":"):
                    self.take()
                    of = self.type_name(scope)
                parameters.append(Variable(name, of))
                if not self.at_sign(","):
                    break
                self.take()
        self.expect(")")
        result = ANY
        if self.at_sign(":"):
            self.take()
            result = self.type_name(scope)
        if self.at_word("external"):
            self.take()
            self.expression(scope)
            return FunctionOf(at, tuple(parameters), result, Bad(at, "external_function", {}))
        body = self.expression(Scope(scope, parameters))
        return FunctionOf(at, tuple(parameters), result, body)

    # brackets

    def bracket(self, scope: Scope) -> Node:
        """``( … )``, a list, or a range, whatever the brackets."""
        opening = self.take()
        if opening.text == "[" and self.at_sign("]"):
            self.take()
            return ListOf(opening.at, ())
        first = self.element(scope)
        if self.at_sign(".."):
            return self.range_rest(scope, opening, first)
        if opening.text == "(":
            self.expect(")")
            return first
        if opening.text == "]":
            raise self.wrong("“..”")
        items = [first]
        while self.at_sign(","):
            self.take()
            items.append(self.element(scope))
        self.expect("]")
        return ListOf(opening.at, tuple(items))

    def element(self, scope: Scope) -> Node:
        """An expression, or a range by one end such as ``< 10``."""
        token = self.peek()
        if token.kind == "sign" and token.text in COMPARISONS:
            self.take()
            return UnaryRange(token.at, token.text, self.endpoint(scope))
        return self.expression(scope)

    def endpoint(self, scope: Scope) -> Node:
        self.enter()
        node = self.arithmetic(scope, 0, None)
        self.depth -= 1
        return node

    def range_rest(self, scope: Scope, opening: Token, low: Node) -> Node:
        self.expect("..")
        within, self.range_end = self.range_end, True
        high = self.endpoint(scope)
        self.range_end = within
        if not self.at_sign("]", ")", "["):
            raise self.wrong("the end of a range")
        closing = self.take()
        return RangeOf(opening.at, opening.text == "[", low, high, closing.text == "]")

    def context(self, scope: Scope) -> Node:
        at = self.expect("{").at
        inner = Scope(scope)
        entries: list[tuple[str, Variable, Node]] = []
        seen: set[str] = set()
        duplicate: Bad | None = None
        if not self.at_sign("}"):
            while True:
                token = self.peek()
                if token.kind == "text":
                    self.take()
                    key = unescape(token.text, token.at)
                else:
                    key = self.free_name(":")
                self.expect(":")
                if key in seen and duplicate is None:
                    duplicate = Bad(token.at, "duplicate_key", {"name": key})
                seen.add(key)
                variable = Variable(key)
                if self.at_word("function"):
                    # a function may call itself by its entry's name
                    inner.add(variable)
                value = self.expression(inner)
                if isinstance(value, FunctionOf):
                    value.name = key
                variable.type = type_of(value)
                inner.add(variable)
                entries.append((key, variable, value))
                if not self.at_sign(","):
                    break
                self.take()
        self.expect("}")
        return duplicate or ContextOf(at, tuple(entries))

    # tests

    def in_tests(self, scope: Scope) -> tuple[Test, ...]:
        """What follows ``in``: one test, or several in parentheses."""
        if not self.at_sign("("):
            return (self.test(scope, bare=True),)
        opening = self.take()
        self.enter()
        first = self.test(scope)
        if first.op is None and self.at_sign(".."):
            whole: Node = self.range_rest(scope, opening, first.value)
        elif self.at_sign(","):
            tests = [first]
            while self.at_sign(","):
                self.take()
                tests.append(self.test(scope))
            self.expect(")")
            self.depth -= 1
            return tuple(tests)
        else:
            self.expect(")")
            if first.op is not None:
                self.depth -= 1
                return (first,)
            whole = first.value
        self.depth -= 1
        whole = self.instance(scope, self.postfix(scope, whole))
        return (Test(opening.at, None, self.arithmetic(scope, 0, whole)),)

    def test(self, scope: Scope, *, bare: bool = False) -> Test:
        """One unary test; ``bare``: it stands behind ``in`` without parentheses, so ``and`` ends it."""
        token = self.peek()
        if token.kind == "sign" and token.text in COMPARISONS:
            self.take()
            return Test(token.at, token.text, self.endpoint(scope))
        return Test(token.at, None, self.endpoint(scope) if bare else self.expression(scope))

    def unary_tests(self, scope: Scope, variable: Variable) -> Tests:
        self.input = variable
        if self.peek().kind == "end":
            return Tests(self.text, input=variable)
        start = self.position
        token = self.peek()
        if token.kind == "sign" and token.text == "-":
            self.take()
            if self.peek().kind == "end":
                return Tests(self.text, input=variable)
            self.position = start
        if token.text == "not" and self.lexer.token(token.after).text == "(":
            self.take()
            self.take()
            tests = self.test_list(scope)
            if self.at_sign(")"):
                self.take()
                if self.peek().kind == "end":
                    return Tests(self.text, tests, negated=True, input=variable)
            self.position = start
        return Tests(self.text, self.test_list(scope), input=variable)

    def test_list(self, scope: Scope) -> tuple[Test, ...]:
        tests = [self.input_test(scope)]
        while self.at_sign(","):
            self.take()
            tests.append(self.input_test(scope))
        return tuple(tests)

    def input_test(self, scope: Scope) -> Test:
        self.input_used = False
        test = self.test(scope)
        test.uses_input = self.input_used
        return test

    # types

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
